"""shipmentConfirmation: what it takes, what it edits, what it refuses."""

from typing import Any

import httpx
import pytest

from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from tests.sandbox.world import SELLER, World, order, package

ACCOUNT = SELLER.account


def _placed(world: World, quantity: int = 1, **more: Any) -> tuple[str, str]:
    """The ids of a new order and of its one item."""
    order_id = world.control.place_amazon_order(ACCOUNT, order(quantity=quantity, **more))
    return order_id, world.control.truth().order(order_id).lines[0].line_id


def _refusal(answer: httpx.Response) -> str:
    assert answer.status_code == 400
    message: str = answer.json()["errors"][0]["message"]
    return message


def test_a_confirmed_package_ships_the_order(world: World) -> None:
    order_id, item = _placed(world)
    world.clock.advance(60)
    answer = world.confirm(order_id, package({item: 1}))
    assert (answer.status_code, answer.content) == (204, b"")
    found = world.get_order(order_id)
    assert found["fulfillment"]["fulfillmentStatus"] == "SHIPPED"
    assert found["lastUpdatedTime"] == "2026-11-23T12:01:00.000Z"
    assert found["packages"][0] == {
        "packageReferenceId": "1",
        "createdTime": "2026-11-23T12:01:00.000Z",
        "packageStatus": {"status": "SHIPPED"},
        "carrier": "UPS",
        "shipTime": "2026-11-23T12:00:00Z",
        "trackingNumber": "1Z999",
        "packageItems": [{"orderItemId": item, "quantity": 1}],
    }


def test_two_packages_ship_the_order_in_two_steps(world: World) -> None:
    order_id, item = _placed(world, quantity=3)
    world.confirm(order_id, package({item: 1}, "1"))
    assert world.control.truth().order(order_id).status == "PARTIALLY_SHIPPED"
    world.confirm(order_id, package({item: 2}, "2", trackingNumber="1Z998"))
    assert world.control.truth().order(order_id).status == "SHIPPED"
    assert [c.reference for c in world.control.truth().confirmations_of(order_id)] == ["1", "2"]


def test_the_same_reference_again_edits_the_package(world: World) -> None:
    order_id, item = _placed(world)
    for tracking in ("1Z999", "1Z999", "1Z111"):
        assert world.confirm(order_id, package({item: 1}, trackingNumber=tracking)).status_code == 204
    (confirmation,) = world.control.truth().confirmations_of(order_id)
    assert (confirmation.tracking_number, confirmation.creations, confirmation.edits) == ("1Z111", 1, 2)
    assert world.control.truth().duplicate_confirmations == 0


def test_another_reference_for_a_shipped_order_finds_no_package(world: World) -> None:
    order_id, item = _placed(world)
    world.confirm(order_id, package({item: 1}))
    assert "PackageToUpdateNotFound" in _refusal(world.confirm(order_id, package({item: 1}, "2")))


def test_the_same_tracking_number_under_two_references_counts_as_a_duplicate(world: World) -> None:
    order_id, item = _placed(world, quantity=2)
    for reference in ("1", "2"):
        world.confirm(order_id, package({item: 1}, reference))
    assert world.control.truth().duplicate_confirmations == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"packageReferenceId": 1}, "invalid type [packageDetail.packageReferenceId]"),
        ({"packageReferenceId": None}, "PackageReferenceId: is invalid, must be a positive numeric value."),
        ({"packageReferenceId": "P-1"}, "PackageReferenceId: is invalid, must be a positive numeric value."),
        ({"packageReferenceId": "0"}, "PackageReferenceId: is invalid, must be a positive numeric value."),
        ({"carrierCode": "Other"}, "Missing required field [packageDetail.carrierName]."),
        ({"carrierCode": None}, "Missing required field [packageDetail.carrierCode]."),
        ({"trackingNumber": ""}, "Missing required field [packageDetail.trackingNumber]."),
        ({"shipDate": "today"}, "ShipDate: is invalid, must be an ISO 8601 date."),
        ({"orderItems": []}, "Missing required field [packageDetail.orderItems]."),
    ],
)
def test_an_incomplete_package_is_refused(world: World, changes: dict[str, Any], message: str) -> None:
    order_id, item = _placed(world)
    assert _refusal(world.confirm(order_id, package({item: 1}) | changes)) == message
    assert world.control.truth().confirmations == ()


