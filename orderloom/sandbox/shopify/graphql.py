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

from orderloom.sandbox.clock import iso_seconds
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.cost import QueryCost, actual_cost
from orderloom.sandbox.shopify.fulfilling import UserError, create_fulfillment
from orderloom.sandbox.shopify.inventory_roots import inventory_mutations, inventory_queries
from orderloom.sandbox.shopify.order_search import search_orders
from orderloom.sandbox.shopify.orders import gid, number_in
from orderloom.sandbox.shopify.part_views import shop_view
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.shopify.views import fulfillment_order_view, fulfillment_view, order_view

SCHEMA_FILE = Path(__file__).with_name("schema.graphql")
ORDER_TOPICS = ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED")
LEVEL_TOPIC = "INVENTORY_LEVELS_UPDATE"


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
        _query_root(shop, starter_url)
        | inventory_queries(shop)
        | inventory_mutations(shop)
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


def _query_root(shop: Shop, starter_url: str | None) -> View:
    def order(_info: Any, id: str) -> View | None:
        found = shop.orders.get(number_in(id, "Order") or 0)
        return order_view(shop, found) if found else None

    def fulfillment_order(_info: Any, id: str) -> View | None:
        found = shop.fulfillment_order(number_in(id, "FulfillmentOrder"))
        return fulfillment_order_view(shop, found) if found else None

    def fulfillment(_info: Any, id: str) -> View | None:
        number = number_in(id, "Fulfillment")
        every = (done for sold in shop.orders.values() for done in sold.fulfillments)
        return next((fulfillment_view(shop, done) for done in every if done.id == number), None)

    return {
        "shop": lambda _info: shop_view(shop),
        "order": order,
        "orders": lambda _info, **arguments: search_orders(shop, arguments),
        "fulfillmentOrder": fulfillment_order,
        "fulfillment": fulfillment,
        "webhookSubscriptions": lambda _info, **arguments: _subscriptions(shop, starter_url, arguments),
    }


def _subscriptions(shop: Shop, starter_url: str | None, arguments: View) -> View:
    """The subscriptions that the sandbox serves, all to the starter; that of stock levels where stock is listed."""
    served = (*ORDER_TOPICS, LEVEL_TOPIC) if shop.tells_levels else ORDER_TOPICS
    wanted = arguments.get("topics") or served
    topics = [topic for topic in served if topic in wanted] if starter_url else []
    made = iso_seconds(shop.clock.now())

    def view(topic: str) -> View:
        return {
            "id": gid("WebhookSubscription", shop.location_id + 10 + served.index(topic)),
            "topic": topic,
            "uri": f"{starter_url}/webhooks/shopify/{shop.config.account}",
            "format": "JSON",
            "createdAt": made,
            "updatedAt": made,
        }

    return connection(topics, view, lambda topic: (topic,), arguments)


def _fulfillment_create(shop: Shop, arguments: View) -> View:
    try:
        done = create_fulfillment(shop, arguments["fulfillment"])
    except UserError as refused:
        return {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": refused.message}]}
    return {"fulfillment": fulfillment_view(shop, done), "userErrors": []}
