"""The sandbox's Notifications against Amazon's own models, its messages as they arrive in a real queue."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from orderloom.sandbox.knobs import Knobs, NotificationKnobs
from tests.contract.test_amazon_model import Check, _checker
from tests.sandbox.world import CONFIG, SELLER, World, order, running_world
from tests.sqs import QueueServer, TestQueue
from tests.starter.servers import until

ACCOUNT = SELLER.account


@pytest.fixture
def queue(queue_server: QueueServer) -> TestQueue:
    return queue_server.queue()


@pytest.fixture
def notified(queue_server: QueueServer) -> Iterator[World]:
    with running_world(CONFIG.model_copy(update={"sqs_endpoint": queue_server.endpoint})) as world:
        yield world


@pytest.fixture
def notifications(shared: Path) -> Check:
    return _checker(shared / "contracts/spapi/notifications.json")


def subscribe(world: World, queue: TestQueue) -> list[tuple[str, Any]]:
    """The answers on the way, by the model's names for them."""
    asked = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    token = world.amazon_token(**asked).json()["access_token"]
    body = {"name": "orders", "resourceSpecification": {"sqs": {"arn": queue.arn}}}
    made = world.http.post("/notifications/v1/destinations", headers={"x-amz-access-token": token}, json=body).json()
    listed = world.http.get("/notifications/v1/destinations", headers={"x-amz-access-token": token}).json()
    directive = {"eventFilter": {"eventFilterType": "ORDER_CHANGE", "orderChangeTypes": ["OrderStatusChange"]}}
    body = {"destinationId": made["payload"]["destinationId"], "payloadVersion": "1.0"}
    path = "/notifications/v1/subscriptions/ORDER_CHANGE"
    refused = world.amazon("POST", path, json=body).json()
    subscribed = world.amazon("POST", path, json=body | {"processingDirective": directive}).json()
    return [
        ("CreateDestinationResponse", made),
        ("GetDestinationsResponse", listed),
        ("CreateSubscriptionResponse", refused),
        ("CreateSubscriptionResponse", subscribed),
        ("GetSubscriptionResponse", world.amazon("GET", path).json()),
    ]


def arrived(queue: TestQueue, count: int) -> list[dict[str, Any]]:
    until(lambda: queue.left() == count)
    found: list[dict[str, Any]] = []
    while len(found) < count:
        answer = queue.server.client.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10)
        found += [json.loads(each["Body"]) for each in answer.get("Messages", ())]
    return found


def test_destinations_and_subscriptions_are_written_as_the_model_says(
    notified: World, queue: TestQueue, notifications: Check
) -> None:
    for name, answer in subscribe(notified, queue):
        # The model's eventFilter is an allOf, whose parts cannot each be closed.
        directive = answer.get("payload", [])
        if "processingDirective" in directive:
            assert set(directive.pop("processingDirective")["eventFilter"]) == {"eventFilterType", "orderChangeTypes"}
        notifications(answer, name)


def test_a_seller_token_manages_no_destinations_and_an_app_token_reads_no_orders(notified: World) -> None:
    assert notified.amazon("GET", "/notifications/v1/destinations").status_code == 403
    asked = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    token = notified.amazon_token(**asked).json()["access_token"]
    headers = {"x-amz-access-token": token}
    assert notified.http.get("/orders/2026-01-01/orders", headers=headers).status_code == 403
    assert notified.amazon_token(**asked | {"scope": "world"}).status_code == 400


def test_an_app_ends_its_subscriptions_and_destinations_and_nobody_elses(notified: World, queue: TestQueue) -> None:
    subscribe(notified, queue)
    asked = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    headers = {"x-amz-access-token": notified.amazon_token(**asked).json()["access_token"]}
    path = "/notifications/v1/subscriptions/ORDER_CHANGE"
    made = notified.amazon("GET", path).json()["payload"]
    one = f"{path}/{made['subscriptionId']}"
    assert notified.amazon("DELETE", one).status_code == 403, "it takes a token of the app"
    assert notified.http.delete(f"{path}/another", headers=headers).status_code == 404
    assert (notified.http.delete(one, headers=headers).json(), notified.amazon("GET", path).status_code) == ({}, 404)
    place = f"/notifications/v1/destinations/{made['destinationId']}"
    assert [notified.http.delete(place, headers=headers).status_code for _ in range(2)] == [200, 404]


def test_every_change_of_an_order_arrives_as_the_schema_says(notified: World, queue: TestQueue, shared: Path) -> None:
    subscribe(notified, queue)
    placed = notified.control.place_amazon_order(ACCOUNT, order())
    notified.control.cancel_amazon_order(ACCOUNT, placed, request_only=True)
    notified.control.cancel_amazon_order(ACCOUNT, placed)
    schema = json.loads((shared / "contracts/spapi/OrderChangeNotification.json").read_text())
    changes = []
    for document in arrived(queue, 3):
        assert [error.message for error in Draft7Validator(schema).iter_errors(document)] == []
        content = document["Payload"]["OrderChangeNotification"]
        changes.append((content["OrderChangeType"], content["Summary"]["OrderStatus"]))
    assert sorted(changes) == [
        ("BuyerRequestedChange", "Unshipped"),
        ("OrderStatusChange", "Canceled"),
        ("OrderStatusChange", "Unshipped"),
    ]


def test_the_knobs_lose_double_and_damage_messages(notified: World, queue: TestQueue) -> None:
    subscribe(notified, queue)
    notified.control.set_knobs(Knobs(notifications=NotificationKnobs(lost_rate=1.0)))
    notified.control.place_amazon_order(ACCOUNT, order())
    notified.control.set_knobs(Knobs(notifications=NotificationKnobs(copies=2)))
    notified.control.place_amazon_order(ACCOUNT, order())
    twice = arrived(queue, 2)
    assert twice[0]["NotificationMetadata"] == twice[1]["NotificationMetadata"]
