"""A shop's orders, their fulfillment orders and fulfillments."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from orderloom.sandbox.mails import BuyerMail
from orderloom.sandbox.people import Person
from orderloom.sandbox.shopify.aftermath import Hold, Refund, Return
from orderloom.sandbox.spec import SandboxLine, SandboxOrder


@dataclass(frozen=True)
class ShopLine:
    """One line item; ids are Shopify's numbers, `gid` makes GraphQL's out of them."""

    line_id: int
    variant_id: int
    product_id: int
    inventory_item_id: int
    spec: SandboxLine

    @property
    def is_shipped(self) -> bool:
        return self.spec.requires_shipping and not self.spec.gift_card


@dataclass
class FulfillmentOrderLine:
    id: int
    line: ShopLine
    total: int
    remaining: int


@dataclass
class FulfillmentOrder:
    id: int
    order: "ShopOrder"
    lines: tuple[FulfillmentOrderLine, ...]
    updated: datetime
    location_id: int
    status: str = "OPEN"
    request_status: str = "UNSUBMITTED"
    holds: list[Hold] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.status in ("OPEN", "IN_PROGRESS", "ON_HOLD")

    def settle_status(self, now: datetime) -> None:
        """What follows from its lines and holds."""
        left, total = sum(line.remaining for line in self.lines), sum(line.total for line in self.lines)
        self.status = "CLOSED" if not left else "ON_HOLD" if self.holds else "IN_PROGRESS" if left < total else "OPEN"
        self.updated = now


@dataclass(frozen=True)
class FulfilledLine:
    id: int
    line: ShopLine
    quantity: int


@dataclass
class Fulfillment:
    id: int
    number: int
    order: "ShopOrder"
    fulfillment_orders: tuple[FulfillmentOrder, ...]
    lines: tuple[FulfilledLine, ...]
    company: str | None
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    created: datetime
    updated: datetime
    tracking_edits: int = 0

    @property
    def name(self) -> str:
        return f"{self.order.name}.{self.number}"


@dataclass
class ShopOrder:
    order_id: int
    number: int
    spec: SandboxOrder
    person: Person
    created: datetime
    updated: datetime
    lines: tuple[ShopLine, ...]
    payment: str
    """REST's financial_status, e.g. `paid`."""
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    added: Counter[int] = field(default_factory=Counter)
    """Units that an edit added to a line, by line id."""
    removed: Counter[int] = field(default_factory=Counter)
    """Units that an edit or a refund took from a line."""
    came_back: Counter[int] = field(default_factory=Counter)
    """Of the removed units, those that had been fulfilled."""
    edited: bool = False
    cancelled: datetime | None = None
    cancel_reason: str = "customer"
    mails: list[BuyerMail] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def ship_by(self) -> datetime:
        return self.created + timedelta(hours=self.spec.ship_within_hours)

    @property
    def total(self) -> Decimal:
        return sum((line.spec.unit_price * self.ordered(line) for line in self.lines), Decimal())

    @property
    def grams(self) -> int:
        if self.spec.total_weight_zero:
            return 0
        return sum(line.spec.grams * self.ordered(line) for line in self.lines)

    @property
    def requires_shipping(self) -> bool:
        return any(line.is_shipped for line in self.lines)

    def line(self, line_id: int | None) -> ShopLine | None:
        return next((line for line in self.lines if line.line_id == line_id), None)

    def ordered(self, line: ShopLine) -> int:
        """Shopify's `quantity`: refunded and removed units included."""
        return line.spec.quantity + self.added[line.line_id]

    def current(self, line: ShopLine) -> int:
        """Shopify's `current_quantity`: refunded and removed units left out."""
        return self.ordered(line) - self.removed[line.line_id]

    def fulfilled(self, line: ShopLine) -> int:
        return sum(f.quantity for done in self.fulfillments for f in done.lines if f.line is line)

    def fulfillable(self, line: ShopLine) -> int:
        if self.cancelled or not line.is_shipped:
            return 0
        return self.current(line) - (self.fulfilled(line) - self.came_back[line.line_id])

    @property
    def fulfillment_status(self) -> str:
        """GraphQL's displayFulfillmentStatus."""
        if any(one.status == "ON_HOLD" for one in self.fulfillment_orders):
            return "ON_HOLD"
        if not self.fulfillments:
            return "UNFULFILLED"
        return "PARTIALLY_FULFILLED" if any(self.fulfillable(line) for line in self.lines) else "FULFILLED"
