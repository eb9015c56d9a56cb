"""Listings as control handles them, on either channel: put, read, edit by hand, and buy what is there."""

from orderloom.sandbox.amazon.listings import AmazonListing
from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.listing_truth import History, ListingTruth, Why
from orderloom.sandbox.listing_witness import amazon_listing, shop_listing
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.stockroom import ShopListing
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.sandbox.wishes import BuyWish, FbaWish, HandEdit, PatchAgain, PutListing, ReadListing


class NotPossible(Exception):
    """A wish that names what is not there, or that the channel does not know."""


class AmazonTrade:
    """One seller's listings."""

    def __init__(self, seller: AmazonSeller, clock: Clock) -> None:
        self._seller = seller
        self._clock = clock

    def put(self, wish: PutListing) -> ListingTruth:
        if wish.locations is not None or wish.allows_overselling or wish.quantity < 0 or wish.variant > 1:
            raise NotPossible(
                "a listing at Amazon has no locations or variants, denies overselling and is never below 0"
            )
        now, catalog = self._clock.now(), self._seller.catalog
        fresh = AmazonListing(
            sku=wish.sku,
            marketplace=self._marketplace(wish.marketplace),
            asin=wish.asin or catalog.new_asin(),
            title=wish.title,
            product_type=wish.product_type,
            created=now,
            updated=now,
            by_amazon=wish.fulfilled_by == "amazon",
            rest={"lead_time_to_ship_max_days": wish.lead_time_days} if wish.lead_time_days else {},
        )
        return self._truth(catalog.put(fresh, wish.quantity))

    def read(self, wish: ReadListing) -> ListingTruth:
        return self._truth(self._find(wish.sku, wish.marketplace))

    def edit(self, wish: HandEdit) -> ListingTruth:
        listing = self._find(wish.sku, wish.marketplace)
        if listing.by_amazon or wish.location is not None or wish.quantity < 0:
            raise NotPossible("by hand a seller can write a quantity of 0 or more of what the seller fulfils")
        listing.write(wish.quantity, Why.HAND_EDIT, self._clock.now())
        return self._truth(listing)

    def patch_again(self, wish: PatchAgain) -> bool:
        return self._seller.catalog.apply_again(self._find(wish.sku, wish.marketplace), wish.submission_id)

    def set_fba_stock(self, wish: FbaWish) -> None:
        catalog = self._seller.catalog
        stock = catalog.stock_of(self._marketplace(wish.marketplace), wish.sku)
        catalog.set_fba_stock(stock, wish.fulfillable, wish.inbound, wish.unfulfillable)

    def buy(self, wish: BuyWish) -> str | None:
        listing = self._find(wish.sku, wish.marketplace)
        units = min(wish.quantity, max(listing.quantity, 0))
        if not _served(listing.history, wish.quantity, units):
            return None
        where = {
            "marketplace": listing.marketplace,
            "fulfilled_by": "amazon" if listing.by_amazon else "merchant",
        }
        return self._seller.place(_order(wish, units).model_copy(update=where)).order_id

    def _find(self, sku: str, marketplace: str | None) -> AmazonListing:
        place = self._marketplace(marketplace)
        listing = self._seller.catalog.get(place, sku)
        if listing is None:
            raise NotPossible(f"{sku!r} is not listed by {self._seller.config.account} in {place}")
        return listing

    def _marketplace(self, named: str | None) -> str:
        known = self._seller.config.marketplaces
        if named not in (None, *known):
            raise NotPossible(f"{self._seller.config.account} does not sell in {named}; it does in {', '.join(known)}")
        return named or known[0]

    def _truth(self, listing: AmazonListing) -> ListingTruth:
        return amazon_listing(self._seller, listing, self._clock.now())


class ShopTrade:
    """One shop's listings."""

    def __init__(self, shop: Shop, clock: Clock) -> None:
        self._shop = shop
        self._clock = clock

    def put(self, wish: PutListing) -> ListingTruth:
        if wish.fulfilled_by == "amazon" or wish.marketplace is not None:
            raise NotPossible("a shop's listing has no marketplace, and the merchant fulfils it")
        units = wish.locations if wish.locations is not None else {self._shop.first_location.name: wish.quantity}
        places = {self._location(name): count for name, count in units.items()}
        listing = self._shop.list_variant(
            wish.sku, wish.title, places, variant=wish.variant, allows_overselling=wish.allows_overselling
        )
        return self._truth(listing)

    def read(self, wish: ReadListing) -> ListingTruth:
        return self._truth(self._find(wish.sku, wish.variant))

    def edit(self, wish: HandEdit) -> ListingTruth:
        listing = self._find(wish.sku, wish.variant)
        place = self._location(wish.location or self._shop.first_location.name)
        self._shop.stockroom.write(listing, place, wish.quantity, Why.HAND_EDIT)
        return self._truth(listing)

    def buy(self, wish: BuyWish) -> str | None:
        listing = self._find(wish.sku, wish.variant)
        units = listing.sellable(wish.quantity)
        if not _served(listing.history, wish.quantity, units):
            return None
        return str(self._shop.place(_order(wish, units)).order_id)

    def _find(self, sku: str, variant: int) -> ShopListing:
        listing = self._shop.listed(sku, variant)
        if listing is None:
            raise NotPossible(f"{sku!r} is not listed in {self._shop.config.account}")
        return listing

    def _location(self, name: str) -> int:
        found = [at.id for at in self._shop.stockroom.locations.values() if at.name == name]
        if not found:
            raise NotPossible(f"{self._shop.config.account} has no location {name!r}")
        return found[0]

    def _truth(self, listing: ShopListing) -> ListingTruth:
        return shop_listing(self._shop, listing, self._clock.now())


def _served(history: History, wanted: int, units: int) -> bool:
    """Count who goes away with less than wanted, or with nothing."""
    history.turned_away_units += wanted - units
    history.turned_away_buyers += units == 0
    return units > 0


def _order(wish: BuyWish, units: int) -> SandboxOrder:
    line = wish.like.lines[0] if wish.like else SandboxLine(sku=wish.sku)
    bought = (line.model_copy(update={"sku": wish.sku, "variant": wish.variant, "quantity": units}),)
    return wish.like.model_copy(update={"lines": bought}) if wish.like else SandboxOrder(lines=bought)
