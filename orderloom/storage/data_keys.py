"""One data key per order, or per event where an event has no order; purging is deleting its row."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from orderloom.storage.tables import data_keys
from orderloom.storage.vault import KEY_BYTES, KeyRing, seal, unseal


@dataclass(frozen=True)
class DataKey:
    """An unwrapped data key. What it seals names it by `data_key_id`, so a later key of the same order is no use."""

    data_key_id: str
    secret: bytes

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        return seal(self.secret, plain, bound_to)

    def unseal(self, sealed: bytes, bound_to: str) -> bytes:
        return unseal(self.secret, sealed, bound_to)


class Vault:
    """The data keys of the database, opened with the ring's master keys."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def key_of_order(self, connection: Connection, order_key: str, now: datetime) -> DataKey:
        """The order's data key, made where it has none."""
        subject = f"order:{order_key}"
        row = connection.execute(select(data_keys).where(data_keys.c.subject == subject)).one_or_none()
        if row is None:
            return self._create(connection, subject, order_key, now)
        return DataKey(row.data_key_id, self._ring.unwrap(row.master_key, row.wrapped, row.data_key_id))

    def key_of_event(self, connection: Connection, event_id: str, now: datetime) -> DataKey:
        """A data key of its own for an event that belongs to no order."""
        return self._create(connection, f"event:{event_id}", None, now)

    def find(self, connection: Connection, data_key_id: str | None) -> DataKey | None:
        """None once the key was purged."""
        row = connection.execute(select(data_keys).where(data_keys.c.data_key_id == data_key_id)).one_or_none()
        if row is None:
            return None
        return DataKey(row.data_key_id, self._ring.unwrap(row.master_key, row.wrapped, row.data_key_id))

    def _create(self, connection: Connection, subject: str, order_key: str | None, now: datetime) -> DataKey:
        key = DataKey(data_key_id=secrets.token_hex(16), secret=secrets.token_bytes(KEY_BYTES))
        master_key, wrapped = self._ring.wrap(key.secret, key.data_key_id)
        row = {
            "data_key_id": key.data_key_id,
            "subject": subject,
            "order_key": order_key,
            "master_key": master_key,
            "wrapped": wrapped,
            "created_at": now,
        }
        connection.execute(insert(data_keys), row)
        return key
