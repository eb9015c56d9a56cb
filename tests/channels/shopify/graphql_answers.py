"""Answers of the Admin API, as our documents ask for them."""

from typing import Any

from tests.channels.servers import Answer

GID = "gid://shopify"
GRAPHQL = "/graphql.json"


def cost(requested: int = 12, available: float = 1988, maximum: float = 2000, rate: float = 100) -> dict[str, Any]:
    status = {"maximumAvailable": maximum, "currentlyAvailable": available, "restoreRate": rate}
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": requested, "throttleStatus": status}}


def data(extensions: dict[str, Any] | None = None, **roots: Any) -> Answer:
    return Answer({"data": roots, "extensions": extensions or cost()})


def error(code: str, message: str = "no", extensions: dict[str, Any] | None = None) -> Answer:
    refused = {"message": message, "extensions": {"code": code}}
    return Answer({"errors": [refused], "extensions": extensions or cost()})


def page(*nodes: Any, cursor: str | None = None) -> dict[str, Any]:
    return {"nodes": list(nodes), "pageInfo": {"hasNextPage": cursor is not None, "endCursor": cursor}}


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def order_line(number: int = 11, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}/LineItem/{number}",
        "sku": "PAN-28",
        "title": "Copper pan",
        "variantTitle": "28 cm",
        "quantity": 3,
        "currentQuantity": 2,
        "unfulfilledQuantity": 1,
        "requiresShipping": True,
        "isGiftCard": False,
        "weight": {"unit": "POUNDS", "value": 2.5},
        "originalUnitPriceSet": money("29.99"),
        "variant": {"id": f"{GID}/ProductVariant/808950810"},
    } | changes


def an_order(**changes: Any) -> dict[str, Any]:
    address = {
        "firstName": "Zoe",
        "lastName": "Quillfeather",
        "name": "Zoe Quillfeather",
        "company": None,
        "address1": "12 Larkspur Lane",
        "address2": None,
        "city": "Salem",
        "province": "Oregon",
        "provinceCode": "OR",
        "zip": "97301",
        "country": "United States",
        "countryCodeV2": "US",
        "phone": None,
    }
    return {
        "id": f"{GID}/Order/820982911946154508",
        "name": "#1001",
        "createdAt": "2026-11-20T15:00:00Z",
        "updatedAt": "2026-11-20T15:00:05Z",
        "cancelledAt": None,
        "test": False,
        "confirmed": True,
        "displayFinancialStatus": "PARTIALLY_PAID",
        "currencyCode": "USD",
        "totalPriceSet": money("64.98"),
        "tags": ["wholesale", "gift wrap"],
        "note": "ring twice",
        "customAttributes": [{"key": "Gift message", "value": "For Ada"}],
        "email": "zq@example.org",
        "phone": None,
        "app": {"id": f"{GID}/App/580111"},
        "sourceName": "web",
        "sourceIdentifier": None,
        "shippingAddress": address,
        "shippingLines": {"nodes": [{"title": "Standard", "code": "STD"}]},
        "lineItems": page(order_line()),
        "fulfillments": [],
        "refunds": [],
        "fulfillmentOrders": page(),
    } | changes


def fulfillment_order(number: int, *lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{GID}/FulfillmentOrder/{number}",
        "status": "OPEN",
        "assignedLocation": {"location": {"id": f"{GID}/Location/1"}},
        "lineItems": page(*lines),
    } | changes


def at(location: int) -> dict[str, Any]:
    return {"location": {"id": f"{GID}/Location/{location}"}}


def open_line(number: int, line: int, remaining: int) -> dict[str, Any]:
    return {
        "id": f"{GID}/FulfillmentOrderLineItem/{number}",
        "remainingQuantity": remaining,
        "lineItem": {"id": f"{GID}/LineItem/{line}"},
    }


def a_fulfillment(number: int, tracking: str, status: str = "SUCCESS") -> dict[str, Any]:
    return {"id": f"{GID}/Fulfillment/{number}", "status": status, "trackingInfo": [{"number": tracking}]}


def progress(
    *orders: dict[str, Any], fulfillments: tuple[Any, ...] = (), cursor: str | None = None, **more: Any
) -> Answer:
    state = {
        "createdAt": "2026-11-20T15:00:00Z",
        "fulfillments": list(fulfillments),
        "fulfillmentOrders": page(*orders, cursor=cursor),
    }
    return data(order=state | more)


def fulfilled(*lines: tuple[int, int], cursor: str | None = None) -> Answer:
    nodes = [{"quantity": units, "lineItem": {"id": f"{GID}/LineItem/{line}"}} for line, units in lines]
    return data(fulfillment={"fulfillmentLineItems": page(*nodes, cursor=cursor)})


def created(number: int) -> Answer:
    return data(fulfillmentCreate={"fulfillment": {"id": f"{GID}/Fulfillment/{number}"}, "userErrors": []})


def user_error(message: str) -> Answer:
    refused = {"fulfillment": None, "userErrors": [{"field": ["fulfillment"], "message": message}]}
    return data(fulfillmentCreate=refused)
