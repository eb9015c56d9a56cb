"""Stock in Amazon's warehouses: Amazon keeps the count, the ledger observes it and bridges the time between two looks.

Amazon's fulfillable figure leaves out what is sold and not shipped. So a snapshot is lowered by what Amazon sold after
it, and raised by what we have asked Amazon to ship before it, which our own reservations still hold.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from orderloom.domain.keys import Channel
from orderloom.domain.orders import Order
from orderloom.domain.stock import MovementKind
from orderloom.storage.catalog import unknown_skus
from orderloom.storage.database import insert_or
from orderloom.storage.ledger.backorders import wake_backorders
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move, on_hand_at
from orderloom.storage.ledger.rows import lock_pools, pools_of_nodes
from orderloom.storage.tables import allocations, movements, node_stock, shipments, watermarks

BY_AMAZON = "amazon"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def record_snapshot(
    connection: Connection, node: str, levels: Mapping[str, int], read_at: datetime, now: datetime
) -> int:
    """Bring the node's stock to what Amazon said at `read_at`; returns how many SKUs changed.

    Which snapshot is the last is asked with the stock locked: two that come at once cannot both be it.
    """
    pool = pools_of_nodes(connection, [node])[node]
    held = set(connection.execute(select(node_stock.c.sku).where(node_stock.c.node == node)).scalars())
    skus = sorted({*levels, *held} - set(unknown_skus(connection, sorted(levels))))
    lock_pools(connection, [(pool, sku) for sku in skus])
    if read_at <= _last_snapshot(connection, node):
        return 0
    sold, asked = _sold_since(connection, node, read_at), _asked_before(connection, node, read_at)
    changed = 0
    for sku in skus:
        there = max(levels.get(sku, 0) - sold.get(sku, 0) + asked.get(sku, 0), 0)
        difference = there - on_hand_at(connection, sku, node)
        if difference:
            why = f"Amazon's own count of {read_at:%Y-%m-%d %H:%M:%S} UTC"
            move(connection, sku, node, pool, difference, Cause(MovementKind.OBSERVED, now, BY_AMAZON, why))
            changed += 1
    places = [(pool, sku) for sku in skus]
    rebalance(connection, places, now)
    wake_backorders(connection, places, now)
    _remember(connection, node, read_at)
    return changed


def sold_by_amazon(connection: Connection, order: Order, node: str, now: datetime) -> None:
    """An order that Amazon ships, newer than the last snapshot: its units are gone now. Once per line."""
    pool = pools_of_nodes(connection, [node])[node]
    units = [
        (line.line_id, part.sku, line.quantity * part.units)
        for line in order.lines
        if line.needs_stock
        for part in line.components or ()
    ]
    lock_pools(connection, [(pool, sku) for _, sku, _ in units])
    if order.placed_at <= _last_snapshot(connection, node):
        return
    for line_id, sku, wanted in units:
        once = f"{BY_AMAZON}:{order.key}:{line_id}:{sku}"
        known = connection.execute(select(movements.c.sku).where(movements.c.once == once)).first()
        there = min(wanted, on_hand_at(connection, sku, node))
        if known or there <= 0:
            continue
        cause = Cause(
            kind=MovementKind.SOLD_ELSEWHERE,
            at=order.placed_at,
            by=BY_AMAZON,
            why=f"{order.name}: sold and shipped by Amazon",
            order_key=str(order.key),
            line_id=line_id,
            once=once,
        )
        move(connection, sku, node, pool, -there, cause)
    rebalance(connection, [(pool, sku) for _, sku, _ in units], now)


def _sold_since(connection: Connection, node: str, moment: datetime) -> dict[str, int]:
    columns = movements.c
    statement = (
        select(columns.sku, func.sum(-columns.delta).label("units"))
        .where(columns.node == node, columns.by == BY_AMAZON, columns.kind == MovementKind.SOLD_ELSEWHERE)
        .where(columns.at > moment)
        .group_by(columns.sku)
    )
    return {row.sku: int(row.units) for row in connection.execute(statement)}


def _asked_before(connection: Connection, node: str, moment: datetime) -> dict[str, int]:
    """Units of our own requests that Amazon has reserved already and not shipped."""
    columns = allocations.c
    live = func.sum(columns.quantity - columns.shipped - columns.released)
    statement = (
        select(columns.sku, live.label("units"))
        .join(shipments, shipments.c.dispatch_id == columns.dispatch_id)
        .where(columns.node == node, shipments.c.dispatched_at <= moment)
        .group_by(columns.sku)
    )
    return {row.sku: int(row.units) for row in connection.execute(statement)}


def _last_snapshot(connection: Connection, node: str) -> datetime:
    columns = watermarks.c
    statement = select(columns.read_until).where(columns.channel == Channel.AMAZON, columns.account == _mark(node))
    found: datetime | None = connection.execute(statement).scalar_one_or_none()
    return found or LONG_AGO


def _remember(connection: Connection, node: str, read_at: datetime) -> None:
    statement = insert_or(connection, watermarks).values(
        channel=Channel.AMAZON, account=_mark(node), read_until=read_at
    )
    renewed = {"read_until": statement.excluded.read_until}
    connection.execute(statement.on_conflict_do_update(index_elements=["channel", "account"], set_=renewed))


def _mark(node: str) -> str:
    return f"fba:{node}"
