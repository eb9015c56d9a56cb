"""fulfillmentCreate. It has no idempotency key: a repeated partial call is a second fulfillment, as at Shopify.

userErrors carry no code. The messages are those recorded from a live store (2026-04); two that were not recorded, for
a doubled fulfillment order and for an unknown line, are ours.
"""

from typing import Any

from orderloom.sandbox.mails import BuyerMail, Mail
from orderloom.sandbox.shopify.identifiers import number_in
from orderloom.sandbox.shopify.orders import FulfilledLine, Fulfillment, FulfillmentOrder, FulfillmentOrderLine
from orderloom.sandbox.shopify.shop import Shop

Taken = list[tuple[FulfillmentOrderLine, int]]


class UserError(Exception):
    """A refusal that Shopify puts into userErrors."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def create_fulfillment(shop: Shop, given: dict[str, Any]) -> Fulfillment:
    """Fulfil what is named, or all that remains where no lines are named; raises UserError, then nothing changed."""
    groups = [(_find(shop, group), group) for group in given["lineItemsByFulfillmentOrder"]]
    found = [fulfillment_order for fulfillment_order, _ in groups]
    _check_together(found)
    taken = [part for fulfillment_order, group in groups for part in _taken(fulfillment_order, group)]
    fulfillment = _record(shop, found, taken, given)
    for line, units in taken:
        line.remaining -= units
        shop.stockroom.fulfilled(found[0].order.order_id, line.line.line_id, units)
    for fulfillment_order in found:
        fulfillment_order.settle_status(fulfillment.created)
    fulfillment.order.fulfillments.append(fulfillment)
    if given.get("notifyCustomer"):
        number = next(iter(fulfillment.numbers), "")
        fulfillment.order.mails.append(BuyerMail(Mail.SHIPPED, number, fulfillment.created))
    shop.changed(fulfillment.order)
    return fulfillment


def _find(shop: Shop, group: dict[str, Any]) -> FulfillmentOrder:
    found = shop.fulfillment_order(number_in(group["fulfillmentOrderId"], "FulfillmentOrder"))
    if found is None:
        raise UserError("Fulfillment order does not exist.")
    return found


def _check_together(found: list[FulfillmentOrder]) -> None:
    if not found:
        raise UserError("Fulfillment order does not exist.")
    if len({fulfillment_order.id for fulfillment_order in found}) < len(found):
        raise UserError("Fulfillment order ids must be unique.")
    if len({fulfillment_order.order.order_id for fulfillment_order in found}) > 1:
        raise UserError("All fulfillment orders must belong to the same order.")
    for fulfillment_order in found:
        if fulfillment_order.status not in ("OPEN", "IN_PROGRESS"):
            status = fulfillment_order.status.lower()
            raise UserError(f"Fulfillment order {fulfillment_order.id} has an unfulfillable status= {status}.")


def _taken(fulfillment_order: FulfillmentOrder, group: dict[str, Any]) -> Taken:
    named = group.get("fulfillmentOrderLineItems")
    if not named:
        return [(line, line.remaining) for line in fulfillment_order.lines if line.remaining]
    lines = {line.id: line for line in fulfillment_order.lines}
    units: dict[int, int] = {}
    for item in named:
        number = number_in(item["id"], "FulfillmentOrderLineItem")
        if number not in lines:
            raise UserError("Fulfillment order line item does not exist.")
        if item["quantity"] < 1:
            raise UserError("Quantity must be greater than 0")
        units[number] = units.get(number, 0) + item["quantity"]
    if any(count > lines[number].remaining for number, count in units.items()):
        raise UserError("Invalid fulfillment order line item quantity requested.")
    return [(lines[number], count) for number, count in units.items()]


def _record(shop: Shop, found: list[FulfillmentOrder], taken: Taken, given: dict[str, Any]) -> Fulfillment:
    order = found[0].order
    tracking = given.get("trackingInfo") or {}
    number, url = tracking.get("number"), tracking.get("url")
    return Fulfillment(
        id=shop.next_id(),
        number=len(order.fulfillments) + 1,
        order=order,
        fulfillment_orders=tuple(found),
        lines=tuple(FulfilledLine(shop.next_id(), line.line, units) for line, units in taken),
        company=tracking.get("company"),
        numbers=tuple(tracking.get("numbers") or ([number] if number else [])),
        urls=tuple(tracking.get("urls") or ([url] if url else [])),
        created=shop.clock.now(),
        updated=shop.clock.now(),
    )
