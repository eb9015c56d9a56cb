"""The sandbox's answers about stock, by Shopify's Admin schema 2026-10."""

from typing import Any

import pytest
from graphql import GraphQLSchema, parse, validate

from orderloom.channels.shopify.document import Document
from orderloom.sandbox.wishes import PutListing
from tests.contract.test_shopify_queries import _complete, _everything
from tests.sandbox.world import KITCHEN, World, order

_GROUP = (
    f"inventoryAdjustmentGroup {{ {_everything('InventoryAdjustmentGroup', 3)} }} userErrors {{ code field message }}"
)
SET = f"""
mutation($input: InventorySetQuantitiesInput!, $key: String!) {{
  inventorySetQuantities(input: $input) @idempotent(key: $key) {{ {_GROUP} }}
}}"""
ADJUST = f"""
mutation($input: InventoryAdjustQuantitiesInput!, $key: String!) {{
  inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {{ {_GROUP} }}
}}"""
LEVELS = 'inventoryLevels(first: 2) { nodes { quantities(names: ["available"]) { id name quantity updatedAt } } }'
READ = f"""
query($ids: [ID!]!) {{
  productVariants(first: 2) {{ nodes {{ {_everything("ProductVariant", 2)} }} pageInfo {{ hasNextPage endCursor }} }}
  inventoryItems(first: 2) {{ nodes {{ {_everything("InventoryItem", 1)} {LEVELS} }} }}
  locations(first: 2) {{ nodes {{ {_everything("Location", 1)} }} }}
  nodes(ids: $ids) {{
    id ... on ProductVariant {{ sku }} ... on InventoryItem {{ tracked }} ... on Location {{ name }}
  }}
}}"""
ITEM = "{ inventoryItems(first: 1) { nodes { id variant { id } } } locations(first: 1) { nodes { id } } }"


@pytest.fixture
def ids(world: World) -> tuple[str, str, str]:
    """Of a listed SKU's inventory item, of the location, and of the variant."""
    world.control.put_listing("shopify", KITCHEN.account, PutListing(sku="PAN-28", quantity=5))
    data = world.graphql(ITEM).json()["data"]
    (item,), (location,) = data["inventoryItems"]["nodes"], data["locations"]["nodes"]
    return item["id"], location["id"], item["variant"]["id"]


def _judge(world: World, admin: GraphQLSchema, text: str, **given: Any) -> dict[str, Any]:
    assert [error.message for error in validate(admin, parse(text))] == []
    answer = world.graphql(text, **given).json()
    assert "errors" not in answer
    assert _complete(admin, Document("Stock", text), answer["data"], given) == answer["data"]
    data: dict[str, Any] = answer["data"]
    return data


def test_what_is_read_of_stock_is_allowed(world: World, admin: GraphQLSchema, ids: tuple[str, str, str]) -> None:
    world.control.place_shopify_order(KITCHEN.account, order("NOT-LISTED"))
    data = _judge(world, admin, READ, ids=[*ids, "gid://shopify/Location/1"])
    assert [bool(node) for node in data["nodes"]] == [True, True, True, False]


def test_a_change_of_quantities_is_answered_as_shopify_may(
    world: World, admin: GraphQLSchema, ids: tuple[str, str, str]
) -> None:
    place = {"inventoryItemId": ids[0], "locationId": ids[1]}
    head = {"name": "available", "reason": "correction", "referenceDocumentUri": "gid://orderloom/Push/1"}
    wish = head | {"quantities": [place | {"quantity": 7, "changeFromQuantity": 5}]}
    done = _judge(world, admin, SET, input=wish, key="s1")["inventorySetQuantities"]
    assert [change["quantityAfterChange"] for change in done["inventoryAdjustmentGroup"]["changes"]] == [7, 7]
    stale = _judge(world, admin, SET, input=wish, key="s2")["inventorySetQuantities"]
    assert [error["code"] for error in stale["userErrors"]] == ["CHANGE_FROM_QUANTITY_STALE"]
    again = _judge(world, admin, SET, input=wish, key="s2")["inventorySetQuantities"]
    assert [error["code"] for error in again["userErrors"]] == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]
    change = head | {"changes": [place | {"delta": -3, "changeFromQuantity": None}]}
    done = _judge(world, admin, ADJUST, input=change, key="a1")["inventoryAdjustQuantities"]
    assert [change["delta"] for change in done["inventoryAdjustmentGroup"]["changes"]] == [-3, -3]
