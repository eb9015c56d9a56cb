"""One shop: sells orders, cancels them for buyers, and tells its webhook subscribers."""

from collections.abc import Mapping
from random import Random

from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import ShopConfig
from orderloom.sandbox.knobs import Fate, Knobs
from orderloom.sandbox.people import People, Person
from orderloom.sandbox.shopify.idempotency import IdempotencyKeys
from orderloom.sandbox.shopify.orders import Fulfillment, FulfillmentOrder, FulfillmentOrderLine, ShopLine, ShopOrder
from orderloom.sandbox.shopify.stockroom import Location, ShopListing, Stockroom
from orderloom.sandbox.shopify.webhooks import Webhooks
from orderloom.sandbox.spec import SandboxLine, SandboxOrder


class Shop:
    """One configured shop and all that was sold in it."""

    def __init__(
        self, config: ShopConfig, clock: Clock, people: People, dice: Random, webhooks: Webhooks, fate: Fate
    ) -> None:
        self.config = config
        self.clock = clock
        self.webhooks = webhooks
        self.orders: dict[int, ShopOrder] = {}
        first_id = dice.randrange(10**9, 10**10)
        locations = tuple(
            Location(at.id or first_id + 1000 * number, at.name) for number, at in enumerate(config.locations)
        )
        self.first_location = locations[0]
        self.stockroom = Stockroom(locations, clock, webhooks.announce_level)
        self.idempotency = IdempotencyKeys(clock)
        self.installed = True
        """False once the merchant uninstalled the app: no token is accepted, and nothing more is told."""
        self.jobs: dict[str, bool] = {}
        """Jobs by gid, and whether they are done."""
        self._fate = fate
        self._people = people
        self._dice = dice
        self._last_id = dice.randrange(10**12, 10**13)
        self._last_number = 1000
        self._fulfillment_orders: dict[int, FulfillmentOrder] = {}
        self._variants: dict[tuple[str, int], tuple[int, int, int]] = {}

    @property
    def knobs(self) -> Knobs:
        return self._fate.knobs

    @property
    def location_id(self) -> int:
        return self.first_location.id

    def next_id(self) -> int:
        self._last_id += self._dice.randrange(1, 1000)
        return self._last_id

    def place(self, spec: SandboxOrder) -> ShopOrder:
        """Sell an order and announce it with orders/create (unless the spec says not to)."""
        created = spec.placed_at(self.clock.now())
        self._last_number += 1
        order = ShopOrder(
            order_id=self.next_id(),
            number=self._last_number,
            spec=spec,
            person=self._people.next(),
            created=created,
            updated=created,
            lines=tuple(self.new_line(line) for line in spec.lines),
            payment=spec.financial_status,
        )
        if shipped := {line.line_id: line.spec.quantity for line in order.lines if line.is_shipped}:
            self.open_fulfillment_order(order, shipped)
        self.orders[order.order_id] = order
        if spec.announced:
            self.webhooks.announce("orders/create", order, test=spec.test)
        if not spec.test:
            for line in order.lines:
                self.stockroom.sell(order.order_id, line.line_id, line.inventory_item_id, line.spec.quantity)
        return order

    def list_variant(
        self, sku: str, title: str, units: dict[int, int], *, variant: int = 1, allows_overselling: bool
    ) -> ShopListing:
        """Put a listing, or replace it; units by location id."""
        variant_id, product_id, item_id = self._variant(sku, variant)
        fresh = ShopListing(sku, variant_id, product_id, item_id, title, allows_overselling)
        return self.stockroom.put(fresh, units)

    def listed(self, sku: str, variant: int) -> ShopListing | None:
        item_id = self._variants.get((sku, variant), (0, 0, 0))[2]
        return self.stockroom.items.get(item_id)

    def _variant(self, sku: str, number: int = 1) -> tuple[int, int, int]:
        """Ids of the variant, its product and its inventory item; `number` counts those with the same SKU."""
        if (sku, number) not in self._variants:
            self._variants[sku, number] = (self.next_id(), self.next_id(), self.next_id())
        return self._variants[sku, number]

    def next_person(self) -> Person:
        return self._people.next()

    def new_line(self, spec: SandboxLine) -> ShopLine:
        """A line without SKU gets a variant of its own."""
        variant = self._variant(spec.sku or f"none-{self.next_id()}", spec.variant)
        return ShopLine(
            line_id=self.next_id(),
            variant_id=variant[0],
            product_id=variant[1],
            inventory_item_id=variant[2],
            spec=spec,
        )

    def open_fulfillment_order(self, order: ShopOrder, units: Mapping[int, int]) -> FulfillmentOrder:
        """A new one at the first location; units by line id."""
        lines = tuple(
            FulfillmentOrderLine(self.next_id(), line, units[line.line_id], units[line.line_id])
            for line in order.lines
            if units.get(line.line_id)
        )
        opened = FulfillmentOrder(
            id=self.next_id(), order=order, lines=lines, updated=order.updated, location_id=self.location_id
        )
        order.fulfillment_orders.append(opened)
        self._fulfillment_orders[opened.id] = opened
        return opened

    @property
    def tells_levels(self) -> bool:
        return self._fate.knobs.inventory_webhooks and bool(self.stockroom.items)

    def is_still_routing(self, order: ShopOrder) -> bool:
        """True while Shopify has not made the fulfillment orders visible yet, by the knob."""
        age = (self.clock.now() - order.created).total_seconds()
        return age < self._fate.knobs.fulfillment_orders_after_seconds

    def changed(self, order: ShopOrder) -> None:
        """Move `updated_at` and announce orders/updated."""
        order.updated = self.clock.now()
        self.webhooks.announce("orders/updated", order, test=order.spec.test)

    def cancel(self, order: ShopOrder, *, restock: bool = True, reason: str = "customer") -> bool:
        """The buyer cancels, or whoever `reason` names (REST's cancel_reason); False where it is cancelled or something
        was fulfilled."""
        if order.cancelled or order.fulfillments:
            return False
        order.cancelled, order.cancel_reason = self.clock.now(), reason
        for fulfillment_order in order.fulfillment_orders:
            if fulfillment_order.is_open:
                fulfillment_order.status, fulfillment_order.updated = "CANCELLED", order.cancelled
                fulfillment_order.holds.clear()
        order.payment = "voided" if order.payment in ("pending", "authorized", "voided") else "refunded"
        order.updated = order.cancelled
        self.webhooks.announce("orders/cancelled", order, test=order.spec.test)
        self.webhooks.announce("orders/updated", order, test=order.spec.test)
        self.stockroom.give_back(order.order_id, restock=restock)
        return True

    def fulfillment(self, number: int | None) -> Fulfillment | None:
        every = (done for order in self.orders.values() for done in order.fulfillments)
        return next((done for done in every if done.id == number), None)

    def fulfillment_order(self, number: int | None) -> FulfillmentOrder | None:
        return self._fulfillment_orders.get(number or 0)
