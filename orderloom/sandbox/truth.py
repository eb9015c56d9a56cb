"""What really happened, from the sandbox's own state: the judge of every demo and test."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, computed_field

from orderloom.sandbox.listing_truth import ListingTruth
from orderloom.sandbox.people import PersonalDatum


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class SoldLine(_Fact):
    line_id: str
    listing: str
    quantity: int
    fulfilled: int
    current: int | None = None
    """Shopify: without what was removed or refunded since."""


class OrderTruth(_Fact):
    channel: str
    account: str
    order_id: str
    order_name: str
    """What the channel calls it: Amazon's order id, or `#1001`."""
    label: str
    status: str
    """The channel's own word: Amazon's fulfillmentStatus; Shopify's displayFulfillmentStatus, or `CANCELLED`."""
    by_channel: bool
    """True where Amazon ships it."""
    placed_at: datetime
    lines: tuple[SoldLine, ...]

    @property
    def key(self) -> str:
        return f"{self.channel}:{self.account}:{self.order_id}"


class DispatchLine(_Fact):
    line_id: str
    sku: str
    quantity: int


class DispatchTruth(_Fact):
    node: str
    dispatch_id: str
    order_name: str
    state: str
    """accepted, shipped, cancelled or refused."""
    reason: str
    asked: int
    """How often this dispatch id was posted; only the first was accepted, the rest were recognised."""
    received_at: datetime
    lines: tuple[DispatchLine, ...]
    tracking_numbers: tuple[str, ...]
    duplicate: bool
    """True where, with what was accepted before and not cancelled, it asks for more units than were sold."""


class ConfirmedUnits(_Fact):
    line_id: str
    quantity: int


class ConfirmationTruth(_Fact):
    """One tracking number that a channel was told for one order."""

    channel: str
    account: str
    order_id: str
    order_name: str
    reference: str
    """Amazon's packageReferenceId or Shopify's fulfillment id; the first, where there are several."""
    tracking_number: str
    carrier: str
    lines: tuple[ConfirmedUnits, ...]
    creations: int
    """How many packages or fulfillments were created with it; more than one is a duplicate."""
    edits: int


class MailTruth(_Fact):
    """What a channel wrote to a buyer."""

    channel: str
    account: str
    order_id: str
    kind: str
    """shipped, tracking or cancelled."""
    tracking_number: str


class DeliveryTruth(_Fact):
    sender: str
    topic: str
    subject: str
    delivery_id: str
    made_at: datetime
    attempts: int
    taken: int
    """Attempts that were answered 2xx."""


class Truth(_Fact):
    orders: tuple[OrderTruth, ...]
    dispatches: tuple[DispatchTruth, ...]
    confirmations: tuple[ConfirmationTruth, ...]
    deliveries: tuple[DeliveryTruth, ...]
    personal: tuple[PersonalDatum, ...]
    listings: tuple[ListingTruth, ...] = ()
    mails: tuple[MailTruth, ...] = ()

    @computed_field  # type: ignore[prop-decorator]
    @property
    def accepted_dispatches(self) -> int:
        return sum(dispatch.state in ("accepted", "shipped", "cancelled") for dispatch in self.dispatches)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def duplicate_dispatches(self) -> int:
        return sum(dispatch.duplicate for dispatch in self.dispatches)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def duplicate_confirmations(self) -> int:
        return sum(confirmation.creations - 1 for confirmation in self.confirmations)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def repeated_mails(self) -> int:
        """Mails that told a buyer of a package that they had been told of."""
        told = [(m.channel, m.account, m.order_id, m.tracking_number) for m in self.mails if m.kind == "shipped"]
        return len(told) - len(set(told))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def undelivered(self) -> int:
        """Webhooks and callbacks that nobody has taken yet."""
        return sum(not delivery.taken for delivery in self.deliveries)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def grave_mistakes(self) -> tuple[str, ...]:
        """What nobody may ever do to a listing."""
        return tuple(mistake.what for listing in self.listings for mistake in listing.mistakes)

    def listing(self, channel: str, account: str, sku: str) -> ListingTruth:
        """In the first marketplace where it is listed."""
        return next(one for one in self.listings if (one.channel, one.account, one.sku) == (channel, account, sku))

    def order(self, order_id: str) -> OrderTruth:
        return next(order for order in self.orders if order.order_id == order_id)

    def confirmations_of(self, order_id: str) -> tuple[ConfirmationTruth, ...]:
        return tuple(found for found in self.confirmations if found.order_id == order_id)

    def mails_to_buyer(self, order_id: str) -> tuple[MailTruth, ...]:
        return tuple(mail for mail in self.mails if mail.order_id == order_id)

    def dispatches_of(self, order_name: str) -> tuple[DispatchTruth, ...]:
        return tuple(found for found in self.dispatches if found.order_name == order_name)
