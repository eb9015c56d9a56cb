"""Answers of Listings Items and FBA Inventory, offers and pushes of one seller."""

from datetime import UTC, datetime
from typing import Any

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, Push
from tests.channels.amazon.payloads import ACCOUNT
from tests.channels.servers import Answer

US, CANADA = ACCOUNT.marketplaces
ITEMS = f"/listings/2021-08-01/items/{ACCOUNT.seller_id}"
ITEM = f"{ITEMS}/"
SUMMARIES = "/fba/inventory/v1/summaries"


def merchant(quantity: int | None) -> dict[str, Any]:
    return {"fulfillmentChannelCode": "DEFAULT"} | ({} if quantity is None else {"quantity": quantity})


BY_AMAZON = {"fulfillmentChannelCode": "AMAZON_NA"}


def item(sku: str, *availability: dict[str, Any], marketplace: str = US, **summary: Any) -> dict[str, Any]:
    told = {
        "marketplaceId": marketplace,
        "asin": "B0PAN28",
        "productType": "COOKWARE",
        "itemName": "Copper pan",
        "status": ["BUYABLE"],
        "createdDate": "2026-01-05T10:00:00Z",
        "lastUpdatedDate": "2026-11-20T10:00:00Z",
        "conditionType": "new_new",
    } | summary
    return {"sku": sku, "summaries": [told], "fulfillmentAvailability": list(availability)}


def found(*items: dict[str, Any], results: int | None = None, next_token: str | None = None) -> Answer:
    pagination = {"pagination": {"nextToken": next_token}} if next_token else {}
    return Answer({"numberOfResults": len(items) if results is None else results, "items": list(items)} | pagination)


def submitted(status: str, *issues: dict[str, Any], sku: str = "PAN-28") -> Answer:
    return Answer({"sku": sku, "status": status, "submissionId": "f1dc2914", "issues": list(issues)})


def issue(code: str = "90220", message: str = "is required", severity: str = "ERROR", *names: str) -> dict[str, Any]:
    told = {"code": code, "message": message, "severity": severity, "categories": ["INVALID_ATTRIBUTE"]}
    return told | ({"attributeNames": list(names)} if names else {})


def summary(sku: str, fulfillable: int, reserved: int = 0, inbound: tuple[int, int, int] = (0, 0, 0)) -> dict[str, Any]:
    planned, sent, arriving = inbound
    details = {
        "fulfillableQuantity": fulfillable,
        "inboundWorkingQuantity": planned,
        "inboundShippedQuantity": sent,
        "inboundReceivingQuantity": arriving,
        "reservedQuantity": {"totalReservedQuantity": reserved, "pendingCustomerOrderQuantity": reserved},
    }
    return {"asin": "B0PAN28", "sellerSku": sku, "condition": "NewItem", "inventoryDetails": details}


def summaries(*told: dict[str, Any], next_token: str | None = None) -> Answer:
    payload = {
        "granularity": {"granularityType": "Marketplace", "granularityId": US},
        "inventorySummaries": list(told),
    }
    return Answer({"payload": payload} | ({"pagination": {"nextToken": next_token}} if next_token else {}))


def key(sku: str = "PAN-28") -> ListingKey:
    return ListingKey(channel=Channel.AMAZON, account=ACCOUNT.account, listing=sku)


def an_offer(sku: str = "PAN-28", reference: str = "COOKWARE") -> Offer:
    return Offer(key=key(sku), reference=reference, quantity=1, read_at=datetime(2026, 11, 20, tzinfo=UTC))


def a_batch(sku: str = "PAN-28", quantity: int = 7, reference: str = "COOKWARE") -> Batch:
    one = Push(push_id=5, key=key(sku), reference=reference, change_from=None, quantity=quantity)
    return Batch(batch_key="b-1", pushes=(one,))
