"""The words of the stock ledger. The ledger itself is SQL, see orderloom/storage."""

from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from orderloom.domain.keys import Slug
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.money import Money
from orderloom.domain.orders import Component


class SkuMaster(Frozen):
    """The canonical article. None is unknown, never zero."""

    sku: str
    title: str = ""
    weight_grams: PositiveInt | None = None
    cost: Money | None = None
    categories: tuple[str, ...] = ()
    barcode: str | None = None
    hazmat: bool | None = None


class Listing(Frozen):
    """What a channel account sells under its own name, and the canonical components of one unit of it."""

    channel: str
    account: Slug
    listing: str
    components: tuple[Component, ...]


class MovementKind(StrEnum):
    COUNT = "count"
    """A person or a node counted: on_hand was set."""
    RECEIPT = "receipt"
    ADJUSTMENT = "adjustment"
    SHIPPED = "shipped"
    SOLD_ELSEWHERE = "sold_elsewhere"
    """Left through a till or another system before we saw the order."""
    RETURNED = "returned"
    """Came back after it had left, and is on the shelf again."""
    OBSERVED = "observed"
    """Read from who keeps the count: Amazon's own warehouses."""


class Movement(Frozen):
    """One line of the ledger: what was on hand changed by `delta` units."""

    movement_id: int
    at: Utc
    kind: MovementKind
    sku: str
    node: str
    delta: int
    by: str
    why: str
    order_key: str | None = None
    """The order whose units these are, where an order moved them."""


class StockLevel(Frozen):
    """One SKU at one node, in units."""

    sku: str
    node: str
    on_hand: int
    allocated: NonNegativeInt


class PoolLevel(Frozen):
    """One SKU over the nodes of one pool, in units. `short` was sold by a channel and is not there."""

    sku: str
    pool: str
    on_hand: int
    reserved: NonNegativeInt
    short: NonNegativeInt

    @property
    def available(self) -> int:
        """What may still be sold; negative while a shortage is open."""
        return self.on_hand - self.reserved - self.short


class ReservedLine(Frozen):
    """What one order line got of one SKU."""

    line_id: str
    sku: str
    pool: str
    reserved: NonNegativeInt
    short: NonNegativeInt
    shipped: NonNegativeInt = 0
    released: NonNegativeInt = 0


class Reservation(Frozen):
    """All that one order holds. Asking again returns the same."""

    lines: tuple[ReservedLine, ...]

    @property
    def shortages(self) -> tuple[ReservedLine, ...]:
        return tuple(line for line in self.lines if line.short)


class StockCount(Frozen):
    """An operator's count: `sku` at `node` is `on_hand` units now."""

    sku: str
    node: str
    on_hand: NonNegativeInt


class StockReceipt(Frozen):
    """Units that came in: `quantity` of `sku` are at `node` besides what was there."""

    sku: str
    node: str
    quantity: PositiveInt


class CountReceipt(Frozen):
    """What a count or a receipt did."""

    sku: str
    node: str
    before: int
    after: int
    shortages_served: NonNegativeInt
    """Units that orders were waiting for and now have."""


class Violation(Frozen):
    """One invariant of the ledger that does not hold, in words that name the place."""

    invariant: str
    place: str
    detail: str


class LedgerReport(Frozen):
    checked_at: Utc
    skus: int
    movements: int
    reservations: int
    violations: tuple[Violation, ...]

    @property
    def is_balanced(self) -> bool:
        return not self.violations
