"""What of an order's refunds, returns and fulfillments a re-read writes into its REST-shaped body.

One call for each, and one more for each page of lines: few orders have any, and most of those one.
"""

from typing import Any

from orderloom.channels.shopify.aftermath_answers import (
    ReadRefund,
    ReadReturn,
    ReadReturns,
    RefundLine,
    ReturnAnswer,
    ReverseLine,
)
from orderloom.channels.shopify.aftermath_queries import READ_REFUND, READ_REFUND_ALONE, READ_RETURN, READ_RETURNS
from orderloom.channels.shopify.answers import FulfilledLines, FulfillmentHead, Named, OrderAnswer
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.document import Document
from orderloom.channels.shopify.fulfillment_orders import fulfillment_orders_of
from orderloom.channels.shopify.queries import MOST_IN_A_LIST
from orderloom.channels.shopify.shipping_queries import FULFILLED_LINES
from orderloom.domain.errors import ScopeMissing, Unavailable

Json = dict[str, Any]
_FALLEN = frozenset({"CANCELLED", "ERROR", "FAILURE"})


def aftermath_of(api: AdminApi, order: OrderAnswer) -> Json:
    told: Json = {
        "fulfillments": [_fulfillment(api, one) for one in order.fulfillments if one.status not in _FALLEN],
        "fulfillment_orders": fulfillment_orders_of(api, order),
        "cut_off": _cut_off(order),
    }
    try:
        told["returns"] = [_return(api, one) for one in _returns(api, order)]
        told["refunds"] = [_refund(api, one.id, READ_REFUND) for one in order.refunds]
    except ScopeMissing:
        # Asking again would not help, and the order has to go on.
        told["not_read"] = ["returns"]
        told["refunds"] = [_refund(api, one.id, READ_REFUND_ALONE) for one in order.refunds]
    return told


def _cut_off(order: OrderAnswer) -> list[str]:
    """A list that is full may have been cut."""
    lists = {"fulfillments": order.fulfillments, "refunds": order.refunds}
    return [name for name, found in lists.items() if len(found) >= MOST_IN_A_LIST]


def _fulfillment(api: AdminApi, head: FulfillmentHead) -> Json:
    lines: list[Json] = []
    after: str | None = None
    while True:
        answer = api.run(FULFILLED_LINES, {"id": head.id, "after": after}, FulfilledLines)
        page = answer.fulfillment.fulfillment_line_items
        lines += [{"id": line.line_item.number, "quantity": line.quantity or 0} for line in page.nodes]
        after = page.next_cursor
        if after is None:
            return {"status": head.status.lower(), "line_items": lines}


def _refund(api: AdminApi, gid: str, document: Document) -> Json:
    """Without its return where the document does not ask for it: unknown, which is not none."""
    lines: list[RefundLine] = []
    after: str | None = None
    while True:
        found = api.run(document, {"id": gid, "after": after}, ReadRefund).refund
        if found is None:
            raise Unavailable(api.system, "names a refund that it does not show")
        lines += found.refund_line_items.nodes
        after = found.refund_line_items.next_cursor
        if after is None:
            break
    told: Json = {
        "id": found.number,
        "created_at": found.created_at,
        "refund_line_items": [_refund_line(line) for line in lines],
    }
    if "of_return" in found.model_fields_set:
        told["return"] = {"id": found.of_return.number} if found.of_return else None
    return told


def _refund_line(line: RefundLine) -> Json:
    return {
        "id": line.number,
        "line_item_id": line.line_item.number,
        "quantity": line.quantity,
        "restock_type": line.restock_type.lower(),
        "location_id": line.location.number if line.location and line.restocked else None,
    }


def _returns(api: AdminApi, order: OrderAnswer) -> list[Named]:
    """Only what was fulfilled can be returned, so nobody needs the scope read_returns before."""
    if not order.fulfillments:
        return []
    returns: list[Named] = []
    after: str | None = None
    while True:
        found = api.run(READ_RETURNS, {"id": order.id, "after": after}, ReadReturns).order
        returns += found.returns.nodes if found else ()
        after = found.returns.next_cursor if found else None
        if after is None:
            return returns


def _return(api: AdminApi, named: Named) -> Json:
    lines: list[ReverseLine] = []
    after: str | None = None
    while True:
        found = api.run(READ_RETURN, {"id": named.id, "after": after}, ReadReturn).found
        if found is None:
            raise Unavailable(api.system, "names a return that it does not show")
        pages = [one.line_items for one in found.reverse_fulfillment_orders.nodes]
        lines += [line for page in pages for line in page.nodes]
        after = next((page.next_cursor for page in pages if page.next_cursor), None)
        if after is None:
            break
    reasons = _reasons(found)
    return {
        "id": found.number,
        "status": found.status,
        "dispositions": [each for line in lines for each in _dispositions(line, reasons)],
    }


def _reasons(found: ReturnAnswer) -> dict[str, str]:
    """Why, by the gid of the fulfillment's line."""
    lines = found.return_line_items.nodes
    return {line.fulfillment_line_item.id: line.return_reason for line in lines if line.fulfillment_line_item}


def _dispositions(line: ReverseLine, reasons: dict[str, str]) -> list[Json]:
    fulfilled = line.fulfillment_line_item
    if fulfilled is None:
        return []
    return [
        {
            "id": done.number,
            "line_item_id": fulfilled.line_item.number,
            "quantity": done.quantity,
            "type": done.type,
            "reason": reasons.get(fulfilled.id, ""),
            "location_id": done.location.number if done.location else None,
            "created_at": done.created_at,
        }
        for done in line.dispositions
    ]
