"""Answers about stock, offers and pushes of one shop."""

from datetime import UTC, datetime
from typing import Any

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, Push
from tests.channels.servers import Answer
from tests.channels.shopify.graphql_answers import GID, data, page
from tests.channels.shopify.payloads import ACCOUNT

SET = "SetQuantities"
READ = "ReadInventoryItems"


def level(location: int, available: int, *, active: bool = True, online: bool = True) -> dict[str, Any]:
    place = {"id": f"{GID}/Location/{location}", "isActive": active, "fulfillsOnlineOrders": online}
    return {"location": place, "quantities": [{"quantity": available}]}


def _variant(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}/ProductVariant/{number}",
        "sku": f"SKU-{number}",
        "displayName": "Copper pan - 28 cm",
        "inventoryPolicy": "DENY",
    } | changes


def _item(number: int, *levels: dict[str, Any], tracked: bool = True, cursor: str | None = None) -> dict[str, Any]:
    return {
        "id": f"{GID}/InventoryItem/{number}",
        "tracked": tracked,
        "inventoryLevels": page(*levels, cursor=cursor),
    }


def variant(number: int, *levels: dict[str, Any], tracked: bool = True, **changes: Any) -> dict[str, Any]:
    """Variant and item carry the same number."""
    return _variant(number, **changes) | {"inventoryItem": _item(number, *levels, tracked=tracked)}


def variants(*nodes: dict[str, Any], cursor: str | None = None) -> Answer:
    return data(productVariants=page(*nodes, cursor=cursor))


def item(number: int, *levels: dict[str, Any], cursor: str | None = None, **changes: Any) -> dict[str, Any]:
    return _item(number, *levels, cursor=cursor) | {"variant": _variant(number, **changes)}


def items(*nodes: dict[str, Any] | None) -> Answer:
    return data(nodes=list(nodes))


def more_levels(*levels: dict[str, Any], cursor: str | None = None) -> Answer:
    return data(inventoryItem={"inventoryLevels": page(*levels, cursor=cursor)})


def quantities_set(*errors: dict[str, Any], group: bool | None = None) -> Answer:
    made = not errors if group is None else group
    answer = {"inventoryAdjustmentGroup": {"id": f"{GID}/InventoryAdjustmentGroup/7"} if made else None}
    return data(inventorySetQuantities=answer | {"userErrors": list(errors)})


def stock_error(code: str | None, row: int | None = None, message: str = "no") -> dict[str, Any]:
    field = ["input", "quantities", str(row), "changeFromQuantity"] if row is not None else ["input"]
    return {"code": code, "field": field, "message": message}


def key(number: int = 1) -> ListingKey:
    return ListingKey(channel=Channel.SHOPIFY, account=ACCOUNT.account, listing=f"SKU-{number}")


def an_offer(number: int = 1) -> Offer:
    return Offer(key=key(number), reference=str(number), quantity=1, read_at=datetime(2026, 11, 20, tzinfo=UTC))


def a_push(number: int, change_from: int | None, quantity: int, places: dict[str, int] | None = None) -> Push:
    shown = {"11": change_from or 0} if places is None else places
    return Push(
        push_id=number, key=key(number), reference=str(number), change_from=change_from, quantity=quantity, places=shown
    )


def a_batch(*pushes: Push, sent_before: datetime | None = None) -> Batch:
    return Batch(batch_key="push-1", pushes=pushes, sent_before=sent_before)
