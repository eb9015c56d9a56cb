"""A re-read order is read by the same reader as a webhook, and says the same."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from orderloom.channels.shopify import ShopifyChannel
from orderloom.domain.errors import AccessDenied
from orderloom.domain.money import Money
from orderloom.domain.orders import ChannelState, Story
from orderloom.domain.ports import OrderIdPage
from tests.channels.servers import ScriptedServer
from tests.channels.shopify import graphql_answers as gql
from tests.channels.shopify.payloads import LIVE_FROM

ORDER_ID = "820982911946154508"


def test_a_re_read_order_can_be_read(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on("ReadOrder", gql.data(order=gql.an_order()))
    reading = channel.read(channel.fetch(ORDER_ID), LIVE_FROM)
    order = reading.order
    assert order.key.order_id == ORDER_ID
    assert order.story is Story.SHIP
    assert order.payment == "partially_paid"
    assert order.tags == ("wholesale", "gift wrap")
    assert order.total == Money(amount=Decimal("64.98"), currency="USD")
    assert order.service_level == "Standard"
    assert order.destination.region == "OR"
    assert reading.personal.name == "Zoe Quillfeather"
    assert reading.personal.gift_message == "For Ada"
    (line,) = order.lines
    assert (line.line_id, line.listing, line.title) == ("11", "PAN-28", "Copper pan - 28 cm")
    assert (line.quantity, line.fulfilled, line.unit_weight_grams) == (2, 1, 1134)


def test_many_lines_are_read_page_by_page(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(
        "ReadOrder",
        gql.data(order=gql.an_order(lineItems=gql.page(gql.order_line(1), cursor="c1"))),
        gql.data(order=gql.an_order(lineItems=gql.page(gql.order_line(2), cursor="c2"))),
        gql.data(order=gql.an_order(lineItems=gql.page(gql.order_line(3, variant=None, sku=None, weight=None)))),
    )
    order = channel.read(channel.fetch(ORDER_ID), LIVE_FROM).order
    assert [line.listing for line in order.lines] == ["PAN-28", "PAN-28", "line:3"]
    assert [asked.json["variables"]["after"] for asked in server.asked] == [None, "c1", "c2"]


def test_where_units_wait_is_read_over_all_pages_of_fulfillment_orders_and_of_their_lines(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    first = gql.fulfillment_order(7, gql.open_line(71, 11, 1)) | {"fulfillmentHolds": []}
    long = gql.page(gql.open_line(81, 11, 2), cursor="l1")
    second = gql.fulfillment_order(8, lineItems=long, assignedLocation=gql.at(2), fulfillmentHolds=[])
    closed = gql.fulfillment_order(9, gql.open_line(91, 11, 4), status="CLOSED", fulfillmentHolds=[])
    server.on("ReadOrder", gql.data(order=gql.an_order(fulfillmentOrders=gql.page(first, cursor="f1"))))
    server.on(
        "ReadFulfillmentOrders",
        gql.data(order={"fulfillmentOrders": gql.page(second, cursor="f2")}),
        gql.data(order={"fulfillmentOrders": gql.page(closed)}),
    )
    server.on("MoreFulfillmentOrderLines", gql.data(fulfillmentOrder={"lineItems": gql.page(gql.open_line(82, 12, 3))}))
    reading = channel.read(channel.fetch(ORDER_ID), LIVE_FROM)
    told = [(one.part, one.line_id, one.location, one.units, one.chosen) for one in reading.order.assigned or ()]
    assert told == [("7", "11", "1", 1, False), ("8", "11", "2", 2, False), ("8", "12", "2", 3, False)]
    assert reading.cut_off == ()


def test_a_list_that_shopify_may_have_cut_is_called_out(channel: ShopifyChannel, server: ScriptedServer) -> None:
    fallen = [{"id": f"gid://shopify/Fulfillment/{number}", "status": "CANCELLED"} for number in range(1, 101)]
    server.on("ReadOrder", gql.data(order=gql.an_order(fulfillments=fallen)))
    server.on("ReadReturns", gql.data(order={"returns": gql.page()}))
    assert channel.read(channel.fetch(ORDER_ID), LIVE_FROM).cut_off == ("fulfillments",)


def test_orders_made_between_two_moments_are_listed_by_their_ids(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    named = [{"id": f"gid://shopify/Order/{number}"} for number in (1001, 1002)]
    server.on(
        "RecentOrders",
        gql.data(orders=gql.page(named[0], cursor="c1")),
        gql.data(orders=gql.page(named[1])),
    )
    since = datetime(2026, 11, 20, tzinfo=UTC)
    first = channel.order_ids(since, since + timedelta(days=1), None)
    assert first == OrderIdPage(order_ids=("1001",), next_token="c1")
    second = channel.order_ids(since, since + timedelta(days=1), first.next_token)
    assert second == OrderIdPage(order_ids=("1002",), next_token=None)
    search = "created_at:>='2026-11-20T00:00:00Z' AND created_at:<='2026-11-21T00:00:00Z'"
    assert [asked.json["variables"]["search"] for asked in server.asked] == [search, search]


def test_orders_that_changed_between_two_moments_are_listed_too(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on("RecentOrders", gql.data(orders=gql.page({"id": "gid://shopify/Order/1001"})))
    since = datetime(2026, 11, 20, tzinfo=UTC)
    assert channel.order_ids(since, since + timedelta(days=1), None, changed=True).order_ids == ("1001",)
    search = "updated_at:>='2026-11-20T00:00:00Z' AND updated_at:<='2026-11-21T00:00:00Z'"
    assert [asked.json["variables"]["search"] for asked in server.asked] == [search]


def test_a_cancelled_order_without_address_is_read(channel: ShopifyChannel, server: ScriptedServer) -> None:
    changes = {"cancelledAt": "2026-11-21T00:00:00Z", "shippingAddress": None, "app": None, "shippingLines": gql.page()}
    server.on("ReadOrder", gql.data(order=gql.an_order(**changes)))
    order = channel.read(channel.fetch(ORDER_ID), LIVE_FROM).order
    assert order.state is ChannelState.CANCELLED
    assert not order.has_address


def test_a_shop_that_does_not_let_us_read_returns_is_read_without_them(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    """Trying again would not help, and what is unknown is not none: nothing comes back by a guess."""
    fulfilled = {"id": f"{gql.GID}/Fulfillment/5", "status": "SUCCESS"}
    lines = gql.page({"quantity": 2, "lineItem": {"id": f"{gql.GID}/LineItem/11"}})
    refunded = {
        "id": f"{gql.GID}/RefundLineItem/8",
        "quantity": 1,
        "restockType": "RETURN",
        "restocked": True,
        "lineItem": {"id": f"{gql.GID}/LineItem/11"},
        "location": {"id": f"{gql.GID}/Location/1"},
    }
    refund = {"id": f"{gql.GID}/Refund/7", "createdAt": "2026-11-21T00:00:00Z", "refundLineItems": gql.page(refunded)}
    changes = {"fulfillments": [fulfilled], "refunds": [{"id": refund["id"]}]}
    server.on("ReadOrder", gql.data(order=gql.an_order(**changes)))
    server.on("FulfilledLines", gql.data(fulfillment={"fulfillmentLineItems": lines}))
    server.on("ReadReturns", gql.error("ACCESS_DENIED"))
    server.on("ReadRefundAlone", gql.data(refund=refund))
    reading = channel.read(channel.fetch(ORDER_ID), LIVE_FROM)
    assert reading.not_read == ("returns",)
    assert reading.order.came_back == ()
    assert [line.fulfilled for line in reading.order.lines] == [2]
    assert "ReadReturn" not in [asked.operation for asked in server.asked]


def test_without_the_scope_to_read_orders_nothing_is_read(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on("ReadOrder", gql.error("ACCESS_DENIED"))
    with pytest.raises(AccessDenied):
        channel.fetch(ORDER_ID)
