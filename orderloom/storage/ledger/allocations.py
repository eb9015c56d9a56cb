"""Allocations: an order's reserved units, placed on a node by one dispatch attempt.

An allocation is loose while its attempt has not been sent, or was refused or stopped: a new decision may take it
back. It is firm once the node may be acting on it.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from orderloom.domain.records import DispatchState
from orderloom.storage.database import require_rows
from orderloom.storage.ledger.rows import LinePlace
from orderloom.storage.tables import allocations, node_stock, shipments

LOOSE = (DispatchState.PLANNED, DispatchState.REFUSED, DispatchState.CANCELLED)

_LIVE = allocations.c.quantity - allocations.c.shipped - allocations.c.released
NodePlace = tuple[str, str]
"""A SKU and a node."""


def live_allocations(connection: Connection, order_key: str) -> list[Row[Any]]:
    """Every allocation of the order with live units, its shipment's `state` and its `live` units."""
    statement = (
        select(allocations, shipments.c.state, _LIVE.label("live"))
        .join(shipments, shipments.c.dispatch_id == allocations.c.dispatch_id)
        .where(allocations.c.order_key == order_key, _LIVE > 0)
        .order_by(allocations.c.dispatch_id, allocations.c.line_id, allocations.c.sku)
    )
    return list(connection.execute(statement))


def is_loose(row: Row[Any]) -> bool:
    return row.state in LOOSE


def allocated_units(connection: Connection, order_key: str, *, loose: bool) -> Counter[LinePlace]:
    units: Counter[LinePlace] = Counter()
    for row in live_allocations(connection, order_key):
        if is_loose(row) is loose:
            units[(row.line_id, row.sku)] += row.live
    return units


def give_back_allocations(connection: Connection, order_key: str) -> None:
    """End every live allocation of the order; its units are free at the node again."""
    given = _by_node(live_allocations(connection, order_key))
    statement = (
        update(allocations)
        .where(allocations.c.order_key == order_key, _LIVE > 0)
        .values(released=allocations.c.quantity - allocations.c.shipped)
    )
    connection.execute(statement)
    free_at_nodes(connection, given)


def drop_loose_allocations(connection: Connection, order_key: str) -> Counter[NodePlace]:
    """Take back what a new decision replaces; returns what was allocated where, for the caller to count back."""
    loose = [row for row in live_allocations(connection, order_key) if is_loose(row)]
    unsent = select(shipments.c.dispatch_id).where(
        shipments.c.order_key == order_key, shipments.c.state == DispatchState.PLANNED
    )
    connection.execute(delete(allocations).where(allocations.c.dispatch_id.in_(unsent)))
    connection.execute(
        delete(shipments).where(shipments.c.order_key == order_key, shipments.c.state == DispatchState.PLANNED)
    )
    for row in loose:
        ended = update(allocations).where(_same(row)).values(released=allocations.c.quantity - allocations.c.shipped)
        connection.execute(ended)
    return _by_node(loose)


def trim_loose_allocations(connection: Connection, order_key: str, line_id: str, sku: str, keep: int) -> None:
    """Leave at most `keep` units of the line loosely allocated; what was never sent shrinks with the order."""
    given: Counter[NodePlace] = Counter()
    for row in live_allocations(connection, order_key):
        if not is_loose(row) or (row.line_id, row.sku) != (line_id, sku):
            continue
        cut = max(row.live - keep, 0)
        keep -= row.live - cut
        if cut:
            connection.execute(update(allocations).where(_same(row)).values(quantity=allocations.c.quantity - cut))
            given[(sku, row.node)] += cut
    connection.execute(delete(allocations).where(allocations.c.order_key == order_key, allocations.c.quantity == 0))
    free_at_nodes(connection, given)


def drop_what_stays(connection: Connection, order_key: str, dispatch_id: str) -> None:
    """An attempt is what has left of it; the rest is free at the node."""
    rows = [row for row in live_allocations(connection, order_key) if row.dispatch_id == dispatch_id]
    for row in rows:
        connection.execute(update(allocations).where(_same(row)).values(quantity=allocations.c.quantity - row.live))
    empty = (allocations.c.dispatch_id == dispatch_id) & (allocations.c.quantity == 0)
    connection.execute(delete(allocations).where(empty))
    free_at_nodes(connection, _by_node(rows))


def free_at_nodes(connection: Connection, units: Mapping[NodePlace, int]) -> None:
    for (sku, node), count in sorted(units.items()):
        columns = node_stock.c
        statement = (
            update(node_stock)
            .where(columns.sku == sku, columns.node == node, columns.allocated >= count)
            .values(allocated=columns.allocated - count)
        )
        require_rows(connection.execute(statement).rowcount, 1)


def own_loose_units(connection: Connection, order_key: str) -> Counter[NodePlace]:
    """What this order has allocated and not dispatched, by SKU and node."""
    return _by_node([row for row in live_allocations(connection, order_key) if is_loose(row)])


def allocated_total() -> Any:
    """Live units by SKU and node over all orders, as a statement."""
    columns = allocations.c
    return select(columns.sku, columns.node, func.sum(_LIVE).label("units")).group_by(columns.sku, columns.node)


def _by_node(rows: list[Row[Any]]) -> Counter[NodePlace]:
    units: Counter[NodePlace] = Counter()
    for row in rows:
        units[(row.sku, row.node)] += row.live
    return units


def _same(row: Row[Any]) -> Any:
    columns = allocations.c
    return and_(columns.dispatch_id == row.dispatch_id, columns.line_id == row.line_id, columns.sku == row.sku)
