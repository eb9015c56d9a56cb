"""The migrated schema is the one the tables describe, however many processes start at once."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Connection, insert, inspect

from orderloom.domain.errors import ConfigInvalid
from orderloom.storage.database import Database
from orderloom.storage.migrating import alembic_config, bring_up_to_date
from orderloom.storage.store import open_store
from orderloom.storage.tables import metadata, movements, node_stock, nodes, pool_stock
from tests.storage.shop import KEYS, NODES, START, assert_balanced, levels, node, order, stocked


def _open_and_close(url: str) -> int:
    store = open_store(url, KEYS, nodes=NODES)
    report = store.ledger.verify()
    store.close()
    return len(report.violations)


def test_the_migrations_make_exactly_the_tables_that_the_code_uses(blank_url: str) -> None:
    database = Database(blank_url)
    bring_up_to_date(database)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, metadata))

    def checks(connection: Connection) -> dict[str, set[str]]:
        seen = inspect(connection)
        return {name: {str(check["name"]) for check in seen.get_check_constraints(name)} for name in metadata.tables}

    assert database.read(differences) == []
    wanted = {
        name: {str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)}
        for name, table in metadata.tables.items()
    }
    assert database.read(checks) == wanted
    database.close()


def test_the_first_migration_can_be_taken_back(blank_url: str) -> None:
    database = Database(blank_url)
    bring_up_to_date(database)
    database.write(lambda connection: command.downgrade(alembic_config(connection), "base"))
    assert database.read(lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    bring_up_to_date(database)
    database.close()


def test_a_database_with_orders_and_stock_is_brought_up_to_date_without_losing_any(blank_url: str) -> None:
    database = Database(blank_url)
    database.write(lambda connection: command.upgrade(alembic_config(connection), "0001"))

    def fill(connection: Connection) -> None:
        connection.execute(insert(nodes).values(node="east", kind="warehouse", name="East", pool="own"))
        connection.execute(insert(movements).values(_counted_before_listings()))
        connection.execute(insert(node_stock).values(sku="PAN", node="east", on_hand=7, allocated=0))
        connection.execute(insert(pool_stock).values(pool="own", sku="PAN", on_hand=7, reserved=0, short=0))

    database.write(fill)
    database.close()
    store = open_store(blank_url, KEYS, nodes=NODES)
    store.ledger.reserve(order(1), "own")
    assert levels(store, "PAN") == (7, 1, 0)
    assert_balanced(store)
    store.close()


def _counted_before_listings() -> dict[str, object]:
    facts = {"at": START, "kind": "count", "sku": "PAN", "node": "east", "delta": 7}
    return facts | {"by": "ann", "why": "opening stock"}


def test_several_threads_may_open_an_empty_database_at_once(blank_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(_open_and_close, [blank_url] * 4)) == [0] * 4


def test_two_processes_may_open_an_empty_sqlite_file_at_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'blank.db'}"
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        assert processes.map(_open_and_close, [url] * 2) == [0] * 2


def test_a_node_with_stock_may_not_change_its_pool(database_url: str) -> None:
    store = open_store(database_url, KEYS, nodes=NODES)
    stocked(store, PAN=1)
    store.close()
    moved = [node("east", "elsewhere"), node("west", "elsewhere")]
    with pytest.raises(ConfigInvalid, match="count it to 0"):
        open_store(database_url, KEYS, nodes=moved)
    open_store(database_url, KEYS, nodes=[node("west", "elsewhere")]).close()
