"""Bodies of the topics about what comes after a sale, in Shopify's own shapes.

fulfillment_orders/* name the fulfillment order by its gid and, mostly, not the order. orders/edited holds the
differences alone.
"""

from collections.abc import Mapping
from typing import Any

from orderloom.sandbox.shopify.aftermath import Hold, Refund, RefundLine, Return, ReturnLine
from orderloom.sandbox.shopify.identifiers import gid
from orderloom.sandbox.shopify.line_payloads import line_item, money_bag
from orderloom.sandbox.shopify.orders import FulfillmentOrder, ShopOrder

Body = dict[str, Any]


def order_edit(edit_id: int, order: ShopOrder, additions: Mapping[int, int], removals: Mapping[int, int]) -> Body:
    def deltas(units: Mapping[int, int]) -> list[Body]:
        return [{"id": line_id, "delta": count} for line_id, count in units.items()]

    return {
        "order_edit": {
            "id": edit_id,
            "app_id": None,
            "created_at": order.updated.isoformat(timespec="seconds"),
            "notify_customer": False,
            "order_id": order.order_id,
            "staff_note": "",
            "user_id": None,
            "shipping_lines": {"additions": [], "removals": []},
            "line_items": {"additions": deltas(additions), "removals": deltas(removals)},
            "discounts": {"line_item": {"additions": [], "removals": []}},
            "committed_at": order.updated.isoformat(timespec="seconds"),
        }
    }


def refund(order: ShopOrder, done: Refund) -> Body:
    """As refunds/create sends it, and as it lies in an order's `refunds`."""
    made = done.created.isoformat(timespec="seconds")
    return {
        "id": done.id,
        "admin_graphql_api_id": gid("Refund", done.id),
        "created_at": made,
        "note": None,
        "order_id": order.order_id,
        "processed_at": made,
        "restock": any(line.restock_type != "no_restock" for line in done.lines),
        "user_id": None,
        "total_duties_set": money_bag("0", order.spec.currency),
        "return": _return_reference(done.of_return) if done.of_return else None,
        "order_adjustments": [],
        "transactions": [],
        "refund_line_items": [_refund_line(order, line) for line in done.lines],
        "duties": [],
    }


def _return_reference(opened: Return) -> Body:
    return {"id": opened.id, "admin_graphql_api_id": gid("Return", opened.id)}


def _refund_line(order: ShopOrder, line: RefundLine) -> Body:
    amount = line.line.spec.unit_price * line.quantity
    return {
        "id": line.id,
        "line_item_id": line.line.line_id,
        "location_id": line.location_id,
        "quantity": line.quantity,
        "restock_type": line.restock_type,
        "subtotal": f"{amount:.2f}",
        "subtotal_set": money_bag(amount, order.spec.currency),
        "total_tax": "0.00",
        "total_tax_set": money_bag("0", order.spec.currency),
        "line_item": line_item(order, line.line),
    }


def return_approved(order: ShopOrder, opened: Return) -> Body:
    return {
        **_return_reference(opened),
        "order": {"id": order.order_id, "admin_graphql_api_id": gid("Order", order.order_id)},
        "total_return_line_items": sum(line.quantity for line in opened.lines),
        "name": f"{order.name}-R{opened.number}",
        "status": opened.status.lower(),
        "return_line_items": [_return_line(line) for line in opened.lines],
    }


def _return_line(line: ReturnLine) -> Body:
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("ReturnLineItem", line.id),
        "fulfillment_line_item": {
            "id": line.fulfilled.id,
            "admin_graphql_api_id": gid("FulfillmentLineItem", line.fulfilled.id),
            "line_item": {"id": line.fulfilled.line.line_id},
        },
        "quantity": line.quantity,
        "return_reason": line.reason.lower(),
        "return_reason_note": line.note,
        "customer_note": None,
    }


def return_processed(order: ShopOrder, opened: Return) -> Body:
    return {
        **_return_reference(opened),
        "order_id": order.order_id,
        "status": opened.status.lower(),
        "return_line_items": [
            {"id": line.id, "quantity": line.quantity, "processed_quantity": line.processed} for line in opened.lines
        ],
    }


def return_ended(order: ShopOrder, opened: Return) -> Body:
    return {**_return_reference(opened), "order_id": order.order_id, "status": opened.status.lower()}


def placed_on_hold(held: FulfillmentOrder, fresh: Hold) -> Body:
    reason = {"reason": fresh.reason.lower(), "reason_notes": fresh.notes}
    return {
        "fulfillment_order": {**_state(held), "fulfillment_holds": [reason]},
        "remaining_fulfillment_order": None,
        "held_fulfillment_order_line_items": [
            {"id": gid("FulfillmentOrderLineItem", part.id), "quantity": part.remaining} for part in held.lines
        ],
        "created_fulfillment_hold": {"id": gid("FulfillmentHold", fresh.id), **reason},
    }


def hold_released(released: FulfillmentOrder) -> Body:
    return {"fulfillment_order": {**_state(released), "preparable": True}}


def moved(original: FulfillmentOrder, other: FulfillmentOrder, source: int) -> Body:
    return {
        "original_fulfillment_order": {**_state(original), "assigned_location_id": gid("Location", source)},
        "moved_fulfillment_order": {**_state(other), "assigned_location_id": gid("Location", other.location_id)},
        "destination_location_id": gid("Location", other.location_id),
        "fulfillment_order_line_items_requested": [],
        "source_location": {"id": gid("Location", source)},
    }


def replaced(cancelled: FulfillmentOrder, other: FulfillmentOrder) -> Body:
    return {"fulfillment_order": _state(cancelled), "replacement_fulfillment_order": _state(other)}


def requested(asked: FulfillmentOrder) -> Body:
    return {
        "fulfillment_order": {**_state(asked), "request_status": asked.request_status.lower()},
        "fulfillment_order_merchant_request": {
            "id": gid("FulfillmentOrderMerchantRequest", asked.id),
            "message": "",
        },
    }


def _state(one: FulfillmentOrder) -> Body:
    return {"id": gid("FulfillmentOrder", one.id), "status": one.status.lower()}
