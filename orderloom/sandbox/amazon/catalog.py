"""One seller's catalog: which listings and FBA stock there are, and what orders take from them and give back."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from orderloom.sandbox.amazon.listings import AmazonListing, FbaStock, MerchantUnits, Patch
from orderloom.sandbox.amazon.refusals import Refusal
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.knobs import Fate
from orderloom.sandbox.listing_truth import GraveMistake, Why

Place = tuple[str, str]
"""Marketplace and seller SKU."""


@dataclass(frozen=True)
class _Taken:
    """What an order took at one place, of the merchant's units or of Amazon's."""

    place: Place
    by_amazon: bool
    units: int


class Catalog:
    """Listings and FBA stock by marketplace and seller SKU, the merchant's units by seller SKU alone.

    Orders for what is not listed pass it by.
    """

    def __init__(self, clock: Clock, fate: Fate, dice: Random) -> None:
        self._clock = clock
        self._fate = fate
        self._dice = dice
        self._listings: dict[Place, AmazonListing] = {}
        self._stocks: dict[Place, FbaStock] = {}
        self._merchant: dict[str, MerchantUnits] = defaultdict(MerchantUnits)
        self._taken: dict[str, list[_Taken]] = defaultdict(list)
        self._ends: dict[str, tuple[datetime, bool]] = {}

    def put(self, fresh: AmazonListing, quantity: int) -> AmazonListing:
        """List it, or replace what is listed; the past of a replaced listing stays, patches under way are lost.

        A merchant's quantity is that of the SKU in the other marketplaces too.
        """
        place = fresh.marketplace, fresh.sku
        known = self._settled(place)
        before = known.quantity if known else 0
        units = fresh.merchant = self._merchant[fresh.sku]
        if known:
            fresh.history, fresh.created = known.history, known.created
            units.listings.remove(known)
            units.waiting.clear()
        if fresh.by_amazon:
            fresh.stock = self._stocks.setdefault(place, self._stock(fresh))
            fresh.stock.fulfillable, fresh.stock.changed = quantity, fresh.updated
        else:
            fresh.stock = self._stocks.get(place)
            units.write(quantity, Why.LISTED, fresh.updated)
        units.listings.append(fresh)
        self._listings[place] = fresh
        fresh.note(fresh.updated, Why.LISTED, before, "")
        return fresh

    def _stock(self, listing: AmazonListing) -> FbaStock:
        return FbaStock(listing.sku, listing.marketplace, listing.asin, listing.title, listing.updated)

    def stock_of(self, marketplace: str, sku: str) -> FbaStock:
        """The FBA stock of a SKU, none at first, listed or not."""
        place = marketplace, sku
        if place not in self._stocks:
            known = self._listings.get(place)
            asin, title = (known.asin, known.title) if known else (self.new_asin(), sku)
            self._stocks[place] = FbaStock(sku, marketplace, asin, title, self._clock.now())
            if known:
                known.stock = self._stocks[place]
        return self._stocks[place]

    def set_fba_stock(self, stock: FbaStock, fulfillable: int, inbound: int, unfulfillable: int) -> None:
        now = self._clock.now()
        stock.inbound, stock.unfulfillable, stock.changed = inbound, unfulfillable, now
        listing = self._listings.get((stock.marketplace, stock.sku))
        if listing and listing.by_amazon:
            listing.write(fulfillable, Why.FBA_STOCK, now)
        else:
            stock.fulfillable = fulfillable

    def all(self) -> Iterator[AmazonListing]:
        for place in self._listings:
            if listing := self._settled(place):
                yield listing

    def get(self, marketplace: str, sku: str) -> AmazonListing | None:
        return self._settled((marketplace, sku))

    def find(self, marketplace: str, sku: str) -> AmazonListing:
        """Raises Refusal (404)."""
        if listing := self._settled((marketplace, sku)):
            return listing
        raise Refusal(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {marketplace}.")

    def _settled(self, place: Place) -> AmazonListing | None:
        self._end_due_orders()
        listing = self._listings.get(place)
        if listing:
            listing.merchant.settle(self._clock.now())
        return listing

    def accept(self, listing: AmazonListing, patch: Patch) -> None:
        """Queue it: it takes effect by the knob, and never before an earlier one of the same seller SKU."""
        low, high = self._fate.knobs.listing_effect_seconds
        now = self._clock.now()
        due = now + timedelta(seconds=self._fate.between(low, high))
        waiting = listing.merchant.waiting
        if waiting:
            due = max(due, waiting[-1].due)
        if listing.by_amazon:
            what = f"a merchant's quantity was written onto {listing.sku}, which Amazon fulfils"
            listing.history.mistakes.append(GraveMistake(at=now, what=what, reference=patch.submission_id))
        waiting.append(replace(patch, due=due))
        listing.merchant.settle(now)

    def apply_again(self, listing: AmazonListing, submission_id: str | None) -> bool:
        """Let an old patch (the latest, unless one is named) take effect once more; False where there is none."""
        old = [p for p in listing.merchant.applied if submission_id in (None, p.submission_id)]
        if old:
            listing.merchant.apply(old[-1], Why.LATE_PATCH, self._clock.now())
        return bool(old)

    def sell(
        self, order_id: str, marketplace: str, sku: str, units: int, *, by_amazon: bool, why: Why = Why.SALE
    ) -> None:
        """An order takes what is there, of what its kind of fulfilment sells from."""
        place = marketplace, sku
        listing, stock = self._sources(place, by_amazon)
        if listing is None and stock is None:
            return
        there = listing.quantity if listing else stock.fulfillable if stock else 0
        taken = min(units, there)
        if listing and why is Why.SALE:
            listing.history.sold += units
            listing.history.sold_beyond += units - taken
        self._move(listing, stock, -taken, why, order_id)
        self._taken[order_id].append(_Taken(place, by_amazon, taken))

    def give_back(self, order_id: str) -> None:
        """A cancelled order's units are for sale again: Amazon adds them to whatever it shows by now."""
        for taken in self._taken.pop(order_id, ()):
            listing, stock = self._sources(taken.place, taken.by_amazon)
            self._move(listing, stock, taken.units, Why.CANCEL, order_id)

    def shipped(self, order_id: str) -> None:
        """What was reserved for it has left Amazon's warehouse."""
        for taken in self._taken.pop(order_id, ()):
            stock = self._stocks.get(taken.place)
            if taken.by_amazon and stock:
                stock.pending_orders -= taken.units
                stock.changed = self._clock.now()

    def ends_at(self, order_id: str, moment: datetime, *, ships: bool) -> None:
        """Amazon will have shipped the order by then, or given it up."""
        self._ends[order_id] = moment, ships

    def counted(self) -> list[FbaStock]:
        """Amazon's stock by seller SKU, as it is now."""
        self._end_due_orders()
        return sorted(self._stocks.values(), key=lambda stock: stock.sku)

    def _end_due_orders(self) -> None:
        due = [order_id for order_id, (moment, _) in self._ends.items() if moment <= self._clock.now()]
        for order_id in due:
            _, ships = self._ends.pop(order_id)
            (self.shipped if ships else self.give_back)(order_id)

    def _sources(self, place: Place, by_amazon: bool) -> tuple[AmazonListing | None, FbaStock | None]:
        """The listing, if it is fulfilled that way, and Amazon's stock, if it is Amazon that fulfils."""
        listing = self._settled(place)
        matching = listing if listing and listing.by_amazon == by_amazon else None
        return matching, self._stocks.get(place) if by_amazon else None

    def _move(self, listing: AmazonListing | None, stock: FbaStock | None, units: int, why: Why, order_id: str) -> None:
        now = self._clock.now()
        if stock:
            stock.pending_orders -= units
            stock.changed = now
        if listing and units:
            listing.write(listing.quantity + units, why, now, order_id)
        elif stock:
            stock.fulfillable += units

    def new_asin(self) -> str:
        letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return "B0" + "".join(self._dice.choices(letters, k=8))

    def new_submission(self) -> str:
        return str(UUID(int=self._dice.getrandbits(128), version=4))

    def now(self) -> datetime:
        return self._clock.now()
