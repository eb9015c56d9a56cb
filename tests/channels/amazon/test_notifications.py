"""What a notification's body is read as, and what nobody can read."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderloom.channels.amazon.notifications import (
    FulfillmentOrderChanged,
    OrderChanged,
    QuantityChanged,
    notification_id_of,
    read_notification,
)
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.orders import ChannelState
from tests.channels.amazon.notices import fulfillment_change, notice, order_change, quantity_change
from tests.channels.amazon.payloads import ACCOUNT

SELLER = ACCOUNT.seller_id


def read(document: object) -> Any:
    return read_notification(json.dumps(document).encode(), SELLER)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("Canceled", ChannelState.CANCELLED),
        ("CANCELLED", ChannelState.CANCELLED),
        ("PartiallyShipped", ChannelState.OPEN),
        ("PARTIALLY_SHIPPED", ChannelState.OPEN),
        ("Pending", ChannelState.PENDING),
        ("Levitating", None),
    ],
)
def test_the_words_of_v0_and_of_2026_mean_the_same(status: str, state: ChannelState | None) -> None:
    assert read(order_change(status=status)).content.state is state


@pytest.mark.parametrize(("word", "by_amazon"), [("MFN", False), ("AFN", True), ("MERCHANT", False), ("Elves", None)])
def test_who_ships_is_read_in_both_vocabularies(word: str, by_amazon: bool | None) -> None:
    assert read(order_change(shipper=word)).content.by_amazon is by_amazon


def test_a_buyer_who_asks_to_cancel_is_seen() -> None:
    content = read(order_change(change="BuyerRequestedChange", asks_to_cancel=True)).content
    assert isinstance(content, OrderChanged)
    assert content.buyer_asks_to_cancel
    assert str(content) == "BuyerRequestedChange: open, fulfilled by the merchant, the buyer asks to cancel"


def test_a_tip_for_the_driver_concerns_no_order() -> None:
    assert not read(order_change(change="DeliveryTipChange")).content.concerns_the_order


def test_the_other_two_kinds_are_read() -> None:
    assert read(quantity_change("PAN-28", 7)).content == QuantityChanged(sku="PAN-28", quantity=7)
    fulfilled = FulfillmentOrderChanged(dispatch_id="d-1", status="Processing")
    assert read(fulfillment_change("d-1")).content == fulfilled


def test_the_wrappings_of_eventbridge_and_sns_are_taken_off() -> None:
    plain = order_change("n-7")
    bridged = {"version": "0", "detail-type": "ORDER_CHANGE", "source": "aws.partner/x", "detail": plain}
    published = {"Type": "Notification", "MessageId": "m", "Message": json.dumps(plain)}
    assert read(bridged) == read(published) == read(plain)
    assert notification_id_of(json.dumps(bridged).encode()) == "n-7"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("no object", "body: is no JSON object"),
        ({}, "NotificationType: Field required"),
        (notice("FEED_OF_THE_WEEK", {}, "n"), "FEED_OF_THE_WEEK is no type that we subscribe to"),
        (order_change(seller="A-STRANGER"), "SellerId: is another seller's"),
        (order_change(order_id="../../etc"), "AmazonOrderId"),
        (quantity_change("PAN-28", -1), "Quantity"),
        (order_change(notification_id=""), "NotificationId"),
    ],
)
def test_what_nobody_can_use_says_why(document: object, why: str) -> None:
    with pytest.raises(UnreadableEvent, match=why):
        read(document)


def test_what_is_no_json_has_no_id_either() -> None:
    assert notification_id_of(b"\xff\x00 surprise") is None
    with pytest.raises(UnreadableEvent, match="is not JSON"):
        read_notification(b"\xff\x00 surprise", SELLER)


@pytest.mark.parametrize(
    "schema",
    ["OrderChangeNotification", "FulfillmentOrderStatusNotification", "ListingsItemMfnQuantityChange"],
)
def test_amazons_own_examples_are_read(shared: Path, schema: str) -> None:
    example = json.loads((shared / f"contracts/spapi/{schema}.json").read_text())["examples"][0]
    seller = json.dumps(example).partition('"SellerId": "')[2].partition('"')[0]
    assert read_notification(json.dumps(example).encode(), seller).notification_id
