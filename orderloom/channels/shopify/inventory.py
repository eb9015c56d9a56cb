"""Reading listings: a variant, and what is available of it at the locations that are ours.

Ours are the locations we are given, else every active one that fulfils online orders. A listing that is not tracked, or
is stocked at none of ours, has no quantity: it is not ours to write.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from orderloom.channels.shopify.answers import variant_name
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.inventory_answers import (
    Item,
    Level,
    MoreInventoryLevels,
    ReadInventoryItems,
    ReadOffers,
    Variant,
)
from orderloom.channels.shopify.inventory_queries import (
    ITEMS_AT_ONCE,
    MORE_INVENTORY_LEVELS,
    READ_INVENTORY_ITEMS,
    READ_OFFERS,
)
from orderloom.domain.errors import Rejected
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey, Offer, OfferPage


class Stockroom:
    """One shop's stock as its listings show it. `locations`: gids or numbers, the preferred one first; empty is all."""

    def __init__(self, api: AdminApi, account: str, locations: Sequence[str]) -> None:
        self._api = api
        self._account = account
        self.locations = tuple(location.rpartition("/")[2] for location in locations)

    def offers(self, page_token: str | None) -> OfferPage:
        """One page of all variants."""
        asked_at = datetime.now(UTC)
        page = self._api.run(READ_OFFERS, {"after": page_token}, ReadOffers).product_variants
        offers = tuple(self._offer(variant, variant.inventory_item, asked_at) for variant in page.nodes)
        return OfferPage(offers=offers, next_token=page.next_cursor)

    def read(self, wanted: Iterable[tuple[ListingKey, str]]) -> dict[ListingKey, Offer]:
        """Listings by their inventory item ids, in one call. One that is gone, or has another name now, is left out."""
        keys = {reference: key for key, reference in wanted}
        if len(keys) > ITEMS_AT_ONCE:
            raise Rejected(self._api.system, "TOO_MANY_ITEMS", f"{ITEMS_AT_ONCE} listings are read at once at most")
        asked_at = datetime.now(UTC)
        ids = {"ids": [f"gid://shopify/InventoryItem/{reference}" for reference in keys]}
        items = self._api.run(READ_INVENTORY_ITEMS, ids, ReadInventoryItems).nodes
        found: dict[ListingKey, Offer] = {}
        for offer in (self._offer(item.variant, item, asked_at) for item in items if item):
            key = keys.get(offer.reference)
            if key and key.listing in (offer.key.listing, offer.own_name):
                found[key] = offer.named(key.listing)
        return found

    def _offer(self, variant: Variant, item: Item, asked_at: datetime) -> Offer:
        places = self._places(item) if item.tracked else {}
        name = variant_name(variant.number)
        return Offer(
            key=ListingKey(channel=Channel.SHOPIFY, account=self._account, listing=variant.sku or name),
            seller_sku=variant.sku or "",
            own_name=name,
            reference=str(item.number),
            title=variant.display_name,
            quantity=sum(places.values()) if places else None,
            places=places,
            denies_overselling=variant.inventory_policy != "CONTINUE",
            read_at=asked_at,
        )

    def _places(self, item: Item) -> dict[str, int]:
        ours = {str(level.location.number): level.available for level in self._levels(item) if self._is_ours(level)}
        return dict(sorted(ours.items(), key=lambda place: in_order(place[0], self.locations)))

    def _is_ours(self, level: Level) -> bool:
        if self.locations:
            return str(level.location.number) in self.locations
        return level.location.is_active and level.location.fulfills_online_orders

    def _levels(self, item: Item) -> Iterator[Level]:
        page = item.inventory_levels
        yield from page.nodes
        while after := page.next_cursor:
            answer = self._api.run(MORE_INVENTORY_LEVELS, {"id": item.id, "after": after}, MoreInventoryLevels)
            page = answer.inventory_item.inventory_levels
            yield from page.nodes


def in_order(location: str, locations: Sequence[str]) -> tuple[int, int]:
    """The order of locations: as they were given, then by their numbers."""
    return locations.index(location) if location in locations else len(locations), int(location)
