"""Runs GraphQL documents against one shop: parsed, validated and executed by graphql-core on our subset schema."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from orderloom.sandbox.shopify.aftermath_views import refund_view, return_view
from orderloom.sandbox.shopify.connecting_roots import connecting_mutations, connecting_queries
from orderloom.sandbox.shopify.connections import View
from orderloom.sandbox.shopify.correcting_roots import correcting_mutations, correcting_queries
from orderloom.sandbox.shopify.cost import QueryCost, actual_cost
from orderloom.sandbox.shopify.fulfilling import UserError, create_fulfillment
from orderloom.sandbox.shopify.identifiers import number_in
from orderloom.sandbox.shopify.inventory_roots import inventory_mutations, inventory_queries
from orderloom.sandbox.shopify.order_search import search_orders
from orderloom.sandbox.shopify.part_views import shop_view
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.views import fulfillment_order_view, fulfillment_view, order_view

SCHEMA_FILE = Path(__file__).with_name("schema.graphql")


@cache
def sandbox_schema() -> GraphQLSchema:
    return build_schema(SCHEMA_FILE.read_text())


@dataclass(frozen=True)
class Operation:
    """A valid document with its variables, not yet run."""

    document: DocumentNode
    definition: OperationDefinitionNode
    variables: dict[str, Any]
    name: str | None

    @property
    def roots(self) -> tuple[str, ...]:
        selected = self.definition.selection_set.selections
        return tuple(node.name.value for node in selected if hasattr(node, "name"))

    @property
    def mutations(self) -> int:
        return len(self.roots) if self.definition.operation is OperationType.MUTATION else 0

    @property
    def requested_cost(self) -> int:
        return QueryCost(sandbox_schema(), self.document, self.variables).requested(self.definition)


def read_operation(request: Any) -> Operation | list[View]:
    """The operation in a request's JSON, or the errors that Shopify would answer with."""
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        return [{"message": "query must be a string"}]
    try:
        document = parse(request["query"])
    except GraphQLError as unreadable:
        return [dict(unreadable.formatted)]
    if errors := validate(sandbox_schema(), document):
        return [dict(error.formatted) for error in errors]
    name = request.get("operationName")
    definition = get_operation_ast(document, name)
    if definition is None:
        return [{"message": "An operation name is required"}]
    return Operation(document, definition, request.get("variables") or {}, name)


@dataclass(frozen=True)
class Outcome:
    """`data` and `errors` as they are answered, and the cost of what was really read."""

    data: View | None
    errors: list[View]
    actual_cost: int

    def body(self) -> View:
        return {"data": self.data} | ({"errors": self.errors} if self.errors else {})


def run(shop: Shop, operation: Operation, starter_url: str | None) -> Outcome:
    roots = (
        _query_root(shop)
        | inventory_queries(shop)
        | inventory_mutations(shop)
        | connecting_queries(shop, starter_url)
        | connecting_mutations(shop, starter_url)
        | correcting_queries(shop)
        | correcting_mutations(shop)
        | {"fulfillmentCreate": lambda _info, **a: _fulfillment_create(shop, a)}
    )
    result = execute_sync(
        sandbox_schema(),
        operation.document,
        root_value=roots,
        variable_values=operation.variables,
        operation_name=operation.name,
    )
    errors = [_formatted(error) for error in result.errors or ()]
    return Outcome(result.data, errors, actual_cost(result.data, operation.mutations))


def _formatted(error: GraphQLError) -> View:
    """Variables that do not fit their type have a code of their own at Shopify."""
    code = {"extensions": {"code": "INVALID_VARIABLE"}} if error.message.startswith("Variable '$") else {}
    return code | dict(error.formatted)


def _query_root(shop: Shop) -> View:
    def order(_info: Any, id: str) -> View | None:
        found = shop.orders.get(number_in(id, "Order") or 0)
        return order_view(shop, found) if found else None

    def fulfillment_order(_info: Any, id: str) -> View | None:
        found = shop.fulfillment_order(number_in(id, "FulfillmentOrder"))
        return fulfillment_order_view(shop, found) if found else None

    def fulfillment(_info: Any, id: str) -> View | None:
        found = shop.fulfillment(number_in(id, "Fulfillment"))
        return fulfillment_view(shop, found) if found else None

    def refund(_info: Any, id: str) -> View | None:
        number = number_in(id, "Refund")
        every = ((sold, done) for sold in shop.orders.values() for done in sold.refunds)
        return next((refund_view(shop, sold, done) for sold, done in every if done.id == number), None)

    def returned(_info: Any, id: str) -> View | None:
        number = number_in(id, "Return")
        every = ((sold, opened) for sold in shop.orders.values() for opened in sold.returns)
        return next((return_view(shop, sold, opened) for sold, opened in every if opened.id == number), None)

    return {
        "refund": refund,
        "return": returned,
        "shop": lambda _info: shop_view(shop),
        "order": order,
        "orders": lambda _info, **arguments: search_orders(shop, arguments),
        "fulfillmentOrder": fulfillment_order,
        "fulfillment": fulfillment,
    }


def _fulfillment_create(shop: Shop, arguments: View) -> View:
    try:
        done = create_fulfillment(shop, arguments["fulfillment"])
    except UserError as refused:
        return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": refused.message}]}
    return {"fulfillment": fulfillment_view(shop, done), "userErrors": []}
