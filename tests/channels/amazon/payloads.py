"""Hand-written Orders 2026-01-01 objects, and an account."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount

LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
ACCOUNT = AmazonAccount(
    channel=Channel.AMAZON, account="kitchen_us", seller_id="A1", marketplaces=("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")
)

_ORDER: dict[str, Any] = {
    "orderId": "114-1234567-7654321",
    "createdTime": "2026-11-20T10:00:00.123Z",
    "lastUpdatedTime": "2026-11-20T10:05:00Z",
    "programs": [],
    "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER", "marketplaceName": "Amazon.com"},
    "buyer": {"buyerName": "Zoe Quillfeather", "buyerEmail": "zq@marketplace.amazon.com"},
    "recipient": {
        "deliveryAddress": {
            "name": "Zoe Quillfeather",
            "addressLine1": "12 Larkspur Lane",
            "addressLine2": "Unit 9",
            "city": "Salem",
            "stateOrRegion": "OR",
            "postalCode": "97301-4455",
            "countryCode": "US",
            "phone": "555-0199",
        },
        "deliveryPreference": {"dropOffLocation": "Back porch"},
    },
    "proceeds": {"grandTotal": {"amount": "59.98", "currencyCode": "USD"}},
    "fulfillment": {
        "fulfillmentStatus": "UNSHIPPED",
        "fulfilledBy": "MERCHANT",
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {"earliestDateTime": "2026-11-20T08:00:00Z", "latestDateTime": "2026-11-24T07:59:59Z"},
        "deliverByWindow": {"earliestDateTime": "2026-11-25T08:00:00Z", "latestDateTime": "2026-11-28T07:59:59Z"},
    },
    "orderItems": [
        {
            "orderItemId": "79039765272157",
            "quantityOrdered": 2,
            "product": {
                "asin": "B000000001",
                "title": "Copper pan",
                "sellerSku": "PAN-28",
                "price": {"unitPrice": {"amount": "29.99", "currencyCode": "USD"}},
            },
            "promotion": {"breakdowns": [{"promotionId": "FALL"}]},
            "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 2},
        }
    ],
}


def an_order(*, fulfillment: dict[str, Any] | None = None, item: dict[str, Any] | None = None, **changes: Any) -> Any:
    """A plain merchant-fulfilled order. `fulfillment` and `item` change single fields of theirs."""
    order = copy.deepcopy(_ORDER) | changes
    order["fulfillment"] |= fulfillment or {}
    order["orderItems"][0] |= item or {}
    return order


def as_body(order: object) -> bytes:
    return json.dumps(order).encode()
