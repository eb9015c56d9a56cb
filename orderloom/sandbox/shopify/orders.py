"""A shop's orders, their fulfillment orders and fulfillments."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from orderloom.sandbox.people import Person
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
    status: str = "OPEN"

    def settle_status(self, now: datetime) -> None:
        left = sum(line.remaining for line in self.lines)
        self.status = "IN_PROGRESS" if left else "CLOSED"
        self.updated = now


@dataclass(frozen=True)
class FulfilledLine:
    id: int
    line: ShopLine
    quantity: int


@dataclass(frozen=True)
class Fulfillment:
    id: int
    number: int
    order: "ShopOrder"
    fulfillment_orders: tuple[FulfillmentOrder, ...]
    lines: tuple[FulfilledLine, ...]
    company: str | None
    numbers: tuple[str, ...]
    urls: tuple[str, ...]
    notified: bool
    created: datetime

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
    fulfillment_orders: list[FulfillmentOrder] = field(default_factory=list)
    fulfillments: list[Fulfillment] = field(default_factory=list)
    cancelled: datetime | None = None

    @property
    def name(self) -> str:
        return f"#{self.number}"

    @property
    def ship_by(self) -> datetime:
        return self.created + timedelta(hours=self.spec.ship_within_hours)

    @property
    def total(self) -> Decimal:
        return sum((line.spec.unit_price * line.spec.quantity for line in self.lines), Decimal())

    @property
    def grams(self) -> int:
        if self.spec.total_weight_zero:
            return 0
        return sum(line.spec.grams * line.spec.quantity for line in self.lines)

    @property
    def requires_shipping(self) -> bool:
        return any(line.is_shipped for line in self.lines)

    def fulfilled(self, line: ShopLine) -> int:
        return sum(f.quantity for done in self.fulfillments for f in done.lines if f.line is line)

    def fulfillable(self, line: ShopLine) -> int:
        if self.cancelled or not line.is_shipped:
            return 0
        return line.spec.quantity - self.fulfilled(line)

    @property
    def fulfillment_status(self) -> str:
        """GraphQL's displayFulfillmentStatus."""
        if not self.fulfillments:
            return "UNFULFILLED"
        return "PARTIALLY_FULFILLED" if any(self.fulfillable(line) for line in self.lines) else "FULFILLED"


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_in(identifier: str, kind: str) -> int | None:
    """The number in `gid://shopify/{kind}/{number}`; None where it is the id of something else."""
    start = f"gid://shopify/{kind}/"
    rest = identifier.removeprefix(start)
    return int(rest) if identifier.startswith(start) and rest.isdecimal() else None
