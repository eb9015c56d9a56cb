"""Our GraphQL documents and the sandbox's answers to them, both against Shopify's Admin schema 2026-10."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, execute_sync, get_named_type, is_leaf_type, parse, validate

from orderloom.channels.shopify.cancelling_queries import CANCEL_ORDER
from orderloom.channels.shopify.document import Document
from orderloom.channels.shopify.queries import DOCUMENTS
from orderloom.sandbox.order_wishes import RefundWish, ReturnWish
from orderloom.sandbox.shopify.cost import MOST_PER_QUERY
from orderloom.sandbox.shopify.graphql import Operation, read_operation, sandbox_schema
from tests.sandbox.world import KITCHEN, World, order

ALL = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@pytest.fixture
def variables(world: World) -> dict[str, dict[str, Any]]:
    """What each document needs to find something: an order, partly fulfilled."""
    order_id = world.control.place_shopify_order(KITCHEN.account, order(quantity=3, with_note=True, tags=("vip",)))
    gid = f"gid://shopify/Order/{order_id}"
    look = "query($id: ID!) { order(id: $id) { fulfillmentOrders(first: 1) { nodes { id } } fulfillments { id } } }"
    opened = world.graphql(look, id=gid).json()["data"]["order"]["fulfillmentOrders"]["nodes"][0]["id"]
    fulfillment = {
        "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": opened}],
        "trackingInfo": {"company": "UPS", "number": "1Z999", "url": "https://tracking.example/1Z999"},
    }
    create = "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }"
    world.graphql(create, f=fulfillment)
    done = world.graphql(look, id=gid).json()["data"]["order"]["fulfillments"][0]["id"]
    other = world.control.place_shopify_order(KITCHEN.account, order())
    answer = world.graphql(look, id=f"gid://shopify/Order/{other}").json()
    unfulfilled = answer["data"]["order"]["fulfillmentOrders"]["nodes"][0]["id"]
    fresh = fulfillment | {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": unfulfilled}]}
    return {
        "ReadOrder": {"id": gid},
        "RecentOrders": {"search": "created_at:>='2020-01-01T00:00:00Z' AND created_at:<='2099-01-01T00:00:00Z'"},
        "ReadFulfillment": {"id": gid},
        "MoreFulfillmentOrderLines": {"id": opened},
        "FulfilledLines": {"id": done},
        "CreateFulfillment": {"fulfillment": fresh},
    } | _aftermath(world, gid, opened, done)


def _aftermath(world: World, gid: str, opened: str, done: str) -> dict[str, dict[str, Any]]:
    """A return that was received and refunded, and another order that may be cancelled."""
    shop = world.control.shop(KITCHEN.account)
    order_id = gid.rpartition("/")[2]
    returned = shop.open_return(order_id, ReturnWish(units={"PAN-28": 1}))
    shop.receive_return(order_id, returned)
    refund = shop.refund(order_id, RefundWish(units={"PAN-28": 1}, restock="return"))
    fresh = f"gid://shopify/Order/{world.control.place_shopify_order(KITCHEN.account, order())}"
    cancel: dict[str, Any] = {
        "id": fresh,
        "reason": "STAFF",
        "restock": False,
        "refund": {"originalPaymentMethodsRefund": True},
    }
    job = world.graphql(CANCEL_ORDER.text, **cancel).json()["data"]["orderCancel"]["job"]["id"]
    again = f"gid://shopify/Order/{world.control.place_shopify_order(KITCHEN.account, order())}"
    return {
        "ReadReturns": {"id": gid},
        "ReadFulfillmentOrders": {"id": gid, "after": None},
        "ReadRefund": {"id": f"gid://shopify/Refund/{refund}"},
        "ReadRefundAlone": {"id": f"gid://shopify/Refund/{refund}"},
        "ReadReturn": {"id": f"gid://shopify/Return/{returned}"},
        "CancelOrder": cancel | {"id": again},
        "ReadCancelled": {"id": gid},
        "ReadJob": {"id": job},
        "ReadTracking": {"id": done},
        "UpdateTracking": {"id": done, "tracking": {"company": "DPD", "number": "D1"}, "notify": False},
        "OrderOfFulfillmentOrder": {"id": opened},
    }


def _named_by_its_id(node: dict[str, Any], *_: Any) -> str:
    """The type of a Node: `gid://shopify/{type}/{number}`."""
    return str(node["id"].split("/")[3])


def _complete(admin: GraphQLSchema, document: Document, data: dict[str, Any], given: dict[str, Any]) -> Any:
    """Let Shopify's schema complete the answer: it objects to a null, a wrong type or an unknown enum value."""
    result = execute_sync(
        admin, parse(document.text), root_value=data, variable_values=given, type_resolver=_named_by_its_id
    )
    assert result.errors is None
    return result.data


@ALL
def test_a_document_of_ours_is_valid_at_shopify_and_in_the_sandbox(admin: GraphQLSchema, document: Document) -> None:
    assert validate(admin, parse(document.text)) == []
    operation = read_operation({"query": document.text})
    assert isinstance(operation, Operation)
    assert operation.requested_cost <= MOST_PER_QUERY


@ALL
def test_the_sandbox_s_answer_is_one_that_shopify_s_schema_allows(
    world: World, admin: GraphQLSchema, variables: dict[str, dict[str, Any]], document: Document
) -> None:
    given = variables[document.name]
    answer = world.graphql(document.text, **given).json()
    assert "errors" not in answer
    (root,) = answer["data"].values()
    assert root is not None
    assert _complete(admin, document, answer["data"], given) == answer["data"]


def test_the_completion_notices_an_answer_that_shopify_s_schema_forbids(admin: GraphQLSchema) -> None:
    document = Document("Broken", "{ shop { name currencyCode } }")
    with pytest.raises(AssertionError):
        _complete(admin, document, {"shop": {"name": None, "currencyCode": "USD"}}, {})
    with pytest.raises(AssertionError):
        _complete(admin, document, {"shop": {"name": "Kitchen", "currencyCode": "DOUBLOON"}}, {})


def test_an_answer_with_every_field_of_the_sandbox_s_order_is_allowed_too(world: World, admin: GraphQLSchema) -> None:
    order_id = world.control.place_shopify_order(KITCHEN.account, order(app_id=7, tags=("vip",)))
    gid = f"gid://shopify/Order/{order_id}"
    document = Document("Everything", f'{{ order(id: "{gid}") {{ {_everything("Order", 3)} }} }}')
    assert [error.message for error in validate(admin, parse(document.text))] == []
    answer = world.graphql(document.text).json()
    assert "errors" not in answer
    assert _complete(admin, document, answer["data"], {}) == answer["data"]


def _everything(name: str, depth: int) -> str:
    """A selection of all fields of one of the sandbox's types, down to a depth, one item a page."""
    holder = sandbox_schema().type_map[name]
    assert isinstance(holder, GraphQLObjectType)
    parts = []
    for field, definition in holder.fields.items():
        inner = get_named_type(definition.type)
        page = "(first: 1)" if "first" in definition.args else ""
        if is_leaf_type(inner):
            parts.append(field)
        elif depth > 1:
            parts.append(f"{field}{page} {{ {_everything(inner.name, depth - 1)} }}")
    return " ".join(parts) or "__typename"