def test_unknown_items_and_too_many_units_are_refused(world: World) -> None:
    order_id, item = _placed(world)
    assert "Invalid order item" in _refusal(world.confirm(order_id, package({"123": 1})))
    assert "exceeds" in _refusal(world.confirm(order_id, package({item: 2})))
    assert "invalid value" in _refusal(world.confirm(order_id, package({item: 0})))


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"fulfilled_by": "amazon"}, "fulfilled by Amazon"),
        ({"programs": ("FBM_SHIP_PLUS",)}, "Ship+"),
        ({"pending": True}, "PENDING"),
        ({"status": "CANCELLED"}, "CANCELLED"),
    ],
)
def test_orders_that_the_seller_may_not_confirm_are_refused(world: World, more: dict[str, Any], word: str) -> None:
    order_id, item = _placed(world, **more)
    assert word in _refusal(world.confirm(order_id, package({item: 1})))


def test_another_marketplace_and_an_unknown_order_are_refused(world: World) -> None:
    order_id, item = _placed(world)
    assert "marketplaceId" in _refusal(world.confirm(order_id, package({item: 1}), marketplace="A1F83G8C2ARO7P"))
    assert world.confirm("111-0000000-0000000", package({item: 1})).status_code == 404


def test_an_answer_lost_after_the_commit_leaves_the_package_there(world: World) -> None:
    order_id, item = _placed(world)
    world.control.set_knobs(Knobs(faults={"amazon.confirmShipment": Faults(lost_answer_rate=1.0)}))
    with pytest.raises(httpx.RemoteProtocolError):
        world.confirm(order_id, package({item: 1}))
    assert [c.tracking_number for c in world.control.truth().confirmations] == ["1Z999"]
    world.control.set_knobs(Knobs(faults={"amazon": Faults(lost_answer_rate=1.0, lost_answer_as="504")}))
    assert world.confirm(order_id, package({item: 1})).status_code == 504
    world.control.set_knobs(Knobs())
    assert world.confirm(order_id, package({item: 1})).status_code == 204
    assert world.control.truth().duplicate_confirmations == 0


def test_confirming_allows_ten_calls_and_then_two_a_second(world: World) -> None:
    order_id, item = _placed(world)
    statuses = [world.confirm(order_id, package({item: 1})).status_code for _ in range(11)]
    assert statuses == [204] * 10 + [429]
    world.clock.advance(0.5)
    assert [world.confirm(order_id, package({item: 1})).status_code for _ in range(2)] == [204, 429]


def test_faults_come_before_anything_is_done_and_in_three_bodies(world: World) -> None:
    order_id, item = _placed(world)
    world.control.set_knobs(Knobs(seed=1, faults={"amazon.confirmShipment": Faults(error_rate=1.0)}))
    answers = [world.confirm(order_id, package({item: 1})) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {500, 503}
    assert {answer.content[:1] for answer in answers} == {b"{", b"<", b""}
    world.control.set_knobs(Knobs(faults={"amazon.getOrder": Faults(throttle_rate=1.0)}))
    assert world.amazon("GET", f"/orders/2026-01-01/orders/{order_id}").status_code == 429
    assert world.control.truth().confirmations == ()


def test_an_item_may_be_sold_on_two_lines(world: World) -> None:
    twice = SandboxOrder(lines=(SandboxLine(sku="PAN-28"), SandboxLine(sku="PAN-28")))
    order_id = world.control.place_amazon_order(ACCOUNT, twice)
    items = [line.line_id for line in world.control.truth().order(order_id).lines]
    assert len(set(items)) == 2
    world.confirm(order_id, package({items[0]: 1}))
    assert world.control.truth().order(order_id).status == "PARTIALLY_SHIPPED"
