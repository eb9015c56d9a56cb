"""Webhooks: signed over the bytes sent, repeated under one id, retried until taken."""

import base64
import hashlib
import hmac

from orderloom.sandbox.knobs import DeliveryKnobs, Knobs
from tests.sandbox.world import KITCHEN, SHOP, Received, Receiver, World, order

ACCOUNT = KITCHEN.account


def _topic(topic: str, received: Received) -> bool:
    return received.headers["x-shopify-topic"] == topic


def test_a_sale_is_announced_with_shopify_s_headers_and_a_signature_over_the_raw_body(
    world: World, receiver: Receiver
) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order(test=True))
    (webhook,) = receiver.wait(1)
    digest = hmac.new(KITCHEN.webhook_secret.encode(), webhook.body, hashlib.sha256).digest()
    assert webhook.path == "/webhooks/shopify/kitchen"
    assert webhook.headers["x-shopify-hmac-sha256"] == base64.b64encode(digest).decode()
    assert webhook.headers["x-shopify-topic"] == "orders/create"
    assert webhook.headers["x-shopify-shop-domain"] == SHOP
    assert webhook.headers["x-shopify-api-version"] == "2026-10"
    assert webhook.headers["x-shopify-test"] == "true"
    assert webhook.headers["x-shopify-triggered-at"] == "2026-11-23T12:00:00.000Z"
    assert webhook.headers["x-shopify-webhook-id"] != webhook.headers["x-shopify-event-id"]
    assert webhook.json["id"] == int(order_id)
    assert b"gid:\\/\\/shopify\\/Order\\/" in webhook.body


def test_what_is_not_taken_is_sent_again_under_the_same_id(world: World, receiver: Receiver) -> None:
    receiver.statuses = [500, 302, 503]
    world.control.set_knobs(Knobs(webhooks=DeliveryKnobs(first_retry_seconds=0.01)))
    world.control.place_shopify_order(ACCOUNT, order())
    sent = receiver.wait(4)
    assert len({webhook.headers["x-shopify-webhook-id"] for webhook in sent}) == 1
    assert len({webhook.body for webhook in sent}) == 1


def test_copies_and_a_resend_come_under_the_same_id(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(Knobs(webhooks=DeliveryKnobs(copies=2, duplicate_rate=1.0)))
    order_id = world.control.place_shopify_order(ACCOUNT, order())
    receiver.wait(3)
    assert world.control.resend_webhook(ACCOUNT, order_id, times=5) == 5
    sent = receiver.wait(8)
    assert len({webhook.headers["x-shopify-webhook-id"] for webhook in sent}) == 1


def test_a_cancellation_is_announced_and_changes_are_told_as_updates(world: World, receiver: Receiver) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order())
    world.clock.advance(60)
    world.control.cancel_shopify_order(ACCOUNT, order_id)
    (cancelled,) = receiver.wait(1, lambda webhook: _topic("orders/cancelled", webhook))
    (updated,) = receiver.wait(1, lambda webhook: _topic("orders/updated", webhook))
    assert cancelled.json["cancelled_at"] == "2026-11-23T12:01:00+00:00"
    assert cancelled.json["cancel_reason"] == "customer"
    assert updated.json["updated_at"] == "2026-11-23T12:01:00+00:00"


def test_a_delayed_webhook_is_overtaken_by_one_that_is_not(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(Knobs(webhooks=DeliveryKnobs(delay_seconds=0.4)))
    slow = world.control.place_shopify_order(ACCOUNT, order())
    world.control.set_knobs(Knobs())
    fast = world.control.place_shopify_order(ACCOUNT, order())
    assert [str(webhook.json["id"]) for webhook in receiver.wait(2)] == [fast, slow]


def test_an_unannounced_order_sends_nothing_and_nothing_goes_out_without_an_address(
    world: World, receiver: Receiver
) -> None:
    world.control.place_shopify_order(ACCOUNT, order(announced=False))
    world.control.send_to(None)
    kept = world.control.place_shopify_order(ACCOUNT, order())
    world.control.send_to(receiver.url)
    told = world.control.place_shopify_order(ACCOUNT, order())
    assert [str(webhook.json["id"]) for webhook in receiver.wait(1)] == [told]
    first = world.control.truth().deliveries[0]
    assert (first.subject, first.attempts) == (kept, 0)


def test_the_payload_carries_the_shapes_that_make_shopify_hard_to_read(world: World, receiver: Receiver) -> None:
    spec = order(sku="", tags=("vip", "gift"), has_address=False, total_weight_zero=True, source_identifier="113-1-2")
    world.control.place_shopify_order(ACCOUNT, spec)
    payload = receiver.wait(1)[0].json
    assert payload["tags"] == "vip, gift"
    assert payload["shipping_address"] is None
    assert (payload["total_weight"], payload["line_items"][0]["grams"]) == (0, 500)
    assert payload["line_items"][0]["sku"] == ""
    assert payload["source_identifier"] == "113-1-2"
    assert payload["total_price"] == "20.00"
