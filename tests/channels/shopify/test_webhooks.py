"""Webhooks: only what Shopify signed for this shop comes in, and what comes in is never lost."""

import copy
import functools
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderloom.channels.shopify import ShopifyWebhooks
from orderloom.domain.errors import WrongSignature
from orderloom.domain.events import EventSource, EventState, NewEvent
from tests.channels.mutations import mutated
from tests.channels.shopify.payloads import ACCOUNT, ORDER_ID, SHOP, an_order, as_body, signature
from tests.exploring import examples

OLD, NEW = "shpss_old", "shpss_new"
BODY = as_body(an_order())
REDACT = {"shop_id": 7, "shop_domain": SHOP}
FO = "gid://shopify/FulfillmentOrder/77"


def headers_for(body: bytes, secret: str = NEW, /, **changes: str | None) -> dict[str, str]:
    headers = {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Hmac-Sha256": signature(secret, body),
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "X-Shopify-Triggered-At": "2026-11-20T15:00:05.123456789Z",
    }
    for name, value in changes.items():
        header = "X-Shopify-" + name.replace("_", "-").title()
        headers = {given: kept for given, kept in headers.items() if given != header}
        headers |= {} if value is None else {header: value}
    return headers


def receive(body: bytes = BODY, **changes: str | None) -> NewEvent:
    return ShopifyWebhooks(ACCOUNT, (OLD, NEW)).to_event(body, headers_for(body, NEW, **changes))


def test_a_signed_order_becomes_an_event() -> None:
    event = receive()
    assert event.origin == "shopify:kitchen"
    assert event.topic == "orders/create"
    assert event.delivery_id == "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"
    assert event.source is EventSource.WEBHOOK
    assert event.state is EventState.STORED
    assert event.body == BODY
    assert str(event.order_key) == f"shopify:kitchen:{ORDER_ID}"
    assert event.triggered_at == datetime(2026, 11, 20, 15, 0, 5, 123456, tzinfo=UTC)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_each_secret_of_a_rotation_may_sign(secret: str) -> None:
    headers = headers_for(BODY, secret)
    assert ShopifyWebhooks(ACCOUNT, (OLD, NEW)).to_event(BODY, headers).state is EventState.STORED


@pytest.mark.parametrize(
    "given_signature", ["", "AAAA", "é\udce9", signature("other", BODY), signature(NEW, BODY + b" ")]
)
def test_a_wrong_signature_is_refused(given_signature: str) -> None:
    with pytest.raises(WrongSignature):
        receive(hmac_sha256=given_signature)


def test_no_secret_accepts_nothing() -> None:
    with pytest.raises(WrongSignature):
        ShopifyWebhooks(ACCOUNT, ()).to_event(BODY, headers_for(BODY))


def test_a_body_that_was_parsed_and_written_again_is_refused() -> None:
    with pytest.raises(WrongSignature):
        ShopifyWebhooks(ACCOUNT, (NEW,)).to_event(BODY.replace(b"\\/", b"/"), headers_for(BODY))


@pytest.mark.parametrize("shop", [None, "", "another.myshopify.com"])
def test_a_webhook_of_another_shop_of_the_same_app_is_refused(shop: str | None) -> None:
    with pytest.raises(WrongSignature):
        receive(shop_domain=shop)


def test_header_names_are_read_in_any_case() -> None:
    headers = {name.lower(): value for name, value in headers_for(BODY).items()}
    assert ShopifyWebhooks(ACCOUNT, (NEW,)).to_event(BODY, headers).topic == "orders/create"


@pytest.mark.parametrize(
    ("topic", "body", "state", "has_key"),
    [
        ("orders/cancelled", as_body(an_order()), EventState.STORED, True),
        ("orders/updated", as_body(an_order()), EventState.STORED, True),
        ("orders/edited", as_body({"order_edit": {"id": 1, "order_id": 5}}), EventState.STORED, True),
        ("orders/edited", as_body({"id": 1, "order_id": 5}), EventState.UNREADABLE, False),
        ("orders/paid", as_body(an_order()), EventState.STORED, True),
        ("orders/fulfilled", as_body(an_order()), EventState.KEPT, True),
        ("refunds/create", as_body({"id": 9, "order_id": 5}), EventState.STORED, True),
        ("refunds/create", as_body({"id": 9}), EventState.UNREADABLE, False),
        ("returns/approve", as_body({"id": 9, "order": {"id": 5}}), EventState.STORED, True),
        ("returns/close", as_body({"id": 9, "order_id": 5}), EventState.STORED, True),
        ("returns/close", as_body({"id": 9}), EventState.UNREADABLE, False),
        ("fulfillment_orders/placed_on_hold", as_body({"fulfillment_order": {"id": FO}}), EventState.STORED, False),
        ("fulfillment_orders/moved", as_body({"original_fulfillment_order": {"id": FO}}), EventState.STORED, False),
        (
            "fulfillment_orders/moved",
            as_body({"fulfillment_order": {"id": FO, "order_id": 5}}),
            EventState.STORED,
            True,
        ),
        ("fulfillment_orders/cancelled", as_body({"fulfillment_order": {"id": "x"}}), EventState.UNREADABLE, False),
        ("fulfillment_orders/cancelled", as_body({}), EventState.UNREADABLE, False),
        ("inventory_levels/update", as_body({"available": 5}), EventState.KEPT, False),
        ("customers/redact", as_body(REDACT | {"orders_to_redact": [5]}), EventState.KEPT, False),
        ("customers/redact", as_body(REDACT | {"orders_to_redact": ["5"]}), EventState.UNREADABLE, False),
        ("customers/redact", as_body(an_order()), EventState.UNREADABLE, False),
        ("customers/data_request", as_body(REDACT | {"orders_requested": [5]}), EventState.KEPT, False),
        ("customers/data_request", as_body(REDACT | {"orders_to_redact": [5]}), EventState.UNREADABLE, False),
        ("shop/redact", as_body(REDACT), EventState.KEPT, False),
        ("shop/redact", as_body(REDACT | {"shop_domain": "other.myshopify.com"}), EventState.UNREADABLE, False),
        ("shop/redact", as_body(REDACT | {"orders_to_redact": [5]}), EventState.UNREADABLE, False),
        ("shop/redact", as_body(an_order()), EventState.UNREADABLE, False),
        ("orders/create", b"", EventState.UNREADABLE, False),
        ("orders/create", b"not json", EventState.UNREADABLE, False),
        ("orders/create", b"[]", EventState.UNREADABLE, False),
        ("orders/create", b"{}", EventState.UNREADABLE, False),
        ("orders/create", as_body({"id": "x"}), EventState.UNREADABLE, False),
        ("orders/updated", b"<html>", EventState.UNREADABLE, False),
        ("refunds/create", b"\xff\xfe", EventState.UNREADABLE, False),
        (None, as_body(an_order()), EventState.UNREADABLE, False),
        ("../../etc", as_body(an_order()), EventState.UNREADABLE, False),
    ],
)
def test_every_genuine_delivery_is_kept_in_its_place(
    topic: str | None, body: bytes, state: EventState, has_key: bool
) -> None:
    event = receive(body, topic=topic)
    assert event.state is state
    assert bool(event.detail) == (state is EventState.UNREADABLE)
    assert (event.order_key is not None) == has_key
    assert event.body == body


