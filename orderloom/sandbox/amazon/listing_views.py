"""A listing as Listings Items 2021-08-01 shows it, as far as a data set was asked for."""

from typing import Any

from orderloom.sandbox.amazon.listings import BY_AMAZON, MERCHANT, AmazonListing
from orderloom.sandbox.clock import iso_millis

INCLUDED_DATA = (
    "summaries",
    "attributes",
    "issues",
    "offers",
    "fulfillmentAvailability",
    "procurement",
    "relationships",
    "productTypes",
)


def listing_document(listing: AmazonListing, included: tuple[str, ...]) -> dict[str, Any]:
    """Data sets that this sandbox knows nothing of are empty."""
    parts: dict[str, Any] = {
        "summaries": [_summary(listing)],
        "attributes": {"fulfillment_availability": [_attribute(listing)]},
        "fulfillmentAvailability": [_availability(listing)],
        "productTypes": [{"marketplaceId": listing.marketplace, "productType": listing.product_type}],
    }
    return {"sku": listing.sku} | {name: parts.get(name, []) for name in included}


def _summary(listing: AmazonListing) -> dict[str, Any]:
    return {
        "marketplaceId": listing.marketplace,
        "asin": listing.asin,
        "productType": listing.product_type,
        "conditionType": "new_new",
        "status": ["BUYABLE", "DISCOVERABLE"] if listing.quantity > 0 else ["DISCOVERABLE"],
        "itemName": listing.title,
        "createdDate": iso_millis(listing.created),
        "lastUpdatedDate": iso_millis(listing.updated),
    }


def _availability(listing: AmazonListing) -> dict[str, Any]:
    """Amazon names no quantity for what it fulfils itself."""
    if listing.by_amazon:
        return {"fulfillmentChannelCode": BY_AMAZON}
    return {"fulfillmentChannelCode": MERCHANT, "quantity": listing.merchant.quantity}


def _attribute(listing: AmazonListing) -> dict[str, Any]:
    code = {"fulfillment_channel_code": BY_AMAZON if listing.by_amazon else MERCHANT}
    return code if listing.by_amazon else code | {"quantity": listing.merchant.quantity} | listing.rest
