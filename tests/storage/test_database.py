"""Transactions: run again when they lost a race, whole or not at all, and quiet about what they carried."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from orderloom.domain.errors import Unavailable
from orderloom.storage.database import Database, LostRace
from orderloom.storage.tables import skus
from tests.storage.shop import START

ROW = {"sku": "PAN", "title": "", "categories": "[]", "changed_at": START, "changed_by": "test"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def names(database: Database) -> list[str]:
    return list(database.read(lambda connection: connection.execute(select(skus.c.sku)).scalars()))


def test_work_that_lost_a_race_is_run_again_from_a_clean_start(database: Database) -> None:
    runs = []

    def work(connection: Connection) -> int:
        connection.execute(insert(skus), ROW)
        runs.append(1)
        if len(runs) < 3:
            raise LostRace
        return len(runs)

    assert database.write(work) == 3
    assert names(database) == ["PAN"]


def test_a_race_that_is_never_won_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderloom.storage.database._LONGEST_PAUSE_SECONDS", 0.001)

    def work(_: Connection) -> None:
        raise LostRace

    with pytest.raises(Unavailable, match="too many transactions"):
        database.write(work)


def test_work_that_fails_leaves_nothing(database: Database) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(skus), ROW)
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        database.write(work)
    assert names(database) == []


def test_two_transactions_that_lock_in_opposite_order_both_end(database: Database) -> None:
    database.write(lambda connection: connection.execute(insert(skus), [ROW, ROW | {"sku": "LID"}]))
    both_hold_one = threading.Barrier(2)
    results = []

    def cross(first: str, second: str) -> None:
        tried: list[int] = []

        def work(connection: Connection) -> None:
            connection.execute(text("UPDATE skus SET title = title || 'x' WHERE sku = :sku"), {"sku": first})
            if not tried and not database.is_sqlite:
                tried.append(1)
                both_hold_one.wait(10)
            connection.execute(text("UPDATE skus SET title = title || 'x' WHERE sku = :sku"), {"sku": second})

        database.write(work)
        results.append(first)

    threads = [threading.Thread(target=cross, args=pair) for pair in (("PAN", "LID"), ("LID", "PAN"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    titles = database.read(lambda connection: list(connection.execute(select(skus.c.title)).scalars()))
    assert titles == ["xx", "xx"]
    assert sorted(results) == ["LID", "PAN"]


def test_a_reader_sees_one_moment(database: Database) -> None:
    def work(connection: Connection) -> tuple[int, int]:
        count = text("SELECT count(*) FROM skus")
        before = connection.execute(count).scalar_one()
        other = threading.Thread(target=lambda: database.write(lambda c: c.execute(insert(skus), ROW)))
        other.start()
        other.join(30)
        return before, connection.execute(count).scalar_one()

    assert database.read(work) == (0, 0)
    assert names(database) == ["PAN"]


def test_an_exception_of_the_database_does_not_show_what_was_written(database: Database) -> None:
    private = ROW | {"title": "Ada Buyer", "categories": None}
    with pytest.raises(Exception, match=r"(?i)null") as failed:
        database.write(lambda connection: connection.execute(insert(skus), private))
    assert "Ada Buyer" not in str(failed.value)


def test_a_database_that_is_not_there_is_unavailable() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=2")
    with pytest.raises(Unavailable, match="database"):
        away.read(lambda connection: connection.execute(text("SELECT 1")))
    away.close()


def test_sqlite_is_set_up_to_survive_a_power_cut(
    tmp_path: Path, quick_sqlite: Callable[[str], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orderloom.storage.database._sqlite_engine", quick_sqlite)
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")

    def work(connection: Connection) -> list[object]:
        return [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in pragmas]

    assert database.read(work) == ["wal", 2, 1, 1]
    database.close()


def test_a_transaction_that_outlives_the_store_closes_its_connection(database: Database) -> None:
    kept: list[Any] = []

    def work(connection: Connection) -> None:
        kept.append(connection.connection.dbapi_connection)
        database.close()

    database.write(work)
    with pytest.raises(Exception, match="closed"):
        kept[0].cursor().execute("SELECT 1")
