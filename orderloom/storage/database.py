"""One database, SQLite or PostgreSQL: how a transaction is run, and run again when it lost a race.

Every transaction of the store goes through `Database.write` or `Database.read`. This is the only place that knows which
errors of either database mean "somebody else was faster": the whole transaction is then run again, a bounded number
of times. What is no race and no mistake of ours is `Unavailable`.
"""

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from orderloom.domain.errors import Unavailable

T = TypeVar("T")
Work = Callable[[Connection], T]

_ATTEMPTS = 10
_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.5
_BUSY_TIMEOUT_MS = 10_000
_WRITES = "orderloom_writes"
_BATCH = 5_000
"""Bound parameters in one statement; SQLite allows 32,766 and PostgreSQL 65,535."""

_POSTGRES_RACES = frozenset({"40001", "40P01", "55P03", "23505"})
"""Serialization failure, deadlock, lock not available; and unique violation: the row that another transaction
inserted first is found when the work runs again."""
_SQLITE_RACES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class LostRace(Exception):
    """A conditional update met a row that had changed since it was read: run the transaction again."""


class Database:
    """A pool of connections. Work may run more than once, so it touches nothing but its connection."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        # SQLite's own waiting polls with growing pauses; threads of one process queue up fairly instead.
        self._turn: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()
        self._is_closed = False
        self._reads: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}

    def write(self, work: Work[T]) -> T:
        """Run `work` in one writing transaction. Raises Unavailable when the database cannot be reached."""
        return self._again_while_racing(lambda: self._write_once(work))

    def read(self, work: Work[T]) -> T:
        """Run `work` on one consistent snapshot."""
        return self._again_while_racing(lambda: self._transact(work, self._reads))

    def close(self) -> None:
        """What is still running finishes, and takes its connection with it."""
        self._is_closed = True
        self.engine.dispose()

    def _write_once(self, work: Work[T]) -> T:
        with self._turn:
            return self._transact(work, {_WRITES: True})

    def _transact(self, work: Work[T], options: dict[str, Any]) -> T:
        with self.engine.connect() as connection:
            connection.execution_options(**options)
            try:
                with connection.begin():
                    return work(connection)
            finally:
                if self._is_closed:
                    # Its pool is gone: without this nobody would ever close it.
                    connection.detach()

    def _again_while_racing(self, once: Callable[[], T]) -> T:
        pause = _FIRST_PAUSE_SECONDS
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return once()
            except NoFreeConnection:
                raise Unavailable("database", "all connections are in use") from None
            except (LostRace, DBAPIError) as failed:
                if not _is_race(failed):
                    raise _as_fact(failed) from None
                if attempt == _ATTEMPTS:
                    raise Unavailable("database", "too many transactions at once") from failed
            time.sleep(random.uniform(0, pause))  # noqa: S311 - spreads contenders, guards nothing
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
        raise AssertionError("the loop either returns or raises")


def insert_or(connection: Connection, table: Table) -> "postgresql.Insert | sqlite.Insert":
    """An INSERT that can say what to do on conflict, in the connection's dialect."""
    return insert_in(connection.dialect.name, table)


def insert_in(dialect: str, table: Table) -> "postgresql.Insert | sqlite.Insert":
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def in_batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Slices small enough to be bound in one statement, in order."""
    return (values[start : start + _BATCH] for start in range(0, len(values), _BATCH))


def require_rows(found: int, expected: int) -> None:
    """Raise LostRace unless a conditional update met exactly the rows it was meant for."""
    if found != expected:
        raise LostRace


def _is_race(failed: Exception) -> bool:
    if isinstance(failed, LostRace):
        return True
    cause = getattr(failed, "orig", None)
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_RACES
    return getattr(cause, "sqlstate", None) in _POSTGRES_RACES


def _as_fact(failed: Exception) -> Exception:
    """What a caller may act on: the database is away. Anything else is a mistake of ours and stays what it is.

    PostgreSQL appends the row that it refused to its message; a row may be personal, so only the first part is kept.
    """
    if isinstance(failed, OperationalError | InterfaceError):
        return Unavailable("database", str(failed.orig).strip().splitlines()[0])
    refused = getattr(failed, "orig", None)
    if isinstance(failed, DBAPIError) and isinstance(refused, psycopg.Error):
        message = type(refused)(refused.diag.message_primary or "refused")
        return type(failed)(failed.statement, None, message, hide_parameters=True)
    return failed


def _postgres_engine(url: str) -> Engine:
    # Parameters may be personal data, and an exception's text ends up in logs.
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=10, max_overflow=20)


def _sqlite_engine(url: str) -> Engine:
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, hide_parameters=True, pool_size=10, max_overflow=30, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own BEGIN comes late and deferred; with None, `_begin_sqlite` is the only one.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # A purged data key must not stay readable in a free page of the file.
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that starts as a reader and writes later can only fail when another one wrote in between.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
