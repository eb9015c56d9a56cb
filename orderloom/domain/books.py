"""What the business needs of storage: its books. The storage implements these; worker.py and starter join them.

All methods are synchronous and whole: one transaction each.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from orderloom.domain.changes import GoodsBack
from orderloom.domain.decisions import Decision
from orderloom.domain.events import (
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
from orderloom.domain.orders import Component, Hold, Order, OrderLine, OrderReading, OrderStatus, PersonalData
from orderloom.domain.records import LiveFrom, OrderRecord, PackageRecord, ShipmentRecord, TimelineEntry
from orderloom.domain.shipments import (
    Confirmation,
    ConfirmationReceipt,
    NodeShipment,
    Package,
    PlannedShipment,
)
from orderloom.domain.stock import Reservation, SkuMaster, StockLevel


class EventLog(Protocol):
    """The raw events, encrypted, each delivery once."""

    def store(self, event: NewEvent) -> StoredEvent: ...

    def load(self, event_id: str) -> RawEvent: ...

    def of_topic(self, key: OrderKey, topic: str) -> Sequence[RawEvent]:
        """An order's events of one topic, oldest first."""

    def mark(self, event_id: str, state: EventState, detail: str = "") -> None: ...

    def claim(self, limit: int, lease: timedelta) -> Sequence[PendingEvent]:
        """Lease up to `limit` events in state STORED, oldest first; nobody else gets them until the lease ends."""

    def claim_nameless(self, limit: int, lease: timedelta) -> Sequence[NamelessEvent]:
        """Lease stored events whose order is not known yet, as `claim` does the others."""

    def name_order(self, event_id: str, key: OrderKey) -> None:
        """A nameless event is about this order; from now on `claim` has it."""

    def claim_wakeups(self, limit: int, lease: timedelta) -> Sequence[Wakeup]: ...

    def wakeup_done(self, wakeup_id: int) -> None: ...

    def wake(self, key: OrderKey, reason: str) -> None:
        """Leave a wakeup; an equal one that is still waiting is not doubled."""

    def store_page(self, events: Sequence[NewEvent], watermark: Watermark) -> int:
        """Store a sweep's page and its watermark in one transaction; returns how many events were new."""

    def watermark(self, channel: Channel, account: str) -> Watermark | None: ...


class OrderBook(Protocol):
    """The orders as we know them: the read model behind every list and the guard after Temporal's retention."""

    def live_from(self, channel: Channel, account: str) -> LiveFrom: ...

    def record(self, reading: OrderReading, event_id: str) -> OrderRecord:
        """Insert or update; a reading older by `updated_at` changes nothing. Returns what now holds."""

    def get(self, key: OrderKey) -> OrderRecord:
        """Raises OrderUnknown."""

    def find(self, key: OrderKey) -> OrderRecord | None: ...

    def personal(self, key: OrderKey) -> PersonalData:
        """The decrypted personal data; all empty once purged."""

    def set_status(
        self, key: OrderKey, status: OrderStatus, *, hold: Hold | None = None, nodes: Sequence[str] | None = None
    ) -> None: ...

    def advance(self, key: OrderKey, status: OrderStatus, nodes: Sequence[str] | None = None) -> None:
        """Where a running order stands. A hold or a wait stays until the workflow lifts it, an end for good.

        In one transaction with what it is judged by: see `domain.standing`.
        """

    def save_mapped(self, order: Order) -> None:
        """Store the order with its lines mapped."""

    def note(self, key: OrderKey, entry: TimelineEntry) -> None:
        """Add a line to the order's timeline; the same `entry.once` twice is one line."""

    def reopen(self, reading: OrderReading, event_id: str) -> None:
        """A completed order wants more: it goes on with this reading as one of which a part has left, and is woken."""

    def adopt(self, key: OrderKey) -> None:
        """An operator takes over an order from before `live_from`: `OrderRecord.adopted` is true from now on."""

    def open_keys(self, quiet_since: datetime) -> Sequence[OrderKey]:
        """Orders whose status is no end and that last changed before then."""


class Catalog(Protocol):
    """The SKU master and the map from listings to components."""

    def components(self, channel: Channel, account: str, listings: Sequence[str]) -> dict[str, tuple[Component, ...]]:
        """Mapped listings only. A listing that is itself a canonical SKU is mapped to one unit of it.

        One of several with the same SKU sells what that SKU is mapped to, unless its own name is mapped.
        """

    def masters(self, skus: Sequence[str]) -> dict[str, SkuMaster]: ...


