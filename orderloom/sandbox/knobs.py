"""What goes wrong, how often: faults per operation, and how webhooks and callbacks are sent. All seedable."""

import asyncio
from enum import StrEnum
from random import Random
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    model_validator,
)

Rate = Annotated[float, Field(ge=0.0, le=1.0)]
"""A share of all calls, from 0 to 1."""


class _Knob(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Faults(_Knob):
    """What may happen to one operation's calls."""

    latency_seconds: NonNegativeFloat = 0.0
    throttle_rate: Rate = 0.0
    """Answered as throttled, before anything is done."""
    error_rate: Rate = 0.0
    """Answered with a 5xx, before anything is done."""
    lost_answer_rate: Rate = 0.0
    """Done, and then the answer is lost. Only operations that change something have it."""
    lost_answer_as: Literal["drop", "504"] = "drop"
    """A dropped connection, or a gateway's 504."""


class DeliveryKnobs(_Knob):
    """How webhooks or callbacks are sent."""

    delay_seconds: NonNegativeFloat = 0.0
    jitter_seconds: NonNegativeFloat = 0.0
    """Up to so much more delay, each time another: deliveries overtake each other."""
    copies: PositiveInt = 1
    """How often each delivery is sent, always under the same id."""
    duplicate_rate: Rate = 0.0
    """The share that is sent once more."""
    first_retry_seconds: NonNegativeFloat = 0.5
    """Wait before the first retry; it doubles each time."""


class NodeKnobs(_Knob):
    pick_seconds: NonNegativeFloat | None = None
    """Overrides the configured time from accepting to shipping."""
    packages: PositiveInt = 1
    """Into how many packages a shipment is split, at most one a unit."""
    held_back: NonNegativeInt = 0
    """Of these, so many stay until `SandboxControl.ship` lets them go."""
    refuse: str | None = None
    """Refuse with this code (422), e.g. `out_of_stock`."""
    refuse_later: str | None = None
    """Accept, and refuse by callback when it would ship."""
    delivered_after_seconds: NonNegativeFloat | None = None
    """Call back once more when a package has been under way so long; without it a delivery is never told."""
    silent: bool = False
    """Accept and ship, but never call back."""
    out_of_order: bool = False
    """Report `accepted` only after `shipped`."""
    callbacks: DeliveryKnobs = DeliveryKnobs()


class OutboundKnobs(_Knob):
    """How Amazon fulfils Multi-Channel Fulfillment orders; those in force when an order is created stay with it."""

    pick_seconds: PositiveFloat = 2.0
    """From receiving an order to its end; `speed` does not divide it."""
    packages: PositiveInt = 1
    """Into how many packages an order is split, at most one a unit."""
    ends_as: Literal["Complete", "CompletePartialled", "Unfulfillable", "Cancelled", "Invalid"] = "Complete"
    """CompletePartialled ships the first package only."""
    arrives_after_seconds: PositiveFloat | None = None
    """From leaving to the end of a package's way; without it, it stays on its way."""
    arrives_as: Literal["DELIVERED", "UNDELIVERABLE", "RETURNING"] = "DELIVERED"
    unknown_skus: frozenset[str] = frozenset()
    """Seller SKUs without FBA stock."""
    unreached_regions: frozenset[str] = frozenset()
    """States that a preview offers no speed to."""
    surcharges: dict[str, NonNegativeFloat] = Field(default_factory=dict)
    """By state what transport costs there beyond the usual, in dollars."""


class NotificationKnobs(DeliveryKnobs):
    """How Amazon's notifications are sent; nothing takes them but a queue, so none is tried again."""

    lost_rate: Rate = 0.0
    """The share that is never sent."""
    poison_rate: Rate = 0.0
    """The share whose body nobody can read."""


class FeedKnobs(_Knob):
    """How Amazon processes feeds; those in force when a feed is created stay with it."""

    seconds: NonNegativeFloat = 2.0
    """From its creation to its end; `speed` does not divide it."""
    ends_as: Literal["DONE", "FATAL", "CANCELLED"] = "DONE"


class ReportKnobs(_Knob):
    """How Amazon makes reports; those in force when a report is asked for stay with it."""

    seconds: NonNegativeFloat = 2.0
    """From its creation to its end; `speed` does not divide it."""
    ends_as: Literal["DONE", "FATAL"] = "DONE"
    """A report without data is CANCELLED, whatever this says."""
    gzipped: bool = True
    charset: str = "UTF-8"
    """What its document is written in, and says so."""
    damaged_rows: NonNegativeInt = 0
    """So many rows at its end are cut off in the middle."""


class Knobs(_Knob):
    """All knobs. `faults` is keyed by `{system}.{operation}`, `{system}` or `*`, the most exact one counts.

    Operations: `amazon.token`, `amazon.searchOrders`, `amazon.getOrder`, `amazon.confirmShipment`,
    `amazon.getListingsItem`, `amazon.searchListingsItems`, `amazon.patchListingsItem`, `amazon.getInventorySummaries`,
    `amazon.createFeedDocument`, `amazon.createFeed`, `amazon.getFeed`, `amazon.getFeeds`, `amazon.getFeedDocument`,
    `amazon.createReport`, `amazon.getReport`, `amazon.getReports`, `amazon.getReportDocument`,
    `amazon.getDestinations`, `amazon.createDestination`, `amazon.deleteDestination`, `amazon.getSubscription`,
    `amazon.createSubscription`, `amazon.deleteSubscriptionById`,
    `amazon.createFulfillmentOrder` and the other operations of Fulfillment Outbound, `shopify.token`,
    `shopify.query`, `shopify.fulfillmentCreate`, `shopify.orderCancel`, `shopify.fulfillmentTrackingInfoUpdate`,
    `shopify.webhookSubscriptionCreate` (and Update, Delete), `shopify.inventorySetQuantities`,
    `shopify.inventoryAdjustQuantities`, `{node}.dispatch`, `{node}.find`, `{node}.cancel`, `{node}.stock`.
    """

    seed: int | None = None
    """Set it to start the sequence of chances anew."""
    faults: dict[str, Faults] = Field(default_factory=dict)
    webhooks: DeliveryKnobs = DeliveryKnobs()
    notifications: NotificationKnobs = NotificationKnobs()
    fulfillment_orders_after_seconds: NonNegativeFloat = 0.0
    """How long after its creation a Shopify order shows no fulfillment orders yet."""
    cancel_job_seconds: NonNegativeFloat = 0.2
    """From Shopify's answer to orderCancel until the order is cancelled."""
    listing_effect_seconds: tuple[NonNegativeFloat, NonNegativeFloat] = (1.0, 3.0)
    """From accepting a listing's patch to its effect at Amazon, least and most; `speed` does not divide it."""
    inventory_webhooks: bool = True
    """Shops are subscribed to inventory_levels/update; it is sent for what is listed there, after every change."""
    nodes: dict[str, NodeKnobs] = Field(default_factory=dict)
    outbound: OutboundKnobs = OutboundKnobs()
    feeds: FeedKnobs = FeedKnobs()
    reports: ReportKnobs = ReportKnobs()

    @model_validator(mode="after")
    def _effect_has_a_range(self) -> Self:
        least, most = self.listing_effect_seconds
        if least > most:
            raise ValueError(f"listing_effect_seconds goes from {least:g} down to {most:g}; put the lesser one first")
        return self

    def faults_of(self, system: str, operation: str) -> Faults:
        for name in (f"{system}.{operation}", system, "*"):
            if name in self.faults:
                return self.faults[name]
        return Faults()

    def node(self, node: str) -> NodeKnobs:
        return self.nodes.get(node, NodeKnobs())


class Trouble(StrEnum):
    NONE = "none"
    THROTTLED = "throttled"
    FAILED = "failed"


class Fate:
    """Rolls the dice for every call, by the knobs in force."""

    def __init__(self, seed: int | None) -> None:
        self._dice = Random(seed)  # noqa: S311 - faults, not secrets
        self.knobs = Knobs()

    def turn(self, knobs: Knobs) -> None:
        if knobs.seed is not None:
            self._dice.seed(knobs.seed)
        self.knobs = knobs

    async def meet(self, system: str, operation: str) -> Trouble:
        """Wait the latency out, and say what befalls the call before anything is done."""
        faults = self.knobs.faults_of(system, operation)
        if faults.latency_seconds:
            await asyncio.sleep(faults.latency_seconds)
        if self.happens(faults.throttle_rate):
            return Trouble.THROTTLED
        return Trouble.FAILED if self.happens(faults.error_rate) else Trouble.NONE

    def loses_answer(self, system: str, operation: str) -> Literal["drop", "504"] | None:
        """How the answer to a call that was carried out is lost; None where it arrives."""
        faults = self.knobs.faults_of(system, operation)
        return faults.lost_answer_as if self.happens(faults.lost_answer_rate) else None

    def happens(self, rate: float) -> bool:
        return rate > 0 and self._dice.random() < rate

    def between(self, low: float, high: float) -> float:
        return self._dice.uniform(low, high)
