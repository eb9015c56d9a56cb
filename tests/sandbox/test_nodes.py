"""Nodes: each dispatch once, packages and callbacks by the knobs, a truth that counts duplicates."""

import hashlib
import hmac
from typing import Any

import httpx
import pytest

from orderloom.sandbox.control import ControlFailed
from orderloom.sandbox.knobs import DeliveryKnobs, Faults, Knobs, NodeKnobs
from orderloom.sandbox.nodes.shipments import WireLine, pack
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from tests.sandbox.world import KITCHEN, NODES, Receiver, World, dispatch_body, order

NODE = "own_warehouse"


def _knobs(**changes: Any) -> Knobs:
    return Knobs(nodes={NODE: NodeKnobs(**changes)})


def _kinds(receiver: Receiver, count: int) -> list[str]:
    return [callback.json["kind"] for callback in receiver.wait(count)]


def test_a_dispatch_is_accepted_shipped_and_reported_with_a_signature(world: World, receiver: Receiver) -> None:
    accepted = world.dispatch(dispatch_body())
    assert accepted.status_code == 201
    assert accepted.json() == {"dispatch_id": "d-1", "state": "accepted", "reason": "", "packages": []}
    told, shipped = receiver.wait(2)
    assert (told.json["kind"], shipped.json["kind"]) == ("accepted", "shipped")
    signature = hmac.new(NODES[0].callback_secret.encode(), shipped.body, hashlib.sha256).hexdigest()
    assert shipped.path == "/webhooks/fulfillment/own_warehouse"
    assert shipped.headers["x-orderloom-signature"] == f"sha256={signature}"
    assert shipped.headers["x-orderloom-delivery"] == shipped.json["delivery_id"]
    document = world.shipment("d-1").json()
    assert document["state"] == "shipped"
    assert document["packages"] == [shipped.json["package"]]
    assert document["packages"][0]["lines"] == [{"line_id": "1", "sku": "PAN-28", "quantity": 2}]


def test_the_same_dispatch_again_is_the_same_shipment(world: World) -> None:
    assert [world.dispatch(dispatch_body()).status_code for _ in range(3)] == [201, 200, 200]
    (dispatch,) = world.control.truth().dispatches
    assert (dispatch.asked, dispatch.duplicate) == (3, False)
    assert world.control.truth().accepted_dispatches == 1


def test_the_same_id_with_other_content_is_a_mismatch(world: World) -> None:
    world.dispatch(dispatch_body())
    other = world.dispatch(dispatch_body(order_name="#1002"))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


def test_token_key_and_body_are_checked(world: World) -> None:
    assert world.dispatch(dispatch_body(), Authorization="Bearer wrong").status_code == 401
    assert world.dispatch(dispatch_body(), **{"Idempotency-Key": "other"}).status_code == 400
    empty = world.dispatch(dispatch_body(lines=[]))
    assert (empty.status_code, empty.json()["message"]) == (400, "wrong or missing: lines")
    unknown = world.shipment("never-sent")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_dispatch")
    assert world.control.truth().dispatches == ()


def test_a_refusal_has_its_code_and_stays_a_refusal(world: World) -> None:
    world.control.set_knobs(_knobs(refuse="out_of_stock"))
    refused = world.dispatch(dispatch_body())
    assert (refused.status_code, refused.json()["code"]) == (422, "out_of_stock")
    world.control.set_knobs(Knobs())
    assert world.dispatch(dispatch_body()).status_code == 422
    assert world.shipment("d-1").json()["state"] == "refused"
    assert world.control.truth().accepted_dispatches == 0


