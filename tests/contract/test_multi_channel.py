"""Multi-Channel Fulfillment: our node against the sandbox, and the sandbox against Amazon's client and model."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from spapi import SPAPIClient, SPAPIConfig
from spapi.api.fulfillment_outbound_v2020_07_01.fba_outbound_api import FbaOutboundApi

from orderloom.channels.amazon.mcf import MultiChannelNode
from orderloom.channels.amazon.mcf_request import items, order_body
from orderloom.domain.errors import OutcomeUnknown, Rejected, Throttled
from orderloom.domain.keys import Channel
from orderloom.domain.orders import PersonalData
from orderloom.domain.shipments import DispatchRequest, NodeState, ShipmentEventKind, ShipmentLine
from orderloom.sandbox.knobs import Faults, Knobs, OutboundKnobs
from tests.contract.multi_channel import BUYER, LINES, MCF, NAMES, names_of, turn
from tests.contract.test_amazon_model import _checker
from tests.sandbox.world import MARKETPLACE, NOON, SELLER, World

PATH = "/fba/outbound/2020-07-01/fulfillmentOrders"
TRACKING = "/fba/outbound/2020-07-01/tracking"
ITEM = {"sellerSku": "PAN-28-FBA", "sellerFulfillmentOrderItemId": "11-x", "quantity": 1}


def request(dispatch_id: str = "d-1", **changes: Any) -> DispatchRequest:
    asked = DispatchRequest(
        dispatch_id=dispatch_id,
        node="fba",
        channel=Channel.SHOPIFY,
        placed_at=NOON,
        order_name="#1001",
        service_level="Express",
        lines=LINES,
        recipient=BUYER,
    )
    return asked.model_copy(update=changes)


def order(world: World, name: str = "d-1") -> dict[str, Any]:
    document: dict[str, Any] = world.amazon("GET", f"{PATH}/{name}").json()["payload"]
    return document


def found_number(world: World) -> int:
    (package,) = order(world)["fulfillmentShipments"][0]["fulfillmentShipmentPackage"]
    number: int = package["packageNumber"]
    return number


def test_an_order_is_created_as_asked_and_told_of_package_by_package(world: World, node: MultiChannelNode) -> None:
    world.control.set_knobs(Knobs(outbound=OutboundKnobs(packages=2)))
    assert node.find("d-1") is None
    assert node.dispatch(request()).state is NodeState.ACCEPTED
    head = order(world)["fulfillmentOrder"]
    assert (head["shippingSpeedCategory"], head["displayableOrderId"]) == ("Expedited", "#1001")
    assert head["featureConstraints"] == [{"featureName": "BLANK_BOX", "featureFulfillmentPolicy": "Required"}]
    assert head["fulfillmentPolicy"] == "FillOrKill"
    world.clock.advance(2)
    found = node.find("d-1")
    assert found is not None
    assert found.state is NodeState.SHIPPED
    units: dict[str, int] = {}
    for package in found.packages:
        assert package.tracking_number.startswith("TBA")
        for line in package.lines:
            units[line.line_id] = units.get(line.line_id, 0) + line.quantity
    assert (len(found.packages), units) == (2, {"11": 2, "12": 1})


@pytest.mark.parametrize("way", ["drop", "504"])
def test_a_lost_answer_is_settled_by_asking_and_a_repeat_creates_nothing(
    world: World, node: MultiChannelNode, way: str
) -> None:
    turn(world, createFulfillmentOrder=Faults.model_validate({"lost_answer_rate": 1.0, "lost_answer_as": way}))
    with pytest.raises(OutcomeUnknown):
        node.dispatch(request())
    found = node.find("d-1")
    assert found is not None
    assert found.state is NodeState.ACCEPTED
    turn(world)
    assert node.dispatch(request()).state is NodeState.ACCEPTED, "a refused repeat is found, not refused"
    listed = world.amazon("GET", PATH, params={"queryStartDate": "2026-11-01T00:00:00Z"}).json()["payload"]
    assert len(listed["fulfillmentOrders"]) == 1


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"channel": Channel.AMAZON}, "NOT_A_SHOP_ORDER", "only Shopify orders"),
        ({"lines": (ShipmentLine(line_id="1", sku="POT", quantity=1),)}, "NO_SELLER_SKU", "seller_skus: {POT: ...}"),
        ({"lines": (LINES[0].model_copy(update={"quantity": 251}),)}, "TOO_LARGE", "250 units"),
        ({"recipient": PersonalData()}, "NO_ADDRESS", "postal code"),
    ],
)
def test_what_may_not_or_cannot_go_there_is_refused_before_anything_is_sent(
    world: World, node: MultiChannelNode, changes: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(Rejected, match=words) as refused:
        node.dispatch(request(**changes))
    assert refused.value.code == code
    assert node.find("d-1") is None


def test_a_sku_that_amazon_does_not_have_is_a_refusal_with_amazon_s_words(world: World, node: MultiChannelNode) -> None:
    world.control.set_knobs(Knobs(outbound=OutboundKnobs(unknown_skus=frozenset({"PAN-28-FBA"}))))
    with pytest.raises(Rejected, match="PAN-28-FBA is not known"):
        node.dispatch(request())
    (offer, *_) = node.offers(request())
    assert (offer.is_possible, offer.reasons) == (False, ("NoInventory",))


def test_words_that_name_the_buyer_are_not_passed_on(world: World, node: MultiChannelNode) -> None:
    NAMES["POT"] = ("Quibblewick",)
    world.control.set_knobs(Knobs(outbound=OutboundKnobs(unknown_skus=frozenset({"Quibblewick"}))))
    buyer = BUYER.model_copy(update={"name": "Quibblewick"})
    with pytest.raises(Rejected) as refused:
        node.dispatch(request(recipient=buyer, lines=(ShipmentLine(line_id="1", sku="POT", quantity=1),)))
    assert "Quibblewick" not in str(refused.value)


def test_a_preview_tells_fees_and_arrival_for_each_speed_and_orders_nothing(
    world: World, node: MultiChannelNode
) -> None:
    offers = node.offers(request())
    assert [offer.speed for offer in offers] == ["Standard", "Expedited", "Priority"]
    assert [str(sum(fee.amount for fee in offer.fees)) for offer in offers] == ["8.50", "11.17", "14.50"]
    assert offers[2].arrives_latest == NOON + timedelta(days=2)
    assert node.find("d-1") is None


def test_only_what_is_not_being_picked_is_stopped(world: World, node: MultiChannelNode) -> None:
    with pytest.raises(Rejected):
        node.cancel("d-0")
    for name in ("d-1", "d-2"):
        node.dispatch(request(name))
    world.clock.advance(1)
    assert node.cancel("d-1").state is NodeState.CANCELLED
    world.clock.advance(0.5)
    assert node.cancel("d-2").state is NodeState.ACCEPTED
    world.clock.advance(1)
    assert node.cancel("d-2").state is NodeState.SHIPPED


@pytest.mark.parametrize(
    ("ends_as", "state", "packages"),
    [
        ("Unfulfillable", NodeState.REFUSED, 0),
        ("Invalid", NodeState.REFUSED, 0),
        ("Cancelled", NodeState.CANCELLED, 0),
        ("CompletePartialled", NodeState.CANCELLED, 1),
    ],
)
def test_an_end_without_all_of_it_is_told_with_its_reason(
    world: World, node: MultiChannelNode, ends_as: str, state: NodeState, packages: int
) -> None:
    world.control.set_knobs(Knobs(outbound=OutboundKnobs.model_validate({"ends_as": ends_as, "packages": 2})))
    node.dispatch(request())
    world.clock.advance(2)
    found = node.find("d-1")
    assert found is not None
    assert (found.state, found.reason, len(found.packages)) == (state, ends_as.lower(), packages)


def test_one_listing_call_tells_which_dispatches_changed(world: World, node: MultiChannelNode) -> None:
    for number in range(52):
        world.clock.advance(0.5)
        node.dispatch(request(f"d-{number}"))
    assert "d-51" not in node.changed(NOON, None).dispatch_ids, "it was merely accepted"
    world.clock.advance(2)
    first = node.changed(NOON, None)
    assert first.next_token is not None
    second = node.changed(NOON, first.next_token)
    assert [*first.dispatch_ids, *second.dispatch_ids] == [f"d-{number}" for number in range(52)]
    assert second.next_token is None
    assert node.changed(world.clock.now() + timedelta(seconds=1), None).dispatch_ids == ()


@pytest.mark.parametrize(
    ("arrives_as", "kind"),
    [("DELIVERED", ShipmentEventKind.DELIVERED), ("UNDELIVERABLE", ShipmentEventKind.LOST), ("RETURNING", None)],
)
def test_where_a_package_is_comes_from_amazon_s_tracking(
    world: World, node: MultiChannelNode, arrives_as: str, kind: ShipmentEventKind | None
) -> None:
    turned = {"packages": 2, "arrives_after_seconds": 60, "arrives_as": arrives_as}
    world.control.set_knobs(Knobs(outbound=OutboundKnobs.model_validate(turned)))
    assert node.track("d-1") is None
    for name in ("d-0", "d-1"):
        node.dispatch(request(name))
    world.clock.advance(10)
    on_the_way = node.track("d-1")
    assert on_the_way is not None
    assert (len(on_the_way.packages), on_the_way.arrivals) == (2, ())
    world.clock.advance(60)
    there = node.track("d-1")
    assert there is not None
    at = NOON + timedelta(seconds=2 + 60)
    expected = {(package.package_id, kind, at) for package in there.packages} if kind else set()
    assert {(one.package_id, one.kind, one.at) for one in there.arrivals} == expected


def test_a_package_that_goes_under_another_label_is_the_same_package(world: World, node: MultiChannelNode) -> None:
    node.dispatch(request())
    with pytest.raises(RuntimeError, match="Nothing of order d-1 has left"):
        world.control.relabel_at_amazon(SELLER.account, "d-1")
    world.clock.advance(10)
    first = node.track("d-1")
    world.control.relabel_at_amazon(SELLER.account, "d-1")
    told = (first, node.track("d-1"))
    (before,), (after,) = (answer.packages for answer in told if answer)
    assert (before.package_id, before.lines, before.shipped_at) == (after.package_id, after.lines, after.shipped_at)
    assert before.tracking_number != after.tracking_number


def test_a_package_that_amazon_has_no_word_of_is_on_its_way(world: World, node: MultiChannelNode) -> None:
    world.control.set_knobs(Knobs(outbound=OutboundKnobs(arrives_after_seconds=1)))
    node.dispatch(request())
    world.clock.advance(10)
    found = node.find("d-1")
    assert found is not None
    assert found.arrivals == (), "only tracking tells"
    unknown = world.amazon("GET", TRACKING, params={"packageNumber": "1"})
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (404, "NotFound")
    assert world.amazon("GET", TRACKING, params={"packageNumber": "x"}).status_code == 400


def test_amazon_s_limit_is_met_as_throttled(world: World, node: MultiChannelNode) -> None:
    turn(world, listAllFulfillmentOrders=Faults(throttle_rate=1.0))
    with pytest.raises(Throttled) as throttled:
        node.changed(NOON, None)
    assert throttled.value.wait_seconds == 0.5


def test_amazon_s_own_client_reads_every_answer(world: World, node: MultiChannelNode) -> None:
    node.dispatch(request())
    world.clock.advance(2)
    config = SPAPIConfig(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token, region="NA")
    url = world.sandbox.url
    client = SPAPIClient(config, oauth_endpoint=f"{url}/auth/o2/token", endpoint=url).api_client
    api = FbaOutboundApi(client)
    number = found_number(world)
    assert api.get_package_tracking_details(package_number=number).payload.current_status == "IN_TRANSIT"
    found = api.get_fulfillment_order("d-1").payload
    assert found.fulfillment_order.fulfillment_order_status == "Complete"
    (shipment,) = found.fulfillment_shipments
    assert shipment.fulfillment_shipment_package[0].tracking_number.startswith("TBA")
    listed = api.list_all_fulfillment_orders(query_start_date=datetime(2026, 11, 1, tzinfo=UTC)).payload
    assert [head.seller_fulfillment_order_id for head in listed.fulfillment_orders] == ["d-1"]
    client.rest_client.pool_manager.clear()


def test_every_answer_and_our_request_fit_amazon_s_model(world: World, node: MultiChannelNode, shared: Path) -> None:
    check = _checker(shared / "contracts/spapi/fulfillmentOutbound_2020-07-01.json")
    node.dispatch(request())
    check(order(world), "GetFulfillmentOrderResult")
    world.clock.advance(2)
    check(order(world), "GetFulfillmentOrderResult")
    for arrives_as in ("DELIVERED", "UNDELIVERABLE", "RETURNING"):
        turned = {"arrives_after_seconds": 1, "arrives_as": arrives_as}
        world.control.set_knobs(Knobs(outbound=OutboundKnobs.model_validate(turned)))
        node.dispatch(request(arrives_as))
        world.clock.advance(4)
        (package,) = order(world, arrives_as)["fulfillmentShipments"][0]["fulfillmentShipmentPackage"]
        tracked = world.amazon("GET", TRACKING, params={"packageNumber": package["packageNumber"]}).json()["payload"]
        check(tracked, "PackageTrackingDetails")
        assert tracked["currentStatus"] == arrives_as
    listed = world.amazon("GET", PATH, params={"queryStartDate": "2026-11-01T00:00:00Z"}).json()["payload"]
    check(listed, "ListAllFulfillmentOrdersResult")
    asked = {"address": order(world)["fulfillmentOrder"]["destinationAddress"], "items": [ITEM]}
    check(asked, "GetFulfillmentPreviewRequest")
    previews = world.amazon("POST", f"{PATH}/preview", content=json.dumps(asked)).json()["payload"]
    check(previews, "GetFulfillmentPreviewResult")
    refused = world.amazon("PUT", f"{PATH}/d-1/cancel")
    assert refused.status_code == 400


def test_our_own_body_fits_amazon_s_model(shared: Path) -> None:
    body = order_body(request(), MCF, MARKETPLACE, items("amazon:kitchen_us", LINES, MCF, names_of))
    _checker(shared / "contracts/spapi/fulfillmentOutbound_2020-07-01.json")(body, "CreateFulfillmentOrderRequest")
