"""The shop's objects as GraphQL sees them: plain values, and functions where a field takes arguments or leads back."""

from datetime import datetime
from typing import Any

from orderloom.sandbox.clock import iso_seconds
from orderloom.sandbox.shopify.aftermath_views import hold_view, refund_view, return_view
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.inventory_views import location_view
from orderloom.sandbox.shopify.orders import (
    FulfilledLine,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentOrderLine,
    ShopOrder,
)
from orderloom.sandbox.shopify.part_views import (
    address_view,
    line_view,
    money_bag,
    shipping_line_view,
    variant_of_line,
)
from orderloom.sandbox.shopify.shop import Shop

_OPEN_ACTIONS = ("CREATE_FULFILLMENT", "HOLD", "MOVE")
_ACTIONS = {"OPEN": _OPEN_ACTIONS, "IN_PROGRESS": _OPEN_ACTIONS, "ON_HOLD": ("HOLD", "RELEASE_HOLD")}


def _optional_time(moment: datetime | None) -> str | None:
    return iso_seconds(moment) if moment else None


def order_view(shop: Shop, order: ShopOrder) -> View:
    return _order_facts(order) | _order_amounts(order) | _order_persons(order) | _order_relations(shop, order)


def _order_facts(order: ShopOrder) -> View:
    spec = order.spec
    return {
        "id": gid("Order", order.order_id),
        "legacyResourceId": str(order.order_id),
        "name": order.name,
        "number": order.number,
        "createdAt": iso_seconds(order.created),
        "processedAt": iso_seconds(order.created),
        "updatedAt": iso_seconds(order.updated),
        "cancelledAt": _optional_time(order.cancelled),
        "cancelReason": order.cancel_reason.upper() if order.cancelled else None,
        "cancellation": {"staffNote": None} if order.cancelled else None,
        "closed": False,
        "closedAt": None,
        "confirmationNumber": None,
        "confirmed": True,
        "edited": order.edited,
        "test": spec.test,
        "tags": list(spec.tags),
        "customAttributes": [],
        "displayFinancialStatus": order.payment.upper(),
        "displayFulfillmentStatus": order.fulfillment_status,
        "fulfillable": any(order.fulfillable(line) for line in order.lines),
        "requiresShipping": order.requires_shipping,
        "sourceName": spec.source_name,
        "sourceIdentifier": spec.source_identifier,
        "app": {"id": gid("App", spec.app_id), "name": "Channel app"} if spec.app_id else None,
        "totalWeight": str(order.grams),
        "currentTotalWeight": str(order.grams),
        "retailLocation": None,
    }


def _order_amounts(order: ShopOrder) -> View:
    currency = order.spec.currency
    prices = "currentSubtotalPriceSet currentTotalPriceSet originalTotalPriceSet subtotalPriceSet totalPriceSet".split()
    return {
        "currencyCode": currency,
        "presentmentCurrencyCode": currency,
        **{name: money_bag(order.total, currency) for name in prices},
    }


def _order_persons(order: ShopOrder) -> View:
    person, spec = order.person, order.spec
    address = address_view(order, person) if spec.has_address else None
    return {
        "email": person.email,
        "phone": None,
        "note": person.note if spec.with_note else None,
        "billingAddress": address,
        "shippingAddress": address if order.requires_shipping else None,
        "customer": {
            "id": gid("Customer", order.order_id + 1),
            "email": person.email,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "phone": person.phone,
        },
    }


