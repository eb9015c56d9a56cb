"""What happens to a shop's order after its sale: what GraphQL shows of it, and which topics tell of it."""

from typing import Any

import pytest

from orderloom.sandbox.control import ControlFailed
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.order_control import ShopOrderControl
from orderloom.sandbox.order_wishes import (
    EditWish,
    HoldWish,
    PayWish,
    PrivacyWish,
    ReceiveWish,
    RefundWish,
    RequestWish,
    ReturnWish,
)
from orderloom.sandbox.spec import SandboxLine
from orderloom.sandbox.wishes import PutListing
from tests.sandbox.world import KITCHEN, SHOP, Received, Receiver, World, order

ACCOUNT = KITCHEN.account
PAN = "PAN-28"
LOOK = """query($id: ID!) { order(id: $id) {
  displayFinancialStatus displayFulfillmentStatus cancelledAt edited shippingAddress { address1 }
  lineItems(first: 5) { nodes { id sku quantity currentQuantity unfulfilledQuantity } }
  fulfillmentOrders(first: 5) { nodes {
    id status requestStatus fulfillmentHolds { reason reasonNotes } assignedLocation { location { id } }
    lineItems(first: 5) { nodes { id totalQuantity remainingQuantity } } } }
  fulfillments(first: 5) { id trackingInfo(first: 2) { company number url } }
  refunds(first: 5) { id return { id } refundLineItems(first: 5) { nodes { quantity restockType restocked } } }
  returns(first: 5) { nodes { id status reverseFulfillmentOrders(first: 1) { nodes { lineItems(first: 5) {
    nodes { dispositions { type quantity } } } } } } } } }"""


@pytest.fixture
def shop(world: World) -> ShopOrderControl:
    world.control.put_listing("shopify", ACCOUNT, PutListing(sku=PAN, quantity=10))
    return world.control.shop(ACCOUNT)


def _place(world: World, quantity: int = 3, **more: Any) -> str:
    return world.control.place_shopify_order(ACCOUNT, order(sku=PAN, quantity=quantity, **more))


def _look(world: World, order_id: str) -> dict[str, Any]:
    answer = world.graphql(LOOK, id=f"gid://shopify/Order/{order_id}").json()
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["order"]
    return found


def _line(world: World, order_id: str) -> tuple[int, int, int]:
    """Ordered, current and unfulfilled units of the first line."""
    line = _look(world, order_id)["lineItems"]["nodes"][0]
    return line["quantity"], line["currentQuantity"], line["unfulfilledQuantity"]


def _fulfil(world: World, order_id: str, units: int) -> str:
    one = next(
        o for o in _look(world, order_id)["fulfillmentOrders"]["nodes"] if o["status"] in ("OPEN", "IN_PROGRESS")
    )
    lines = [{"id": one["lineItems"]["nodes"][0]["id"], "quantity": units}]
    create = (
        "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) "
        "{ fulfillment { id } userErrors { message } } }"
    )
    given = {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": one["id"], "fulfillmentOrderLineItems": lines}],
        "trackingInfo": {"company": "UPS", "number": "1Z1"},
    }
    done = world.graphql(create, f=given).json()["data"]["fulfillmentCreate"]
    assert done["userErrors"] == []
    return str(done["fulfillment"]["id"])


def _topics(received: list[Received]) -> list[str]:
    return [webhook.headers["x-shopify-topic"] for webhook in received]


def _available(world: World) -> int:
    return world.control.listing("shopify", ACCOUNT, PAN).quantity


def _one(receiver: Receiver, topic: str) -> dict[str, Any]:
    return receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == topic)[0].json


