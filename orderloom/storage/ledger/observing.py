"""An order that somebody else ships: its reservation ends and what left is counted out, in one step."""

from datetime import datetime

from sqlalchemy import Connection

from orderloom.domain.orders import Order
from orderloom.storage.ledger.elsewhere import fulfilled_units, sold_elsewhere
from orderloom.storage.ledger.reserving import release
from orderloom.storage.ledger.rows import held_and_locked, open_entry, pools_of_nodes


def observe(
    connection: Connection, order: Order, pool: str, node: str | None, cancelled_by_channel: bool, now: datetime
) -> None:
    """All pool rows are locked before the first is changed, in their order."""
    open_entry(connection, order.key, now)
    places = set()
    if node is not None:
        of_node = pools_of_nodes(connection, [node])[node]
        places = {(of_node, sku) for _, sku in fulfilled_units(order)}
    held_and_locked(connection, str(order.key), places)
    release(connection, order.key, cancelled_by_channel, now)
    if node is not None:
        sold_elsewhere(connection, order, pool, node, now)
