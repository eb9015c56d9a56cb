"""Shopify's Admin GraphQL as the sandbox plays it: tokens, reading, fulfilling, throttling."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.shopify.subscriptions import TOPICS
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from tests.sandbox.world import KITCHEN, NOON, SHOP, World, order

ACCOUNT = KITCHEN.account
READ = """
query Read($id: ID!) { order(id: $id) {
  name displayFulfillmentStatus cancelledAt
  fulfillments(first: 10) { id trackingInfo(first: 5) { company number url } }
  fulfillmentOrders(first: 5) { nodes { id status lineItems(first: 9) { nodes { id remainingQuantity } } } }
} }"""
CREATE = """
mutation Create($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) {
  fulfillment { id name totalQuantity trackingInfo(first: 1) { number } } userErrors { field message }
} }"""
PAGES = """
query Pages($n: Int!, $after: String) { orders(first: $n, after: $after, sortKey: UPDATED_AT) {
  nodes { name } pageInfo { hasNextPage endCursor }
} }"""


def _gid(order_id: str) -> str:
    return f"gid://shopify/Order/{order_id}"


def _read(world: World, order_id: str) -> dict[str, Any]:
    found: dict[str, Any] = world.graphql(READ, id=_gid(order_id)).json()["data"]["order"]
    return found


def _lines(world: World, order_id: str) -> tuple[str, list[str]]:
    """The fulfillment order's id and those of its lines."""
    (opened,) = _read(world, order_id)["fulfillmentOrders"]["nodes"]
    return opened["id"], [line["id"] for line in opened["lineItems"]["nodes"]]


def _fulfil(world: World, opened: str, units: dict[str, int] | None, tracking: str = "1Z999") -> dict[str, Any]:
    group: dict[str, Any] = {"fulfillmentOrderId": opened}
    if units is not None:
        group["fulfillmentOrderLineItems"] = [{"id": line, "quantity": count} for line, count in units.items()]
    fulfillment = {"lineItemsByFulfillmentOrder": [group], "trackingInfo": {"company": "UPS", "number": tracking}}
    answer: dict[str, Any] = world.graphql(CREATE, fulfillment=fulfillment).json()["data"]["fulfillmentCreate"]
    return answer


def test_a_wrong_token_is_a_401(world: World) -> None:
    answer = world.graphql("{ shop { name } }", token="shpat_wrong")
    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_client_credentials_buy_a_token_for_a_day(world: World) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": KITCHEN.client_id,
        "client_secret": KITCHEN.client_secret,
    }
    path = f"/shopify/{SHOP}/admin/oauth/access_token"
    assert world.http.post(path, json=form | {"client_secret": "wrong"}).status_code == 400
    granted = world.http.post(path, json=form).json()
    assert granted["expires_in"] == 86_399
    answer = world.graphql("{ shop { myshopifyDomain } }", token=granted["access_token"])
    assert answer.json()["data"] == {"shop": {"myshopifyDomain": SHOP}}
    assert answer.headers["x-shopify-api-version"] == "2026-10"
    world.clock.advance(86_400)
    assert world.graphql("{ shop { name } }", token=granted["access_token"]).status_code == 401


def test_an_unknown_shop_is_a_404(world: World) -> None:
    path = "/shopify/other.myshopify.com/admin/api/2026-10/graphql.json"
    assert world.http.post(path, json={"query": "{ shop { id } }"}).status_code == 404


def test_a_query_beyond_the_schema_or_the_syntax_is_an_error_in_a_200(world: World) -> None:
    for query in ("{ shop { plumage } }", "{ shop {", "{ order { id } }"):
        answer = world.graphql(query)
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["message"]
        assert "data" not in answer.json()


def test_a_fulfillment_ships_the_order_and_closes_its_fulfillment_order(world: World) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order(quantity=2))
    opened, (line,) = _lines(world, order_id)
    made = _fulfil(world, opened, {line: 2})
    assert made["userErrors"] == []
    assert (made["fulfillment"]["name"], made["fulfillment"]["totalQuantity"]) == ("#1001.1", 2)
    found = _read(world, order_id)
    assert found["displayFulfillmentStatus"] == "FULFILLED"
    assert found["fulfillmentOrders"]["nodes"][0]["status"] == "CLOSED"
    assert found["fulfillments"][0]["trackingInfo"] == [{"company": "UPS", "number": "1Z999", "url": None}]