class Ledger(Protocol):
    """Stock: append-only movements and conditional updates. Each method is one transaction, idempotent per order."""

    def reserve(self, order: Order, pool: str, pools: Mapping[str, str] | None = None) -> Reservation:
        """Reserve all mapped open lines, taking what there is and recording the rest as a shortage.

        A line that `pools` names by its id sells from that pool, every other one from `pool`. Called again it adds
        only lines that are new since; lines that shrank give back.
        """

    def levels(self, skus: Sequence[str], nodes: Sequence[str], key: OrderKey) -> Sequence[StockLevel]:
        """Stock as free for this order: its own allocations that were not dispatched yet are not counted."""

    def reservation(self, key: OrderKey) -> Reservation: ...

    def decide(self, decision: Decision) -> None:
        """Store the decision and allocate its plan at the nodes, replacing allocations not yet dispatched.

        Raises StockMoved (nothing stored) where a node no longer has the units.
        """

    def planned(self, key: OrderKey, shipment: int) -> PlannedShipment | None:
        """This shipment as the latest decision that planned it has it; None for one that was never planned."""

    def last_plan(self, key: OrderKey) -> Decision | None:
        """The latest decision that planned something; None where nothing was ever planned."""

    def ship(self, key: OrderKey, shipment: int, package: Package) -> None:
        """Move the package's units from reserved to shipped; once per package."""

    def shorten(self, key: OrderKey, shipment: int) -> None:
        """Its node stopped the rest of a shipment of which a part has left: it is that part from now on."""

    def sold_elsewhere(self, order: Order, pool: str, node: str) -> None:
        """Count out the units of lines that left without us; once per line and unit."""

    def release(self, key: OrderKey, *, cancelled_by_channel: bool = False) -> None:
        """Give back everything that is reserved and not shipped, its allocations and its shortages.

        `cancelled_by_channel`: the channel itself cancelled the order, so it has restocked its listings. Where an
        operator cancels and the channel does not know, its listings stay as they are.
        """

    def observe(self, order: Order, pool: str, node: str | None = None, *, cancelled_by_channel: bool = False) -> None:
        """`release`, then `sold_elsewhere` at `node`, in one step: what somebody else ships is never free between.

        Without a node nothing is counted out.
        """

    def take_back(self, key: OrderKey, line: OrderLine, goods: GoodsBack, node: str | None) -> bool:
        """Put what came back on the shelf at `node`, or only remember it; once per change. Whether it was new."""

    def return_waits(self, key: OrderKey, line: OrderLine, goods: GoodsBack) -> bool:
        """What came back of a line that is not mapped waits for it; once per change. Whether it was new."""

    def waiting_returns(self, key: OrderKey) -> Sequence[GoodsBack]:
        """What of this order still waits so; what is taken back waits no longer."""

    def fba_sale(self, order: Order, node: str) -> None:
        """An order that Amazon ships from `node`, newer than Amazon's last snapshot: its units are gone now, once."""


class ShipmentBook(Protocol):
    """Shipments, dispatch attempts, packages and confirmations."""

    def shipments(self, key: OrderKey) -> Sequence[ShipmentRecord]: ...

    def taken_since(self, since: Mapping[str, datetime], besides: OrderKey) -> dict[str, int]:
        """Shipments of other orders that each node was given since its moment, planned ones included."""

    def begin_dispatch(self, key: OrderKey, shipment: int) -> ShipmentRecord:
        """Record, before anything is sent, that this shipment's current attempt is being sent."""

    def dispatched(self, key: OrderKey, shipment: int, state: NodeShipment) -> None: ...

    def refused(self, key: OrderKey, shipment: int, reason: str) -> None:
        """Proof of refusal: the next `begin_dispatch` gets the next attempt."""

    def cancelled(self, key: OrderKey, shipment: int) -> None: ...

    def by_dispatch_id(self, dispatch_id: str) -> ShipmentRecord | None: ...

    def add_package(self, dispatch_id: str, package: Package, told_at: datetime | None = None) -> PackageRecord:
        """Record a package once; its number within the order is given here and never changes.

        One that is known takes another tracking number or carrier, unless `told_at`, the node's time of a report, is
        before that of the label it has. Without it the node was asked just now.
        """

    def packages(self, key: OrderKey) -> Sequence[PackageRecord]: ...

    def recorded_under(self, dispatch_id: str) -> Sequence[PackageRecord]:
        """The packages that left under one dispatch id."""

    def on_the_way(self, node: str, left_since: datetime) -> Sequence[str]:
        """Dispatch ids of a node's packages that were recorded since then and are not known to have arrived."""

    def confirmed(self, told: Confirmation, label: int, receipt: ConfirmationReceipt) -> None:
        """The channel took this package under this label, or it needs no telling (no lines)."""

    def corrected(self, key: OrderKey, number: int, label: int) -> None:
        """The channel has this label of a package that it was told of before."""

    def delivered(self, dispatch_id: str, package_id: str, at: datetime) -> None:
        """A package reached its buyer: the time of purging counts from the last one."""

    def lost(self, dispatch_id: str, package_id: str | None, at: datetime) -> None:
        """A package will not arrive; None: none of the dispatch that has not been delivered."""


class Privacy(Protocol):
    """Forgets personal data when its time is over (docs: 30 days after delivery, deliver-by or closing)."""

    def purge(self, now: datetime) -> int:
        """Delete what is due; returns how many orders were purged."""
