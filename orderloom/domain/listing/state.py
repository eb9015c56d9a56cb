"""What is known of all listings that sell one component from one pool."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, NonNegativeInt, PositiveInt

from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen

BEFORE_ALL = -1e15
"""Earlier than any sale, and unlike minus infinity it survives JSON."""
WINDOW = 30
"""Sales that the rates remember: short enough to follow a change of demand, long enough for a steady share."""
SILENCE_PER_GAP = 3
"""So many mean gaps without a sale are taken for chance; after that the rate falls."""
_put = object.__setattr__


class Changing(Frozen):
    """A frozen value that is copied with changes at every event, several times over."""

    _names: ClassVar[set[str]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls._names = set(cls.model_fields)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, at a third of its cost: the fields are immutable, so nothing else needs to be copied."""
        if deep or self.__pydantic_private__:
            return super().model_copy(update=update, deep=deep)
        kind = type(self)
        twin = kind.__new__(kind)
        _put(twin, "__dict__", {**self.__dict__, **(update or {})})
        _put(twin, "__pydantic_fields_set__", kind._names)
        _put(twin, "__pydantic_extra__", None)
        _put(twin, "__pydantic_private__", None)
        return twin


class Lags(Frozen):
    """Upper bounds in seconds. A floor for waiting, never a proof; what exceeds them is called out."""

    effect: float
    """From a write's acceptance to its effect on the listing."""
    sight: float
    """From a buyer's order to our ledger."""
    staleness: float = 0.0
    """How old the figure may be that the channel gives when its listing is read."""


class Reading(Changing):
    """The channel's own figure. A call takes time, and the figure is from some moment between its two ends.

    What a late sale could disprove counts from `at`, what is proved by waiting counts from `latest`.
    """

    units: int
    at: float
    """The earliest moment that it may be from: when it was asked for, less the channel's staleness."""
    until: float | None = None
    """The latest: when the answer was here; None: it is exactly from `at`."""
    sold: int = 0
    """Seen sales that were made after `at`."""
    sold_since: int = 0
    """Those of them that were made after `latest`, so surely not in the figure."""

    @property
    def latest(self) -> float:
        return self.at if self.until is None else self.until

    @property
    def left(self) -> int:
        return self.units - self.sold

    @property
    def most(self) -> int:
        """What is left if every sale during the call is in the figure already."""
        return self.units - self.sold_since

    def after_sale(self, units: int, sold_at: float) -> "Reading":
        if sold_at <= self.at:
            return self
        since = units if sold_at > self.latest else 0
        return self.model_copy(update={"sold": self.sold + units, "sold_since": self.sold_since + since})


class Write(StrEnum):
    ZERO = "zero"
    REFILL = "refill"
    ABSOLUTE = "absolute"
    CHANGE = "change"
    """Shopify's compare-and-set."""
    SHOWN = "shown"
    """`shared` only, on either channel: this figure, whatever is there."""


class Pending(Changing):
    """The one write in flight: `units` is its value; for a change `before` is the value it compares with."""

    write: Write
    units: NonNegativeInt
    before: int
    since: float
    unsure: bool = False
    """Its answer was lost: it may take effect or not, and it is not sent again."""

    @property
    def charge(self) -> int:
        """What it added to the rights when it was sent: a change its rise, any other write its whole value."""
        return max(self.units - self.before, 0) if self.write is Write.CHANGE else self.units


class Settling(Changing):
    """A write takes effect between `since` and `until` over `units` unsold ones; they come free at `due`.

    `sold` are seen sales of that span: those units did not come free.
    """

    units: int
    since: float
    until: float
    due: float
    sold: int = 0
    blurred: bool = False
    """Some of `sold` may lie outside the span: it came out of the written value, or the figures are stale."""


