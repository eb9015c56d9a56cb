"""Signed deliveries, as a shop and a node send them."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey

SHOP = "copper-oak-kitchen.myshopify.com"
SHOP_SECRET = "the-shop's-secret"
CALLBACK_SECRET = "the-node's-secret"
AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def order_body(number: int = 1001) -> bytes:
    return json.dumps({"id": number, "name": f"#{number}"}).encode()


def signed_by_shop(
    body: bytes, *, topic: str = "orders/create", delivery: str = "delivery-1", secret: str = SHOP_SECRET
) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(digest).decode(),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": delivery,
        "X-Shopify-Triggered-At": AT.isoformat(),
    }


def callback_body(dispatch_id: str, delivery: str = "callback-1") -> bytes:
    occurred = AT.isoformat()
    return json.dumps(
        {"delivery_id": delivery, "dispatch_id": dispatch_id, "kind": "accepted", "occurred_at": occurred}
    ).encode()


def signed_by_node(body: bytes, secret: str = CALLBACK_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Orderloom-Signature": f"sha256={digest}"}


def order_key(number: int = 1001) -> OrderKey:
    return OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id=str(number))


def new_event(
    number: int, delivery: str, source: EventSource = EventSource.WEBHOOK, received_at: datetime = AT
) -> NewEvent:
    return NewEvent(
        origin="shopify:kitchen",
        topic="orders/create",
        delivery_id=delivery,
        source=source,
        body=order_body(number),
        received_at=received_at,
        order_key=order_key(number),
        state=EventState.STORED,
    )
