"""What control may wish for a listing, and what it is answered."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt, model_validator

from orderloom.sandbox.spec import SandboxOrder


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _ListingWish(_Wish):
    sku: str
    marketplace: str | None = None
    """Amazon; the account's first one where none is named."""
    variant: PositiveInt = 1
    """Shopify, which lets several variants have one SKU: which of them."""


class PutListing(_ListingWish):
    quantity: int = 0
    """Below zero only at Shopify."""
    locations: dict[str, int] | None = None
    """Shopify: units by the location's name, instead of `quantity` at the first one."""
    fulfilled_by: Literal["merchant", "amazon"] = "merchant"
    allows_overselling: bool = False
    """Shopify: continues selling when out of stock."""
    title: str = "Kitchen article"
    product_type: str = "COOKWARE"
    asin: str | None = None
    """Amazon: the same one for several seller SKUs of one product; invented where it is left out."""
    lead_time_days: PositiveInt | None = None

    @model_validator(mode="after")
    def _places_and_quantity_agree(self) -> Self:
        if self.locations is not None and self.quantity not in (0, sum(self.locations.values())):
            raise ValueError("quantity and locations contradict each other; give one of them")
        return self


class ReadListing(_ListingWish):
    pass


class HandEdit(_ListingWish):
    quantity: int
    location: str | None = None
    """Shopify: the first one where none is named."""


class PatchAgain(_ListingWish):
    submission_id: str | None = None
    """The latest that took effect, where none is named."""


class FbaWish(_ListingWish):
    fulfillable: NonNegativeInt
    inbound: NonNegativeInt = 0
    unfulfillable: NonNegativeInt = 0


class BuyWish(_ListingWish):
    quantity: PositiveInt = 1
    like: SandboxOrder | None = None
    """An order to take all else from; its one line is bought under this SKU and quantity."""

    @model_validator(mode="after")
    def _one_line(self) -> Self:
        if self.like is not None and len(self.like.lines) != 1:
            raise ValueError("a buyer buys one listing; the order to take after must have one line")
        return self


class Bought(_Wish):
    order_id: str | None
    """None where the buyer was turned away."""
