"""A channel and nodes that do what a test tells them, behind the ports. Everything else in these tests is real."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import TypeAdapter

from orderloom.domain.cancellations import Cancellation, CancelOutcome, CancelReceipt
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable, UnreadableEvent
from orderloom.domain.events import NewEvent
from orderloom.domain.listing.offers import FbaPage
from orderloom.domain.orders import Order, OrderReading
from orderloom.domain.ports import OrderIdPage
from orderloom.domain.shipments import (
    Confirmation,
    ConfirmationReceipt,
    DispatchRequest,
    NodeShipment,
    NodeState,
    Package,
    ShipmentEvent,
    ShipmentLine,
    TrackingCorrection,
)
from tests.workflows.fake_batches import FakeBatches
from tests.workflows.fake_listings import FakeListings
from tests.workflows.fake_returns import FakeReturns

SHIPPED_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class FakePage:
    events: tuple[NewEvent, ...]
    next_token: str | None
    read_until: datetime


@dataclass
class FakeChannel:
    """Its events are readings as JSON; a body it cannot read starts with `?`."""

    may_read: threading.Event = field(default_factory=threading.Event)
    """Cleared by a test that wants the reading of an event to take long; `reading` says when it has begun."""
    reading: bool = False
    confirmed: list[Confirmation] = field(default_factory=list)
    answers: list[Exception] = field(default_factory=list)
    """Raised by the next calls of `confirm`, one each."""
    fetches: list[bytes] = field(default_factory=list)
    """What the next calls of `fetch` give, one each; then the channel is away."""
    pages: list[FakePage | Exception] = field(default_factory=list)
    """What the next calls of `changed_orders` give, one each."""
    swept: list[tuple[datetime, str | None]] = field(default_factory=list)
    listings: FakeListings = field(default_factory=FakeListings)
    cancel_feed: FakeBatches = field(default_factory=FakeBatches)
    returns: FakeReturns = field(default_factory=FakeReturns)
    made: list[OrderIdPage] = field(default_factory=list)
    """What the next calls of `order_ids` give, one each."""
    at_amazon: list[FbaPage] = field(default_factory=list)
    """What the next calls of `fba_levels` give, one each."""
    fetched: int = 0
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Cleared by a test that wants a reading to take its time."""
    corrected: list[TrackingCorrection] = field(default_factory=list)
    cancelled: list[Cancellation] = field(default_factory=list)
    cancels: CancelOutcome | Exception = CancelOutcome.DONE
    """What it makes of a cancellation."""

    def __post_init__(self) -> None:
        self.may_answer.set()
        self.may_read.set()

    def read(self, body: bytes, live_from: datetime) -> OrderReading:
        self.reading = True
        self.may_read.wait(8)
        if body.startswith(b"?"):
            raise UnreadableEvent("line_items", "is missing")
        return OrderReading.model_validate_json(body)

    def fetch(self, order_id: str) -> bytes:
        self.fetched += 1
        self.may_answer.wait(30)
        if not self.fetches:
            raise Unavailable("channel", "is away")
        return self.fetches.pop(0)

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        if self.answers:
            raise self.answers.pop(0)
        self.confirmed.append(confirmation)
        return ConfirmationReceipt(reference=f"ref-{confirmation.number}")

    def correct_tracking(self, correction: TrackingCorrection) -> ConfirmationReceipt:
        if self.answers:
            raise self.answers.pop(0)
        self.corrected.append(correction)
        return ConfirmationReceipt(reference=correction.reference)

    def cancel(self, cancellation: Cancellation) -> CancelReceipt:
        if isinstance(self.cancels, Exception):
            raise self.cancels
        self.cancelled.append(cancellation)
        return CancelReceipt(outcome=self.cancels)

    def order_of(self, body: bytes) -> str:
        return body.decode()

    def moved_part(self, body: bytes) -> str | None:
        return body.decode()

    def read_returns(self, body: bytes, order: Order) -> tuple[GoodsBack, ...]:
        return TypeAdapter(tuple[GoodsBack, ...]).validate_json(body)

    def changed_orders(self, since: datetime, page_token: str | None) -> FakePage:
        self.swept.append((since, page_token))
        page = self.pages.pop(0) if self.pages else FakePage((), None, since)
        if isinstance(page, Exception):
            raise page
        return page

    def order_ids(
        self, since: datetime, until: datetime, page_token: str | None, *, changed: bool = False
    ) -> OrderIdPage:
        return self.made.pop(0) if self.made else OrderIdPage(order_ids=())

    def fba_levels(self, page_token: str | None) -> FbaPage:
        return self.at_amazon.pop(0) if self.at_amazon else FbaPage(levels=(), read_at=SHIPPED_AT)

    def close(self) -> None: ...


