"""Rows of the ledger: how they are locked, read and changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Executable, Integer, String, bindparam, func, select, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import OrderKey
from orderloom.domain.stock import Reservation, ReservedLine
from orderloom.storage.database import in_batches, insert_in, insert_or, require_rows
from orderloom.storage.listings.facts import stock_changed
from orderloom.storage.tables import ledger_orders, nodes, orders, pool_stock, reservations

PoolPlace = tuple[str, str]
"""A pool and a SKU, in the order in which rows are locked."""

LinePlace = tuple[str, str]
"""An order line and a SKU."""


@dataclass(frozen=True)
class Held:
    """One reservation row: what an order line asked of one SKU, and what became of it."""

    line_id: str
    sku: str
    pool: str
    wanted: int
    reserved: int
    short: int
    shipped: int
    released: int

    @property
    def live(self) -> int:
        return self.reserved + self.short

    @property
    def place(self) -> PoolPlace:
        return (self.pool, self.sku)

    def but(self, **changes: Any) -> "Held":
        return replace(self, **changes)


@dataclass(frozen=True)
class PoolRow:
    on_hand: int
    reserved: int
    short: int

    @property
    def free(self) -> int:
        return max(self.on_hand - self.reserved, 0)


@dataclass(frozen=True)
class OrderEntry:
    """The order's own row, locked: only one transaction at a time works on an order's stock."""

    arrived_at: datetime
    ended_at: datetime | None


def open_entry(connection: Connection, key: OrderKey, now: datetime) -> OrderEntry:
    """Lock the order's row, made where it has none."""
    statement = _opening(connection.dialect.name)
    row = connection.execute(statement, {"its_key": str(key), "its_now": now}).one()
    return OrderEntry(arrived_at=row.arrived_at, ended_at=row.ended_at)


@cache
def _opening(dialect: str) -> Executable:
    its_key = bindparam("its_key", type_=String)
    arrived = select(orders.c.arrived_at).where(orders.c.order_key == its_key).scalar_subquery()
    now = bindparam("its_now", type_=orders.c.arrived_at.type)
    statement = insert_in(dialect, ledger_orders).values(order_key=its_key, arrived_at=func.coalesce(arrived, now))
    # An update that changes nothing locks the row and returns it, which "do nothing" would not.
    return statement.on_conflict_do_update(
        index_elements=["order_key"], set_={"order_key": statement.excluded.order_key}
    ).returning(ledger_orders.c.arrived_at, ledger_orders.c.ended_at)


def held_by(connection: Connection, order_key: str) -> list[Held]:
    return [Held(*row) for row in connection.execute(_HELD, {"its_key": order_key})]


_HELD = (
    select(*(reservations.c[field.name] for field in fields(Held)))
    .where(reservations.c.order_key == bindparam("its_key"))
    .order_by(reservations.c.line_id, reservations.c.sku)
)


def held_and_locked(
    connection: Connection, order_key: str, more: Iterable[PoolPlace] = ()
) -> tuple[list[Held], dict[PoolPlace, PoolRow]]:
    """The order's reservations with the pool rows they draw on, and `more` pool rows, locked."""
    held = held_by(connection, order_key)
    pools = lock_pools(connection, {row.place for row in held} | set(more))
    # A restock may have served this order between reading and locking.
    return (held_by(connection, order_key) if held else held), pools


def lock_pools(connection: Connection, places: Iterable[PoolPlace]) -> dict[PoolPlace, PoolRow]:
    """Lock the pools' rows in their order, making those that are not there; nobody has stock by default."""
    wanted = sorted(set(places))
    found = _select_pools(connection, wanted)
    missing = [place for place in wanted if place not in found]
    if missing:
        empty = [{"pool": pool, "sku": sku, "on_hand": 0, "reserved": 0, "short": 0} for pool, sku in missing]
        connection.execute(insert_or(connection, pool_stock).on_conflict_do_nothing(), empty)
        found |= _select_pools(connection, missing)
    return found


def _select_pools(connection: Connection, places: list[PoolPlace]) -> dict[PoolPlace, PoolRow]:
    found: dict[PoolPlace, PoolRow] = {}
    for pool, of_pool in groupby(places, key=itemgetter(0)):
        for batch in in_batches([sku for _, sku in of_pool]):
            for row in connection.execute(_POOLS, {"its_pool": pool, "its_skus": batch}):
                found[(pool, row.sku)] = PoolRow(row.on_hand, row.reserved, row.short)
    return found


_POOLS = (
    select(pool_stock.c.sku, pool_stock.c.on_hand, pool_stock.c.reserved, pool_stock.c.short)
    .where(pool_stock.c.pool == bindparam("its_pool"), pool_stock.c.sku.in_(bindparam("its_skus", expanding=True)))
    .order_by(pool_stock.c.sku)
    .with_for_update()
)


def change_pools(connection: Connection, reserved: Mapping[PoolPlace, int], short: Mapping[PoolPlace, int]) -> None:
    """Add these units to the pools' counters. More may only be reserved where as much is free."""
    changed: list[PoolPlace] = []
    for place in sorted(set(reserved) | set(short)):
        more, more_short = reserved.get(place, 0), short.get(place, 0)
        if more or more_short:
            change = {"its_pool": place[0], "its_sku": place[1], "more": more, "more_short": more_short}
            statement = _TAKE if more > 0 else _CHANGE
            require_rows(connection.execute(statement, change).rowcount, 1)
        if more + more_short:
            changed.append(place)
    stock_changed(connection, changed)


_CHANGE = (
    update(pool_stock)
    .where(pool_stock.c.pool == bindparam("its_pool"), pool_stock.c.sku == bindparam("its_sku"))
    .values(
        reserved=pool_stock.c.reserved + bindparam("more", type_=Integer),
        short=pool_stock.c.short + bindparam("more_short", type_=Integer),
    )
)
_TAKE = _CHANGE.where(pool_stock.c.on_hand - pool_stock.c.reserved >= bindparam("more", type_=Integer))


def save_held(connection: Connection, order_key: str, changed: Iterable[Held]) -> None:
    """Write reservation rows back. Their pool rows are locked, so nothing changed in between."""
    rows = [
        {"its_key": order_key, "its_line": row.line_id, "its_sku": row.sku}
        | {f"new_{name}": getattr(row, name) for name in _COUNTERS}
        for row in changed
    ]
    if rows:
        connection.execute(_SAVE, rows)


_COUNTERS = ("wanted", "reserved", "short", "shipped", "released")
_SAVE = (
    update(reservations)
    .where(
        reservations.c.order_key == bindparam("its_key"),
        reservations.c.line_id == bindparam("its_line"),
        reservations.c.sku == bindparam("its_sku"),
    )
    .values({name: bindparam(f"new_{name}") for name in _COUNTERS})
)


def as_reservation(held: Iterable[Held]) -> Reservation:
    return Reservation(
        lines=tuple(
            ReservedLine(
                line_id=row.line_id,
                sku=row.sku,
                pool=row.pool,
                reserved=row.reserved,
                short=row.short,
                shipped=row.shipped,
                released=row.released,
            )
            for row in held
        )
    )


def pools_of_nodes(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """The pool of each of these nodes. Raises InputInvalid for a node that is not configured."""
    names = sorted(set(wanted))
    rows = connection.execute(select(nodes.c.node, nodes.c.pool).where(nodes.c.node.in_(names)))
    found = {row.node: row.pool for row in rows}
    for name in names:
        if name not in found:
            raise InputInvalid("stock", None, name, "is no node of the configuration")
    return found
