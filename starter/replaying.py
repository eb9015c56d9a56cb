"""What a person makes of an event that could not be read: it is read again by today's code, or dropped.

What comes of a reading is an event of its own, so a workflow that has seen the first takes it as new. The starter's
relay hands it over.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from orderloom.channels.amazon.notifications import read_notification
from orderloom.channels.amazon.queue import QueueMessage
from orderloom.domain.errors import InputInvalid, UnreadableEvent
from orderloom.domain.events import EventSource, EventState, NewEvent, RawEvent, StoredEvent
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.domain.model import Frozen
from orderloom.domain.records import TimelineEntry, UnreadableRecord
from orderloom.settings import Settings
from orderloom.storage.events import PURGED_BODY
from orderloom.storage.store import Store
from starter.asked_by_shop import heed
from starter.deliveries import node_callbacks, shopify_webhooks
from starter.listening import intake_of
from starter.notified import UNREADABLE_TOPIC

Done = list[tuple[NewEvent, StoredEvent]]
log = structlog.get_logger(__name__)


class Replayed(Frozen):
    """What became of one event. `done` false: it still cannot be read, and stays where it is."""

    event_id: str
    done: bool
    text: str


class Unread:
    """Events that could not be read. Each method raises InputInvalid for an event that is not among them any more."""

    def __init__(self, settings: Settings, config: MerchantConfig, store: Store) -> None:
        self._config = config
        self._store = store
        self._shops = shopify_webhooks(settings, config)
        self._nodes = node_callbacks(settings, config, store)

    def replay(self, event_id: str, by: str) -> Replayed:
        """Read it again by today's code and configuration. Safe to repeat after a crash."""
        record = self._waiting(event_id)
        raw = self._store.events.load(event_id)
        if raw.body == PURGED_BODY:
            why = "its body was purged with its order's personal data; drop it"
            raise InputInvalid("event", None, event_id, why)
        try:
            text = self._read_again(raw)
        except UnreadableEvent as unreadable:
            self._store.events.mark(event_id, EventState.UNREADABLE, str(unreadable))
            return Replayed(event_id=event_id, done=False, text=f"still cannot be read: {unreadable}")
        self._settle(record, EventState.REPLAYED, f"read again by {by}: {text}", by)
        return Replayed(event_id=event_id, done=True, text=text)

    def drop(self, event_id: str, by: str, why: str) -> Replayed:
        """Nothing is made of it. It stays stored, with who dropped it and why."""
        record = self._waiting(event_id)
        self._settle(record, EventState.DROPPED, f"dropped by {by}: {why}", by)
        return Replayed(event_id=event_id, done=True, text=f"dropped: {why}")

    def find(self, event_id: str) -> UnreadableRecord:
        """Also one that a person has settled."""
        record = self._store.stories.unreadable_event(event_id)
        if record is None:
            raise InputInvalid("event", None, event_id, "is none that could not be read; see `orderloom events list`")
        return record

    def body(self, event_id: str) -> bytes:
        """What came, personal data and all."""
        return self._store.events.load(self.find(event_id).event_id).body

    def _waiting(self, event_id: str) -> UnreadableRecord:
        record = self.find(event_id)
        if record.state is not EventState.UNREADABLE:
            raise InputInvalid("event", None, event_id, f"is settled: {record.detail}")
        return record

    def _settle(self, record: UnreadableRecord, state: EventState, text: str, by: str) -> None:
        self._store.events.mark(record.event_id, state, f"{text} (it had not been read: {record.detail})")
        log.info("an unreadable event is settled", event_id=record.event_id, state=state.value, by=by)
        if record.order_key and self._store.orders.find(record.order_key):
            what = f"{record.topic} of {record.origin}, which could not be read, was {text}"
            once = f"event_{state}:{record.event_id}"
            entry = TimelineEntry(at=datetime.now(UTC), what=f"event_{state}", text=what, once=once)
            self._store.orders.note(record.order_key, entry)

    def _read_again(self, raw: RawEvent) -> str:
        """What came of it, in words. Raises UnreadableEvent."""
        kind, _, name = raw.origin.partition(":")
        if raw.source is EventSource.NOTIFICATION and raw.topic == UNREADABLE_TOPIC:
            return self._notification(raw, name)
        if raw.source is EventSource.WEBHOOK and kind == Channel.SHOPIFY and name in self._shops:
            return self._webhook(raw, name)
        if raw.source is EventSource.CALLBACK and name in self._nodes:
            return _in_words(self._stored(self._nodes[name].events_of(raw.body, {}), raw))
        if raw.order_key is None:
            raise UnreadableEvent("origin", f"{raw.origin} is not configured here")
        return _in_words(self._stored([_again(raw)], raw))

    def _notification(self, raw: RawEvent, name: str) -> str:
        account = self._config.account(Channel.AMAZON, name)
        if not isinstance(account, AmazonAccount):
            raise UnreadableEvent("origin", f"{raw.origin} is not configured here")
        read_notification(raw.body, account.seller_id)
        message = QueueMessage(message_id=raw.event_id, receipt="", body=raw.body)
        # A node that it is about is asked by its own schedule.
        (taken,) = intake_of(account, self._store).take([message], follow=lambda _: None)
        return f"the notification is {taken}"

    def _webhook(self, raw: RawEvent, name: str) -> str:
        reader = self._shops[name]
        event = reader.event_of(raw.body, {"X-Shopify-Topic": raw.topic}, raw.received_at)
        ((_, stored),) = done = self._stored([event], raw)
        heed(self._store, name, reader, raw.body, event, stored)
        return _in_words(done)

    def _stored(self, events: Sequence[NewEvent], raw: RawEvent) -> Done:
        unread = next((event for event in events if event.state is EventState.UNREADABLE), None)
        if unread:
            raise UnreadableEvent("event", unread.detail)
        return [(event, self._store.events.store(_named(event, raw, at))) for at, event in enumerate(events)]


def _in_words(done: Done) -> str:
    orders = dict.fromkeys(str(event.order_key) for event, _ in done if event.order_key)
    names = ", ".join(stored.event_id for _, stored in done)
    return f"it goes to {', '.join(orders)} as {names}" if orders else f"it is kept as {names}"


def _again(raw: RawEvent) -> NewEvent:
    """Only its order can say whether it can be read now."""
    return NewEvent(
        origin=raw.origin,
        topic=raw.topic,
        delivery_id=raw.event_id,
        source=raw.source,
        body=raw.body,
        received_at=raw.received_at,
        order_key=raw.order_key,
    )


def _named(event: NewEvent, raw: RawEvent, at: int) -> NewEvent:
    """Told apart from the delivery that could not be read, and the same however often it is read again."""
    return event.model_copy(update={"delivery_id": f"replay:{raw.event_id}:{at}"})
