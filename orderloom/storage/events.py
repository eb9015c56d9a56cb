"""The event log: what arrived, sealed, each delivery once, and who is handing it on."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, or_, select, update

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.events import (
    EventSource,
    EventState,
    NamelessEvent,
    NewEvent,
    PendingEvent,
    RawEvent,
    StoredEvent,
    Wakeup,
    Watermark,
)
from orderloom.domain.keys import Channel, OrderKey
from orderloom.storage.data_keys import Vault
from orderloom.storage.database import Database, insert_or
from orderloom.storage.tables import raw_events, wakeups, watermarks
from orderloom.storage.wakeups import wake

PURGED_BODY = b'{"purged": true}'
"""What `load` gives for an event whose personal data was purged: its body is gone for good."""


class SqlEventLog:
    """Implements the port EventLog."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def store(self, event: NewEvent) -> StoredEvent:
        return self._database.write(lambda connection: self._store(connection, event))

    def store_page(self, events: Sequence[NewEvent], watermark: Watermark) -> int:
        def work(connection: Connection) -> int:
            new = sum(not self._store(connection, event).duplicate for event in events)
            values = watermark.model_dump(mode="python")
            statement = insert_or(connection, watermarks).values(values)
            place = ["channel", "account"]
            connection.execute(statement.on_conflict_do_update(index_elements=place, set_=values))
            return new

        return self._database.write(work)

    def load(self, event_id: str) -> RawEvent:
        """Raises OrderUnknown where there is no such event; a purged body is PURGED_BODY."""
        return self._database.read(lambda connection: self._load(connection, event_id))

    def of_topic(self, key: OrderKey, topic: str) -> Sequence[RawEvent]:
        mine = (raw_events.c.order_key == str(key), raw_events.c.topic == topic)
        statement = select(raw_events.c.event_id).where(*mine).order_by(raw_events.c.received_at, raw_events.c.event_id)

        def work(connection: Connection) -> list[RawEvent]:
            return [self._load(connection, event_id) for event_id in connection.execute(statement).scalars().all()]

        return self._database.read(work)

    def mark(self, event_id: str, state: EventState, detail: str = "") -> None:
        changed = {"state": state, "detail": detail, "leased_until": None}
        statement = update(raw_events).where(raw_events.c.event_id == event_id).values(changed)
        self._database.write(lambda connection: connection.execute(statement))

    def claim(self, limit: int, lease: timedelta) -> Sequence[PendingEvent]:
        return self._database.write(lambda connection: self._claim(connection, limit, lease))

    def claim_nameless(self, limit: int, lease: timedelta) -> Sequence[NamelessEvent]:
        return self._database.write(lambda connection: self._claim_nameless(connection, limit, lease))

    def name_order(self, event_id: str, key: OrderKey) -> None:
        """Its body stays sealed under its own key, which is deleted with those of events that belong to no order."""
        named = {"order_key": str(key), "leased_until": None}
        statement = update(raw_events).where(raw_events.c.event_id == event_id, raw_events.c.order_key.is_(None))
        self._database.write(lambda connection: connection.execute(statement.values(named)))

    def claim_wakeups(self, limit: int, lease: timedelta) -> Sequence[Wakeup]:
        return self._database.write(lambda connection: self._claim_wakeups(connection, limit, lease))

    def wake(self, key: OrderKey, reason: str) -> None:
        self._database.write(lambda connection: wake(connection, [str(key)], reason, self._clock()))

    def wakeup_done(self, wakeup_id: int) -> None:
        statement = delete(wakeups).where(wakeups.c.wakeup_id == wakeup_id)
        self._database.write(lambda connection: connection.execute(statement))

    def watermark(self, channel: Channel, account: str) -> Watermark | None:
        statement = select(watermarks).where(watermarks.c.channel == channel, watermarks.c.account == account)
        row = self._database.read(lambda connection: connection.execute(statement).one_or_none())
        return Watermark(**row._mapping) if row else None

    def _store(self, connection: Connection, event: NewEvent) -> StoredEvent:
        known = connection.execute(
            select(raw_events.c.event_id, raw_events.c.state).where(
                raw_events.c.origin == event.origin,
                raw_events.c.topic == event.topic,
                raw_events.c.delivery_id == event.delivery_id,
            )
        ).one_or_none()
        if known:
            return StoredEvent(event_id=known.event_id, duplicate=True, state=EventState(known.state))
        event_id = uuid.uuid4().hex
        connection.execute(insert(raw_events), self._sealed(connection, event_id, event))
        return StoredEvent(event_id=event_id, duplicate=False, state=event.state)

    def _sealed(self, connection: Connection, event_id: str, event: NewEvent) -> dict[str, Any]:
        order_key = str(event.order_key) if event.order_key else None
        now = self._clock()
        key = (
            self._vault.key_of_order(connection, order_key, now)
            if order_key
            else self._vault.key_of_event(connection, event_id, now)
        )
        return event.model_dump(mode="python", exclude={"body", "order_key"}) | {
            "event_id": event_id,
            "order_key": order_key,
            "attempts": 0,
            "data_key_id": key.data_key_id,
            "body": key.seal(event.body, _bound_to(event_id)),
        }

    def _load(self, connection: Connection, event_id: str) -> RawEvent:
        row = connection.execute(select(raw_events).where(raw_events.c.event_id == event_id)).one_or_none()
        if row is None:
            raise OrderUnknown(f"with the event {event_id}")
        body = unsealed_body(connection, self._vault, row)
        return RawEvent(
            event_id=row.event_id,
            origin=row.origin,
            topic=row.topic,
            source=EventSource(row.source),
            order_key=OrderKey.parse(row.order_key) if row.order_key else None,
            received_at=row.received_at,
            body=PURGED_BODY if body is None else body,
        )

    def _claim(self, connection: Connection, limit: int, lease: timedelta) -> list[PendingEvent]:
        rows = self._lease(connection, raw_events.c.order_key.is_not(None), limit, lease)
        return [
            PendingEvent(
                event_id=row.event_id,
                topic=row.topic,
                source=EventSource(row.source),
                order_key=OrderKey.parse(row.order_key),
                attempts=row.attempts,
            )
            for row in rows
        ]

    def _claim_nameless(self, connection: Connection, limit: int, lease: timedelta) -> list[NamelessEvent]:
        nameless = and_(raw_events.c.order_key.is_(None), raw_events.c.origin.startswith(f"{Channel.SHOPIFY}:"))
        rows = self._lease(connection, nameless, limit, lease)
        return [NamelessEvent(event_id=row.event_id, origin=row.origin) for row in rows]

    def _lease(
        self, connection: Connection, which: ColumnElement[bool], limit: int, lease: timedelta
    ) -> Sequence[Row[Any]]:
        now = self._clock()
        rows = connection.execute(
            select(raw_events)
            .where(
                raw_events.c.state == EventState.STORED,
                which,
                or_(raw_events.c.leased_until.is_(None), raw_events.c.leased_until <= now),
            )
            .order_by(raw_events.c.received_at, raw_events.c.event_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        taken = [row.event_id for row in rows]
        changed = {"leased_until": now + lease, "attempts": raw_events.c.attempts + 1}
        connection.execute(update(raw_events).where(raw_events.c.event_id.in_(taken)).values(changed))
        return rows

    def _claim_wakeups(self, connection: Connection, limit: int, lease: timedelta) -> list[Wakeup]:
        now = self._clock()
        rows = connection.execute(
            select(wakeups)
            .where(or_(wakeups.c.leased_until.is_(None), wakeups.c.leased_until <= now))
            .order_by(wakeups.c.wakeup_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        ).all()
        taken = [row.wakeup_id for row in rows]
        connection.execute(update(wakeups).where(wakeups.c.wakeup_id.in_(taken)).values(leased_until=now + lease))
        return [
            Wakeup(wakeup_id=row.wakeup_id, order_key=OrderKey.parse(row.order_key), reason=row.reason) for row in rows
        ]


def unsealed_body(connection: Connection, vault: Vault, row: Row[Any]) -> bytes | None:
    """What came; None once it was purged."""
    key = vault.find(connection, row.data_key_id)
    return key.unseal(row.body, _bound_to(row.event_id)) if key else None


def _bound_to(event_id: str) -> str:
    return f"raw_events:{event_id}:body"
