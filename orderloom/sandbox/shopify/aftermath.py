"""What an order may have behind its sale: holds, refunds and returns, as Shopify keeps them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderloom.sandbox.shopify.orders import FulfilledLine, ShopLine


@dataclass(frozen=True)
class Hold:
    id: int
    reason: str
    """GraphQL's FulfillmentHoldReason."""
    notes: str


@dataclass(frozen=True)
class RefundLine:
    id: int
    line: "ShopLine"
    quantity: int
    restock_type: str
    """REST's word: cancel, return or no_restock."""
    location_id: int | None
    """Where the units were restocked."""


@dataclass(frozen=True)
class Refund:
    id: int
    created: datetime
    lines: tuple[RefundLine, ...]
    of_return: "Return | None" = None


@dataclass(frozen=True)
class Disposition:
    """What was done with units of a return that arrived."""

    id: int
    quantity: int
    kind: str
    """GraphQL's ReverseFulfillmentOrderDispositionType."""
    location_id: int | None
    made: datetime


@dataclass
class ReturnLine:
    id: int
    reverse_id: int
    """Of its line in the reverse fulfillment order."""
    fulfilled: "FulfilledLine"
    quantity: int
    reason: str
    """GraphQL's ReturnReason."""
    note: str
    dispositions: list[Disposition] = field(default_factory=list)
    refunded: int = 0

    @property
    def processed(self) -> int:
        return sum(done.quantity for done in self.dispositions)


@dataclass
class Return:
    id: int
    number: int
    reverse_id: int
    created: datetime
    lines: tuple[ReturnLine, ...]
    status: str = "OPEN"
    """GraphQL's ReturnStatus."""
    closed: datetime | None = None
