"""What crosses Temporal around one account, node or table instead of one order: sweeps, publishers, reconciliations.

Fields are only ever added, as in activities/messages.py.
"""

from activities.messages import Message
from orderloom.domain.keys import Channel
from orderloom.domain.listing.reconcile import ListingRow
from orderloom.domain.model import Utc


class ResolveStart(Message):
    """An event of this account whose order is not known."""

    channel: Channel
    account: str
    event_id: str


class SweepStart(Message):
    channel: Channel
    account: str


class FollowStart(Message):
    node: str


class StockStart(Message):
    node: str


class Swept(Message):
    pages: int
    events: int
    new: int


class AccountRef(Message):
    """One account of one channel."""

    channel: Channel
    account: str


class Published(Message):
    """One round of an account's publisher."""

    planned: int = 0
    sent: int = 0
    read: int = 0
    wait_seconds: float | None = None
    """Until there is something to do; None: until somebody says so."""
    catalogue_unread: bool = False
    """Nothing was done: its whole catalogue has to be read first."""
    others: tuple[AccountRef, ...] = ()
    """Accounts that have work now."""
    is_over: bool = False
    """The account publishes no more: its publisher ends."""


class CancellationRound(Message):
    """One round of telling a channel of cancellations in batches."""

    answered: int = 0
    sent: int = 0
    wait_seconds: float | None = None
    """Until the next round; None: none is open."""


class CataloguePosition(Message):
    """How far the reading of a catalogue has come: `since` is when it began."""

    channel: Channel
    account: str
    page_token: str | None = None
    since: Utc | None = None
    listings: int = 0
    is_complete: bool = False


class FbaStart(Message):
    account: str
    node: str


class FbaRead(Message):
    """`changed` SKUs differed from the ledger; `unmapped` seller SKUs could not be counted."""

    skus: int
    changed: int
    unmapped: tuple[str, ...] = ()


class ReturnsStart(Message):
    account: str
    began: Utc | None = None
    """When this run began: its report tells of what was asked for until then. The workflow fills it in."""


class ReturnsAsked(Message):
    account: str
    report: str


class ReturnsRead(Message):
    """`rows` of a report: of these `new` ones, `came_back` to be handed to their orders, `unknown` ones of no order."""

    rows: int = 0
    new: int = 0
    came_back: int = 0
    unreadable: int = 0
    unknown: int = 0
    wait_seconds: float | None = None
    """The report is being made: until the next look. None: it was read."""


class ReconcileStart(Message):
    channel: Channel
    account: str
    days: int = 1
    """How far back orders are compared."""
    changed_since: Utc | None = None
    """Only read every order that was made or changed since then: nothing told of them."""


class OrdersPosition(Message):
    """How far the comparison of orders has come."""

    channel: Channel
    account: str
    since: Utc
    page_token: str | None = None
    missing: int = 0
    is_complete: bool = False
    pages: int = 0
    wait_seconds: float = 0.0
    """Before the next page: a channel's quota is not ours alone."""
    changed: bool = False
    """Also orders that we know are read, where they have changed since."""


class Reconciled(Message):
    """What a reconciliation of one account found. `rows` are listings that are not in step, at most 1,000."""

    channel: Channel
    account: str
    listings: int
    causes: dict[str, int]
    """Listings by cause."""
    rows: tuple[ListingRow, ...] = ()
    missing_orders: int = 0
    """Orders of the channel that we did not know; they have been started."""
    ask_again_seconds: float | None = None
    """When what is unexplained can be explained."""


class Housekept(Message):
    purged: int
    woken: int
    pushes: int = 0
    """Finished pushes that were forgotten."""
    looked: int = 0
    """Open orders whose channel is asked again, without a word of it."""
