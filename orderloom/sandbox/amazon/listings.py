"""A seller's listings and Amazon's own stock of them: what is shown, and what sales, patches and people do to it.

A patch takes effect some time after it was accepted, in order of acceptance within its seller SKU. Nothing runs in the
background for that: whoever looks at a listing first applies what is due by then.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderloom.sandbox.listing_truth import History, ListingChange, Why

MERCHANT = "DEFAULT"
BY_AMAZON = "AMAZON_NA"


@dataclass
class FbaStock:
    """Units of one seller SKU in Amazon's warehouses."""

    sku: str
    marketplace: str
    asin: str
    title: str
    changed: datetime
    fulfillable: int = 0
    pending_orders: int = 0
    """Reserved for customers' orders that have not shipped."""
    inbound: int = 0
    unfulfillable: int = 0


@dataclass(frozen=True)
class Patch:
    """An accepted patch: the merchant's whole fulfillment_availability as it shall be."""

    submission_id: str
    marketplace: str
    due: datetime
    quantity: int
    keeps_the_rest: bool
    """True for merge, which leaves the lead time and the restock date alone."""
    rest: dict[str, Any]


@dataclass
class MerchantUnits:
    """The merchant's units of one seller SKU: one quantity, whatever the marketplace (selling-partner-api-docs#3167).

    So a patch, a sale or a hand edit in one marketplace is one in all of them.
    """

    quantity: int = 0
    listings: list["AmazonListing"] = field(default_factory=list)
    """The listings of the SKU, one a marketplace, whoever fulfils them."""
    waiting: deque[Patch] = field(default_factory=deque)
    applied: list[Patch] = field(default_factory=list)

    def settle(self, now: datetime) -> None:
        """Let the patches take effect that are due by now."""
        while self.waiting and self.waiting[0].due <= now:
            self.apply(self.waiting.popleft(), Why.PATCH)

    def apply(self, patch: Patch, why: Why, at: datetime | None = None) -> None:
        """A merchant's quantity makes the listing it was sent for the merchant's to ship, at Amazon and here."""
        before = {listing.marketplace: listing.quantity for listing in self.listings}
        self.quantity = patch.quantity
        for listing in self.listings:
            listing.by_amazon &= listing.marketplace != patch.marketplace
            if listing.by_amazon:
                continue
            listing.rest = listing.rest | patch.rest if patch.keeps_the_rest else dict(patch.rest)
            listing.note(at or patch.due, why, before[listing.marketplace], patch.submission_id)
        if why is Why.PATCH:
            self.applied.append(patch)

    def write(self, units: int, why: Why, at: datetime, reference: str = "") -> None:
        before, self.quantity = self.quantity, units
        for listing in self.listings:
            if not listing.by_amazon:
                listing.note(at, why, before, reference)


@dataclass
class AmazonListing:
    sku: str
    marketplace: str
    asin: str
    title: str
    product_type: str
    created: datetime
    updated: datetime
    by_amazon: bool
    stock: FbaStock | None = None
    merchant: MerchantUnits = field(default_factory=MerchantUnits)
    """Shared with the SKU's listings in the seller's other marketplaces."""
    rest: dict[str, Any] = field(default_factory=dict)
    """What else fulfillment_availability holds, e.g. lead_time_to_ship_max_days."""
    history: History = field(default_factory=History)

    @property
    def quantity(self) -> int:
        if self.by_amazon:
            return self.stock.fulfillable if self.stock else 0
        return self.merchant.quantity

    def write(self, units: int, why: Why, at: datetime, reference: str = "") -> None:
        """Show so many units, wherever they lie."""
        if not self.by_amazon:
            self.merchant.write(units, why, at, reference)
            return
        before = self.quantity
        if self.stock:
            self.stock.fulfillable, self.stock.changed = units, at
        self.note(at, why, before, reference)

    def note(self, at: datetime, why: Why, before: int, reference: str) -> None:
        self.updated = at
        self.history.changes.append(
            ListingChange(at=at, why=why, before=before, after=self.quantity, reference=reference)
        )
