"""A shop's listed variants and their stock at its locations; what orders take from it and give back.

Available may fall below zero only by Shopify's own ways: a variant that continues selling when out of stock, or a
person who writes it so.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from orderloom.sandbox.clock import Clock
from orderloom.sandbox.listing_truth import History, ListingChange, Why


@dataclass(frozen=True)
class Location:
    id: int
    name: str


@dataclass
class Level:
    """One item at one location."""

    location: Location
    updated: datetime
    available: int = 0
    committed: int = 0
    """Sold and not yet fulfilled."""


@dataclass
class ShopListing:
    """A variant whose stock Shopify tracks."""

    sku: str
    variant_id: int
    product_id: int
    item_id: int
    title: str
    allows_overselling: bool
    levels: dict[int, Level] = field(default_factory=dict)
    """By location id."""
    history: History = field(default_factory=History)

    @property
    def quantity(self) -> int:
        return sum(level.available for level in self.levels.values())

    def sellable(self, wanted: int) -> int:
        """How many of the wanted units a buyer gets."""
        there = sum(max(level.available, 0) for level in self.levels.values())
        return wanted if self.allows_overselling else min(wanted, there)


@dataclass(frozen=True)
class Taken:
    """What a line of an order took at a location."""

    line_id: int
    item_id: int
    location_id: int
    units: int


Announce = Callable[[ShopListing, Level], None]


class Stockroom:
    """Listings by inventory item. Orders for what is not listed pass it by."""

    def __init__(self, locations: tuple[Location, ...], clock: Clock, announce: Announce) -> None:
        self.locations = {location.id: location for location in locations}
        self.items: dict[int, ShopListing] = {}
        self._clock = clock
        self._announce = announce
        self._taken: dict[int, list[Taken]] = defaultdict(list)
        """By order id."""

    def put(self, fresh: ShopListing, units: dict[int, int]) -> ShopListing:
        """List it, or replace what is listed there; units by location id. The past of a replaced listing stays."""
        known = self.items.get(fresh.item_id)
        before = known.quantity if known else 0
        if known:
            fresh.history = known.history
        now = self._clock.now()
        for location_id, count in units.items():
            old = known.levels.get(location_id) if known else None
            level = Level(self.locations[location_id], now, count, old.committed if old else 0)
            fresh.levels[location_id] = level
        self.items[fresh.item_id] = fresh
        fresh.history.changes.append(ListingChange(at=now, why=Why.LISTED, before=before, after=fresh.quantity))
        for level in fresh.levels.values():
            self._announce(fresh, level)
        return fresh

    def write(self, listing: ShopListing, location_id: int, units: int, why: Why, reference: str = "") -> None:
        """Set what is available at a location, which need not have stocked the item before; then tell of it."""
        now = self._clock.now()
        level = listing.levels.setdefault(location_id, Level(self.locations[location_id], now))
        before, is_news = listing.quantity, level.available != units
        level.available, level.updated = units, now
        listing.history.changes.append(
            ListingChange(
                at=now,
                why=why,
                before=before,
                after=listing.quantity,
                reference=reference,
                location=level.location.name,
            )
        )
        if is_news:
            self._announce(listing, level)

    def sell(self, order_id: int, line_id: int, item_id: int, units: int) -> None:
        """Take a line's units: from the first location that has them all, else from each what it has, in order."""
        listing = self.items.get(item_id)
        if listing is None:
            return
        listing.history.sold += units
        for location_id, count in self._parts(listing, units):
            level = listing.levels[location_id]
            level.committed += count
            self.write(listing, location_id, level.available - count, Why.SALE, str(order_id))
            self._taken[order_id].append(Taken(line_id, item_id, location_id, count))
            units -= count
        listing.history.sold_beyond += units

    def _parts(self, listing: ShopListing, units: int) -> list[tuple[int, int]]:
        places = [place for place in self.locations if place in listing.levels]
        there = {place: max(listing.levels[place].available, 0) for place in places}
        if whole := next((place for place in places if there[place] >= units), None):
            return [(whole, units)]
        parts, left = [], units
        for place in places:
            if count := min(there[place], left):
                parts.append((place, count))
                left -= count
        if left and listing.allows_overselling:
            parts.append((places[0], left))
        return parts

    def give_back(self, order_id: int, *, restock: bool) -> None:
        """An order is cancelled: nothing is committed to it any more, and its units are for sale again if so wished."""
        for taken in self._taken.pop(order_id, ()):
            listing = self.items[taken.item_id]
            level = listing.levels.get(taken.location_id)
            if level is None:
                continue
            level.committed -= taken.units
            if restock:
                self.write(listing, taken.location_id, level.available + taken.units, Why.CANCEL, str(order_id))

    def take_back(self, order_id: int, line_id: int, units: int, *, restock: bool) -> None:
        """Units of one line are not wanted any more: no longer committed, and for sale again if so wished."""
        kept: list[Taken] = []
        for taken in self._taken.pop(order_id, ()):
            back = min(units, taken.units) if taken.line_id == line_id else 0
            units -= back
            listing = self.items[taken.item_id]
            level = listing.levels.get(taken.location_id)
            if level and back:
                level.committed -= back
                if restock:
                    self.write(listing, taken.location_id, level.available + back, Why.CANCEL, str(order_id))
            if taken.units > back:
                kept.append(Taken(taken.line_id, taken.item_id, taken.location_id, taken.units - back))
        if kept:
            self._taken[order_id] = kept

    def fulfilled(self, order_id: int, line_id: int, units: int) -> None:
        """Units have left: they are no longer committed."""
        kept: list[Taken] = []
        for taken in self._taken.pop(order_id, ()):
            gone = min(units, taken.units) if taken.line_id == line_id else 0
            units -= gone
            level = self.items[taken.item_id].levels.get(taken.location_id)
            if level:
                level.committed -= gone
            if taken.units > gone:
                kept.append(Taken(taken.line_id, taken.item_id, taken.location_id, taken.units - gone))
        if kept:
            self._taken[order_id] = kept