class ListingState(Changing):
    """One listing. `rights` bounds what it may still bring as sales that the ledger has not seen."""

    name: str
    channel: Channel
    lags: Lags
    units: PositiveInt = 1
    """Component units in one unit of the listing: a multipack of 6 has 6."""
    rights: int = 0
    since: float = BEFORE_ALL
    """When it was first read (the latest moment that figure may be from): older sales are not in the rights."""
    reading: Reading
    audit: Reading | None = None
    """An older reading that is held until every order before it should have been seen."""
    pending: Pending | None = None
    settling: Settling | None = None
    unexplained: int = 0
    """Units listed or sold beyond the rights: a hand edit, an old patch, or a channel's restock not yet told."""
    unexplained_since: float = 0.0
    effected_at: float | None = None
    """When the last Amazon write had taken effect at the latest: at its bound, as a restock can look like it."""
    doubtful: int = 0
    """Units that a write may have erased unsold, or that it never listed: freed as far as an audit misses them."""
    recount: bool = False
    """The next audit frees all that it misses: after `shared`, or because a person says it was not sold."""
    unsettled_until: float | None = None
    """Writes of `shared` may still take effect until then, in any order."""
    recent: tuple[tuple[float, int], ...] = ()
    """Seen sales (when, units) that a figure asked for or answered later may not yet include."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Its part of the pool's recent demand."""
    denies_overselling: bool = True

    @property
    def writable(self) -> bool:
        """Nothing that was sent can still change what it shows."""
        return self.pending is None and self.unsettled_until is None

    @property
    def idle(self) -> bool:
        return self.writable and self.settling is None

    def is_auditable(self, at: float) -> bool:
        """Whether a figure from `at` has the effect of every write: what it misses is not still to come."""
        return self.idle and (self.effected_at is None or at >= self.effected_at)

    @property
    def waits_for_nothing(self) -> bool:
        """No time that passes changes it."""
        return self.idle and self.audit is None and not self.unexplained

    @property
    def owed(self) -> int:
        """Units that the channel had sold at the last reading and whose orders we have not seen."""
        return self.rights - self.reading.left - (self.pending.charge if self.pending else 0)


class AlertKind(StrEnum):
    BEYOND_RIGHTS = "beyond_rights"
    LATE_ORDER = "late_order"
    ORDERS_MISSING = "orders_missing"
    EFFECT_OVERDUE = "effect_overdue"
    SHORT = "short"
    OVERSELLING_ALLOWED = "overselling_allowed"
    LOW_COVER = "low_cover"
    """A warning that stock runs out, in the time that the merchant chose; over as soon as there is enough."""
    UNPUBLISHED = "unpublished"
    """Its account publishes no more, and it still shows units that nobody takes back."""


class PoolState(Changing):
    """All listings of one component in one pool. `available` is the ledger's, of the same transaction."""

    available: int
    listings: dict[str, ListingState]
    gap: Annotated[float, Field(gt=0)]
    """Mean seconds between two units sold, over all listings."""
    last_sale: float
    latest: tuple[float, ...] = ()
    """When the last few orders were made, by which a rush is told (pace.py)."""
    opens_at: float | None = None
    """No unit is granted before: not every listing was read yet, and the first split should be among all of them."""
    overlapping: bool = False
    """True while a listing that has none left shows a unit of another: rights may then exceed what is available."""
    goal: NonNegativeInt | None = None
    """Of a bundle's pool: how many sets it is growing or shrinking to; None at rest."""
    alerts: frozenset[tuple[str, AlertKind]] = frozenset()
    """What has been noticed and not yet cleared by a person."""

    @property
    def granted(self) -> int:
        units = 0
        for one in self.listings.values():
            units += one.rights
        return units

    @property
    def occupied(self) -> int:
        """Units that its listings may sell; where they show the same units, those count once."""
        if self.overlapping:
            return max((one.rights for one in self.listings.values()), default=0)
        return self.granted

    def with_listing(self, one: ListingState) -> "PoolState":
        return self.model_copy(update={"listings": {**self.listings, one.name: one}})

    def noticing(self, name: str, kind: AlertKind) -> "PoolState":
        if (name, kind) in self.alerts:
            return self
        return self.model_copy(update={"alerts": self.alerts | {(name, kind)}})

    def is_open(self, now: float) -> bool:
        return self.opens_at is None or now >= self.opens_at

    def rate(self, now: float, unseen: float = 0.0) -> float:
        """Units a second over all listings; falls while nothing sells.

        For `unseen` seconds no sale means nothing: the orders of that time may still be on their way to us.
        """
        return 1.0 / max(self.gap, (now - self.last_sale - unseen) / SILENCE_PER_GAP)

    @property
    def sight(self) -> float:
        """Seconds until an order of any listing has been seen."""
        return max((one.lags.sight for one in self.listings.values()), default=0.0)
