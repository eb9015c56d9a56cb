"""Hand-written orders/create payloads, and a shop."""

import base64
import copy
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from orderloom.domain.keys import Channel
from orderloom.domain.merchant import ImportedOrders, ShopifyAccount

LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
SHOP = "copper-oak-kitchen.myshopify.com"
ACCOUNT = ShopifyAccount(
    channel=Channel.SHOPIFY,
    account="kitchen",
    shop=SHOP,
    imported_orders=ImportedOrders(app_ids=("283439955969",)),
)
ORDER_ID = 820982911946154508
"""Above 2^53, as in Shopify's own sample."""

_ORDER: dict[str, Any] = {
    "id": ORDER_ID,
    "admin_graphql_api_id": f"gid://shopify/Order/{ORDER_ID}",
    "name": "#1001",
    "created_at": "2026-11-20T10:00:00-05:00",
    "updated_at": "2026-11-20T10:00:05-05:00",
    "cancelled_at": None,
    "test": False,
    "confirmed": True,
    "financial_status": "paid",
    "fulfillment_status": None,
    "currency": "USD",
    "total_price": "64.98",
    "total_weight": 0,
    "tags": "wholesale,  gift wrap ,",
    "note": "ring twice",
    "note_attributes": [],
    "email": "zq@example.org",
    "phone": None,
    "app_id": 580111,
    "source_name": "web",
    "source_identifier": None,
    "customer": {"id": 1, "email": "zq@example.org", "first_name": "Zoe"},
    "shipping_address": {
        "first_name": "Zoe",
        "last_name": "Quillfeather",
        "name": "Zoe Quillfeather",
        "address1": "12 Larkspur Lane",
        "address2": None,
        "city": "Salem",
        "province": "Oregon",
        "province_code": "OR",
        "zip": "97301-4455",
        "country": "United States",
        "country_code": "US",
        "phone": "555-0199",
        "latitude": 44.9,
    },
    "shipping_lines": [{"title": "Standard", "code": "STD", "price": "5.00"}],
    "fulfillments": [],
    "line_items": [
        {
            "id": 866550311766439020,
            "variant_id": 808950810,
            "sku": "PAN-28",
            "title": "Copper pan",
            "variant_title": None,
            "quantity": 2,
            "current_quantity": 2,
            "fulfillable_quantity": 2,
            "fulfillment_status": None,
            "grams": 1134,
            "price": "29.99",
            "requires_shipping": True,
            "gift_card": False,
            "properties": [],
        }
    ],
}


def an_order(*, line: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A plain web order. `line` changes fields of its only line; a value of `...` takes a field away."""
    order: dict[str, Any] = copy.deepcopy(_ORDER)
    first = order["line_items"][0]
    first |= line or {}
    order |= changes
    for holder in (order, first):
        for name in [name for name, value in holder.items() if value is ...]:
            del holder[name]
    return order


def a_line(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(_ORDER["line_items"][0]), **changes}


def as_body(order: object) -> bytes:
    return json.dumps(order).replace("/", "\\/").encode()


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
