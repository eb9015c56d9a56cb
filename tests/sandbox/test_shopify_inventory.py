"""Shopify's stock as the sandbox plays it: reading, compare-and-set, idempotency keys, locations and the echo."""

from collections.abc import Iterator
from typing import Any

import pytest

from orderloom.sandbox.config import LocationConfig
from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.wishes import HandEdit, PutListing
from tests.sandbox.world import CONFIG, KITCHEN, Receiver, World, order, running_world

ACCOUNT = KITCHEN.account
PAN = "PAN-28"
SET = """
mutation Set($input: InventorySetQuantitiesInput!, $key: String!) {
  answer: inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id reason changes(quantityNames: ["available"]) { delta quantityAfterChange } }
    userErrors { code field message }
} }"""
ADJUST = SET.replace("inventorySetQuantities", "inventoryAdjustQuantities").replace("SetQuant", "AdjustQuant")
WITHOUT_KEY = """
mutation Set($input: InventorySetQuantitiesInput!) {
  inventorySetQuantities(input: $input) { userErrors { code } }
}"""
VARIANTS = """
query Variants($n: Int!, $after: String) { productVariants(first: $n, after: $after) {
  nodes { sku inventoryPolicy inventoryQuantity inventoryItem { id tracked inventoryLevels(first: 5) {
    nodes { location { id name } quantities(names: ["available", "committed", "on_hand"]) { name quantity } }
  } } }
  pageInfo { hasNextPage endCursor }
} }"""


@pytest.fixture
def world() -> Iterator[World]:
    """A shop with two locations."""
    shop = KITCHEN.model_copy(
        update={"locations": (LocationConfig(name="Warehouse", id=11), LocationConfig(name="Attic", id=12))}
    )
    with running_world(CONFIG.model_copy(update={"shopify": (shop,)})) as running:
        yield running


def _list(world: World, sku: str = PAN, **more: Any) -> str:
    """Returns the inventory item's gid."""
    world.control.put_listing("shopify", ACCOUNT, PutListing(sku=sku, **more))
    query = "query($q: String!) { inventoryItems(first: 1, query: $q) { nodes { id } } }"
    found: str = world.graphql(query, q=f"sku:'{sku}'").json()["data"]["inventoryItems"]["nodes"][0]["id"]
    return found


def _row(item: str, quantity: int, before: int | None, location: int = 11) -> dict[str, Any]:
    return {
        "inventoryItemId": item,
        "locationId": f"gid://shopify/Location/{location}",
        "quantity": quantity,
        "changeFromQuantity": before,
    }


def _set(world: World, *rows: dict[str, Any], key: str = "k1", **head: Any) -> dict[str, Any]:
    wish = {"name": "available", "reason": "correction", "quantities": list(rows)} | head
    answer: dict[str, Any] = world.graphql(SET, input=wish, key=key).json()
    return answer


