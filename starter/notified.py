"""What becomes of one notification of Amazon: stored before it is deleted, and every order once a batch.

A change of an order is stored as an event of that order, which the relay hands on: the order reads itself again. Of
several changes of one order in a batch only the last is handed on: one reading (getOrder: 0.5 a second) sees them all.
What nobody can read, what is of another seller and what we never subscribed to is stored as UNREADABLE with the reason:
the queue must not choke on it, and a person finds it beside the webhooks that could not be read.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import structlog

from orderloom.channels.amazon.notifications import (
    FulfillmentOrderChanged,
    Notification,
    OrderChanged,
    QuantityChanged,
    notification_id_of,
    read_notification,
    unwrapped,
)
from orderloom.channels.amazon.queue import QueueMessage
from orderloom.domain.books import EventLog
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.merchant import AmazonAccount

UNREADABLE_TOPIC = "notification"


class Taken(StrEnum):
    """What became of a message."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    HEARD = "heard"
    PARKED = "parked"
    KEPT = "kept"


class NotificationIntake:
    """Takes the notifications of one account in. Raises Unavailable where the database is away."""

    def __init__(
        self,
        account: AmazonAccount,
        events: EventLog,
        hear: Callable[[ListingKey, int], None],
        node_of: Callable[[str], str | None],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`hear` takes what a listing shows; `node_of` says which node has a dispatch of ours, by its id."""
        self._account = account
        self._events = events
        self._hear = hear
        self._node_of = node_of
        self._clock = clock
        self._log = structlog.get_logger(__name__).bind(account=account.account)

    def take(self, messages: Sequence[QueueMessage], follow: Callable[[str], None]) -> list[Taken]:
        """What became of each; all of them may be deleted then. `follow` wakes the sweep of a node, once a batch."""
        read = [self._read(message) for message in messages]
        newest = _newest(read)
        nodes: dict[str, None] = {}
        taken = []
        for at, (message, notification) in enumerate(zip(messages, read, strict=True)):
            if isinstance(notification, UnreadableEvent):
                taken.append(self._park(message, notification))
                continue
            content = notification.content
            if isinstance(content, OrderChanged):
                taken.append(self._order_changed(message, notification, content, newest.get(content.order_id) == at))
            elif isinstance(content, QuantityChanged):
                taken.append(self._quantity_changed(content))
            else:
                taken.append(self._fulfillment_changed(message, notification, content, nodes))
        for node in nodes:
            follow(node)
        return taken

    def _read(self, message: QueueMessage) -> Notification | UnreadableEvent:
        try:
            return read_notification(message.body, self._account.seller_id)
        except UnreadableEvent as unreadable:
            return unreadable

    def _order_changed(
        self, message: QueueMessage, notification: Notification, content: OrderChanged, is_newest: bool
    ) -> Taken:
        key = OrderKey(channel=Channel.AMAZON, account=self._account.account, order_id=content.order_id)
        if content.concerns_the_order and is_newest:
            state, detail = EventState.STORED, str(content)
        else:
            why = "a later one of the same order came with it" if content.concerns_the_order else "nothing to act on"
            state, detail = EventState.KEPT, f"{content} ({why})"
        return self._store(message, notification, state, detail, key)

    def _quantity_changed(self, content: QuantityChanged) -> Taken:
        self._hear(
            ListingKey(channel=Channel.AMAZON, account=self._account.account, listing=content.sku), content.quantity
        )
        return Taken.HEARD

    def _fulfillment_changed(
        self,
        message: QueueMessage,
        notification: Notification,
        content: FulfillmentOrderChanged,
        nodes: dict[str, None],
    ) -> Taken:
        """It does not say which lines a package holds, so the node's own sweep reads what became of it."""
        node = self._node_of(content.dispatch_id)
        detail = f"{content.status}: {f'{node} is followed at once' if node else 'no dispatch of ours'}"
        taken = self._store(message, notification, EventState.KEPT, detail, None)
        if node:
            nodes[node] = None
        return taken

    def _park(self, message: QueueMessage, why: UnreadableEvent) -> Taken:
        event = NewEvent(
            origin=self._origin,
            topic=UNREADABLE_TOPIC,
            delivery_id=notification_id_of(message.body) or f"sqs:{message.message_id}",
            source=EventSource.NOTIFICATION,
            body=message.body,
            received_at=self._clock(),
            state=EventState.UNREADABLE,
            detail=str(why),
        )
        stored = self._events.store(event)
        if stored.duplicate:
            return Taken.DUPLICATE
        self._log.warning("a notification was parked", event_id=stored.event_id, why=str(why))
        return Taken.PARKED

    def _store(
        self,
        message: QueueMessage,
        notification: Notification,
        state: EventState,
        detail: str,
        key: OrderKey | None,
    ) -> Taken:
        event = NewEvent(
            origin=self._origin,
            topic=notification.kind.value,
            delivery_id=notification.notification_id,
            source=EventSource.NOTIFICATION,
            body=unwrapped(message.body),
            received_at=self._clock(),
            triggered_at=notification.published_at,
            order_key=key,
            state=state,
            detail=detail,
        )
        if self._events.store(event).duplicate:
            return Taken.DUPLICATE
        return Taken.STORED if state is EventState.STORED else Taken.KEPT

    @property
    def _origin(self) -> str:
        return f"{Channel.AMAZON}:{self._account.account}"


def _newest(read: Sequence[Notification | UnreadableEvent]) -> dict[str, int]:
    """By order, where its last change stands that an order acts on."""
    return {
        each.content.order_id: at
        for at, each in enumerate(read)
        if isinstance(each, Notification) and isinstance(each.content, OrderChanged) and each.content.concerns_the_order
    }
