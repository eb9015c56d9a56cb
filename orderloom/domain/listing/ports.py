"""What the publisher needs of a channel and of the database. See domain/ports.py for the rules that all ports keep."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, FbaPage, ListingKey, Offer, OfferPage, PushAnswer
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import AlertKind, Lags
from orderloom.domain.model import Frozen, Utc


class ListingChannel(Protocol):
    """The listings of one channel account. Raises the errors of domain.errors."""

    @property
    def pushes_at_once(self) -> int:
        """How many pushes one batch may hold: Shopify 250 rows a mutation, Amazon 1."""

    @property
    def reads_at_once(self) -> int:
        """How many listings one `read` may name."""

    def offers(self, page_token: str | None) -> OfferPage:
        """One page of all listings; one call against the channel's limit."""

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        """What these listings show now, in one call; one that the channel no longer has is left out."""

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        """Send a batch; one answer per push, in their order.

        Raises Throttled and Unavailable where provably nothing was done, OutcomeUnknown where Shopify may have done
        all of it (send the same batch again: its key makes that safe for 23 hours). Amazon's lost answers are
        PushState.UNKNOWN and are never sent again.
        """


class FbaStock(Protocol):
    """An Amazon account's stock in Amazon's warehouses."""

    def fba_levels(self, page_token: str | None) -> FbaPage:
        """One page of getInventorySummaries. Raises Rejected for a token that is older than 30 s."""


class FbaBook(Protocol):
    """The ledger's side of it."""

    def record_fba_snapshot(self, node: str, levels: Mapping[str, int], read_at: datetime) -> int:
        """All that Amazon has of each SKU, asked for at `read_at`; one that is left out has none.

        What differs from the ledger is a movement of kind `observed`. AFN orders and own shipments newer than the
        snapshot stay counted out. An older snapshot than the last one changes nothing. Returns how many SKUs changed.
        """


class PolicyBook(Protocol):
    """What the merchant wants of listings: from the configuration, per SKU over the default."""

    def policy(self, pool: str, place: str) -> ListingPolicy: ...

    def lags(self, channel: Channel, account: str) -> Lags: ...

    def pool_of(self, key: ListingKey) -> str | None:
        """The pool that a listing sells from; None where its account does not publish."""


class Ended(Frozen):
    """What one round of planning came to."""

    planned: int
    """How many clusters were looked at."""
    more: bool
    """True where more are waiting."""


class Alarm(Frozen):
    """Something about a listing that a person should look at."""

    pool: str
    place: str
    listing: str
    kind: AlertKind
    since: Utc
    cleared_by: str | None = None


class ListingView(Frozen):
    """One listing for a person: what it shows, what it may sell, how fast it sells."""

    key: ListingKey
    pool: str | None
    place: str | None
    """The SKU or bundle whose units it sells; None while it is not mapped or not published."""
    units: int
    shown: int | None
    rights: int
    pending: str | None
    """The write in flight, in words."""
    per_day: float
    """Units it sells a day at the present rate."""
    cover_seconds: float | None
    """How long what is available lasts at the pool's rate; None where nothing sells."""
    read_at: Utc | None
    state: str
    """`published`, `unmapped`, `paused`, `fulfilled by amazon`, `not counted`, `not tracked`."""
    alerts: tuple[AlertKind, ...] = ()


class ListingBook(Protocol):
    """Listings, the states of their pools, and the outbox of pushes. Each method is one transaction.

    The ledger's own transactions leave facts here (sales, cancellations, changed stock). `plan` folds them into the
    states, asks the policy, and writes the pushes; nothing is sent that was not stored with its charge before.
    """

    def record_offers(self, offers: Sequence[Offer]) -> Sequence[Offer]:
        """What a channel shows, found or read again: a reading for a listing that is published.

        They come back as they are called here: of several with one SKU only one goes by it.
        """

    def forget_offers_not_seen_since(self, channel: Channel, account: str, moment: datetime) -> int:
        """After a whole catalogue was read: listings that it no longer has are left out from now on."""

    def catalogue_read_at(self, channel: Channel, account: str) -> datetime | None:
        """The first `moment` of `forget_offers_not_seen_since`; None: its catalogue was never read to its end."""

    def plan(self, limit: int) -> Ended:
        """Fold facts and plan up to `limit` clusters that have facts or are due, each in its own transaction."""

    def next_batch(self, channel: Channel, account: str, size: int) -> Batch | None:
        """An unfinished batch first, else the riskiest ready pushes, least cover first; recorded as being sent.

        A Shopify batch whose first sending is over 23 hours ago is given up (read, then a new push); an Amazon push
        that was being sent when its worker died counts as UNKNOWN: neither is returned again.
        """

    def answered(self, batch: Batch, answers: Sequence[PushAnswer]) -> None:
        """Record what became of a batch, as facts; planned with the next `plan`."""

    def due_reads(self, channel: Channel, account: str, limit: int) -> Sequence[Offer]:
        """Listings whose reading is due, the most urgent first."""

    def look_now(self, key: ListingKey) -> None:
        """Read this listing at the next opportunity: somebody else may have changed it."""

    def heard(self, channel: Channel, account: str, reference: str, place: str, quantity: int) -> None:
        """A channel says of itself what one place shows. More than we believe is looked at; less is a sale to come."""

    def heard_quantity(self, key: ListingKey, quantity: int) -> None:
        """A channel says what a whole listing shows: looked at where it is more than we believe, or our last write."""

    def wait(self, channel: Channel, account: str) -> float | None:
        """Seconds until this account has something to do: 0 with work at hand, None with nothing ahead."""

    def accounts_with_work(self, besides: Collection[tuple[Channel, str]] = ()) -> Sequence[tuple[Channel, str]]:
        """Accounts that have unfolded facts in their pools, ready pushes, or due readings."""

    def views(self, sku: str | None = None, account: str | None = None, limit: int = 1000) -> Sequence[ListingView]: ...

    def alarms(self, *, open_only: bool = True) -> Sequence[Alarm]: ...

    def clear(self, pool: str, listing: str, kind: AlertKind, by: str) -> None:
        """A person has looked. Raises InputInvalid where there is no such alarm."""

    def pause(self, sku: str, by: str, why: str) -> None:
        """Offer nothing of it anywhere until `resume`. Raises InputInvalid for an unknown SKU."""

    def resume(self, sku: str, by: str, why: str) -> None: ...

    def prune(self) -> int:
        """Forget pushes that were finished long ago; how many."""
