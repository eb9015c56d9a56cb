"""What the store gives back: the rows of the business, typed."""

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from orderloom.domain.decisions import Decision
from orderloom.domain.events import EventSource, EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import Hold, Order, OrderStatus
from orderloom.domain.shipments import ConfirmedLine, Package, ShipmentLine
from orderloom.domain.stock import ReservedLine


class LiveFrom(Frozen):
    """When an account was connected, and from which moment on its orders are ours to ship."""

    channel: Channel
    account: str
    connected_at: Utc
    live_from: Utc


class TimelineEntry(Frozen):
    """One line of an order's story, free of personal data."""

    at: Utc
    what: str
    """A short word, e.g. `reserved`, `dispatched`, `held`."""
    text: str
    once: str | None = None
    """Makes a repeated step one line, e.g. `dispatched:1-1`."""


class OrderRecord(Frozen):
    order: Order
    status: OrderStatus
    hold: Hold | None
    nodes: tuple[str, ...]
    arrived_at: Utc
    """When the first event of it was stored: latencies count from here."""
    updated_at: Utc
    adopted: bool = False
    unordered_event: str | None = None
    """The delivery that may be older than the one before it: its channel is to be asked. None: it was, or need not."""
    """An operator took over an order from before `live_from`."""
    address_version: NonNegativeInt = 0
    """How often the address to ship to has become another one."""


class DispatchState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    DISPATCHED = "dispatched"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    SHIPPED = "shipped"


class ShipmentRecord(Frozen):
    key: OrderKey
    number: PositiveInt
    node: str
    attempt: PositiveInt
    dispatch_id: str
    state: DispatchState
    lines: tuple[ShipmentLine, ...]
    reason: str = ""
    dispatched_at: Utc | None = None
    address_version: NonNegativeInt = 0
    """The order's, when its node was asked."""


class PackageRecord(Frozen):
    key: OrderKey
    number: PositiveInt
    shipment: PositiveInt
    package: Package
    is_new: bool = False
    """True only in the answer that recorded it."""
    confirmed_at: Utc | None = None
    reference: str | None = None
    label: NonNegativeInt = 0
    """How often its node has corrected the tracking number or carrier."""
    told_label: NonNegativeInt = 0
    """The one of these labels that its channel was told of."""
    told_lines: tuple[ConfirmedLine, ...] = ()
    """What it was confirmed with; a correction names the same again."""
    delivered_at: Utc | None = None
    lost_at: Utc | None = None
    """Since when its node has it for lost."""

    @property
    def needs_correction(self) -> bool:
        return self.confirmed_at is not None and self.told_label < self.label


class OrderStory(Frozen):
    """Everything of one order, for `orders show` and the API. Schema documented in docs/orders-show.md."""

    record: OrderRecord
    reservation: tuple[ReservedLine, ...]
    decision: Decision | None
    shipments: tuple[ShipmentRecord, ...]
    packages: tuple[PackageRecord, ...]
    timeline: tuple[TimelineEntry, ...]


class OrderSummary(Frozen):
    """One row of `orders list`."""

    key: OrderKey
    name: str
    status: OrderStatus
    hold: Hold | None
    nodes: tuple[str, ...]
    updated_at: Utc
    backorder_until: Utc | None = None
    """Until when it waits for stock by rule."""


class UnmappedListing(Frozen):
    channel: Channel
    account: str
    listing: str
    title: str
    orders_waiting: NonNegativeInt
    returns_waiting: NonNegativeInt = 0
    """Refunds and returns whose units are restocked once it is mapped, of closed orders too."""


class UnreadableRecord(Frozen):
    """An event that could not be read, as far as it is known without its body."""

    event_id: str
    origin: str
    topic: str
    source: EventSource
    order_key: OrderKey | None
    received_at: Utc
    state: EventState
    detail: str
    """Why; once a person has settled it, who did what and why."""
