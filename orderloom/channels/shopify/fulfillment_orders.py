"""An order's fulfillment orders as a re-read writes them: where each waits, what it waits for, and what holds it."""

from collections.abc import Iterator
from typing import Any

from orderloom.channels.shopify.answers import (
    FulfillmentOrder,
    FulfillmentOrderLine,
    MoreFulfillmentOrderLines,
    OrderAnswer,
    ReadFulfillmentOrders,
)
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.queries import READ_FULFILLMENT_ORDERS
from orderloom.channels.shopify.shipping_queries import MORE_FULFILLMENT_ORDER_LINES

Json = dict[str, Any]


def fulfillment_orders_of(api: AdminApi, order: OrderAnswer) -> list[Json]:
    """One call for each three beyond the first three, and for each 50 lines beyond a fulfillment order's first 15."""
    found, after = list(order.fulfillment_orders.nodes), order.fulfillment_orders.next_cursor
    while after:
        more = api.run(READ_FULFILLMENT_ORDERS, {"id": order.id, "after": after}, ReadFulfillmentOrders).order
        if more is None:
            break
        found += more.fulfillment_orders.nodes
        after = more.fulfillment_orders.next_cursor
    return [_as_rest(api, one) for one in found]


def lines_of(api: AdminApi, order: FulfillmentOrder) -> Iterator[FulfillmentOrderLine]:
    """All its lines, one call for each 50 beyond the first page."""
    page = order.line_items
    yield from page.nodes
    while after := page.next_cursor:
        answer = api.run(MORE_FULFILLMENT_ORDER_LINES, {"id": order.id, "after": after}, MoreFulfillmentOrderLines)
        page = answer.fulfillment_order.line_items
        yield from page.nodes


def _as_rest(api: AdminApi, one: FulfillmentOrder) -> Json:
    location = one.assigned_location.location
    return {
        "id": one.number,
        "status": one.status,
        "hold_reasons": [hold.reason for hold in one.fulfillment_holds],
        "location_id": location.number if location else None,
        "line_items": [
            {"id": line.line_item.number, "remaining": line.remaining_quantity} for line in lines_of(api, one)
        ],
    }