@dataclass
class FakeNode:
    """Accepts, refuses or loses its answers; ships when the test says so, and knows what it was asked."""

    name: str
    refuses: str = ""
    loses_answers: int = 0
    failures: list[Exception] = field(default_factory=list)
    """Raised by the next dispatches, before anything is taken."""
    cannot_stop: bool = False
    away: bool = False
    """It hears nothing of a wish to stop."""
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Cleared by a test that wants the answer to a dispatch to come late."""
    asked: list[DispatchRequest] = field(default_factory=list)
    found: int = 0
    told_to_stop: list[str] = field(default_factory=list)
    shipments: dict[str, NodeShipment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.may_answer.set()

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        self.asked.append(request)
        if self.failures:
            raise self.failures.pop(0)
        if self.refuses:
            raise Rejected(f"node:{self.name}", "cannot_ship", self.refuses)
        known = self.shipments.setdefault(
            request.dispatch_id, NodeShipment(dispatch_id=request.dispatch_id, state=NodeState.ACCEPTED)
        )
        self.may_answer.wait(30)
        if self.loses_answers:
            self.loses_answers -= 1
            raise OutcomeUnknown(f"node:{self.name}", "no answer")
        return known

    def take(self, dispatch_id: str) -> None:
        """It has the dispatch after all, although its answer said nothing of it."""
        self.shipments[dispatch_id] = NodeShipment(dispatch_id=dispatch_id, state=NodeState.ACCEPTED)

    def find(self, dispatch_id: str) -> NodeShipment | None:
        self.found += 1
        return self.shipments.get(dispatch_id)

    def cancel(self, dispatch_id: str) -> NodeShipment:
        self.told_to_stop.append(dispatch_id)
        if self.away:
            raise Unavailable(f"node:{self.name}", "connection refused")
        known = self.shipments.get(dispatch_id)
        if known is None:
            raise Rejected(f"node:{self.name}", "unknown_dispatch", "has no such dispatch")
        if known.state is NodeState.ACCEPTED and not self.cannot_stop:
            known = known.model_copy(update={"state": NodeState.CANCELLED})
            self.shipments[dispatch_id] = known
        return known

    def ship(self, dispatch_id: str, package_id: str = "box-1", lines: tuple[ShipmentLine, ...] = ()) -> Package:
        """Without lines: everything it was asked for."""
        request = next(request for request in self.asked if request.dispatch_id == dispatch_id)
        package = Package(
            package_id=package_id,
            carrier="UPS",
            tracking_number=f"1Z-{dispatch_id[-6:]}-{package_id}",
            shipped_at=SHIPPED_AT,
            lines=lines or request.lines,
        )
        known = self.shipments[dispatch_id]
        self.shipments[dispatch_id] = known.model_copy(
            update={"state": NodeState.SHIPPED, "packages": (*known.packages, package)}
        )
        return package

    def stop_the_rest(self, dispatch_id: str) -> None:
        """Asked to stop what has left in part, it stops the rest."""
        self.shipments[dispatch_id] = self.shipments[dispatch_id].model_copy(update={"state": NodeState.CANCELLED})

    def ship_anyway(self) -> Package:
        """It said that it had stopped its last dispatch, and ships it all the same."""
        return self.ship(self.asked[-1].dispatch_id)

    def close(self) -> None: ...


@dataclass
class FakeCallbacks:
    """Callback bodies are shipment events as JSON; one it cannot read starts with `?`."""

    node: str

    def read(self, body: bytes) -> ShipmentEvent:
        if body.startswith(b"?"):
            raise UnreadableEvent("package", "is missing")
        return ShipmentEvent.model_validate_json(body)
