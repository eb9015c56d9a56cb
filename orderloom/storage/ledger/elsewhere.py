"""Units that left without us: a till's sale, or lines that were fulfilled before we saw the order."""

from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, select

from orderloom.domain.orders import Order
from orderloom.domain.stock import MovementKind
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import BY_CHANNEL, Cause, take_out
from orderloom.storage.ledger.rows import LinePlace, held_and_locked, open_entry, pools_of_nodes
from orderloom.storage.ledger.selling import tell_sales
from orderloom.storage.tables import movements


def sold_elsewhere(connection: Connection, order: Order, pool: str, node: str, now: datetime) -> None:
    """Count out, at `node`, what the channel counts as fulfilled and we did not ship; only what is new since."""
    key = str(order.key)
    fulfilled = fulfilled_units(order)
    if not fulfilled:
        return
    open_entry(connection, order.key, now)
    of_node = pools_of_nodes(connection, [node])[node]
    places = {(of_node, sku) for _, sku in fulfilled}
    held, _ = held_and_locked(connection, key, places)
    shipped = Counter({(row.line_id, row.sku): row.shipped for row in held})
    counted = counted_elsewhere(connection, key)
    for (line_id, sku), units in sorted(fulfilled.items()):
        total = units - shipped[(line_id, sku)]
        new = total - counted[(line_id, sku)]
        if new <= 0:
            continue
        cause = Cause(
            kind=MovementKind.SOLD_ELSEWHERE,
            at=now,
            by=BY_CHANNEL,
            why=f"{order.name}: the channel counts it as fulfilled, and it did not leave through us",
            order_key=key,
            line_id=line_id,
            once=f"elsewhere:{key}:{line_id}:{sku}:{total}",
        )
        take_out(connection, sku, node, of_node, new, cause)
    tell_sales(connection, order, held, counted_elsewhere(connection, key), now)
    rebalance(connection, places, now)


def fulfilled_units(order: Order) -> Counter[LinePlace]:
    """Component units that the channel counts as shipped, by us or by others."""
    fulfilled: Counter[LinePlace] = Counter()
    for line in order.lines:
        if line.needs_stock and line.fulfilled:
            for part in line.components or ():
                fulfilled[(line.line_id, part.sku)] += line.fulfilled * part.units
    return fulfilled


def counted_elsewhere(connection: Connection, order_key: str) -> Counter[LinePlace]:
    """Units of each line that were counted out as sold elsewhere so far."""
    columns = movements.c
    statement = (
        select(columns.line_id, columns.sku, func.sum(-columns.delta).label("units"))
        .where(columns.order_key == order_key, columns.kind == MovementKind.SOLD_ELSEWHERE)
        .group_by(columns.line_id, columns.sku)
    )
    return Counter({(row.line_id, row.sku): int(row.units) for row in connection.execute(statement)})
