"""Where an order stands, judged and stored in one transaction.

A step that goes on beside the story and the story itself both say where it stands. Judged before its transaction, the
one would bring back a hold that the other has lifted meanwhile, and nobody would lift it again.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, update

from orderloom.domain.errors import OrderClosed
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.domain.records import TimelineEntry
from orderloom.domain.standing import not_behind
from orderloom.storage.accounts import wake_if_resumed
from orderloom.storage.order_rows import locked_row
from orderloom.storage.packages import packages_of
from orderloom.storage.shipments import shipments_of
from orderloom.storage.tables import orders, waiting_listings
from orderloom.storage.timeline import note


def set_status(
    connection: Connection,
    key: OrderKey,
    status: OrderStatus,
    hold: Hold | None,
    nodes: Sequence[str] | None,
    now: datetime,
) -> None:
    """As the story says. Raises OrderUnknown, and OrderClosed where an order at its end would be opened again."""
    row = locked_row(connection, key)
    if OrderStatus(row.status).is_end and not status.is_end:
        raise OrderClosed(key, row.status)
    _write(connection, row, status if hold else _reached(connection, key, status), hold, nodes, now)
    if hold is not None and hold.model_dump_json() != row.hold:
        text = f"{hold.detail}; to go on: {hold.fix}"
        note(connection, str(key), TimelineEntry(at=now, what=str(status), text=text))
    if hold is not None and hold.reason is HoldReason.ACCOUNT_PAUSED:
        wake_if_resumed(connection, key, now)


def advance(
    connection: Connection, key: OrderKey, status: OrderStatus, nodes: Sequence[str] | None, now: datetime
) -> None:
    """As a step beside the story says: a hold or a wait stays until the story lifts it, an end for good."""
    row = locked_row(connection, key)
    known = OrderStatus(row.status)
    after = _reached(connection, key, status)
    if known.is_end or (known is OrderStatus.WAITING and after is OrderStatus.RESERVED):
        return
    hold = Hold.model_validate_json(row.hold) if row.hold else None
    _write(connection, row, known if hold else after, hold, nodes, now)


def _reached(connection: Connection, key: OrderKey, status: OrderStatus) -> OrderStatus:
    states = {shipment.state for shipment in shipments_of(connection, key)}
    return not_behind(status, states, has_left=bool(packages_of(connection, key)))


def _write(
    connection: Connection,
    row: Row[Any],
    status: OrderStatus,
    hold: Hold | None,
    nodes: Sequence[str] | None,
    now: datetime,
) -> None:
    changed: dict[str, Any] = {"status": status, "hold": hold.model_dump_json() if hold else None, "updated_at": now}
    if nodes is not None:
        changed["nodes"] = json.dumps(list(nodes))
    if status.is_end:
        changed["closed_at"] = row.closed_at or now
        connection.execute(delete(waiting_listings).where(waiting_listings.c.order_key == row.order_key))
    connection.execute(update(orders).where(orders.c.order_key == row.order_key).values(changed))
