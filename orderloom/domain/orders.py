"""One order, whichever channel sold it, and the words for where it stands.

Nothing in `Order` names a person: names, streets, full postal codes, e-mails and phones travel apart in
`PersonalData`, which is stored encrypted and never enters Temporal or a log.
"""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import NonNegativeInt, PositiveInt

from orderloom.domain.assigned import Assigned
from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.money import Money


class Component(Frozen):
    """`units` of one canonical SKU that one unit of a listing consists of."""

    sku: str
    units: PositiveInt = 1


class OrderLine(Frozen):
    """One line as the channel sold it. `components` is None while its listing is not mapped to canonical SKUs."""

    line_id: str
    listing: str
    """How the channel names what was sold: the seller SKU, or `variant:{id}` / `line:{id}` where it has none.

    Where its SKU does not name it alone it is `own_name`, once it is mapped.
    """
    own_name: str | None = None
    """`variant:{id}`: which of the listings with its SKU was sold. None on a channel whose SKUs are unique."""
    title: str = ""
    quantity: NonNegativeInt
    """Units that the buyer is to receive: ordered less removed or cancelled."""
    fulfilled: NonNegativeInt = 0
    """Of these, units that the channel already counts as shipped."""
    needs_stock: bool = True
    """False for gift cards, tips and anything that is not shipped."""
    unit_price: Money | None = None
    unit_weight_grams: PositiveInt | None = None
    """None is unknown; it is never 0."""
    components: tuple[Component, ...] | None = None

    @property
    def open_quantity(self) -> int:
        return max(self.quantity - self.fulfilled, 0) if self.needs_stock else 0


class Destination(Frozen):
    """Where the order goes, as far as a rule may know it. None is unknown."""

    country: str | None = None
    region: str | None = None
    postal_prefix: str | None = None


class TimeWindow(Frozen):
    earliest: Utc | None = None
    latest: Utc | None = None


class ChannelState(StrEnum):
    """Where the order stands in the eyes of the channel that sold it."""

    PENDING = "pending"
    OPEN = "open"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"


class Story(StrEnum):
    """Which story an order has here."""

    SHIP = "ship"
    """We reserve, route, dispatch and confirm it."""
    WAIT = "wait"
    """The channel has not released it yet: reserve, then wait."""
    OBSERVE = "observe"
    """Somebody else ships it (FBA, a store counter, the old system): watch it, never dispatch it."""
    SKIP = "skip"
    """It is no order of ours: a test, or a copy of an order that reaches us elsewhere."""


BEFORE_LIVE_REASON = "placed before the account went live"
"""The `story_reason` of an order that is observed for its age alone: an operator may adopt it while it is open."""


class Order(Frozen):
    key: OrderKey
    name: str
    """What the merchant calls it, e.g. `#1001`."""
    marketplace: str | None = None
    placed_at: Utc
    updated_at: Utc
    """The channel's own time of its last change: an older reading never overwrites a newer one."""
    state: ChannelState
    story: Story
    story_reason: str = ""
    """Why the story is not SHIP, in words a merchant understands."""
    fulfilled_by_channel: bool = False
    """Amazon's AFN: the channel ships it from its own stock."""
    programs: tuple[str, ...] = ()
    service_level: str | None = None
    ship_by: TimeWindow = TimeWindow()
    deliver_by: TimeWindow = TimeWindow()
    total: Money | None = None
    destination: Destination = Destination()
    has_address: bool = False
    tags: tuple[str, ...] = ()
    payment: str | None = None
    """The channel's own word for whether it is paid, e.g. `paid` or `AUTHORIZED`; None is unknown."""
    on_hold: str | None = None
    """The channel holds its fulfilment for this reason (its code word); `` is not held, None is unknown."""
    assigned: tuple[Assigned, ...] | None = None
    """Where the channel has what is open shipped from; None is unknown."""
    came_back: tuple[GoodsBack, ...] = ()
    """All that this reading says came back after it had left."""
    is_business: bool | None = None
    is_gift: bool | None = None
    buyer_asks_to_cancel: bool = False
    confirms_itself: bool = False
    """True where the channel learns of the shipment without our confirmation (Buy Shipping, FBM Ship+)."""
    lines: tuple[OrderLine, ...]

    @property
    def unmapped_listings(self) -> tuple[str, ...]:
        """Listings that need stock and name no canonical SKU yet, each once, in order of the lines."""
        open_lines = (line for line in self.lines if line.needs_stock and line.quantity and line.components is None)
        return tuple(dict.fromkeys(line.listing for line in open_lines))


