"""Telling Shopify of a package: reading first, so that it is told exactly once."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orderloom.channels.shopify import FixedToken, ShopifyChannel
from orderloom.channels.shopify.shipments import tracking_of
from orderloom.domain.carriers import Carrier
from orderloom.domain.errors import OutcomeUnknown, OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.shipments import Confirmation, ConfirmedLine, Package, ShipmentLine
from tests.channels.servers import Answer, ScriptedServer
from tests.channels.shopify import graphql_answers as gql
from tests.channels.shopify.payloads import ACCOUNT

TRACKING = "1Z 999 AA1"
READ, CREATE = "ReadFulfillment", "CreateFulfillment"


def a_confirmation(*lines: tuple[str, int], url: str | None = None) -> Confirmation:
    wanted = lines or (("11", 2),)
    return Confirmation(
        key=OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1001"),
        number=1,
        package=Package(
            package_id="P1",
            carrier="ups",
            tracking_number=TRACKING,
            tracking_url=url,
            shipped_at=datetime(2026, 11, 22, tzinfo=UTC),
            lines=tuple(ShipmentLine(line_id=line, sku="X", quantity=units) for line, units in wanted),
        ),
        lines=tuple(ConfirmedLine(line_id=line, quantity=units) for line, units in wanted),
    )


def sent(server: ScriptedServer) -> list[dict[str, Any]]:
    return [asked.json["variables"]["fulfillment"] for asked in server.asked_of(CREATE)]


def gids(*groups: tuple[int, list[tuple[int, int]]]) -> list[dict[str, Any]]:
    return [
        {
            "fulfillmentOrderId": f"gid://shopify/FulfillmentOrder/{order}",
            "fulfillmentOrderLineItems": [
                {"id": f"gid://shopify/FulfillmentOrderLineItem/{line}", "quantity": units} for line, units in lines
            ],
        }
        for order, lines in groups
    ]


def test_a_merchants_own_carrier_has_its_name_and_page_and_a_nodes_page_comes_first() -> None:
    own = Carrier("Harbor Couriers", None, tracking_url="https://harbor.example/{number}")
    told = a_confirmation().model_copy(update={"carrier": own})
    page = "https://harbor.example/1Z%20999%20AA1"
    assert tracking_of(told) == {"company": "Harbor Couriers", "number": TRACKING, "url": page}
    named = a_confirmation(url="https://track.example/1").model_copy(update={"carrier": own})
    assert tracking_of(named)["url"] == "https://track.example/1"


def test_a_package_becomes_a_fulfillment_with_explicit_quantities(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 3), gql.open_line(52, 12, 1))))
    server.on(CREATE, gql.created(900))
    receipt = channel.confirm(a_confirmation(url="https://track.example/1"))
    assert (receipt.reference, receipt.already_there) == ("gid://shopify/Fulfillment/900", False)
    (fulfillment,) = sent(server)
    assert fulfillment == {
        "lineItemsByFulfillmentOrder": gids((5, [(51, 2)])),
        "trackingInfo": {"company": "UPS", "number": TRACKING, "url": "https://track.example/1"},
        "notifyCustomer": False,
    }


def test_the_account_decides_whether_the_buyer_is_told(server: ScriptedServer) -> None:
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 3))))
    server.on(CREATE, gql.created(900))
    account = ACCOUNT.model_copy(update={"notify_customer": True})
    channel = ShopifyChannel(account, FixedToken("t"), api_version="2026-10", endpoint=server.url, timeout=10)
    channel.confirm(a_confirmation())
    channel.close()
    assert sent(server)[0]["notifyCustomer"] is True


def test_after_a_lost_answer_reading_first_finds_what_was_done(channel: ShopifyChannel, server: ScriptedServer) -> None:
    done = gql.progress(gql.fulfillment_order(5, status="CLOSED"), fulfillments=(gql.a_fulfillment(900, "1z999aa1"),))
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2))), done)
    server.on(CREATE, Answer(lost=True))
    server.on("FulfilledLines", gql.fulfilled((11, 2)))
    with pytest.raises(OutcomeUnknown):
        channel.confirm(a_confirmation())
    receipt = channel.confirm(a_confirmation())
    assert (receipt.reference, receipt.already_there) == ("gid://shopify/Fulfillment/900", True)
    assert len(sent(server)) == 1


def test_a_lost_partial_confirmation_is_not_sent_twice_though_units_remain(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    remaining = gql.fulfillment_order(5, gql.open_line(51, 11, 8), status="IN_PROGRESS")
    server.on(READ, gql.progress(remaining, fulfillments=(gql.a_fulfillment(900, TRACKING),)))
    server.on("FulfilledLines", gql.fulfilled((11, 2)))
    assert channel.confirm(a_confirmation()).already_there
    assert sent(server) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"upstream timed out", status=504), OutcomeUnknown),
        (Answer(b"<html>Bad Gateway</html>", status=502), OutcomeUnknown),
        (Answer(b"", status=200), OutcomeUnknown),
        (Answer({"data": {"fulfillmentCreate": None}}), OutcomeUnknown),
        (gql.data(fulfillmentCreate={"fulfillment": None, "userErrors": []}), OutcomeUnknown),
        (gql.error("INTERNAL_SERVER_ERROR"), OutcomeUnknown),
        (gql.error("THROTTLED"), Throttled),
        (gql.user_error("Invalid fulfillment order line item quantity requested."), Rejected),
    ],
)
def test_only_a_fulfillment_confirms(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2))))
    server.on(CREATE, answer)
    with pytest.raises(OutsideError) as caught:
        channel.confirm(a_confirmation())
    assert type(caught.value) is error


def test_a_confirmation_that_is_not_answered_in_time_is_unclear(hasty: ShopifyChannel, server: ScriptedServer) -> None:
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2))))
    server.on(CREATE, Answer(silent=True))
    with pytest.raises(OutcomeUnknown):
        hasty.confirm(a_confirmation())


def test_a_refusal_because_another_attempt_was_faster_is_no_refusal(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    open_order = gql.fulfillment_order(5, gql.open_line(51, 11, 2))
    server.on(READ, gql.progress(open_order), gql.progress(fulfillments=(gql.a_fulfillment(901, TRACKING),)))
    server.on(CREATE, gql.user_error("Fulfillment order 5 has an unfulfillable status= closed."))
    server.on("FulfilledLines", gql.fulfilled((11, 2)))
    assert channel.confirm(a_confirmation()).already_there


def test_units_are_taken_from_several_fulfillment_orders_one_call_for_each_location(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    here_too = gql.fulfillment_order(6, gql.open_line(61, 11, 1), status="IN_PROGRESS")
    there = gql.fulfillment_order(7, gql.open_line(71, 12, 1), assignedLocation=gql.at(2))
    server.on(READ, gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2)), here_too, there))
    server.on(CREATE, gql.created(900), gql.created(901))
    receipt = channel.confirm(a_confirmation(("11", 3), ("12", 1)))
    assert [f["lineItemsByFulfillmentOrder"] for f in sent(server)] == [
        gids((5, [(51, 2)]), (6, [(61, 1)])),
        gids((7, [(71, 1)])),
    ]
    assert receipt.reference == "gid://shopify/Fulfillment/900,gid://shopify/Fulfillment/901"


def test_after_half_of_two_locations_was_done_only_the_other_half_is_sent(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    there = gql.fulfillment_order(7, gql.open_line(71, 12, 1), assignedLocation=gql.at(2))
    server.on(READ, gql.progress(there, fulfillments=(gql.a_fulfillment(900, TRACKING),)))
    server.on("FulfilledLines", gql.fulfilled((11, 1), cursor="c"), gql.fulfilled((11, 1)))
    server.on(CREATE, gql.created(901))
    receipt = channel.confirm(a_confirmation(("11", 2), ("12", 1)))
    assert [f["lineItemsByFulfillmentOrder"] for f in sent(server)] == [gids((7, [(71, 1)]))]
    assert not receipt.already_there


@pytest.mark.parametrize("half_is_done", [False, True])
def test_a_package_of_several_fulfillments_is_one_e_mail_to_the_buyer(
    server: ScriptedServer, *, half_is_done: bool
) -> None:
    there = gql.fulfillment_order(7, gql.open_line(71, 12, 1), assignedLocation=gql.at(2))
    done = gql.progress(there, fulfillments=(gql.a_fulfillment(900, TRACKING),))
    server.on(READ, done if half_is_done else gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2)), there))
    server.on("FulfilledLines", gql.fulfilled((11, 2)))
    server.on(CREATE, gql.created(901), gql.created(902))
    account = ACCOUNT.model_copy(update={"notify_customer": True})
    channel = ShopifyChannel(account, FixedToken("t"), api_version="2026-10", endpoint=server.url, timeout=10)
    channel.confirm(a_confirmation(("11", 2), ("12", 1)))
    channel.close()
    assert [one["notifyCustomer"] for one in sent(server)] == ([False] if half_is_done else [True, False])


def test_a_cancelled_fulfillment_with_our_number_does_not_count(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    reopened = gql.fulfillment_order(8, gql.open_line(81, 11, 2))
    server.on(READ, gql.progress(reopened, fulfillments=(gql.a_fulfillment(900, TRACKING, "CANCELLED"),)))
    server.on(CREATE, gql.created(902))
    assert not channel.confirm(a_confirmation()).already_there


def test_long_lists_are_read_to_their_end(channel: ShopifyChannel, server: ScriptedServer) -> None:
    first = gql.fulfillment_order(5, status="CLOSED")
    long = gql.fulfillment_order(6) | {"lineItems": gql.page(gql.open_line(61, 99, 1), cursor="lines")}
    server.on(READ, gql.progress(first, cursor="orders"), gql.progress(long))
    more = {"lineItems": gql.page(gql.open_line(62, 11, 2))}
    server.on("MoreFulfillmentOrderLines", gql.data(fulfillmentOrder=more))
    server.on(CREATE, gql.created(900))
    channel.confirm(a_confirmation())
    assert sent(server)[0]["lineItemsByFulfillmentOrder"] == gids((6, [(62, 2)]))


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (gql.data(order=None), "ORDER_UNKNOWN"),
        (
            gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2), status="CLOSED")),
            "NO_OPEN_FULFILLMENT_ORDER",
        ),
        (
            gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 2), status="ON_HOLD")),
            "NO_OPEN_FULFILLMENT_ORDER",
        ),
        (gql.progress(), "NO_OPEN_FULFILLMENT_ORDER"),
        (gql.progress(gql.fulfillment_order(5, gql.open_line(51, 11, 1))), "NOT_ENOUGH_OPEN"),
        (gql.progress(gql.fulfillment_order(5, gql.open_line(51, 12, 9))), "NOT_ENOUGH_OPEN"),
    ],
)
def test_what_cannot_be_fulfilled_is_rejected_before_anything_is_sent(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, code: str
) -> None:
    server.on(READ, answer)
    with pytest.raises(Rejected) as caught:
        channel.confirm(a_confirmation())
    assert caught.value.code == code
    assert sent(server) == []


def test_a_young_order_without_fulfillment_orders_is_asked_about_again(
    channel: ShopifyChannel, server: ScriptedServer
) -> None:
    server.on(READ, gql.progress(createdAt=datetime.now(UTC).isoformat()))
    with pytest.raises(Unavailable, match="yet"):
        channel.confirm(a_confirmation())


def test_a_confirmation_of_nothing_is_not_sent(channel: ShopifyChannel, server: ScriptedServer) -> None:
    with pytest.raises(Rejected) as caught:
        channel.confirm(a_confirmation().model_copy(update={"lines": ()}))
    assert caught.value.code == "NO_LINES"
    assert server.asked == []
