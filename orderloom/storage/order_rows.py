"""The row of an order, and what is read from it."""

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, Order, OrderStatus
from orderloom.domain.records import OrderRecord
from orderloom.storage.tables import orders


def find_row(connection: Connection, key: OrderKey, *, lock: bool = False) -> Row[Any] | None:
    statement = select(orders).where(orders.c.order_key == str(key))
    return connection.execute(statement.with_for_update() if lock else statement).one_or_none()


def locked_row(connection: Connection, key: OrderKey) -> Row[Any]:
    """Raises OrderUnknown."""
    row = find_row(connection, key, lock=True)
    if row is None:
        raise OrderUnknown(key)
    return row


def as_record(row: Row[Any]) -> OrderRecord:
    return OrderRecord(
        order=Order.model_validate_json(row.document),
        status=OrderStatus(row.status),
        hold=Hold.model_validate_json(row.hold) if row.hold else None,
        nodes=tuple(json.loads(row.nodes)),
        arrived_at=row.arrived_at,
        updated_at=row.updated_at,
        adopted=row.adopted,
        address_version=row.address_version,
        unordered_event=row.unordered_event,
    )
