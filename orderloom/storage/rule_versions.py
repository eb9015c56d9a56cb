"""Versions of the rules, and the rules that an order was decided with."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from orderloom.domain.keys import OrderKey
from orderloom.domain.rule_versions import RuleBook, RuleVersion
from orderloom.storage.database import Database, insert_or
from orderloom.storage.tables import decisions, rule_books, rule_versions

Clock = Callable[[], datetime]
_SHOWN = [column for column in rule_versions.c if column.name != "text"]


class SqlRuleVersions:
    """Versions are only ever added; one that lies ahead may be withdrawn."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def in_force(self, at: datetime) -> RuleVersion | None:
        """The version that took effect last; None where the configuration's own rules are in force."""
        columns = rule_versions.c
        statement = (
            select(*_SHOWN)
            .where(columns.effective_from <= at, columns.withdrawn_at.is_(None))
            .order_by(columns.effective_from.desc(), columns.version.desc())
            .limit(1)
        )
        row = self._database.read(lambda connection: connection.execute(statement).first())
        return _version(row) if row else None

    def kept_by(self, key: OrderKey) -> tuple[int, str] | None:
        """Version and book that the order was decided with; None where it takes what is in force."""
        columns = decisions.c
        statement = (
            select(columns.rules_version, columns.rules_book)
            .where(columns.order_key == str(key))
            .order_by(columns.decided_at.desc())
            .limit(1)
        )
        row = self._database.read(lambda connection: connection.execute(statement).first())
        return (row.rules_version, row.rules_book) if row and row.rules_book is not None else None

    def book(self, name: str) -> str | None:
        """The book as JSON."""
        statement = select(rule_books.c.document).where(rule_books.c.book == name)
        found: str | None = self._database.read(lambda connection: connection.execute(statement).scalar_one_or_none())
        return found

    def keep(self, book: RuleBook) -> None:
        """Store a book, so that orders decided with it can be decided with it again."""
        self._database.write(lambda connection: _keep(connection, book, self._clock()))

    def all(self) -> Sequence[RuleVersion]:
        """In the order in which they were applied."""
        statement = select(*_SHOWN).order_by(rule_versions.c.version)
        return [_version(row) for row in self._database.read(lambda connection: connection.execute(statement).all())]

    def text(self, version: int) -> str | None:
        """The file as it was applied; None for a version that does not exist or is a rollback."""
        statement = select(rule_versions.c.text).where(rule_versions.c.version == version)
        found: str | None = self._database.read(lambda connection: connection.execute(statement).scalar_one_or_none())
        return found

    def apply(self, book: RuleBook, text: str, effective_from: datetime, by: str, why: str) -> int:
        """The new version's number."""

        def work(connection: Connection) -> int:
            now = self._clock()
            _keep(connection, book, now)
            return _add(connection, now, book=book.name, text=text, effective_from=effective_from, by=by, why=why)

        return self._database.write(work)

    def restore(self, version: int, book: str | None, by: str, why: str) -> int:
        """Put an earlier version in force now; 0 is the configuration's own rules. The new version's number."""

        def work(connection: Connection) -> int:
            now = self._clock()
            return _add(connection, now, book=book, effective_from=now, by=by, why=why, restores=version)

        return self._database.write(work)

    def withdraw(self, version: int) -> bool:
        """Take back a version that has not taken effect; False where there is none."""
        now, columns = self._clock(), rule_versions.c
        ahead = (columns.version == version, columns.effective_from > now, columns.withdrawn_at.is_(None))
        statement = update(rule_versions).where(*ahead).values(withdrawn_at=now)
        return self._database.write(lambda connection: connection.execute(statement).rowcount) == 1


def _keep(connection: Connection, book: RuleBook, now: datetime) -> None:
    row = {"book": book.name, "document": book.document, "stored_at": now}
    connection.execute(insert_or(connection, rule_books).values(row).on_conflict_do_nothing())


def _add(connection: Connection, now: datetime, **said: Any) -> int:
    statement = insert(rule_versions).values(applied_at=now, **said).returning(rule_versions.c.version)
    return int(connection.execute(statement).scalar_one())


def _version(row: Row[Any]) -> RuleVersion:
    return RuleVersion(**row._mapping)