def test_a_part_leaves_the_rest_in_progress_and_a_repeated_part_is_a_second_fulfillment(world: World) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order(quantity=3))
    opened, (line,) = _lines(world, order_id)
    for _ in range(2):
        assert _fulfil(world, opened, {line: 1})["userErrors"] == []
    found = _read(world, order_id)
    assert (found["displayFulfillmentStatus"], len(found["fulfillments"])) == ("PARTIALLY_FULFILLED", 2)
    assert found["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"][0]["remainingQuantity"] == 1
    (confirmation,) = world.control.truth().confirmations_of(order_id)
    assert confirmation.creations == 2
    assert world.control.truth().duplicate_confirmations == 1


def test_without_lines_all_that_remains_is_fulfilled(world: World) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order(quantity=3))
    opened, (line,) = _lines(world, order_id)
    _fulfil(world, opened, {line: 1})
    assert _fulfil(world, opened, None, "1Z998")["fulfillment"]["totalQuantity"] == 2


def test_the_recorded_refusals_come_as_user_errors_and_change_nothing(world: World) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order(quantity=2))
    opened, (line,) = _lines(world, order_id)

    def message(units: dict[str, int] | None, of: str = opened) -> str:
        answer = _fulfil(world, of, units)
        assert answer["fulfillment"] is None
        (error,) = answer["userErrors"]
        assert error["field"] == ["fulfillment"]
        text: str = error["message"]
        return text

    assert message({line: 3}) == "Invalid fulfillment order line item quantity requested."
    assert message({line: 0}) == "Quantity must be greater than 0"
    assert message(None, "gid://shopify/FulfillmentOrder/1") == "Fulfillment order does not exist."
    assert world.control.truth().confirmations == ()
    _fulfil(world, opened, {line: 2})
    number = opened.rsplit("/", 1)[1]
    assert message({line: 2}) == f"Fulfillment order {number} has an unfulfillable status= closed."


