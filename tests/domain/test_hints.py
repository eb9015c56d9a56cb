"""Which events are the order, and which only say that it has changed."""

import pytest

from orderloom.domain.events import is_hint


@pytest.mark.parametrize(
    "topic",
    [
        "refunds/create",
        "returns/approve",
        "fulfillment_orders/placed_on_hold",
        "fulfillment_holds/released",
        "orders/edited",
        "orders/look",
        "ORDER_CHANGE",
    ],
)
def test_a_topic_whose_body_is_not_the_order_is_a_hint(topic: str) -> None:
    assert is_hint(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "orders/create",
        "orders/updated",
        "orders/paid",
        "orders/cancelled",
        "orders/reread",
        "searchOrders",
        "shipment",
        "returns/report",
    ],
)
def test_a_topic_whose_body_says_it_all_is_none(topic: str) -> None:
    assert not is_hint(topic)
