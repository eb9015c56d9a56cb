"""An Amazon seller's orders and what changes them: the buyer, Amazon, and the seller's confirmations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from orderloom.sandbox.amazon.catalog import Catalog
from orderloom.sandbox.amazon.refusals import not_found
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import AmazonSellerConfig
from orderloom.sandbox.mails import BuyerMail
from orderloom.sandbox.people import People, Person
from orderloom.sandbox.spec import SandboxOrder

STATUS_CHANGE, BUYER_CHANGE = "OrderStatusChange", "BuyerRequestedChange"


@dataclass(frozen=True)
class AmazonItem:
    item_id: str
    sku: str
    asin: str
    title: str
    quantity: int
    unit_price: Decimal
    components: dict[str, int]


@dataclass
class AmazonPackage:
    """A package that the seller confirmed, under the seller's own reference."""

    reference: str
    carrier: str
    tracking_number: str
    shipping_method: str | None
    shipped_at: str
    created_at: datetime
    items: dict[str, int]
    edits: int = 0


@dataclass
class AmazonOrder:
    order_id: str
    marketplace: str
    spec: SandboxOrder
    person: Person
    created: datetime
    updated: datetime
    status: str
    items: tuple[AmazonItem, ...]
    packages: dict[str, AmazonPackage] = field(default_factory=dict)
    cancel_requested: bool = False
    cancelled_by: str | None = None
    shipped_by_amazon: bool = False
    mails: list[BuyerMail] = field(default_factory=list)

    @property
    def by_amazon(self) -> bool:
        return self.spec.fulfilled_by == "amazon"

    @property
    def programs(self) -> tuple[str, ...]:
        added = [name for name, on in (("PRIME", self.spec.prime), ("AMAZON_BUSINESS", self.spec.business)) if on]
        return tuple(dict.fromkeys((*self.spec.programs, *added)))

    @property
    def ship_by(self) -> datetime:
        return self.created + timedelta(hours=self.spec.ship_within_hours)

    def fulfilled(self, item_id: str) -> int:
        """Units shipped: of the confirmed packages, or all where Amazon shipped the order."""
        item = next(item for item in self.items if item.item_id == item_id)
        if self.shipped_by_amazon:
            return item.quantity
        return sum(package.items.get(item_id, 0) for package in self.packages.values())

    def settle_status(self) -> None:
        shipped = sum(self.fulfilled(item.item_id) for item in self.items)
        ordered = sum(item.quantity for item in self.items)
        self.status = "SHIPPED" if shipped >= ordered else "PARTIALLY_SHIPPED" if shipped else "UNSHIPPED"


class AmazonSeller:
    """One seller's orders. Every change moves `updated`, as Amazon's lastUpdatedTime does."""

    def __init__(
        self, config: AmazonSellerConfig, clock: Clock, people: People, dice: Random, catalog: Catalog
    ) -> None:
        self.config = config
        self.catalog = catalog
        self.orders: dict[str, AmazonOrder] = {}
        self._clock = clock
        self._people = people
        self._dice = dice
        self.announce: Callable[[AmazonOrder, str], None] = lambda order, change: None
        """Told of every change of an order, with ORDER_CHANGE's word for it."""

    def place(self, spec: SandboxOrder) -> AmazonOrder:
        created = spec.placed_at(self._clock.now())
        marketplace = spec.marketplace or self.config.marketplaces[0]
        order = AmazonOrder(
            order_id=self._new_order_id(),
            marketplace=marketplace,
            spec=spec,
            person=self._people.next(),
            created=created,
            updated=created,
            status="PENDING" if spec.pending else spec.status,
            items=self._items(spec, marketplace),
            shipped_by_amazon=spec.status == "SHIPPED",
        )
        self.orders[order.order_id] = order
        self._take_from_listings(order)
        self.announce(order, STATUS_CHANGE)
        return order

    def _take_from_listings(self, order: AmazonOrder) -> None:
        """Amazon lowers what it lists by itself, also for an order that is still pending."""
        if order.status == "CANCELLED":
            return
        for item in order.items:
            self.catalog.sell(order.order_id, order.marketplace, item.sku, item.quantity, by_amazon=order.by_amazon)
        if order.shipped_by_amazon:
            self.catalog.shipped(order.order_id)

    def _items(self, spec: SandboxOrder, marketplace: str) -> tuple[AmazonItem, ...]:
        return tuple(
            AmazonItem(
                item_id=str(self._dice.randrange(10**13, 10**14)),
                sku=line.sku or "",
                asin=self._asin(marketplace, line.sku or ""),
                title=line.title,
                quantity=line.quantity,
                unit_price=line.unit_price,
                components=dict(line.components or {line.sku or "": 1}),
            )
            for line in spec.lines
        )

    def _asin(self, marketplace: str, sku: str) -> str:
        invented = f"B0{self._dice.randrange(36**5, 36**6):08d}"[:10]
        listing = self.catalog.get(marketplace, sku)
        return listing.asin if listing else invented

    def _new_order_id(self) -> str:
        while True:
            parts = (111, self._dice.randrange(10**6, 10**7), self._dice.randrange(10**6, 10**7))
            order_id = "-".join(str(part) for part in parts)
            if order_id not in self.orders:
                return order_id

    def find(self, order_id: str) -> AmazonOrder:
        """Raises Refusal (404)."""
        if order_id not in self.orders:
            raise not_found(order_id)
        return self.orders[order_id]

    def touch(self, order: AmazonOrder, change: str = STATUS_CHANGE) -> None:
        order.updated = self._clock.now()
        self.announce(order, change)

    def release(self, order_ids: tuple[str, ...] | None) -> tuple[str, ...]:
        """Turn pending orders (all, or those named) into unshipped ones."""
        chosen = [self.find(order_id) for order_id in order_ids] if order_ids is not None else self.orders.values()
        released = [order for order in chosen if order.status == "PENDING"]
        for order in released:
            order.status = "UNSHIPPED"
            self.touch(order)
        return tuple(order.order_id for order in released)

    def request_cancel(self, order_id: str) -> None:
        """The buyer asks; the seller decides, so the status stays."""
        order = self.find(order_id)
        order.cancel_requested = True
        self.touch(order, BUYER_CHANGE)

    def cancel(self, order_id: str, *, by: str = "BUYER") -> bool:
        """The buyer or the merchant cancels for good; False where something already left."""
        order = self.find(order_id)
        if order.status not in ("PENDING", "UNSHIPPED"):
            return False
        order.status, order.cancelled_by = "CANCELLED", by
        self.catalog.give_back(order_id)
        self.touch(order)
        return True

    def ship_by_amazon(self, order_id: str) -> bool:
        """Amazon ships an order that it fulfils; False where it is not that kind."""
        order = self.find(order_id)
        if not order.by_amazon or order.status != "UNSHIPPED":
            return False
        order.shipped_by_amazon, order.status = True, "SHIPPED"
        self.catalog.shipped(order_id)
        self.touch(order)
        return True
