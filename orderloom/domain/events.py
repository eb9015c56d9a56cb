"""What reaches us from outside, kept as it came before anything is made of it."""

from enum import StrEnum

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen, Utc

HINTS = (
    "refunds/",
    "returns/",
    "reverse_deliveries/",
    "fulfillment_orders/",
    "fulfillment_holds/",
    "orders/edited",
    "orders/look",
    "ORDER_CHANGE",
)
"""Topics, or how they begin, whose body is not the order: it says that the order has changed. `orders/updated` and
`orders/paid` are the whole order but for holds and returns, which Shopify announces by topics of their own."""
LOOK = "orders/look"
"""Ours: nothing was heard of it; its channel is asked all the same."""
MOVED = "fulfillment_orders/moved"
"""The only event that says that somebody chose another place: a reading shows where it is, not who put it there."""
RETURNS_REPORT = "returns/report"
"""Rows of a channel's report about one order's returns: the body itself says what came back."""


def is_hint(topic: str) -> bool:
    """Whether an event of this topic only asks us to read its order again."""
    return topic != RETURNS_REPORT and topic.startswith(HINTS)


class EventSource(StrEnum):
    WEBHOOK = "webhook"
    SWEEP = "sweep"
    REREAD = "reread"
    NOTIFICATION = "notification"
    """A message of the channel's queue: a hint to read the order again."""
    CALLBACK = "callback"
    """A fulfillment node's report on a dispatch."""


class EventState(StrEnum):
    STORED = "stored"
    """Accepted, and not yet handed to its order."""
    DELIVERED = "delivered"
    """Its order's workflow has it."""
    LATE = "late"
    """It came after its order was closed; a follow-up has it."""
    KEPT = "kept"
    """Genuine, and nothing that an order acts on."""
    UNREADABLE = "unreadable"
    """Genuine, and we cannot read it: an operator sees it with the reason."""
    REPLAYED = "replayed"
    """It could not be read, and a person had it read again: what came of it is an event of its own."""
    DROPPED = "dropped"
    """It could not be read, and a person wants nothing made of it."""


class NewEvent(Frozen):
    """A delivery to store. (`origin`, `topic`, `delivery_id`) is unique: a repeat is recognised by it.

    `origin` is the account (`shopify:kitchen`) or node (`node:own_warehouse`) that the delivery came from.
    """

    origin: str
    topic: str
    delivery_id: str
    source: EventSource
    body: bytes
    received_at: Utc
    triggered_at: Utc | None = None
    """The sender's own time, where it gives one: the channel's lag is `received_at - triggered_at`."""
    order_key: OrderKey | None = None
    state: EventState = EventState.STORED
    detail: str = ""


class StoredEvent(Frozen):
    """What the store says of a delivery: its id here, and whether it had come before."""

    event_id: str
    duplicate: bool
    state: EventState


class RawEvent(Frozen):
    """A stored event with its body decrypted."""

    event_id: str
    origin: str
    topic: str
    source: EventSource
    order_key: OrderKey | None
    received_at: Utc
    body: bytes


class PendingEvent(Frozen):
    """A stored event that the relay has leased to hand to its order."""

    event_id: str
    topic: str
    source: EventSource
    order_key: OrderKey
    attempts: int = 0


class NamelessEvent(Frozen):
    """A stored event of an order that its body does not name: its channel has to be asked which one it is."""

    event_id: str
    origin: str


class Wakeup(Frozen):
    """A note left by a transaction (a restock, a new mapping) that an order should look again."""

    wakeup_id: int
    order_key: OrderKey
    reason: str


class Watermark(Frozen):
    """How far a sweep has read: everything last updated before `read_until` is stored."""

    channel: Channel
    account: str
    read_until: Utc
    page_token: str | None = None
    """Set while a sweep of several pages is under way; goes with `sweep_from`."""
    sweep_from: Utc | None = None
