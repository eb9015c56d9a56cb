"""Amazon's reading side: tokens, the 2-minute rule, parameters, datasets, pages, limits."""

import pytest

from orderloom.sandbox.config import SandboxConfig
from tests.sandbox.world import CONFIG, SELLER, World, order, running_world

ACCOUNT = SELLER.account


def _ids(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [found["orderId"] for found in answer["orders"]]


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"refresh_token": "wrong"}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_needs_the_right_credentials(world: World, change: dict[str, str], status: int, error: str) -> None:
    answer = world.amazon_token(**change)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_an_access_token_ends_after_its_hour(world: World) -> None:
    headers = {"x-amz-access-token": world.amazon_token().json()["access_token"]}
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    path = f"/orders/2026-01-01/orders/{order_id}"
    assert world.http.get(path, headers=headers).status_code == 200
    world.clock.advance(3600)
    refused = world.http.get(path, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "Unauthorized")
    assert "expired" in refused.json()["errors"][0]["details"]


def test_expired_tokens_are_expired_by_control_too(world: World) -> None:
    headers = {"x-amz-access-token": world.amazon_token().json()["access_token"]}
    world.control.expire_amazon_tokens()
    assert world.http.get("/orders/2026-01-01/orders", headers=headers).status_code == 403


def test_an_order_is_invisible_to_search_for_two_minutes(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    assert world.search().json()["orders"] == []
    world.clock.advance(119)
    assert world.search().json()["orders"] == []
    world.clock.advance(1)
    seen = world.search().json()
    assert _ids(seen) == [order_id]
    assert seen["lastUpdatedBefore"] == "2026-11-23T12:00:00.000Z"


def test_a_change_hides_the_order_again_until_it_is_two_minutes_old(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    world.clock.advance(120)
    world.control.cancel_amazon_order(ACCOUNT, order_id, request_only=True)
    assert _ids(world.search().json()) == []
    world.clock.advance(120)
    assert _ids(world.search().json()) == [order_id]


def test_speed_shortens_the_two_minutes_and_the_refill() -> None:
    with running_world(CONFIG.model_copy(update={"speed": 60.0})) as world:
        order_id = world.control.place_amazon_order(ACCOUNT, order())
        world.clock.advance(2)
        answer = world.search()
        assert _ids(answer.json()) == [order_id]
        assert float(answer.headers["x-amzn-RateLimit-Limit"]) == pytest.approx(0.0056 * 60)


@pytest.mark.parametrize(
    "parameters",
    [
        {"lastUpdatedAfter": None},
        {"createdAfter": "2026-11-01T00:00:00Z"},
        {"createdBefore": "2026-11-02T00:00:00Z"},
        {"lastUpdatedBefore": "2026-11-23T11:58:01Z"},
        {"lastUpdatedBefore": "2026-10-01T00:00:00Z"},
        {"lastUpdatedAfter": "yesterday"},
        {"maxResultsPerPage": 0},
        {"maxResultsPerPage": 101},
        {"maxResultsPerPage": "many"},
        {"fulfillmentStatuses": "Unshipped"},
        {"fulfilledBy": "MFN"},
        {"includedData": "BUYER,EVERYTHING"},
        {"marketplaceIds": ",".join(f"M{n}" for n in range(51))},
        {"paginationToken": "made-up"},
    ],
)
def test_wrong_parameters_are_invalid_input(world: World, parameters: dict[str, object]) -> None:
    answer = world.search(**parameters)
    assert answer.status_code == 400
    assert [error["code"] for error in answer.json()["errors"]] == ["InvalidInput"]


def test_filters_choose_by_status_fulfiller_marketplace_and_creation(world: World) -> None:
    ours = world.control.place_amazon_order(ACCOUNT, order())
    theirs = world.control.place_amazon_order(ACCOUNT, order(fulfilled_by="amazon", prime=True))
    pending = world.control.place_amazon_order(ACCOUNT, order(pending=True))
    abroad = world.control.place_amazon_order(ACCOUNT, order(marketplace="A2EUQ1WTGCTBG2"))
    world.clock.advance(120)
    assert _ids(world.search(fulfilledBy="AMAZON").json()) == [theirs]
    assert _ids(world.search(fulfillmentStatuses="PENDING,CANCELLED").json()) == [pending]
    assert _ids(world.search(marketplaceIds="A2EUQ1WTGCTBG2").json()) == [abroad]
    by_creation = world.search(lastUpdatedAfter=None, createdAfter="2026-11-23T00:00:00Z").json()
    assert sorted(_ids(by_creation)) == sorted([ours, theirs, pending, abroad])
    assert "createdBefore" in by_creation
    assert "lastUpdatedBefore" not in by_creation


def test_a_dataset_is_there_only_when_it_was_asked_for(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    bare = world.get_order(order_id, included="")
    assert set(bare) == {"orderId", "createdTime", "lastUpdatedTime", "programs", "salesChannel", "orderItems"}
    assert "fulfillment" not in bare["orderItems"][0]
    assert set(world.get_order(order_id, included="RECIPIENT")) == {*bare, "recipient"}
    full = world.get_order(order_id)
    assert set(full) == {*bare, "buyer", "recipient", "proceeds", "fulfillment", "packages", "payment"}
    assert full["proceeds"]["grandTotal"] == {"amount": "20.00", "currencyCode": "USD"}


def test_a_pending_order_shows_neither_buyer_nor_price_until_it_is_released(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order(pending=True))
    pending = world.get_order(order_id)
    assert pending["fulfillment"]["fulfillmentStatus"] == "PENDING"
    assert not {"buyer", "recipient", "proceeds"} & set(pending)
    assert world.control.release_pending(ACCOUNT) == 1
    released = world.get_order(order_id)
    assert released["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert {"buyer", "recipient", "proceeds"} <= set(released)


def test_an_order_that_amazon_ships_shows_no_street_and_ships_by_itself(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order(fulfilled_by="amazon", prime=True))
    found = world.get_order(order_id)
    assert (found["fulfillment"]["fulfilledBy"], found["programs"]) == ("AMAZON", ["PRIME"])
    assert set(found["recipient"]["deliveryAddress"]) == {"city", "stateOrRegion", "countryCode"}
    assert world.control.ship_by_amazon(ACCOUNT, order_id)
    assert world.get_order(order_id)["orderItems"][0]["fulfillment"] == {
        "quantityFulfilled": 1,
        "quantityUnfulfilled": 0,
    }


def test_the_buyer_may_ask_to_cancel_or_cancel_for_good(world: World) -> None:
    order_id = world.control.place_amazon_order(ACCOUNT, order())
    world.control.cancel_amazon_order(ACCOUNT, order_id, request_only=True)
    asked = world.get_order(order_id)
    assert asked["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"
    assert asked["orderItems"][0]["cancellation"]["cancellationRequest"]["requester"] == "BUYER"
    assert world.control.cancel_amazon_order(ACCOUNT, order_id)
    done = world.get_order(order_id)
    assert done["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert done["orderItems"][0]["cancellation"]["cancellationExecution"]["cancelledBy"] == "BUYER"


def test_pages_join_to_the_whole_and_insist_on_the_same_question(world: World) -> None:
    placed = {world.control.place_amazon_order(ACCOUNT, order()) for _ in range(5)}
    world.clock.advance(120)
    first = world.search(maxResultsPerPage=2).json()
    token = first["pagination"]["nextToken"]
    assert world.search(paginationToken=token, fulfilledBy="MERCHANT").status_code == 400
    second = world.search(paginationToken=token, maxResultsPerPage=3).json()
    assert "pagination" not in second
    assert len(_ids(first)) == 2
    assert {*_ids(first), *_ids(second)} == placed


def test_a_page_token_lives_a_day(world: World) -> None:
    for _ in range(2):
        world.control.place_amazon_order(ACCOUNT, order())
    world.clock.advance(120)
    token = world.search(maxResultsPerPage=1).json()["pagination"]["nextToken"]
    world.clock.advance(24 * 3600)
    assert world.search(paginationToken=token).status_code == 400


def test_search_allows_twenty_calls_and_then_one_in_three_minutes(world: World) -> None:
    statuses = [world.search().status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]
    refused = world.search()
    assert refused.json()["errors"][0]["code"] == "QuotaExceeded"
    assert refused.headers["x-amzn-RateLimit-Limit"] == "0.0056"
    world.clock.advance(179)
    assert [world.search().status_code for _ in range(2)] == [200, 429]


def test_each_seller_has_a_budget_of_its_own() -> None:
    other = SELLER.model_copy(update={"account": "kitchen_eu", "client_id": "other", "refresh_token": "other"})
    config: SandboxConfig = CONFIG.model_copy(update={"amazon": (SELLER, other)})
    with running_world(config) as world:
        while world.search().status_code == 200:
            continue
        token = world.amazon_token(client_id="other", refresh_token="other").json()["access_token"]
        answer = world.http.get(
            "/orders/2026-01-01/orders",
            headers={"x-amz-access-token": token},
            params={"lastUpdatedAfter": "2026-11-01T00:00:00Z"},
        )
        assert answer.status_code == 200


def test_an_unknown_order_is_not_found(world: World) -> None:
    answer = world.amazon("GET", "/orders/2026-01-01/orders/111-0000000-0000000")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "NotFound")