def test_fulfillment_orders_of_two_orders_do_not_go_together(world: World) -> None:
    opened = [_lines(world, world.control.place_shopify_order(ACCOUNT, order()))[0] for _ in range(2)]
    fulfillment = {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": one} for one in opened]}
    answer = world.graphql(CREATE, fulfillment=fulfillment).json()["data"]["fulfillmentCreate"]
    assert answer["userErrors"][0]["message"].startswith("All fulfillment orders must belong to the same order")


def test_an_answer_lost_after_the_commit_leaves_the_fulfillment_there(world: World) -> None:
    order_id = world.control.place_shopify_order(ACCOUNT, order())
    opened, (line,) = _lines(world, order_id)
    world.control.set_knobs(Knobs(faults={"shopify.fulfillmentCreate": Faults(lost_answer_rate=1.0)}))
    with pytest.raises(httpx.RemoteProtocolError):
        _fulfil(world, opened, {line: 1})
    assert _read(world, order_id)["fulfillments"][0]["trackingInfo"][0]["number"] == "1Z999"


def test_a_cancelled_order_takes_no_fulfillment_and_a_fulfilled_one_no_cancellation(world: World) -> None:
    cancelled = world.control.place_shopify_order(ACCOUNT, order())
    opened, (line,) = _lines(world, cancelled)
    assert world.control.cancel_shopify_order(ACCOUNT, cancelled)
    assert "status= cancelled" in _fulfil(world, opened, {line: 1})["userErrors"][0]["message"]
    shipped = world.control.place_shopify_order(ACCOUNT, order())
    opened, (line,) = _lines(world, shipped)
    _fulfil(world, opened, {line: 1})
    assert not world.control.cancel_shopify_order(ACCOUNT, shipped)


def test_gift_cards_and_services_have_no_fulfillment_order(world: World) -> None:
    lines = (SandboxLine(sku="CARD", gift_card=True), SandboxLine(sku="CLASS", requires_shipping=False))
    order_id = world.control.place_shopify_order(ACCOUNT, SandboxOrder(lines=lines))
    assert _read(world, order_id)["fulfillmentOrders"]["nodes"] == []


def test_fulfillment_orders_may_take_their_time_to_appear(world: World) -> None:
    world.control.set_knobs(Knobs(fulfillment_orders_after_seconds=2.0))
    order_id = world.control.place_shopify_order(ACCOUNT, order())
    assert _read(world, order_id)["fulfillmentOrders"]["nodes"] == []
    world.clock.advance(2)
    assert len(_read(world, order_id)["fulfillmentOrders"]["nodes"]) == 1


def test_orders_are_found_by_time_and_name_and_come_in_pages(world: World) -> None:
    for hours in (30, 20, 10):
        world.control.place_shopify_order(ACCOUNT, order(created_at=NOON - timedelta(hours=hours)))
    first = world.graphql(PAGES, n=2).json()["data"]["orders"]
    assert [node["name"] for node in first["nodes"]] == ["#1001", "#1002"]
    rest = world.graphql(PAGES, n=2, after=first["pageInfo"]["endCursor"]).json()["data"]["orders"]
    assert [node["name"] for node in rest["nodes"]] == ["#1003"]
    assert not rest["pageInfo"]["hasNextPage"]
    search = "query($q: String) { orders(first: 5, query: $q) { nodes { name } } }"
    since = world.graphql(search, q="updated_at:>='2026-11-22T12:00:00Z' status:open").json()["data"]["orders"]["nodes"]
    assert [node["name"] for node in since] == ["#1002", "#1003"]
    assert world.graphql(search, q="name:#1003").json()["data"]["orders"]["nodes"] == [{"name": "#1003"}]
    assert world.graphql(search, q="colour:red").json()["errors"]


def test_every_answer_tells_its_cost_and_gives_back_what_it_did_not_use(world: World) -> None:
    cost = world.graphql("{ orders(first: 50) { nodes { id } } }").json()["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (51, 1)
    assert cost["throttleStatus"] == {"maximumAvailable": 2000, "currentlyAvailable": 1999, "restoreRate": 100.0}


def test_a_query_over_a_thousand_points_is_never_run(world: World) -> None:
    query = "{ orders(first: 100) { nodes { lineItems(first: 100) { nodes { id } } } } }"
    (error,) = world.graphql(query).json()["errors"]
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"


def test_an_empty_bucket_throttles_with_a_200_until_it_is_refilled(world: World) -> None:
    for _ in range(40):
        world.control.place_shopify_order(ACCOUNT, order())
    query = "{ orders(first: 250) { nodes { id customer { id } shippingAddress { id } } } }"
    answer = world.graphql(query)
    while "errors" not in answer.json():
        answer = world.graphql(query)
    assert answer.status_code == 200
    throttled = answer.json()
    assert throttled["errors"][0]["extensions"]["code"] == "THROTTLED"
    assert "data" not in throttled
    cost = throttled["extensions"]["cost"]
    assert cost["actualQueryCost"] is None
    missing = cost["requestedQueryCost"] - cost["throttleStatus"]["currentlyAvailable"]
    world.clock.advance(missing / cost["throttleStatus"]["restoreRate"])
    assert "data" in world.graphql(query).json()


def test_the_subscriptions_name_the_starter(world: World) -> None:
    query = "{ webhookSubscriptions(first: 50) { nodes { topic uri } } }"
    assert world.graphql(query).json()["data"]["webhookSubscriptions"]["nodes"] == []
    world.control.send_to("http://127.0.0.1:9")
    nodes = world.graphql(query).json()["data"]["webhookSubscriptions"]["nodes"]
    assert {node["topic"] for node in nodes} == set(TOPICS) - {"INVENTORY_LEVELS_UPDATE"}
    assert {node["uri"] for node in nodes} == {f"http://127.0.0.1:9/webhooks/shopify/{ACCOUNT}"}


def test_knobs_throttle_and_fail_shopify_too(world: World) -> None:
    world.control.set_knobs(Knobs(faults={"shopify": Faults(throttle_rate=1.0)}))
    assert world.graphql("{ shop { id } }").json()["errors"][0]["extensions"]["code"] == "THROTTLED"
    world.control.set_knobs(Knobs(faults={"shopify.query": Faults(error_rate=1.0)}))
    assert world.graphql("{ shop { id } }").status_code == 502
