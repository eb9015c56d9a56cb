"""Reading Amazon orders: every kind of order has its story, and what is unknown stays unknown."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from orderloom.channels.amazon import orders as amazon_orders
from orderloom.channels.amazon import story
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.money import Money
from orderloom.domain.orders import BEFORE_LIVE_REASON, ChannelState, Order, OrderReading, Story
from tests.channels.amazon.payloads import LIVE_FROM, an_order, as_body
from tests.channels.mutations import mutated
from tests.exploring import examples


def read(order: object, live_from: datetime = LIVE_FROM) -> OrderReading:
    return amazon_orders.read_order("kitchen_us", as_body(order), live_from)


def order_of(**changes: Any) -> Order:
    return read(an_order(**changes)).order


def test_a_plain_merchant_order_is_ours_to_ship() -> None:
    order = order_of()
    assert str(order.key) == "amazon:kitchen_us:114-1234567-7654321"
    assert (order.story, order.story_reason, order.state) == (Story.SHIP, "", ChannelState.OPEN)
    assert order.marketplace == "ATVPDKIKX0DER"
    assert order.total == Money(amount=Decimal("59.98"), currency="USD")
    assert order.service_level == "STANDARD"
    assert order.ship_by.latest == datetime(2026, 11, 24, 7, 59, 59, tzinfo=UTC)
    assert order.deliver_by.earliest == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert (order.destination.country, order.destination.region, order.destination.postal_prefix) == ("US", "OR", "973")
    assert order.has_address
    assert order.is_gift is False
    (line,) = order.lines
    assert (line.listing, line.quantity, line.fulfilled, line.unit_weight_grams) == ("PAN-28", 2, 0, None)
    assert line.unit_price == Money(amount=Decimal("29.99"), currency="USD")


def test_who_the_buyer_is_stands_in_the_personal_data_alone() -> None:
    reading = read(an_order())
    assert reading.personal.name == "Zoe Quillfeather"
    assert reading.personal.address_lines == ("12 Larkspur Lane", "Unit 9")
    assert reading.personal.note == "Back porch"
    public = reading.order.model_dump_json()
    for secret in ("Quillfeather", "Larkspur", "97301", "marketplace.amazon.com", "555-0199", "porch"):
        assert secret not in public


NON_AMAZON = {"channelName": "NON_AMAZON", "marketplaceId": "ATVPDKIKX0DER"}


@pytest.mark.parametrize(
    ("changes", "expected", "reason"),
    [
        ({"fulfillment": {"fulfilledBy": "AMAZON"}}, Story.OBSERVE, story.FBA),
        ({"fulfillment": {"fulfilledBy": "AFN", "fulfillmentStatus": "Pending"}}, Story.OBSERVE, story.FBA),
        ({"fulfillment": {"fulfillmentStatus": "PENDING"}}, Story.WAIT, story.PENDING),
        ({"fulfillment": {"fulfillmentStatus": "PENDING_AVAILABILITY"}}, Story.WAIT, story.PENDING),
        (
            {"fulfillment": {"fulfillmentStatus": "PendingAvailability", "fulfilledBy": "MFN"}},
            Story.WAIT,
            story.PENDING,
        ),
        ({"fulfillment": {"fulfillmentStatus": "InvoiceUnconfirmed"}}, Story.WAIT, story.PENDING),
        ({"salesChannel": NON_AMAZON}, Story.SKIP, story.OWN_MCF),
        ({"salesChannel": NON_AMAZON, "fulfillment": {"fulfilledBy": "AMAZON"}}, Story.SKIP, story.OWN_MCF),
        ({"programs": ["IN_STORE_PICK_UP"]}, Story.OBSERVE, story.STORE_PICK_UP),
        ({"programs": ["AMAZON_EASY_SHIP", "PREMIUM"]}, Story.OBSERVE, story.EASY_SHIP),
        ({"fulfillment": {"fulfillmentStatus": "PARTIALLY_SHIPPED"}}, Story.SHIP, ""),
        ({"fulfillment": {"fulfillmentStatus": "PartiallyShipped", "fulfilledBy": "MFN"}}, Story.SHIP, ""),
        ({"programs": ["PRIME"]}, Story.SHIP, ""),
    ],
)
def test_each_kind_of_order_has_its_story(changes: Any, expected: Story, reason: str) -> None:
    order = order_of(**changes)
    assert (order.story, order.story_reason) == (expected, reason)


def test_an_order_that_amazon_ships_is_marked_so() -> None:
    assert order_of(fulfillment={"fulfilledBy": "AMAZON"}).fulfilled_by_channel
    assert not order_of().fulfilled_by_channel


def test_seller_fulfilled_prime_keeps_its_promise_and_is_shipped_by_us() -> None:
    order = order_of(programs=["PRIME", "AMAZON_BUSINESS"])
    assert order.programs == ("PRIME", "AMAZON_BUSINESS")
    assert order.is_business is True
    assert order.story is Story.SHIP


def test_a_ship_plus_order_is_shipped_by_us_and_confirms_itself() -> None:
    order = order_of(programs=["FBM_SHIP_PLUS"])
    assert (order.story, order.confirms_itself) == (Story.SHIP, True)


def test_a_shipped_order_with_nothing_open_is_observed() -> None:
    order = order_of(
        fulfillment={"fulfillmentStatus": "SHIPPED"},
        item={"fulfillment": {"quantityFulfilled": 2, "quantityUnfulfilled": 0}},
    )
    assert (order.story, order.story_reason, order.state) == (Story.OBSERVE, story.SHIPPED, ChannelState.FULFILLED)


def test_a_shipped_order_without_item_quantities_counts_as_shipped_whole() -> None:
    order = order_of(fulfillment={"fulfillmentStatus": "Shipped"}, item={"fulfillment": None})
    assert order.state is ChannelState.FULFILLED
    assert order.lines[0].open_quantity == 0


def test_without_item_quantities_the_packages_tell_what_left() -> None:
    content = [{"orderItemId": "79039765272157", "quantity": 1}]
    packages = [
        {"packageReferenceId": "1", "packageStatus": {"status": "IN_TRANSIT"}, "packageItems": content},
        {"packageReferenceId": "2", "packageStatus": {"status": "PENDING"}, "packageItems": content},
    ]
    order = order_of(
        fulfillment={"fulfillmentStatus": "PARTIALLY_SHIPPED"}, item={"fulfillment": None}, packages=packages
    )
    assert (order.lines[0].fulfilled, order.lines[0].open_quantity) == (1, 1)


@pytest.mark.parametrize("word", ["CANCELLED", "Canceled"])
def test_a_cancelled_order_has_nothing_open(word: str) -> None:
    order = order_of(fulfillment={"fulfillmentStatus": word})
    assert order.state is ChannelState.CANCELLED
    assert all(line.open_quantity == 0 for line in order.lines)


def test_an_order_from_before_going_live_is_observed_and_still_open() -> None:
    order = read(an_order(), live_from=datetime(2026, 11, 20, 10, 1, tzinfo=UTC)).order
    assert (order.story, order.story_reason, order.state) == (Story.OBSERVE, BEFORE_LIVE_REASON, ChannelState.OPEN)
    assert order.lines[0].open_quantity == 2


def test_an_executed_cancellation_takes_its_units_away() -> None:
    cancelled = {"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "x"}}
    whole = order_of(
        item={"cancellation": cancelled, "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 0}}
    )
    part = order_of(item={"cancellation": cancelled, "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 1}})
    assert (whole.lines[0].quantity, part.lines[0].quantity) == (0, 1)


def test_a_buyers_wish_to_cancel_is_seen_until_it_is_answered() -> None:
    wish = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "x"}}
    answered = wish | {"cancellationExecution": {"cancelledBy": "MERCHANT"}}
    shipped = {"quantityFulfilled": 2, "quantityUnfulfilled": 0}
    assert order_of(item={"cancellation": wish}).buyer_asks_to_cancel
    assert not order_of(item={"cancellation": answered}).buyer_asks_to_cancel
    assert not order_of(item={"cancellation": wish, "fulfillment": shipped}).buyer_asks_to_cancel


def test_a_gift_and_its_message_are_told_apart() -> None:
    gift = {"quantityFulfilled": 0, "quantityUnfulfilled": 2, "packing": {"giftOption": {"giftMessage": "For Ada"}}}
    reading = read(an_order(item={"fulfillment": gift}))
    assert reading.order.is_gift is True
    assert reading.personal.gift_message == "For Ada"
    assert "Ada" not in reading.order.model_dump_json()


def test_what_our_role_may_not_see_is_unknown() -> None:
    order = an_order(item={"fulfillment": None, "product": {}})
    for name in ("recipient", "buyer", "proceeds", "programs"):
        del order[name]
    reading = read(order)
    assert reading.order.total is None
    assert reading.order.destination.country is None
    assert reading.order.is_gift is None
    assert not reading.order.has_address
    assert reading.order.lines[0].listing == "line:79039765272157"
    assert reading.order.lines[0].unit_price is None


def test_a_brazilian_address_is_read_from_its_extended_fields() -> None:
    address = {
        "name": "Ana",
        "countryCode": "BR",
        "municipality": "Recife",
        "extendedFields": {"streetName": "Rua A", "streetNumber": "7", "neighborhood": "Centro"},
    }
    personal = read(an_order(recipient={"deliveryAddress": address})).personal
    assert (personal.address_lines, personal.city) == (("Rua A 7", "Centro"), "Recife")


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (an_order(fulfillment={"fulfilledBy": None}), "fulfillment.fulfilledBy"),
        (an_order(fulfillment={"fulfillmentStatus": "MELTED"}), "fulfillment.fulfillmentStatus"),
        (an_order(orderId="a b"), "orderId"),
        (an_order(createdTime="2026-11-20T10:00:00"), "createdTime"),
        (an_order(lastUpdatedTime="0001-01-01T00:00:00+05:00"), "lastUpdatedTime"),
        (an_order(item={"quantityOrdered": "two"}), "orderItems[0].quantityOrdered"),
        (an_order(recipient={"deliveryAddress": {"name": {"Zoe": 1}}}), "recipient.deliveryAddress.name"),
        ([], "body"),
    ],
)
def test_an_unreadable_order_names_the_field_and_never_its_value(order: object, field: str) -> None:
    with pytest.raises(UnreadableEvent) as caught:
        read(order)
    assert caught.value.field == field
    assert "Zoe" not in str(caught.value)


def test_a_body_that_is_no_json_is_unreadable() -> None:
    with pytest.raises(UnreadableEvent, match="is not JSON"):
        amazon_orders.read_order("kitchen_us", b"<html>", LIVE_FROM)


@settings(max_examples=examples(300))
@given(body=mutated(an_order(item={"fulfillment": {"packing": {"giftOption": {"giftMessage": "x"}}}})))
def test_whatever_amazon_sends_is_a_reading_or_unreadable(body: bytes) -> None:
    try:
        reading = amazon_orders.read_order("kitchen_us", body, LIVE_FROM)
    except UnreadableEvent:
        return
    assert OrderReading.model_validate_json(reading.model_dump_json()) == reading


def test_every_order_in_amazons_own_model_can_be_read(shared: Path) -> None:
    model = json.loads((shared / "contracts/spapi/orders_2026-01-01.json").read_text())
    found = list(_orders_in(model["paths"]))
    assert len(found) >= 2
    for order in found:
        reading = read(order)
        assert reading.order.key.order_id == order["orderId"]
        assert len(reading.order.lines) == len(order["orderItems"])
        assert reading.personal.name


def _orders_in(value: Any) -> Any:
    if isinstance(value, dict):
        if "orderId" in value and "orderItems" in value:
            yield value
        for inner in value.values():
            yield from _orders_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _orders_in(inner)
