"""A node's own figures against the ledger: observed where the node keeps the count, else proposed as counts.

Everything is compared with the stock locked, and as of the moment when the node was asked
(orderloom/domain/stock_reading.py).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from orderloom.domain.errors import StockUnreadable
from orderloom.domain.records import DispatchState
from orderloom.domain.stock import MovementKind
from orderloom.domain.stock_reading import Books, NodeLevel, StockRead
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.ledger import proposing
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move
from orderloom.storage.ledger.proposing import Told
from orderloom.storage.ledger.rows import lock_pools, pools_of_nodes
from orderloom.storage.tables import allocations, movements, node_stock, shipments

AT_THE_NODE = (DispatchState.DISPATCHED, DispatchState.SHIPPED)
UNKNOWN_NAMED = 100


def record(connection: Connection, told: Told, now: datetime) -> StockRead:
    """Raises StockUnreadable, and nothing is changed, where the answer leaves out what we have there."""
    pool = pools_of_nodes(connection, [told.node])[told.node]
    unknown = set(unknown_skus(connection, sorted(told.levels)))
    held = {
        row.sku
        for row in connection.execute(
            select(node_stock).where(node_stock.c.node == told.node, node_stock.c.on_hand > 0)
        )
    }
    left_out = sorted(held - told.levels.keys())
    if left_out and told.reading.left_out == "refused":
        raise StockUnreadable(told.node, f"it says nothing of {left_out[0]}, which our books have there")
    levels = {**told.levels, **{sku: NodeLevel(sku=sku, on_hand=0) for sku in left_out}}
    skus = sorted(levels.keys() - unknown)
    lock_pools(connection, [(pool, sku) for sku in skus])
    books = _books(connection, told.node, told.read_at)
    moved = proposed = 0
    for sku in skus:
        book = books.get(sku, Books())
        difference = book.difference(levels[sku])
        if told.is_master:
            moved += _observe(connection, told, pool, sku, book, difference, now)
            continue
        outcome = proposing.propose(connection, told, pool, sku, book, difference, now)
        moved, proposed = moved + (outcome is proposing.Outcome.COUNTED), proposed + (outcome is proposing.Outcome.OPEN)
    rebalance(connection, [(pool, sku) for sku in skus], now)
    return StockRead(skus=len(skus), moved=moved, proposed=proposed, unknown=tuple(sorted(unknown)[:UNKNOWN_NAMED]))


def _observe(
    connection: Connection, told: Told, pool: str, sku: str, book: Books, difference: int, now: datetime
) -> bool:
    delta = max(difference, -book.on_hand)
    is_first = not proposing.was_counted(connection, told.node, sku)
    if delta or is_first:
        # A first reading is written down even of none: only what was counted is listed.
        cause = Cause(MovementKind.OBSERVED, now, told.who, told.why("which is where it is counted"))
        move(connection, sku, told.node, pool, delta, cause)
    return bool(delta)


def _books(connection: Connection, node: str, read_at: datetime) -> dict[str, Books]:
    """Every SKU that ever was at the node."""
    since = _moved_since(connection, node, read_at)
    promised, on_the_way = _under_way(connection, node, read_at)
    found = {}
    for row in connection.execute(select(node_stock.c.sku, node_stock.c.on_hand).where(node_stock.c.node == node)):
        moved, left = since.get(row.sku, (0, 0))
        found[row.sku] = Books(
            on_hand=row.on_hand,
            moved_since=moved,
            promised=promised.get(row.sku, 0) + left,
            on_the_way=on_the_way.get(row.sku, 0),
        )
    return found


def _moved_since(connection: Connection, node: str, moment: datetime) -> dict[str, tuple[int, int]]:
    """By SKU the sum of all movements since, and the units among them that left in parcels."""
    columns = movements.c
    left = case((columns.kind == MovementKind.SHIPPED, -columns.delta), else_=0)
    statement = (
        select(columns.sku, func.sum(columns.delta).label("moved"), func.sum(left).label("left"))
        .where(columns.node == node, columns.at > moment)
        .group_by(columns.sku)
    )
    return {row.sku: (int(row.moved), int(row.left)) for row in connection.execute(statement)}


def _under_way(connection: Connection, node: str, moment: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """By SKU what the node had been asked to ship by then, and what was being sent to it."""
    columns = allocations.c
    live = columns.quantity - columns.shipped - columns.released
    had = shipments.c.state.in_(AT_THE_NODE) & (shipments.c.dispatched_at <= moment)
    at_node = shipments.c.state.in_((*AT_THE_NODE, DispatchState.SENDING))
    statement = (
        select(
            columns.sku,
            func.sum(case((had, live), else_=0)).label("promised"),
            func.sum(case((had, 0), else_=live)).label("on_the_way"),
        )
        .join(shipments, shipments.c.dispatch_id == columns.dispatch_id)
        .where(columns.node == node, at_node, live > 0)
        .group_by(columns.sku)
    )
    rows: Sequence[tuple[str, int, int]] = [tuple(row) for row in connection.execute(statement)]
    return {sku: int(units) for sku, units, _ in rows}, {sku: int(units) for sku, _, units in rows}
