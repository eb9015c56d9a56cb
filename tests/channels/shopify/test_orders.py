"""Reading Shopify orders: every odd payload has its story, and what is unknown stays unknown."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from orderloom.channels.shopify import story
from orderloom.channels.shopify.orders import read_order
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.money import Money
from orderloom.domain.orders import BEFORE_LIVE_REASON, ChannelState, Order, OrderReading, Story
from tests.channels.mutations import mutated
from tests.channels.shopify.payloads import ACCOUNT, LIVE_FROM, ORDER_ID, a_line, an_order, as_body
from tests.exploring import examples


def read(order: object, live_from: datetime = LIVE_FROM) -> OrderReading:
    return read_order(ACCOUNT, as_body(order), live_from)


def order_of(**changes: Any) -> Order:
    return read(an_order(**changes)).order


def test_a_plain_order_is_ours_to_ship() -> None:
    order = order_of()
    assert str(order.key) == f"shopify:kitchen:{ORDER_ID}"
    assert (order.story, order.story_reason, order.state) == (Story.SHIP, "", ChannelState.OPEN)
    assert order.name == "#1001"
    assert order.placed_at == datetime(2026, 11, 20, 15, tzinfo=UTC)
    assert order.total == Money(amount=Decimal("64.98"), currency="USD")
    assert order.tags == ("wholesale", "gift wrap")
    assert order.service_level == "Standard"
    assert order.payment == "paid"
    assert (order.destination.country, order.destination.region, order.destination.postal_prefix) == ("US", "OR", "973")
    assert order.has_address
    assert (order.is_business, order.is_gift) == (None, None)
    (line,) = order.lines
    assert (line.line_id, line.listing, line.quantity) == ("866550311766439020", "PAN-28", 2)
    assert line.unit_weight_grams == 1134
    assert line.unit_price == Money(amount=Decimal("29.99"), currency="USD")


def test_who_the_buyer_is_stands_in_the_personal_data_alone() -> None:
    reading = read(an_order(note_attributes=[{"name": "Gift message", "value": "For Ada"}]))
    assert reading.personal.name == "Zoe Quillfeather"
    assert reading.personal.address_lines == ("12 Larkspur Lane",)
    assert reading.personal.note == "ring twice"
    assert reading.personal.gift_message == "For Ada"
    assert reading.order.is_gift is True
    public = reading.order.model_dump_json()
    for secret in ("Quillfeather", "Larkspur", "97301", "example.org", "555-0199", "ring twice", "Ada"):
        assert secret not in public


VOIDED_SAMPLE = {
    "test": True,
    "cancelled_at": "2026-11-20T10:00:00-05:00",
    "financial_status": "voided",
    "confirmed": False,
}
COPY = "a copy of Amazon order 114-1234567-7654321, imported by a channel app: that order reaches us from Amazon"
SOME_COPY = "a copy of an Amazon order, imported by a channel app: that order reaches us from Amazon"


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({"test": True}, Story.SKIP, story.TEST),
        (VOIDED_SAMPLE, Story.SKIP, story.TEST),
        ({"financial_status": "voided"}, Story.SKIP, story.VOIDED),
        ({"source_name": "amazon", "source_identifier": "114-1234567-7654321"}, Story.SKIP, COPY),
        ({"source_name": "Amazon"}, Story.SKIP, SOME_COPY),
        ({"app_id": 283439955969}, Story.SKIP, SOME_COPY),
        ({"tags": "x, amz 114-1234567-7654321"}, Story.SKIP, COPY),
        ({"name": "AMZ-114-1234567-7654321"}, Story.SKIP, COPY),
        ({"note_attributes": [{"name": "Amazon id", "value": "114-1234567-7654321"}]}, Story.SKIP, COPY),
        ({"note": "about 114-1234567-7654321"}, Story.SHIP, ""),
        ({"source_name": "pos"}, Story.OBSERVE, story.POINT_OF_SALE),
        ({"line": {"requires_shipping": False}}, Story.OBSERVE, story.NOTHING_SHIPPED),
        ({"line": {"gift_card": True}}, Story.OBSERVE, story.NOTHING_SHIPPED),
        ({"line": {"tip": {"payment_gateway": "x"}}}, Story.OBSERVE, story.NOTHING_SHIPPED),
        ({"line": {"current_quantity": 0}}, Story.OBSERVE, story.NOTHING_SHIPPED),
        ({"line": {"fulfillable_quantity": 0}}, Story.OBSERVE, story.FULFILLED),
        ({"line": {"fulfillment_status": "fulfilled", "fulfillable_quantity": ...}}, Story.OBSERVE, story.FULFILLED),
        ({"fulfillment_status": "pending"}, Story.SHIP, ""),
        ({"financial_status": "pending"}, Story.SHIP, ""),
        ({"source_name": "283439955960"}, Story.SHIP, ""),
    ],
)
def test_each_kind_of_order_has_its_story(changes: Any, expected: Story, reason: str) -> None:
    order = order_of(**changes)
    assert (order.story, order.story_reason) == (expected, reason)


def test_a_loose_pattern_of_the_merchant_tells_nothing_of_the_buyer() -> None:
    rule = ACCOUNT.imported_orders.model_copy(update={"order_id_pattern": "for .*"})
    account = ACCOUNT.model_copy(update={"imported_orders": rule})
    body = as_body(an_order(note_attributes=[{"name": "x", "value": "for Zoe Quillfeather"}]))
    assert read_order(account, body, LIVE_FROM).order.story_reason == SOME_COPY


def test_an_order_from_before_going_live_is_observed_and_still_open() -> None:
    order = read(an_order(), live_from=datetime(2026, 11, 20, 15, 1, tzinfo=UTC)).order
    assert (order.story, order.story_reason, order.state) == (Story.OBSERVE, BEFORE_LIVE_REASON, ChannelState.OPEN)
    assert order.lines[0].open_quantity == 2


def test_an_old_sale_over_the_counter_counts_as_old_and_not_as_a_sale_to_count_out() -> None:
    order = read(an_order(source_name="pos"), live_from=datetime(2026, 12, 1, tzinfo=UTC)).order
    assert (order.story_reason, order.state) == (BEFORE_LIVE_REASON, ChannelState.FULFILLED)


def test_a_sale_at_the_till_has_left_the_shop() -> None:
    order = order_of(source_name="pos")
    assert order.state is ChannelState.FULFILLED
    assert (order.lines[0].fulfilled, order.lines[0].open_quantity) == (2, 0)


def test_a_cancelled_order_has_nothing_open() -> None:
    order = order_of(cancelled_at="2026-11-21T10:00:00-05:00", financial_status="voided")
    assert (order.state, order.story) == (ChannelState.CANCELLED, Story.SHIP)
    assert order.lines[0].open_quantity == 0


def test_removed_units_are_not_owed() -> None:
    order = order_of(line={"quantity": 5, "current_quantity": 3, "fulfillable_quantity": 3})
    assert order.lines[0].open_quantity == 3


def test_a_part_that_was_fulfilled_already_is_not_owed() -> None:
    line_id = 866550311766439020
    done = {"status": "success", "line_items": [{"id": line_id, "quantity": 1}]}
    fallen = {"status": "cancelled", "line_items": [{"id": line_id, "quantity": 1}]}
    assert order_of(fulfillments=[done, fallen]).lines[0].fulfilled == 1
    assert order_of(line={"fulfillable_quantity": 1}).lines[0].fulfilled == 1


def test_an_old_payload_without_current_quantities_is_read() -> None:
    order = order_of(line={"current_quantity": ..., "fulfillable_quantity": ...})
    assert order.lines[0].open_quantity == 2


def test_lines_without_sku_are_named_by_variant_or_line_and_equal_skus_stay_apart() -> None:
    lines = [
        a_line(id=1, sku="PAN"),
        a_line(id=2, sku="PAN"),
        a_line(id=3, sku=""),
        a_line(id=4, sku=None, variant_id=None),
    ]
    order = order_of(line_items=lines)
    assert [line.listing for line in order.lines] == ["PAN", "PAN", "variant:808950810", "line:4"]
    assert [line.line_id for line in order.lines] == ["1", "2", "3", "4"]


@pytest.mark.parametrize("grams", [0, None, ...])
def test_no_grams_is_an_unknown_weight(grams: Any) -> None:
    assert order_of(line={"grams": grams}).lines[0].unit_weight_grams is None


@pytest.mark.parametrize("address", [None, ..., {}, {"city": "Salem"}])
def test_an_order_without_a_shipping_address_says_so(address: Any) -> None:
    reading = read(an_order(shipping_address=address, billing_address={"name": "Bob", "address1": "1 Elm"}))
    assert reading.order.story is Story.SHIP
    assert not reading.order.has_address
    assert reading.personal.address_lines == ()


def test_a_business_order_is_known_by_its_company() -> None:
    assert order_of(company={"id": 7}).is_business is True
    assert order_of(company=None).is_business is False


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (an_order(id="x"), "id"),
        (an_order(id=None), "id"),
        (an_order(id=8.2e17), "id"),
        (an_order(total_price="lots"), "total_price"),
        (an_order(line={"quantity": "2x"}), "line_items[0].quantity"),
        (an_order(line_items=None), "line_items"),
        (an_order(shipping_address={"name": ["Zoe"]}), "shipping_address.name"),
        (an_order(created_at="0001-01-01T00:00:00+05:00"), "created_at"),
        ("text", "body"),
    ],
)
def test_an_unreadable_order_names_the_field_and_never_its_value(order: object, field: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read(order)
    assert caught.value.field == field
    assert "Zoe" not in str(caught.value)


@settings(max_examples=examples(300))
@given(body=mutated(an_order(fulfillments=[{"status": "success", "line_items": [{"id": 1, "quantity": 1}]}])))
def test_whatever_shopify_sends_is_a_reading_or_unreadable(body: bytes) -> None:
    try:
        reading = read_order(ACCOUNT, body, LIVE_FROM)
    except UnreadableEvent:
        return
    assert OrderReading.model_validate_json(reading.model_dump_json()) == reading


def test_shopifys_own_samples_are_tests_and_never_ship(shared: Path) -> None:
    samples = sorted((shared / "samples/shopify").glob("*.json"))
    assert len(samples) >= 2
    for sample in samples:
        reading = read_order(ACCOUNT, sample.read_bytes(), datetime(2019, 1, 1, tzinfo=UTC))
        assert reading.order.story is Story.SKIP
        assert reading.order.state is ChannelState.CANCELLED
        assert reading.order.key.order_id == str(json.loads(sample.read_bytes())["id"])
        assert len(reading.order.lines) == 2


def test_shopifys_own_samples_would_ship_if_they_were_real(shared: Path) -> None:
    for sample in (shared / "samples/shopify").glob("*.json"):
        real = json.loads(sample.read_bytes()) | {"test": False, "cancelled_at": None, "financial_status": "paid"}
        order = read_order(ACCOUNT, json.dumps(real).encode(), datetime(2019, 1, 1, tzinfo=UTC)).order
        assert order.story is Story.SHIP
        assert [line.unit_weight_grams for line in order.lines] == [567, 567]