class PersonalData(Frozen):
    """What only a label or a fulfilment request may read. Stored encrypted; purging deletes its key."""

    name: str = ""
    company: str = ""
    address_lines: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    gift_message: str = ""
    note: str = ""

    def goes_to(self, other: "PersonalData") -> bool:
        """Whether both are the same address, however it is written. Phone, e-mail and notes are no address."""
        return _written_alike(self) == _written_alike(other)

    @property
    def has_address(self) -> bool:
        return bool(self.name or self.company) and bool(self.address_lines) and bool(self.country)


def _written_alike(data: PersonalData) -> list[str]:
    fields = (data.name, data.company, *data.address_lines, data.city, data.district)
    place = (data.region, data.postal_code, data.country)
    words = ("".join(filter(str.isalnum, field)).casefold() for field in (*fields, *place))
    return [word for word in words if word]


class OrderReading(Frozen):
    """What an adapter reads out of one channel event: the order, and apart from it the personal data."""

    order: Order
    personal: PersonalData
    not_read: tuple[str, ...] = ()
    """Parts of the order, e.g. `returns`, that our app may not read: they stay unknown."""
    cut_off: tuple[str, ...] = ()
    """Parts that it has more of than its channel shows: what is beyond stays unknown."""


class OrderStatus(StrEnum):
    """Where the order stands here. The last four are ends."""

    ARRIVED = "arrived"
    WAITING = "waiting"
    HELD = "held"
    RESERVED = "reserved"
    ROUTED = "routed"
    DISPATCHED = "dispatched"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    OBSERVED = "observed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"

    @property
    def is_end(self) -> bool:
        return self in (OrderStatus.COMPLETED, OrderStatus.OBSERVED, OrderStatus.CANCELLED, OrderStatus.SKIPPED)


class HoldReason(StrEnum):
    SKU_UNMAPPED = "sku_unmapped"
    OUT_OF_STOCK = "out_of_stock"
    NO_ADDRESS = "no_address"
    NO_ROUTE = "no_route"
    NODE_REFUSED = "node_refused"
    DISPATCH_UNCLEAR = "dispatch_unclear"
    NODE_SILENT = "node_silent"
    """Nothing left in the time that its node has, and the node does not let go of it."""
    BUYER_ASKS_TO_CANCEL = "buyer_asks_to_cancel"
    CONFIRMATION_REJECTED = "confirmation_rejected"
    EDITED_TOO_LATE = "edited_too_late"
    """It was edited at its channel after a node had been asked, and the node does not stop."""
    PACKAGE_LOST = "package_lost"
    """Its node says that a package will not arrive."""
    ADDRESS_TOO_LATE = "address_too_late"
    """Its address was changed after a node had been asked, and the node does not stop."""
    HELD_TOO_LATE = "held_too_late"
    """Its payment fell away, or its channel holds it, after a node had been asked, and the node does not stop."""
    MOVED_TOO_LATE = "moved_too_late"
    """It was moved to another place at its channel after a node had been asked, and the node does not stop."""
    MOVED_ELSEWHERE = "moved_elsewhere"
    """It was moved at its channel to a place that is no node of ours."""
    CANCEL_REJECTED = "cancel_rejected"
    """It is cancelled here, and its channel does not take it."""
    ACCOUNT_PAUSED = "account_paused"
    """Its shop has uninstalled the app: it goes on by itself once that is connected again."""
    UNREADABLE = "unreadable"
    ACTION_HOLDS = "action_holds"
    """An action's answer stops it."""
    ACTION_FAILED = "action_failed"
    BEFORE_LIVE = "before_live"
    """Placed before the account went live: watched until an operator adopts it."""


class Hold(Frozen):
    """An order that waits for a person: why, and what to do about it. Both are free of personal data."""

    reason: HoldReason
    detail: str
    fix: str


def counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"


def out_of_stock(short: Mapping[str, int]) -> Hold:
    """The hold of an order that was sold beyond the stock, by units short of each SKU."""
    return Hold(
        reason=HoldReason.OUT_OF_STOCK,
        detail=", ".join(f"{units} of {sku} short" for sku, units in sorted(short.items())),
        fix="count or receive it with `orderloom inventory set`; the order goes on by itself",
    )
