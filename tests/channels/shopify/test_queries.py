"""Our GraphQL documents, judged by Shopify's own Admin schema."""

from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from orderloom.channels.shopify.connecting_queries import CONNECTING_DOCUMENTS
from orderloom.channels.shopify.document import Document
from orderloom.channels.shopify.inventory_queries import INVENTORY_DOCUMENTS
from orderloom.channels.shopify.queries import DOCUMENTS

ALL = (*DOCUMENTS, *INVENTORY_DOCUMENTS, *CONNECTING_DOCUMENTS)


@pytest.fixture(scope="module")
def admin_schema(shared: Path) -> GraphQLSchema:
    return build_schema((shared / "contracts/shopify/admin-2026-10.graphql").read_text(), assume_valid=True)


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.name)
def test_shopifys_admin_schema_accepts_the_document(admin_schema: GraphQLSchema, document: Document) -> None:
    assert validate(admin_schema, parse(document.text)) == []


@pytest.mark.parametrize("document", ALL, ids=lambda document: document.name)
def test_a_document_is_one_operation_of_its_own_name_and_says_whether_it_changes_anything(document: Document) -> None:
    (operation,) = parse(document.text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == document.name
    assert document.changes == (operation.operation.value == "mutation")
