"""What a node needs to be told of itself beyond being a place, and what some kinds of node can do besides shipping."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from orderloom.domain.keys import Slug
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.money import Money
from orderloom.domain.shipments import DispatchRequest, NodeShipment, Package, ShipmentLine


class ShippingSpeed(StrEnum):
    """Multi-Channel Fulfillment's speeds that a shop may ask for."""

    STANDARD = "Standard"
    EXPEDITED = "Expedited"
    PRIORITY = "Priority"


class MultiChannel(Frozen):
    """Multi-Channel Fulfillment: Amazon ships a shop's orders out of FBA stock."""

    account: Slug
    """The Amazon account whose FBA stock it is."""
    speeds: dict[str, ShippingSpeed] = Field(default_factory=dict)
    """The speed by the service level, compared without case; a speed's own name stands for it, the rest is Standard."""
    preview: bool = True
    """Ask Amazon for price, promise and whether it can, before an order is decided that may go there."""
    blank_box: bool = True
    """Ask for a box without Amazon's brand: Amazon refuses the order where it has none for an item."""
    seller_skus: dict[str, str] = Field(default_factory=dict)
    """By canonical SKU the seller SKU of its FBA listing, where the mapped listings leave that open."""

    def speed(self, service_level: str | None) -> ShippingSpeed:
        asked = {speed.casefold(): speed for speed in ShippingSpeed}
        asked |= {level.casefold(): speed for level, speed in self.speeds.items()}
        return asked.get((service_level or "").casefold(), ShippingSpeed.STANDARD)


class ShippingOffer(Frozen):
    """What a node would ask, and promise, for one shipment at one speed."""

    speed: str
    is_possible: bool
    reasons: tuple[str, ...] = ()
    """Codes of why it is not possible."""
    fees: tuple[Money, ...] = ()
    """The node's estimates, one for each kind of fee."""
    arrives_earliest: Utc | None = None
    arrives_latest: Utc | None = None


class FulfillmentOffers(Protocol):
    """A node that says beforehand what a shipment would cost."""

    def offers(self, request: DispatchRequest) -> Sequence[ShippingOffer]:
        """One exchange; nothing is ordered. Raises Rejected where it cannot even be priced."""


class ShipmentFeed(Protocol):
    """A node that calls nobody back and is swept for what has changed."""

    def changed(self, since: Utc, page_token: str | None) -> "ChangedShipments":
        """One page of dispatches that changed since then; one call, whatever their number."""


class ChangedShipments(Frozen):
    dispatch_ids: tuple[str, ...]
    """Those whose state may tell an order something; also of dispatches that are none of ours."""
    next_token: str | None = None


class ParcelTracker(Protocol):
    """A node that can be asked where its packages are."""

    def track(self, dispatch_id: str) -> NodeShipment | None:
        """As `FulfillmentNode.find`, with the arrivals that it knows of; an exchange more for each package at most."""


class SellerSkus(Protocol):
    """The seller SKUs under which one Amazon account has canonical SKUs."""

    def __call__(self, skus: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """By canonical SKU all names that stand for exactly one unit of it, sorted."""


class LinesOf(Protocol):
    def __call__(self, dispatch_id: str) -> tuple[ShipmentLine, ...] | None:
        """What was asked of a node under this id; None where it is none of ours."""


class PackagesOf(Protocol):
    def __call__(self, dispatch_id: str) -> Sequence[Package]:
        """What has left under this id so far, as it was recorded."""
