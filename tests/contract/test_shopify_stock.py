"""Our documents about stock: what they cost, and the errors that we tell apart, by Shopify's Admin schema 2026-10."""

import pytest
from graphql import GraphQLEnumType, GraphQLSchema, OperationDefinitionNode, parse

from orderloom.channels.shopify import inventory_pushes
from orderloom.channels.shopify.inventory_queries import INVENTORY_DOCUMENTS, ITEMS_AT_ONCE
from orderloom.channels.shopify.queries import Document
from orderloom.sandbox.shopify.cost import MOST_PER_QUERY, QueryCost

CODES = {
    value
    for name, value in vars(inventory_pushes).items()
    if name.isupper() and isinstance(value, str) and value.isupper()
}


@pytest.mark.parametrize("document", INVENTORY_DOCUMENTS, ids=lambda document: document.name)
def test_a_document_may_be_sent_at_its_full_size(admin: GraphQLSchema, document: Document) -> None:
    # Reckoned as a page of items, which is dearer than by the fields of Node alone, as a plain `nodes(ids:)` would be.
    text = document.text.replace("nodes(ids: $ids) {", f"inventoryItems(first: {ITEMS_AT_ONCE}) {{ nodes {{")
    parsed = parse(text + "}" if text != document.text else text)
    (operation,) = parsed.definitions
    assert isinstance(operation, OperationDefinitionNode)
    cost = QueryCost(admin, parsed, {}).requested(operation)
    assert 10 <= cost <= MOST_PER_QUERY * 0.6


def test_every_error_that_is_told_apart_is_one_of_shopifys(admin: GraphQLSchema) -> None:
    known = admin.type_map["InventorySetQuantitiesUserErrorCode"]
    assert isinstance(known, GraphQLEnumType)
    assert len(CODES) == 4
    assert known.values.keys() >= CODES