def test_an_edit_changes_quantities_and_lines_and_says_only_by_how_much(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    shop.edit(order_id, EditWish(quantities={PAN: 2}, added=(SandboxLine(sku="LID-28", quantity=2),)))
    found = _look(world, order_id)
    assert found["edited"]
    assert [(n["sku"], n["quantity"], n["currentQuantity"]) for n in found["lineItems"]["nodes"]] == [
        (PAN, 3, 2),
        ("LID-28", 2, 2),
    ]
    (open_one,) = found["fulfillmentOrders"]["nodes"]
    assert [line["remainingQuantity"] for line in open_one["lineItems"]["nodes"]] == [2, 2]
    edited = _one(receiver, "orders/edited")["order_edit"]
    assert edited["order_id"] == int(order_id)
    assert [each["delta"] for each in edited["line_items"]["additions"]] == [2]
    assert [each["delta"] for each in edited["line_items"]["removals"]] == [1]
    assert _available(world) == 8


def test_a_line_can_grow_shrink_to_nothing_and_never_below_what_was_fulfilled(
    world: World, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    shop.edit(order_id, EditWish(quantities={PAN: 5}))
    assert _line(world, order_id) == (5, 5, 5)
    _fulfil(world, order_id, 2)
    with pytest.raises(ControlFailed, match="only 3 units"):
        shop.edit(order_id, EditWish(quantities={PAN: 1}))
    shop.edit(order_id, EditWish(quantities={PAN: 2}))
    assert _line(world, order_id) == (5, 2, 0)
    assert _look(world, order_id)["displayFulfillmentStatus"] == "FULFILLED"


def test_another_address_is_told_by_an_update_alone(world: World, receiver: Receiver, shop: ShopOrderControl) -> None:
    order_id = _place(world)
    before = _look(world, order_id)["shippingAddress"]
    shop.edit(order_id, EditWish(new_address=True))
    assert _look(world, order_id)["shippingAddress"] != before
    _one(receiver, "orders/updated")
    assert "orders/edited" not in _topics(receiver.received)


def test_a_payment_is_told_and_shown(world: World, receiver: Receiver, shop: ShopOrderControl) -> None:
    order_id = _place(world, financial_status="pending")
    shop.pay(order_id, PayWish(status="paid"))
    assert _look(world, order_id)["displayFinancialStatus"] == "PAID"
    assert _one(receiver, "orders/paid")["financial_status"] == "paid"


def test_a_refund_before_fulfilment_takes_the_units_out_and_restocks_them_if_it_says_so(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    refund_id = shop.refund(order_id, RefundWish(units={PAN: 1}, restock="cancel"))
    shop.refund(order_id, RefundWish(units={PAN: 1}, restock="no_restock"))
    assert _line(world, order_id) == (3, 1, 1)
    assert _available(world) == 8
    body = _one(receiver, "refunds/create")
    assert (body["id"], body["order_id"]) == (int(refund_id), int(order_id))
    assert body["refund_line_items"][0]["restock_type"] == "cancel"
    assert _look(world, order_id)["displayFinancialStatus"] == "PARTIALLY_REFUNDED"


def test_a_refund_of_what_was_fulfilled_leaves_it_fulfilled_and_lowers_the_current_quantity(
    world: World, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    _fulfil(world, order_id, 2)
    with pytest.raises(ControlFailed, match="1 units can be refunded as cancel"):
        shop.refund(order_id, RefundWish(units={PAN: 2}, restock="cancel"))
    shop.refund(order_id, RefundWish(units={PAN: 2}, restock="return"))
    assert _line(world, order_id) == (3, 1, 1)
    assert _available(world) == 9
    (refund,) = _look(world, order_id)["refunds"]
    assert refund["refundLineItems"]["nodes"] == [{"quantity": 2, "restockType": "RETURN", "restocked": True}]


def test_a_return_is_opened_received_and_refunded_and_its_refund_names_it(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    _fulfil(world, order_id, 3)
    return_id = shop.open_return(order_id, ReturnWish(units={PAN: 2}, reason="DEFECTIVE"))
    assert _line(world, order_id) == (3, 3, 0)
    shop.receive_return(order_id, return_id, ReceiveWish(what="RESTOCKED"))
    found = _look(world, order_id)
    assert found["refunds"][0]["return"]["id"] == f"gid://shopify/Return/{return_id}"
    (closed,) = found["returns"]["nodes"]
    assert closed["status"] == "CLOSED"
    lines = closed["reverseFulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"]
    assert [line["dispositions"] for line in lines] == [[{"type": "RESTOCKED", "quantity": 2}]]
    assert _available(world) == 9
    assert _one(receiver, "returns/approve")["order"]["id"] == int(order_id)
    assert _one(receiver, "returns/close")["order_id"] == int(order_id)
    with pytest.raises(ControlFailed, match="only 1 fulfilled units"):
        shop.open_return(order_id, ReturnWish(units={PAN: 2}))


def test_a_return_that_nothing_came_back_of_can_be_cancelled(world: World, shop: ShopOrderControl) -> None:
    order_id = _place(world)
    _fulfil(world, order_id, 1)
    return_id = shop.open_return(order_id, ReturnWish(units={PAN: 1}))
    shop.cancel_return(order_id, return_id)
    assert _look(world, order_id)["returns"]["nodes"][0]["status"] == "CANCELED"


def test_a_hold_stops_fulfilment_and_no_order_topic_tells_of_it(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    receiver.wait(1, lambda webhook: webhook.headers["x-shopify-topic"] == "orders/create")
    shop.hold(order_id, HoldWish(reason="HIGH_RISK_OF_FRAUD", notes="call first"))
    (held,) = _look(world, order_id)["fulfillmentOrders"]["nodes"]
    assert held["status"] == "ON_HOLD"
    assert held["fulfillmentHolds"] == [{"reason": "HIGH_RISK_OF_FRAUD", "reasonNotes": "call first"}]
    body = _one(receiver, "fulfillment_orders/placed_on_hold")
    assert body["fulfillment_order"]["id"] == held["id"]
    assert order_id not in str(body)
    shop.release(order_id)
    assert _look(world, order_id)["fulfillmentOrders"]["nodes"][0]["status"] == "OPEN"
    _one(receiver, "fulfillment_orders/hold_released")
    assert "orders/updated" not in _topics(receiver.received)


def test_a_cancelled_fulfillment_order_is_replaced_and_a_request_to_cancel_shows(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    order_id = _place(world)
    shop.request_cancellation(order_id, RequestWish(what="cancellation_request_submitted"))
    assert _look(world, order_id)["fulfillmentOrders"]["nodes"][0]["requestStatus"] == "CANCELLATION_REQUESTED"
    shop.cancel_fulfillment_orders(order_id)
    assert [one["status"] for one in _look(world, order_id)["fulfillmentOrders"]["nodes"]] == ["CANCELLED", "OPEN"]
    body = _one(receiver, "fulfillment_orders/cancelled")
    assert body["replacement_fulfillment_order"]["id"] != body["fulfillment_order"]["id"]


CANCEL = """mutation($id: ID!, $restock: Boolean!) {
  orderCancel(orderId: $id, reason: INVENTORY, restock: $restock) {
    job { id done } jobResult { id done status } orderCancelUserErrors { code message } } }"""


def test_order_cancel_answers_first_and_cancels_then(world: World, receiver: Receiver, shop: ShopOrderControl) -> None:
    world.control.set_knobs(Knobs(cancel_job_seconds=0.05))
    order_id = _place(world)
    gid = f"gid://shopify/Order/{order_id}"
    answer = world.graphql(CANCEL, id=gid, restock=False).json()["data"]["orderCancel"]
    assert answer["orderCancelUserErrors"] == []
    assert answer["jobResult"]["status"] == "STARTED"
    assert _one(receiver, "orders/cancelled")["cancel_reason"] == "inventory"
    done = world.graphql("query($id: ID!) { job(id: $id) { done } }", id=answer["job"]["id"]).json()
    assert done["data"]["job"] == {"done": True}
    assert _available(world) == 7
    again = world.graphql(CANCEL, id=gid, restock=False).json()["data"]["orderCancel"]
    assert "already been canceled" in again["orderCancelUserErrors"][0]["message"]


def test_an_order_with_a_fulfillment_cannot_be_cancelled(world: World, shop: ShopOrderControl) -> None:
    order_id = _place(world)
    _fulfil(world, order_id, 1)
    answer = world.graphql(CANCEL, id=f"gid://shopify/Order/{order_id}", restock=True).json()["data"]["orderCancel"]
    assert answer["job"] is None
    assert "outstanding fulfillments" in answer["orderCancelUserErrors"][0]["message"]


def test_tracking_can_be_corrected_in_place(world: World, shop: ShopOrderControl) -> None:
    order_id = _place(world)
    done = _fulfil(world, order_id, 3)
    update = """mutation($id: ID!, $t: FulfillmentTrackingInput!) {
      fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t) { userErrors { message } } }"""
    world.graphql(update, id=done, t={"company": "DPD", "number": "D1", "url": "https://dpd.example/D1"})
    (found,) = _look(world, order_id)["fulfillments"]
    assert found["trackingInfo"] == [{"company": "DPD", "number": "D1", "url": "https://dpd.example/D1"}]
    (confirmed,) = world.control.truth().confirmations_of(order_id)
    assert (confirmed.creations, confirmed.edits, confirmed.tracking_number) == (1, 1, "D1")


def test_an_uninstalled_app_is_told_once_and_then_shut_out(
    world: World, receiver: Receiver, shop: ShopOrderControl
) -> None:
    shop.uninstall()
    assert _one(receiver, "app/uninstalled")["myshopify_domain"] == SHOP
    assert world.graphql("{ shop { id } }").status_code == 401
    shop.reinstall()
    subscriptions = world.graphql("{ webhookSubscriptions(first: 50) { nodes { id } } }").json()["data"]
    assert subscriptions["webhookSubscriptions"]["nodes"] == []


def test_privacy_topics_come_without_any_subscription(world: World, receiver: Receiver, shop: ShopOrderControl) -> None:
    order_id = _place(world)
    shop.uninstall()
    shop.ask_privacy(PrivacyWish(topic="customers/redact", order_ids=(order_id,)))
    body = _one(receiver, "customers/redact")
    assert body["orders_to_redact"] == [int(order_id)]
    assert body["shop_domain"] == SHOP