def _errors(answer: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    payload = answer["data"]["answer"]
    assert (payload["inventoryAdjustmentGroup"] is None) == bool(payload["userErrors"])
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def _quantity(world: World, sku: str = PAN) -> int:
    return world.control.listing("shopify", ACCOUNT, sku).quantity


def test_variants_come_in_pages_with_their_stock_at_every_location(world: World) -> None:
    _list(world, locations={"Warehouse": 3, "Attic": 2})
    _list(world, "POT-1", quantity=7, allows_overselling=True)
    world.control.place_shopify_order(ACCOUNT, order(PAN))
    first = world.graphql(VARIANTS, n=1).json()["data"]["productVariants"]
    after = first["pageInfo"]["endCursor"]
    second = world.graphql(VARIANTS, n=1, after=after).json()["data"]["productVariants"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    (pan,), (pot,) = first["nodes"], second["nodes"]
    assert (pan["sku"], pan["inventoryPolicy"], pan["inventoryQuantity"]) == (PAN, "DENY", 4)
    assert (pot["sku"], pot["inventoryPolicy"], pot["inventoryItem"]["tracked"]) == ("POT-1", "CONTINUE", True)
    levels = {
        level["location"]["name"]: [(q["name"], q["quantity"]) for q in level["quantities"]]
        for level in pan["inventoryItem"]["inventoryLevels"]["nodes"]
    }
    assert levels == {
        "Warehouse": [("available", 2), ("committed", 1), ("on_hand", 3)],
        "Attic": [("available", 2), ("committed", 0), ("on_hand", 2)],
    }


def test_nodes_and_locations_are_found_by_their_ids(world: World) -> None:
    item = _list(world, quantity=3)
    query = """
    query($ids: [ID!]!, $at: ID!) {
      nodes(ids: $ids) { __typename ... on InventoryItem { variant { sku } inventoryLevel(locationId: $at) {
        quantities(names: ["available"]) { quantity } } } ... on Location { name } }
      locations(first: 5) { nodes { id name } }
    }"""
    ids = [item, "gid://shopify/Location/12", "gid://shopify/InventoryItem/1"]
    answer = world.graphql(query, ids=ids, at="gid://shopify/Location/11").json()
    assert answer["data"]["nodes"] == [
        {
            "__typename": "InventoryItem",
            "variant": {"sku": PAN},
            "inventoryLevel": {"quantities": [{"quantity": 3}]},
        },
        {"__typename": "Location", "name": "Attic"},
        None,
    ]
    assert [at["name"] for at in answer["data"]["locations"]["nodes"]] == ["Attic", "Warehouse"]
    # Three ids, each with its variant, its level and that level's quantities; the connection with up to five nodes.
    assert answer["extensions"]["cost"]["requestedQueryCost"] == 3 * 4 + 1 + 5


def test_a_write_moves_the_quantity_it_was_computed_from_and_no_other(world: World) -> None:
    item = _list(world, quantity=5)
    done = _set(world, _row(item, 9, 5))
    assert _errors(done) == []
    group = done["data"]["answer"]["inventoryAdjustmentGroup"]
    assert (group["reason"], group["changes"]) == ("correction", [{"delta": 4, "quantityAfterChange": 9}])
    world.control.place_shopify_order(ACCOUNT, order(PAN))
    stale = _set(world, _row(item, 20, 9), key="k2")
    assert _errors(stale) == [("CHANGE_FROM_QUANTITY_STALE", ["input", "quantities", "0", "changeFromQuantity"])]
    assert _quantity(world) == 8
    assert _errors(_set(world, _row(item, 20, None), key="k3")) == []
    assert [(c.why, c.after) for c in world.control.listing("shopify", ACCOUNT, PAN).changes] == [
        ("listed", 5),
        ("patch", 9),
        ("sale", 8),
        ("patch", 20),
    ]


def test_a_call_with_one_bad_row_changes_nothing_at_all(world: World) -> None:
    pan, pot = _list(world, quantity=5), _list(world, "POT-1", quantity=6)
    answer = _set(world, _row(pan, 1, 5), _row(pot, 2, 7))
    assert _errors(answer) == [("CHANGE_FROM_QUANTITY_STALE", ["input", "quantities", "1", "changeFromQuantity"])]
    assert (_quantity(world), _quantity(world, "POT-1")) == (5, 6)


def test_what_shopify_refuses_is_named_by_code_and_field(world: World) -> None:
    item = _list(world, quantity=5)
    good = _row(item, 6, 5)
    row = ["input", "quantities", "0"]
    cases: list[tuple[dict[str, Any], str, list[str]]] = [
        (
            {"rows": (good | {"inventoryItemId": "gid://shopify/InventoryItem/1"},)},
            "INVALID_INVENTORY_ITEM",
            [*row, "inventoryItemId"],
        ),
        ({"rows": (good | {"locationId": "gid://shopify/Location/1"},)}, "INVALID_LOCATION", [*row, "locationId"]),
        ({"reason": "whim"}, "INVALID_REASON", ["input", "reason"]),
        ({"name": "damaged"}, "INVALID_NAME", ["input", "name"]),
        ({"referenceDocumentUri": "no uri"}, "INVALID_REFERENCE_DOCUMENT", ["input", "referenceDocumentUri"]),
        ({"rows": (good | {"quantity": 10**9 + 1},)}, "INVALID_QUANTITY_TOO_HIGH", [*row, "quantity"]),
        ({"rows": (good | {"quantity": -1},), "name": "on_hand"}, "INVALID_QUANTITY_NEGATIVE", [*row, "quantity"]),
        ({"rows": (good, good)}, "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR", ["input", "quantities", "1"]),
    ]
    for number, (change, code, field) in enumerate(cases):
        rows = change.pop("rows", (good,))
        assert _errors(_set(world, *rows, key=f"k{number}", **change)) == [(code, field)]
    assert _quantity(world) == 5


def test_without_key_without_change_from_and_beyond_250_rows_it_is_an_error(world: World) -> None:
    item = _list(world, quantity=5)
    wish = {"name": "available", "reason": "correction", "quantities": [_row(item, 6, 5)]}
    answer = world.graphql(WITHOUT_KEY, input=wish)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["message"] == "The @idempotent directive is required for this mutation but was not provided."
    assert (error["extensions"]["code"], answer.json()["data"]) == ("BAD_REQUEST", {"inventorySetQuantities": None})
    row = {name: value for name, value in _row(item, 6, 5).items() if name != "changeFromQuantity"}
    (error,) = _set(world, row)["errors"]
    assert error["message"] == "InventoryQuantityInput must include the following argument: changeFromQuantity."
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    (error,) = _set(world, row | {"compareQuantity": 5})["errors"]
    assert error["extensions"]["code"] == "INVALID_VARIABLE"
    (error,) = _set(world, *[_row(item, 6, 5)] * 251)["errors"]
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"
    assert (_errors(_set(world, _row(item, 6, 5))), _quantity(world)) == ([], 6)


def test_the_same_key_gives_the_first_result_and_does_nothing_twice(world: World) -> None:
    item = _list(world, quantity=5)
    first = _set(world, _row(item, 9, None))
    world.control.place_shopify_order(ACCOUNT, order(PAN))
    assert _set(world, _row(item, 9, None))["data"] == first["data"]
    assert _quantity(world) == 8
    other = _set(world, _row(item, 3, None))
    assert _errors(other) == [("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", None)]
    assert _errors(_set(world, _row(item, 3, 99), key="k2"))[0][0] == "CHANGE_FROM_QUANTITY_STALE"
    assert _errors(_set(world, _row(item, 3, 99), key="k2")) == [("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", None)]
    world.clock.advance(24 * 3600)
    assert _errors(_set(world, _row(item, 9, None))) == []
    assert _quantity(world) == 9


def test_a_lost_answer_is_found_again_under_its_key(world: World) -> None:
    item = _list(world, quantity=5)
    faults = {"shopify.inventorySetQuantities": Faults(lost_answer_rate=1.0, lost_answer_as="504")}
    world.control.set_knobs(Knobs(faults=faults))
    wish = {"name": "available", "reason": "correction", "quantities": [_row(item, 2, 5)]}
    assert world.graphql(SET, input=wish, key="k1").status_code == 504
    assert _quantity(world) == 2
    world.control.set_knobs(Knobs())
    assert _errors(_set(world, _row(item, 2, 5))) == []


def test_an_adjustment_moves_by_a_delta(world: World) -> None:
    item = _list(world, quantity=5)

    def adjust(key: str, name: str = "available", **change: Any) -> dict[str, Any]:
        at = {"inventoryItemId": item, "locationId": "gid://shopify/Location/11", "changeFromQuantity": None}
        wish = {"name": name, "reason": "correction", "changes": [at | change]}
        answer: dict[str, Any] = world.graphql(ADJUST, input=wish, key=key).json()
        return answer

    assert _errors(adjust("a1", delta=-2)) == []
    assert _errors(adjust("a1", delta=-2)) == []
    assert _quantity(world) == 3
    path = ["input", "changes", "0"]
    assert _errors(adjust("a2", delta=1, changeFromQuantity=5)) == [
        ("CHANGE_FROM_QUANTITY_STALE", [*path, "changeFromQuantity"])
    ]
    assert _errors(adjust("a3", delta=1, ledgerDocumentUri="gid://x/y/1")) == [
        ("INVALID_AVAILABLE_DOCUMENT", [*path, "ledgerDocumentUri"])
    ]
    assert _errors(adjust("a4", "on_hand", delta=1)) == [("INVALID_QUANTITY_NAME", ["input", "name"])]


def test_a_sale_takes_from_the_first_location_with_stock_and_oversells_where_it_is_allowed(world: World) -> None:
    _list(world, locations={"Warehouse": 2, "Attic": 3})

    def sell(units: int, sku: str = PAN) -> dict[str, int]:
        world.control.place_shopify_order(ACCOUNT, order(sku, units))
        return world.control.listing("shopify", ACCOUNT, sku).locations

    assert sell(3) == {"Warehouse": 2, "Attic": 0}
    assert sell(1) == {"Warehouse": 1, "Attic": 0}
    assert sell(2) == {"Warehouse": 0, "Attic": 0}
    _list(world, "POT-1", quantity=1, allows_overselling=True)
    assert sell(3, "POT-1") == {"Warehouse": -2}
    assert world.control.buy("shopify", ACCOUNT, "POT-1", 2) is not None
    assert world.control.listing("shopify", ACCOUNT, "POT-1").quantity == -4


@pytest.mark.parametrize(("restock", "left"), [(True, 5), (False, 3)])
def test_a_cancellation_restocks_where_it_was_taken_if_so_wished(world: World, restock: bool, left: int) -> None:
    _list(world, quantity=5)
    sold = world.control.place_shopify_order(ACCOUNT, order(PAN, 2))
    assert world.control.cancel_shopify_order(ACCOUNT, sold, restock=restock)
    levels = world.graphql(VARIANTS, n=1).json()["data"]["productVariants"]["nodes"][0]["inventoryItem"]
    (level,) = levels["inventoryLevels"]["nodes"]
    assert [q["quantity"] for q in level["quantities"]] == [left, 0, left]


def test_every_change_is_told_by_a_webhook_unless_nobody_subscribed(world: World, receiver: Receiver) -> None:
    item = _list(world, quantity=5)
    _set(world, _row(item, 9, 5))
    _set(world, _row(item, 9, 9), key="k2")
    world.control.place_shopify_order(ACCOUNT, order(PAN, announced=False))
    world.control.hand_edit("shopify", ACCOUNT, HandEdit(sku=PAN, quantity=1, location="Attic"))
    told = receiver.wait(4, lambda one: one.headers["x-shopify-topic"] == "inventory_levels/update")
    number = int(item.rsplit("/", 1)[1])
    assert {(one.json["location_id"], one.json["available"]) for one in told} == {(11, 5), (11, 9), (11, 8), (12, 1)}
    assert {one.json["inventory_item_id"] for one in told} == {number}
    assert set(told[0].json) == {"inventory_item_id", "location_id", "available", "updated_at"}
    world.control.set_knobs(Knobs(inventory_webhooks=False))
    world.control.hand_edit("shopify", ACCOUNT, HandEdit(sku=PAN, quantity=7))
    topics = [sent.topic for sent in world.control.truth().deliveries]
    assert topics.count("inventory_levels/update") == 4


def test_the_subscription_to_stock_levels_is_there_with_the_listings(world: World, receiver: Receiver) -> None:
    query = "{ webhookSubscriptions(first: 50) { nodes { topic } } }"

    def topics() -> set[str]:
        nodes = world.graphql(query).json()["data"]["webhookSubscriptions"]["nodes"]
        return {node["topic"] for node in nodes}

    assert "INVENTORY_LEVELS_UPDATE" not in topics()
    _list(world, quantity=1)
    assert "INVENTORY_LEVELS_UPDATE" in topics()
