"""What is held of an order's people, decrypted: for the customer who asks, and for nobody else."""

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Order
from orderloom.domain.privacy import OrderExport, StoredDelivery
from orderloom.storage.data_keys import Vault
from orderloom.storage.database import Database
from orderloom.storage.events import unsealed_body
from orderloom.storage.orders import unsealed_personal
from orderloom.storage.packages import packages_of
from orderloom.storage.tables import erasures, orders, raw_events

NEVER_CAME = "nothing is held: no such order has reached us"
HELD = "personal data is held until it is purged"
PURGED = "nothing personal is held any more: its data key was deleted, and what it sealed can never be read again"


class PersonalExport:
    """The one way, beside a dispatch, on which personal data leaves the store. Nothing of it is ever logged."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def of(self, key: OrderKey) -> OrderExport:
        return self._database.read(lambda connection: self._of(connection, key))

    def _of(self, connection: Connection, key: OrderKey) -> OrderExport:
        row = connection.execute(select(orders).where(orders.c.order_key == str(key))).one_or_none()
        mine = select(raw_events).where(raw_events.c.order_key == str(key))
        events = connection.execute(mine.order_by(raw_events.c.received_at, raw_events.c.event_id)).all()
        deliveries = tuple(self._delivery(connection, event) for event in events)
        personal = unsealed_personal(connection, self._vault, row) if row else None
        is_held = personal is not None or any(delivery.body is not None for delivery in deliveries)
        return OrderExport(
            key=key,
            says=HELD if is_held else _what_became_of_it(connection, key, known=bool(row or events)),
            order=Order.model_validate_json(row.document) if row else None,
            personal=personal,
            packages=tuple(entry.package for entry in packages_of(connection, key)),
            deliveries=deliveries,
        )

    def _delivery(self, connection: Connection, event: Row[Any]) -> StoredDelivery:
        body = unsealed_body(connection, self._vault, event)
        return StoredDelivery(
            topic=event.topic,
            origin=event.origin,
            received_at=event.received_at,
            body=None if body is None else _as_json(body),
        )


def _what_became_of_it(connection: Connection, key: OrderKey, *, known: bool) -> str:
    if not known:
        return NEVER_CAME
    erased_at = select(erasures.c.erased_at).where(erasures.c.order_key == str(key))
    at = connection.execute(erased_at).scalar_one_or_none()
    return f"{PURGED} (its channel asked for it; done {at:%Y-%m-%d %H:%M} UTC)" if at else PURGED


def _as_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
