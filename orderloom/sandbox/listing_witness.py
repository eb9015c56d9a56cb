"""Reads the truth about listings out of the sandbox's state."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from orderloom.sandbox.amazon.listings import AmazonListing
from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.listing_truth import History, ListingTruth
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.stockroom import ShopListing


def amazon_listings(seller: AmazonSeller, now: datetime) -> Iterator[ListingTruth]:
    return (amazon_listing(seller, listing, now) for listing in seller.catalog.all())


def shop_listings(shop: Shop, now: datetime) -> Iterator[ListingTruth]:
    return (shop_listing(shop, listing, now) for listing in shop.stockroom.items.values())


def amazon_listing(seller: AmazonSeller, listing: AmazonListing, now: datetime) -> ListingTruth:
    return ListingTruth(
        channel="amazon",
        account=seller.config.account,
        sku=listing.sku,
        marketplace=listing.marketplace,
        quantity=listing.quantity,
        by_channel=listing.by_amazon,
        allows_overselling=False,
        asked_at=now,
        **_past(listing.history),
    )


def shop_listing(shop: Shop, listing: ShopListing, now: datetime) -> ListingTruth:
    return ListingTruth(
        channel="shopify",
        account=shop.config.account,
        sku=listing.sku,
        quantity=listing.quantity,
        locations={level.location.name: level.available for level in listing.levels.values()},
        by_channel=False,
        allows_overselling=listing.allows_overselling,
        asked_at=now,
        **_past(listing.history),
    )


def _past(history: History) -> dict[str, Any]:
    return {
        "changes": tuple(history.changes),
        "sold": history.sold,
        "sold_beyond": history.sold_beyond,
        "turned_away_buyers": history.turned_away_buyers,
        "turned_away_units": history.turned_away_units,
        "mistakes": tuple(history.mistakes),
    }
