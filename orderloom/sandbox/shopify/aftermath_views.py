"""What GraphQL shows of holds, refunds and returns."""

from orderloom.sandbox.clock import iso_seconds
from orderloom.sandbox.shopify.aftermath import Disposition, Hold, Refund, RefundLine, Return, ReturnLine
from orderloom.sandbox.shopify.connections import View, connection
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.inventory_views import location_view
from orderloom.sandbox.shopify.orders import FulfilledLine, ShopOrder
from orderloom.sandbox.shopify.part_views import line_view
from orderloom.sandbox.shopify.shop import Shop


def hold_view(held: Hold) -> View:
    return {
        "id": gid("FulfillmentHold", held.id),
        "reason": held.reason,
        "reasonNotes": held.notes,
        "displayReason": held.reason.replace("_", " ").capitalize(),
        "handle": None,
        "heldByRequestingApp": False,
    }


def refund_view(shop: Shop, order: ShopOrder, done: Refund) -> View:
    return {
        "id": gid("Refund", done.id),
        "legacyResourceId": str(done.id),
        "createdAt": iso_seconds(done.created),
        "updatedAt": iso_seconds(done.created),
        "processedAt": iso_seconds(done.created),
        "note": None,
        "return": {"id": gid("Return", done.of_return.id)} if done.of_return else None,
        "refundLineItems": lambda _info, **a: connection(
            done.lines, lambda line: _refund_line_view(shop, order, line), lambda line: (line.id,), a
        ),
    }


def _refund_line_view(shop: Shop, order: ShopOrder, line: RefundLine) -> View:
    place = shop.stockroom.locations.get(line.location_id or 0)
    return {
        "id": gid("RefundLineItem", line.id),
        "quantity": line.quantity,
        "restockType": line.restock_type.upper(),
        "restocked": place is not None,
        "location": location_view(place) if place else None,
        "lineItem": line_view(shop, order, line.line),
    }


def return_view(shop: Shop, order: ShopOrder, opened: Return) -> View:
    reverse = [_reverse_view(shop, order, opened)]
    refunds = [done for done in order.refunds if done.of_return is opened]
    return {
        "id": gid("Return", opened.id),
        "name": f"{order.name}-R{opened.number}",
        "status": opened.status,
        "createdAt": iso_seconds(opened.created),
        "closedAt": iso_seconds(opened.closed) if opened.closed else None,
        "totalQuantity": sum(line.quantity for line in opened.lines),
        "returnLineItems": lambda _info, **a: connection(
            opened.lines, lambda line: _return_line_view(shop, order, line), lambda line: (line.id,), a
        ),
        "reverseFulfillmentOrders": lambda _info, **a: connection(
            reverse, lambda view: view, lambda view: (view["id"],), a
        ),
        "refunds": lambda _info, **a: connection(
            refunds, lambda done: refund_view(shop, order, done), lambda done: (done.id,), a
        ),
    }


def _return_line_view(shop: Shop, order: ShopOrder, line: ReturnLine) -> View:
    return {
        "__typename": "ReturnLineItem",
        "id": gid("ReturnLineItem", line.id),
        "quantity": line.quantity,
        "processedQuantity": line.processed,
        "unprocessedQuantity": line.quantity - line.processed,
        "refundedQuantity": line.refunded,
        "refundableQuantity": line.quantity - line.refunded,
        "returnReason": line.reason,
        "returnReasonNote": line.note,
        "customerNote": None,
        "fulfillmentLineItem": _fulfilled_view(shop, order, line.fulfilled),
    }


def _reverse_view(shop: Shop, order: ShopOrder, opened: Return) -> View:
    return {
        "id": gid("ReverseFulfillmentOrder", opened.reverse_id),
        "status": "CLOSED" if all(line.processed == line.quantity for line in opened.lines) else "OPEN",
        "lineItems": lambda _info, **a: connection(
            opened.lines, lambda line: _reverse_line_view(shop, order, line), lambda line: (line.reverse_id,), a
        ),
    }


def _reverse_line_view(shop: Shop, order: ShopOrder, line: ReturnLine) -> View:
    return {
        "id": gid("ReverseFulfillmentOrderLineItem", line.reverse_id),
        "totalQuantity": line.quantity,
        "fulfillmentLineItem": _fulfilled_view(shop, order, line.fulfilled),
        "dispositions": [_disposition_view(shop, done) for done in line.dispositions],
    }


def _disposition_view(shop: Shop, done: Disposition) -> View:
    place = shop.stockroom.locations.get(done.location_id or 0)
    return {
        "id": gid("ReverseFulfillmentOrderDisposition", done.id),
        "createdAt": iso_seconds(done.made),
        "quantity": done.quantity,
        "type": done.kind,
        "location": location_view(place) if place else None,
    }


def _fulfilled_view(shop: Shop, order: ShopOrder, line: FulfilledLine) -> View:
    return {
        "id": gid("FulfillmentLineItem", line.id),
        "quantity": line.quantity,
        "lineItem": line_view(shop, order, line.line),
    }
