"""What became of a listing: every change of what it showed, and the buyers that it sent away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, computed_field


class Why(StrEnum):
    LISTED = "listed"
    """Control put it there, or replaced it."""
    SALE = "sale"
    PATCH = "patch"
    """A write over the API took effect."""
    LATE_PATCH = "late_patch"
    """An old write took effect once more."""
    HAND_EDIT = "hand_edit"
    CANCEL = "cancel"
    """The channel put the units of a cancelled order back."""
    OUTBOUND = "outbound"
    """A Multi-Channel Fulfillment order took units of it."""
    FBA_STOCK = "fba_stock"
    """Amazon's warehouses were given other stock."""


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class ListingChange(_Fact):
    """Units that the whole listing showed before and after."""

    at: datetime
    why: Why
    before: int
    after: int
    reference: str = ""
    """The order id, the submissionId or the idempotency key behind it."""
    location: str = ""
    """Shopify: the location at which it happened."""


class GraveMistake(_Fact):
    at: datetime
    what: str
    reference: str


@dataclass
class History:
    """What a listing keeps of its past."""

    changes: list[ListingChange] = field(default_factory=list)
    sold: int = 0
    sold_beyond: int = 0
    turned_away_buyers: int = 0
    turned_away_units: int = 0
    mistakes: list[GraveMistake] = field(default_factory=list)


class ListingTruth(_Fact):
    channel: str
    account: str
    sku: str
    marketplace: str = ""
    quantity: int
    locations: dict[str, int] = {}
    """Shopify: units by the location's name."""
    by_channel: bool
    """True where Amazon fulfils it."""
    allows_overselling: bool
    asked_at: datetime
    changes: tuple[ListingChange, ...]
    sold: int
    """Units, whoever cancelled them later."""
    sold_beyond: int
    """Of these, units that were sold although they were not listed."""
    turned_away_buyers: int
    """Buyers who met nothing."""
    turned_away_units: int
    """Units that buyers wanted and did not get."""
    mistakes: tuple[GraveMistake, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def dark_seconds(self) -> float:
        """How long it stood at nothing, up to the asking."""
        ends = (*(change.at for change in self.changes[1:]), self.asked_at)
        dark = ((end - c.at).total_seconds() for c, end in zip(self.changes, ends, strict=True) if c.after <= 0)
        return sum(dark)

    def units_at(self, moment: datetime) -> int:
        """What it showed then; nothing before it was listed."""
        return next((change.after for change in reversed(self.changes) if change.at <= moment), 0)


def listed_over_time(listings: Iterable[ListingTruth]) -> tuple[tuple[datetime, int], ...]:
    """The units that these listings showed together, from each change on.

    A merchant's units at Amazon count once, however many marketplaces show them.
    """
    chosen = tuple(_each_once(listings))
    shown: dict[int, int] = {}
    told = sorted(
        (change.at, nth, number) for number, one in enumerate(chosen) for nth, change in enumerate(one.changes)
    )
    curve = []
    for at, nth, number in told:
        shown[number] = chosen[number].changes[nth].after
        curve.append((at, sum(shown.values())))
    return tuple(curve)


def _each_once(listings: Iterable[ListingTruth]) -> Iterator[ListingTruth]:
    counted: set[tuple[str, str]] = set()
    for one in listings:
        if one.channel == "amazon" and not one.by_channel:
            if (one.account, one.sku) in counted:
                continue
            counted.add((one.account, one.sku))
        yield one
