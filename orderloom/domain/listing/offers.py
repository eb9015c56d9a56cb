"""What a channel shows of one listing, what it is asked to show instead, and what it answered.

Quantities are the listing's own units, as the channel counts them; a listing that spans several Shopify locations shows
their sum. A listing is named by its seller SKU. Shopify lets a variant have none, or the same as another one: what then
tells it apart is its own name, `variant:{id}` (storage/listings/naming.py says which of them goes by it).
"""

from enum import StrEnum

from pydantic import Field, NonNegativeInt

from orderloom.domain.keys import Channel, Slug
from orderloom.domain.model import Frozen, Utc


class ListingKey(Frozen):
    """One listing of one account. Its text names it in `PoolState.listings`."""

    channel: Channel
    account: Slug
    listing: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.account}:{self.listing}"


class Offer(Frozen):
    """One listing as its channel shows it."""

    key: ListingKey
    """As it is called here; a channel that is asked for its catalogue names each by its SKU."""
    seller_sku: str = ""
    """Empty where it has none, or where its name is it."""
    own_name: str = ""
    """What it is called where its SKU does not name it alone; empty where SKUs are unique (Amazon)."""
    reference: str
    """What the channel needs to write to it: Shopify's inventory item id as a number, Amazon's product type."""
    title: str = ""
    quantity: int | None
    """None: the channel does not count it (Shopify does not track it, Amazon shows no merchant quantity)."""
    places: dict[str, int] = Field(default_factory=dict)
    """Shopify: available by location id, only the locations that are ours to write; their sum is `quantity`."""
    fulfilled_by_channel: bool = False
    """Amazon's own fulfilment: never written."""
    denies_overselling: bool = True
    read_at: Utc
    """When the request for it was sent: it may be older, never newer."""

    @property
    def sku(self) -> str:
        """By which it is mapped where its name is not."""
        return self.seller_sku or self.key.listing

    def named(self, name: str) -> "Offer":
        return self.model_copy(update={"key": self.key.model_copy(update={"listing": name})})

    @property
    def is_ours_to_write(self) -> bool:
        return self.quantity is not None and not self.fulfilled_by_channel


class OfferPage(Frozen):
    """Some listings of an account; `next_token` is None on the last page."""

    offers: tuple[Offer, ...]
    next_token: str | None = None


class Push(Frozen):
    """One listing's new quantity. `change_from` is what it must show now; None writes without comparing."""

    push_id: int
    key: ListingKey
    reference: str
    change_from: int | None
    quantity: NonNegativeInt
    places: dict[str, int] = Field(default_factory=dict)
    """Shopify: what we believe each location shows; their sum is `change_from` where that is given."""


class Batch(Frozen):
    """Pushes that go out in one exchange under one idempotency key, the same ones whenever it is sent again."""

    batch_key: str
    pushes: tuple[Push, ...]
    sent_before: Utc | None = None
    """When it was first sent, if nobody knows what became of it; None for a new one."""


class PushState(StrEnum):
    DONE = "done"
    """Shopify: it shows our quantity."""
    ACCEPTED = "accepted"
    """Amazon: queued, and applied some time later."""
    STALE = "stale"
    """It did not show `change_from`; nothing was done."""
    REFUSED = "refused"
    """It will not be done as asked; `reason` says why. A person must look."""
    NOT_DONE = "not_done"
    """Nothing was done, for no fault of this push (another one of its batch, a throttle): send it again anew."""
    UNKNOWN = "unknown"
    """The answer was lost: it may be done, now or later."""


class PushAnswer(Frozen):
    """What became of one push, at `at` by our clock (when the answer came)."""

    push_id: int
    state: PushState
    at: Utc
    reason: str = ""
    found: Offer | None = None
    """STALE: what it shows, where the channel said so or was asked."""


class FbaLevel(Frozen):
    """One seller SKU in Amazon's warehouses; `fulfillable` already excludes what Amazon has reserved."""

    seller_sku: str
    fulfillable: NonNegativeInt
    reserved: NonNegativeInt = 0
    inbound: NonNegativeInt = 0


class FbaPage(Frozen):
    levels: tuple[FbaLevel, ...]
    next_token: str | None = None
    read_at: Utc