NAMES_ITS_ORDER: list[tuple[str, str, dict[str, Any]]] = [
    ("orders/create", "id", {"id": 5}),
    ("orders/edited", "order_edit.order_id", {"order_edit": {"id": 1, "order_id": 5}}),
    ("refunds/create", "order_id", {"id": 9, "order_id": 5}),
    ("returns/approve", "order_id", {"id": 9, "order_id": 5}),
    ("returns/process", "order.id", {"id": 9, "order": {"id": 5}}),
    ("fulfillment_orders/moved", "moved_fulfillment_order.id", {"moved_fulfillment_order": {"id": FO}}),
    ("fulfillment_orders/placed_on_hold", "fulfillment_order.id", {"fulfillment_order": {"id": FO}}),
]
"""Each group of topics, and the field that says which order it is about."""
MISSING = object()
WRONG_VALUES: tuple[object, ...] = (None, "x", "", True, -5, 0, 5.5, [], {})
WRONG = {"missing": MISSING} | {repr(value): value for value in WRONG_VALUES}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize(("topic", "field", "whole"), NAMES_ITS_ORDER, ids=[f"{t}-{f}" for t, f, _ in NAMES_ITS_ORDER])
def test_a_body_that_names_its_order_wrongly_is_stored_with_the_field_that_is_wrong(
    topic: str, field: str, whole: dict[str, Any], wrong: object
) -> None:
    assert receive(as_body(whole), topic=topic).state is EventState.STORED
    broken = copy.deepcopy(whole)
    *path, last = field.split(".")
    holder = functools.reduce(lambda part, step: part[step], path, broken)
    if wrong is MISSING:
        del holder[last]
    else:
        holder[last] = wrong
    event = receive(as_body(broken), topic=topic)
    assert (event.state, event.order_key, event.body) == (EventState.UNREADABLE, None, as_body(broken))
    assert last in event.detail


@pytest.mark.parametrize(("topic", "field", "whole"), NAMES_ITS_ORDER, ids=[f"{t}-{f}" for t, f, _ in NAMES_ITS_ORDER])
@settings(max_examples=examples(40))
@given(data=st.data())
def test_a_body_that_is_broken_anywhere_is_stored_as_it_came_and_says_why_where_it_cannot_be_read(
    topic: str, field: str, whole: dict[str, Any], data: st.DataObject
) -> None:
    body = data.draw(mutated(whole | {"note": "as it is", "lines": [{"id": 1, "quantity": 2}]}))
    event = receive(body, topic=topic)
    assert event.body == body
    is_unreadable = event.state is EventState.UNREADABLE
    assert is_unreadable == bool(event.detail)
    assert is_unreadable or event.order_key or topic.startswith("fulfillment_orders/")


@pytest.mark.parametrize("webhook_id", [None, "", "x" * 101, "a b"])
def test_without_a_delivery_id_the_body_names_the_delivery(webhook_id: str | None) -> None:
    first, again = receive(webhook_id=webhook_id), receive(webhook_id=webhook_id)
    assert first.delivery_id == again.delivery_id
    assert len(first.delivery_id) == 64
    assert receive(as_body({"id": 1}), webhook_id=webhook_id).delivery_id != first.delivery_id


@pytest.mark.parametrize("triggered_at", [None, "", "yesterday", "2026-11-20T15:00:05"])
def test_a_trigger_time_that_cannot_be_read_is_unknown(triggered_at: str | None) -> None:
    assert receive(triggered_at=triggered_at).triggered_at is None


@settings(max_examples=examples(200))
@given(body=st.binary(max_size=60), names=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_nobody_without_the_secret_gets_in(body: bytes, names: dict[str, Any]) -> None:
    with pytest.raises(WrongSignature):
        ShopifyWebhooks(ACCOUNT, (OLD, NEW)).to_event(body, names | {"X-Shopify-Shop-Domain": SHOP})
