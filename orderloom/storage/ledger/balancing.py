"""After units came or went: serve recorded shortages in order of promise, or record what is missing, the latest
promise first. The promise is the order's ship-by time; without one it comes after all that have one, and equals go by
when they were placed.

So a pool never has free units beside an open shortage, and never holds more reservations than units.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select, update

from orderloom.storage.database import require_rows
from orderloom.storage.ledger.rows import PoolPlace, change_pools, lock_pools
from orderloom.storage.tables import allocations, reservations
from orderloom.storage.wakeups import RESTOCKED, STOCK_LOST, wake

_NOTHING: ColumnElement[int] = literal_column("0")
"""Not a bound parameter: the partial indexes are only used where the statement itself says `> 0`."""
_PAGE = 100
_BY_PROMISE = tuple(reservations.c[name] for name in ("ship_by", "placed_at", "arrived_at", "order_key", "line_id"))
_PROMISE = tuple(each.asc().nulls_last() for each in _BY_PROMISE)


def rebalance(connection: Connection, places: Iterable[PoolPlace], now: datetime) -> Counter[PoolPlace]:
    """Bring these pools' reservations into line with their units; returns the units served to shortages."""
    served: Counter[PoolPlace] = Counter()
    for place, pool in lock_pools(connection, places).items():
        if pool.free and pool.short:
            served[place] = _serve(connection, place, min(pool.free, pool.short), now)
        elif pool.reserved > pool.on_hand:
            _record_missing(connection, place, pool.reserved - pool.on_hand, now)
    return served


def _serve(connection: Connection, place: PoolPlace, units: int, now: datetime) -> int:
    """Give `units` to the orders that were promised first, and tell them."""
    left, woken = units, []
    while left:
        waiting = _waiting(connection, place)
        if not waiting:
            break
        for row in waiting:
            given = min(row.short, left)
            if given:
                _shift(connection, row, given)
                woken.append(row.order_key)
                left -= given
    change_pools(connection, {place: units - left}, {place: left - units})
    wake(connection, woken, RESTOCKED, now)
    return units - left


def _record_missing(connection: Connection, place: PoolPlace, units: int, now: datetime) -> None:
    """Turn reserved units into shortages: first those no node was asked for, of the order promised last."""
    holders = _holders(connection, place)
    allocated = _allocated(connection, place[1], [row.order_key for row in holders])
    losses: Counter[int] = Counter()
    left = units
    for spare_allocated in (True, False):
        for index, row in enumerate(holders):
            kept = allocated[(row.order_key, row.line_id)] if spare_allocated else 0
            lost = min(max(row.reserved - losses[index] - kept, 0), left)
            losses[index] += lost
            left -= lost
    for index, lost in losses.items():
        if lost:
            _shift(connection, holders[index], -lost)
    change_pools(connection, {place: left - units}, {place: units - left})
    wake(connection, (holders[index].order_key for index, lost in losses.items() if lost), STOCK_LOST, now)


def _shift(connection: Connection, row: Row[Any], units: int) -> None:
    """Move units of one reservation from short to reserved, or back where negative."""
    columns = reservations.c
    statement = (
        update(reservations)
        .where(
            columns.order_key == row.order_key,
            columns.line_id == row.line_id,
            columns.sku == row.sku,
            columns.short >= units,
            columns.reserved >= -units,
        )
        .values(reserved=columns.reserved + units, short=columns.short - units)
    )
    require_rows(connection.execute(statement).rowcount, 1)


def _waiting(connection: Connection, place: PoolPlace) -> list[Row[Any]]:
    columns = reservations.c
    statement = (
        select(columns.order_key, columns.line_id, columns.sku, columns.short)
        .where(columns.pool == place[0], columns.sku == place[1], columns.short > _NOTHING)
        .order_by(*_PROMISE)
        .limit(_PAGE)
    )
    return list(connection.execute(statement))


def _holders(connection: Connection, place: PoolPlace) -> list[Row[Any]]:
    columns = reservations.c
    statement = (
        select(columns.order_key, columns.line_id, columns.sku, columns.reserved)
        .where(columns.pool == place[0], columns.sku == place[1], columns.reserved > _NOTHING)
        .order_by(*(each.desc().nulls_first() for each in _BY_PROMISE))
    )
    return list(connection.execute(statement))


def _allocated(connection: Connection, sku: str, order_keys: list[str]) -> Counter[tuple[str, str]]:
    columns = allocations.c
    live = func.sum(columns.quantity - columns.shipped - columns.released)
    statement = (
        select(columns.order_key, columns.line_id, live.label("live"))
        .where(columns.sku == sku, columns.order_key.in_(order_keys))
        .group_by(columns.order_key, columns.line_id)
    )
    return Counter({(row.order_key, row.line_id): int(row.live) for row in connection.execute(statement)})