def _order_relations(shop: Shop, order: ShopOrder) -> View:
    shipping = shipping_line_view(order)

    def fulfillment_orders(_info: Any, **arguments: Any) -> View:
        found = [] if shop.is_still_routing(order) else order.fulfillment_orders
        return connection(found, lambda f: fulfillment_order_view(shop, f), lambda f: (f.id,), arguments)

    def fulfillments(_info: Any, **arguments: Any) -> list[View]:
        return [fulfillment_view(shop, done) for done in order.fulfillments][: arguments.get("first")]

    def refunds(_info: Any, **arguments: Any) -> list[View]:
        return [refund_view(shop, order, done) for done in order.refunds][: arguments.get("first")]

    return {
        "refunds": refunds,
        "returns": lambda _info, **a: connection(
            order.returns, lambda r: return_view(shop, order, r), lambda r: (r.id,), a
        ),
        "shippingLine": shipping,
        "shippingLines": lambda _info, **a: connection([shipping], lambda line: line, lambda line: (line["id"],), a),
        "lineItems": lambda _info, **a: connection(
            order.lines, lambda line: line_view(shop, order, line), lambda line: (line.line_id,), a
        ),
        "fulfillmentOrders": fulfillment_orders,
        "fulfillments": fulfillments,
    }


def fulfillment_order_view(shop: Shop, found: FulfillmentOrder) -> View:
    order = found.order
    done = [f for f in order.fulfillments if found in f.fulfillment_orders]
    actions = _ACTIONS.get(found.status, ())
    place = shop.stockroom.locations[found.location_id]
    return {
        "id": gid("FulfillmentOrder", found.id),
        "status": found.status,
        "requestStatus": "CLOSED" if found.status == "CLOSED" else found.request_status,
        "fulfillmentHolds": [hold_view(held) for held in found.holds],
        "supportedActions": [{"action": action, "externalUrl": None} for action in actions],
        "assignedLocation": {"name": place.name, "location": location_view(place)},
        "createdAt": iso_seconds(order.created),
        "updatedAt": iso_seconds(found.updated),
        "fulfillBy": iso_seconds(order.ship_by),
        "orderId": gid("Order", order.order_id),
        "orderName": order.name,
        "order": lambda _info: order_view(shop, order),
        "lineItems": lambda _info, **a: connection(
            found.lines, lambda line: _fulfillment_order_line_view(shop, found, line), lambda line: (line.id,), a
        ),
        "fulfillments": lambda _info, **a: connection(done, lambda f: fulfillment_view(shop, f), lambda f: (f.id,), a),
    }


def _fulfillment_order_line_view(shop: Shop, found: FulfillmentOrder, line: FulfillmentOrderLine) -> View:
    return {
        "id": gid("FulfillmentOrderLineItem", line.id),
        "inventoryItemId": gid("InventoryItem", line.line.inventory_item_id),
        "lineItem": line_view(shop, found.order, line.line),
        "productTitle": line.line.spec.title,
        "totalQuantity": line.total,
        "remainingQuantity": line.remaining,
        "requiresShipping": line.line.spec.requires_shipping,
        "sku": line.line.spec.sku,
        "variant": variant_of_line(shop, line.line),
    }


def fulfillment_view(shop: Shop, done: Fulfillment) -> View:
    def tracking(_info: Any, **arguments: Any) -> list[View]:
        urls = dict(zip(done.numbers, done.urls, strict=False))
        entries = [{"company": done.company, "number": number, "url": urls.get(number)} for number in done.numbers]
        return entries[: arguments.get("first")]

    return {
        "id": gid("Fulfillment", done.id),
        "legacyResourceId": str(done.id),
        "name": done.name,
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": iso_seconds(done.created),
        "updatedAt": iso_seconds(done.updated),
        "totalQuantity": sum(line.quantity for line in done.lines),
        "trackingInfo": tracking,
        "location": location_view(shop.stockroom.locations[done.fulfillment_orders[0].location_id]),
        "order": lambda _info: order_view(shop, done.order),
        "fulfillmentLineItems": lambda _info, **a: connection(
            done.lines, lambda line: _fulfilled_line_view(shop, done, line), lambda line: (line.id,), a
        ),
        "fulfillmentOrders": lambda _info, **a: connection(
            done.fulfillment_orders, lambda f: fulfillment_order_view(shop, f), lambda f: (f.id,), a
        ),
    }


def _fulfilled_line_view(shop: Shop, done: Fulfillment, line: FulfilledLine) -> View:
    return {
        "id": gid("FulfillmentLineItem", line.id),
        "quantity": line.quantity,
        "lineItem": line_view(shop, done.order, line.line),
    }
