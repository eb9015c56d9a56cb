"""What a test or the demo asks the sandbox to sell: a small order from which the channels' payloads are made."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator


class SandboxLine(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: str | None
    """The seller SKU (Amazon) or variant SKU (Shopify, where it may be empty or None)."""
    variant: PositiveInt = 1
    """Shopify: which of several variants with this SKU."""
    quantity: PositiveInt = 1
    unit_price: Decimal = Decimal("20.00")
    grams: NonNegativeInt = 0
    """Weight of one unit; Shopify sends it, Amazon does not."""
    title: str = "Kitchen article"
    requires_shipping: bool = True
    gift_card: bool = False
    properties: dict[str, str] = Field(default_factory=dict)
    components: dict[str, PositiveInt] | None = None
    """Canonical SKUs in one unit, only for judging dispatches in the truth. Default: one unit of `sku`."""


class SandboxOrder(BaseModel):
    """One order to be sold. Fields of the other channel are ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Annotated[tuple[SandboxLine, ...], Field(min_length=1)]
    label: str = ""
    """The caller's own word for it, given back in the truth."""
    currency: str = "USD"
    service_level: str = "STANDARD"
    """Amazon's fulfillmentServiceLevel; Shopify's shipping line code and title."""
    created_at: AwareDatetime | None = None
    ship_within_hours: PositiveInt = 48
    has_address: bool = True
    with_note: bool = False
    """A buyer's note (Shopify) or gift message (Amazon), with personal data in it."""
    business: bool = False

    marketplace: str | None = None
    fulfilled_by: Literal["merchant", "amazon"] = "merchant"
    prime: bool = False
    programs: tuple[str, ...] = ()
    pending: bool = False
    """Amazon: starts as PENDING until it is released."""
    status: Literal["UNSHIPPED", "SHIPPED", "CANCELLED"] = "UNSHIPPED"
    """Amazon: where it starts when not pending."""
    channel_name: Literal["AMAZON", "NON_AMAZON"] = "AMAZON"

    tags: tuple[str, ...] = ()
    test: bool = False
    source_name: str = "web"
    source_identifier: str | None = None
    app_id: int | None = None
    financial_status: str = "paid"
    total_weight_zero: bool = False
    """Shopify: total_weight is 0 although the lines have grams."""
    announced: bool = True
    """Shopify: send the orders/create webhook."""

    @model_validator(mode="after")
    def _pending_has_no_other_status(self) -> Self:
        if self.pending and self.status != "UNSHIPPED":
            raise ValueError("a pending order starts as PENDING; leave status out")
        return self

    def placed_at(self, now: datetime) -> datetime:
        return self.created_at or now
