"""Reads an order again from the channel that sold it: when an operator asks for it, or an event hints at a change."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from activities.books import Books, Channels
from activities.messages import EventArrived
from activities.retries import step
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import OrderKey

TOPIC = "orders/reread"


@dataclass(frozen=True)
class RereadingActivities:
    books: Books
    channels: Channels

    @step("reread")
    def reread(self, key: OrderKey) -> EventArrived:
        """Store what the channel says now as an event of the order; the same content twice is one event."""
        return self._read(key)

    @step("follow_hint")
    def follow_hint(self, key: OrderKey) -> EventArrived:
        """The same where an event said that the order has changed: nobody waits for it, so it is tried for ever."""
        return self._read(key)

    def _read(self, key: OrderKey) -> EventArrived:
        body = self.channels.client(key).fetch(key.order_id)
        # The order itself takes it up; the relay has nothing to hand over.
        event = reread_event(key, body, self.books.clock(), EventState.DELIVERED)
        return EventArrived(event_id=self.books.events.store(event).event_id)


def reread_event(key: OrderKey, body: bytes, now: datetime, state: EventState) -> NewEvent:
    """What the channel says of an order now: the same content twice is one event."""
    return NewEvent(
        origin=f"{key.channel}:{key.account}",
        topic=TOPIC,
        delivery_id=f"{key.order_id}:{hashlib.sha256(body).hexdigest()}",
        source=EventSource.REREAD,
        body=body,
        received_at=now,
        order_key=key,
        state=state,
    )
