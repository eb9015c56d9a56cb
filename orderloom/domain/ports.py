"""What the business needs of channels and nodes. Adapters implement these; worker.py and starter join them.

All methods are synchronous and whole: one exchange each. Adapters raise the errors of domain.errors and nothing else.
What it needs of storage is in domain/books.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from orderloom.domain.cancellations import Cancellation, CancelReceipt
from orderloom.domain.changes import GoodsBack
from orderloom.domain.events import (
    NewEvent,
)
from orderloom.domain.model import Frozen
from orderloom.domain.orders import Order, OrderReading
from orderloom.domain.shipments import (
    Confirmation,
    ConfirmationReceipt,
    DispatchRequest,
    NodeShipment,
    ShipmentEvent,
    TrackingCorrection,
)


class SalesChannel(Protocol):
    """One account of one channel."""

    def read(self, body: bytes, live_from: datetime) -> OrderReading:
        """Read one stored event body into an order, its SKUs unmapped. Pure; raises UnreadableEvent."""

    def fetch(self, order_id: str) -> bytes:
        """Read the order again from the channel: a body that `read` understands."""

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        """Tell the channel of one package, exactly once however often this is called."""

    def correct_tracking(self, correction: TrackingCorrection) -> ConfirmationReceipt:
        """Give a package that was confirmed its new tracking number: no second package, and no message to the buyer.

        Safe to repeat. Raises Rejected where the channel does not allow it any more.
        """

    def cancel(self, cancellation: Cancellation) -> CancelReceipt:
        """Tell the channel that the order will not be shipped; it puts nothing back on sale. Safe to repeat.

        A channel that takes cancellations in batches does nothing and says BY_BATCH. Raises Rejected where it refuses.
        """

    def moved_part(self, body: bytes) -> str | None:
        """The part of an order's fulfilment that an event of topic MOVED says was moved, as `Assigned.part`. Pure."""

    def read_returns(self, body: bytes, order: Order) -> tuple[GoodsBack, ...]:
        """Read the body of a `returns/report` event of this order. Pure; raises UnreadableEvent."""


class OrderFinder(Protocol):
    """A channel account whose events may name only a part of an order."""

    def order_of(self, body: bytes) -> str:
        """The id of the order that this body is about. Raises UnreadableEvent, and Rejected where there is none."""


class OrderFeed(Protocol):
    """A channel account that is swept for changed orders."""

    def changed_orders(self, since: datetime, page_token: str | None) -> "OrderPage":
        """One page of orders changed since then; one call against the channel's rate limit."""


class OrderPage(Protocol):
    @property
    def events(self) -> Sequence[NewEvent]: ...

    @property
    def next_token(self) -> str | None: ...

    @property
    def read_until(self) -> datetime:
        """The channel's own word for how far this page is complete."""


class OrderIdPage(Frozen):
    order_ids: tuple[str, ...]
    next_token: str | None = None


class RecentOrders(Protocol):
    """A channel account that can list its orders by their ids alone."""

    def order_ids(
        self, since: datetime, until: datetime, page_token: str | None, *, changed: bool = False
    ) -> OrderIdPage:
        """One page of orders that were made between these two moments, or made or `changed` between them."""


class FulfillmentNode(Protocol):
    """A place that ships what it is asked to ship."""

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        """Ask for a shipment. Raises Rejected when the node refuses, OutcomeUnknown when its answer was lost."""

    def find(self, dispatch_id: str) -> NodeShipment | None:
        """What the node knows of this dispatch; None is proof that it never got it."""

    def cancel(self, dispatch_id: str) -> NodeShipment:
        """Ask the node to stop; the answer's state says whether it did."""


class NodeCallbacks(Protocol):
    """Reads the callbacks of one node."""

    def read(self, body: bytes) -> ShipmentEvent:
        """Raises UnreadableEvent."""