def test_a_late_refusal_comes_by_callback(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(_knobs(refuse_later="damaged"))
    assert world.dispatch(dispatch_body()).status_code == 201
    assert _kinds(receiver, 2) == ["accepted", "refused"]
    assert receiver.received[1].json["reason"] == "damaged"


@pytest.mark.parametrize("way", ["drop", "504"])
def test_an_answer_lost_after_accepting_leaves_the_shipment_there(world: World, way: str) -> None:
    faults = Faults.model_validate({"lost_answer_rate": 1.0, "lost_answer_as": way})
    world.control.set_knobs(Knobs(faults={f"{NODE}.dispatch": faults}))
    try:
        status = world.dispatch(dispatch_body()).status_code
    except httpx.RemoteProtocolError:
        status = 0
    assert status == (0 if way == "drop" else 504)
    assert world.shipment("d-1").status_code == 200
    assert world.dispatch(dispatch_body()).status_code == 200


def test_faults_before_accepting_leave_no_trace(world: World) -> None:
    world.control.set_knobs(Knobs(faults={NODE: Faults(error_rate=1.0)}))
    assert world.dispatch(dispatch_body()).status_code == 503
    world.control.set_knobs(Knobs())
    assert world.shipment("d-1").status_code == 404


def test_a_shipment_may_leave_in_several_packages_and_some_may_wait(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(_knobs(packages=2, held_back=1))
    world.dispatch(dispatch_body())
    assert _kinds(receiver, 2) == ["accepted", "shipped"]
    document = world.shipment("d-1").json()
    assert (document["state"], len(document["packages"])) == ("accepted", 1)
    assert world.control.ship(NODE, "d-1") == 1
    assert _kinds(receiver, 3) == ["accepted", "shipped", "shipped"]
    document = world.shipment("d-1").json()
    assert document["state"] == "shipped"
    assert len({package["tracking_number"] for package in document["packages"]}) == 2


def test_callbacks_may_come_twice_and_out_of_order(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(_knobs(out_of_order=True, callbacks=DeliveryKnobs(copies=2)))
    world.dispatch(dispatch_body())
    callbacks = receiver.wait(4)
    assert {callback.json["kind"] for callback in callbacks} == {"accepted", "shipped"}
    assert len({callback.headers["x-orderloom-delivery"] for callback in callbacks}) == 2
    made = [delivery.topic for delivery in world.control.truth().deliveries]
    assert made == ["shipped", "accepted"]


def test_a_callback_that_is_not_taken_is_sent_again(world: World, receiver: Receiver) -> None:
    receiver.statuses = [503, 503, 503]
    world.control.set_knobs(_knobs(callbacks=DeliveryKnobs(first_retry_seconds=0.01)))
    world.dispatch(dispatch_body())
    ids = [callback.headers["x-orderloom-delivery"] for callback in receiver.wait(5)]
    assert len(set(ids)) == 2


def test_a_silent_node_ships_without_a_word(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(Knobs(nodes={NODE: NodeKnobs(silent=True), "harbor_3pl": NodeKnobs(pick_seconds=0.1)}))
    world.dispatch(dispatch_body("quiet"))
    world.dispatch(dispatch_body("loud"), node="harbor_3pl")
    receiver.wait(2)
    assert {callback.json["dispatch_id"] for callback in receiver.received} == {"loud"}
    assert world.shipment("quiet").json()["state"] == "shipped"


def test_a_shipment_can_be_stopped_until_it_leaves(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(_knobs(pick_seconds=60.0))
    world.dispatch(dispatch_body("slow"))
    headers = world.node_headers(NODE)
    stopped = world.http.post(f"/nodes/{NODE}/shipments/slow/cancel", headers=headers)
    assert stopped.json()["state"] == "cancelled"
    assert set(_kinds(receiver, 2)) == {"accepted", "cancelled"}
    world.control.set_knobs(Knobs())
    world.dispatch(dispatch_body("quick"))
    receiver.wait(1, lambda callback: callback.json["kind"] == "shipped")
    late = world.http.post(f"/nodes/{NODE}/shipments/quick/cancel", headers=headers)
    assert late.json()["state"] == "shipped"
    assert world.http.post(f"/nodes/{NODE}/shipments/none/cancel", headers=headers).status_code == 404
    refused = world.dispatch(dispatch_body("none"))
    assert (refused.status_code, refused.json()["code"]) == (422, "called_off"), "it came after it was called off"


def test_units_are_packed_evenly_and_never_into_an_empty_box() -> None:
    lines = (WireLine(line_id="1", sku="PAN", quantity=2), WireLine(line_id="2", sku="LID", quantity=1))
    assert [sum(line.quantity for line in box) for box in pack(lines, 2)] == [1, 2]
    assert len(pack(lines, 9)) == 3


def _bundle_line(world: World) -> str:
    """A line of 2 bundles, each of a pan and two lids; returns its id."""
    line = SandboxLine(sku="SET", quantity=2, components={"PAN": 1, "LID": 2})
    order_id = world.control.place_shopify_order(KITCHEN.account, SandboxOrder(lines=(line,)))
    return world.control.truth().order(order_id).lines[0].line_id


def test_a_line_split_over_two_nodes_is_no_duplicate_and_a_line_sent_twice_is_one(world: World) -> None:
    line = _bundle_line(world)
    half = [{"line_id": line, "sku": "PAN", "quantity": 1}, {"line_id": line, "sku": "LID", "quantity": 2}]
    world.dispatch(dispatch_body("d-1", lines=half))
    world.clock.advance(1)
    world.dispatch(dispatch_body("d-2", lines=half), node="harbor_3pl")
    assert world.control.truth().duplicate_dispatches == 0
    world.clock.advance(1)
    world.dispatch(dispatch_body("d-3", lines=half))
    assert [d.duplicate for d in world.control.truth().dispatches] == [False, False, True]


def test_a_dispatch_after_a_cancelled_one_is_no_duplicate(world: World) -> None:
    world.control.set_knobs(_knobs(pick_seconds=60.0))
    order_id = world.control.place_shopify_order(KITCHEN.account, order())
    lines = [{"line_id": world.control.truth().order(order_id).lines[0].line_id, "sku": "PAN-28", "quantity": 1}]
    world.dispatch(dispatch_body("d-1", lines=lines))
    world.http.post(f"/nodes/{NODE}/shipments/d-1/cancel", headers=world.node_headers(NODE))
    world.clock.advance(1)
    world.dispatch(dispatch_body("d-2", lines=lines))
    assert world.control.truth().duplicate_dispatches == 0


def test_a_delivery_is_told_after_its_package(world: World, receiver: Receiver) -> None:
    world.control.set_knobs(_knobs(packages=2, delivered_after_seconds=0.01))
    world.dispatch(dispatch_body())
    callbacks = receiver.wait(5)
    told = [(c.json["kind"], c.json["package"]["package_id"]) for c in callbacks if c.json["package"]]
    assert sorted(told) == [("delivered", "P1"), ("delivered", "P2"), ("shipped", "P1"), ("shipped", "P2")]
    assert told.index(("shipped", "P1")) < told.index(("delivered", "P1"))


def test_a_package_is_relabelled_and_lost_when_the_test_says_so(world: World, receiver: Receiver) -> None:
    world.dispatch(dispatch_body())
    assert _kinds(receiver, 2) == ["accepted", "shipped"]
    world.control.relabel(NODE, "d-1", "D-77", carrier="DPD")
    world.control.lose(NODE, "d-1")
    assert sorted(_kinds(receiver, 4)[2:]) == ["lost", "shipped"]
    (box,) = world.shipment("d-1").json()["packages"]
    assert (box["package_id"], box["tracking_number"], box["carrier"]) == ("P1", "D-77", "DPD")
    with pytest.raises(ControlFailed, match="no dispatch"):
        world.control.lose(NODE, "d-2")


def test_what_left_a_node_is_gone_from_its_shelves_and_what_it_packed_is_promised(
    world: World, receiver: Receiver
) -> None:
    world.control.put_stock(NODE, {"PAN-28": 9})
    world.control.set_knobs(_knobs(packages=2, held_back=1))
    world.dispatch(dispatch_body())
    _kinds(receiver, 2)
    assert _told(world) == {"PAN-28": 7}, "one left, one is packed"
    world.control.put_stock(NODE, {"PAN-28": 8})
    world.control.ship(NODE, "d-1")
    assert _told(world) == {"PAN-28": 7}, "both left"
    with pytest.raises(ControlFailed, match="no node"):
        world.control.put_stock("nowhere", {"PAN-28": 1})


def _told(world: World) -> dict[str, int]:
    levels = world.http.get(f"/nodes/{NODE}/stock", headers=world.node_headers(NODE)).json()["levels"]
    return {level["sku"]: level["available"] for level in levels}
