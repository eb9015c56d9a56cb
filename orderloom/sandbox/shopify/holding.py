"""Fulfillment orders held, released, moved and cancelled by somebody at Shopify. No order topic tells of these."""

from orderloom.sandbox.shopify import aftermath_payloads as payloads
from orderloom.sandbox.shopify.aftermath import Hold
from orderloom.sandbox.shopify.changing import NotAllowed, open_fulfillment_orders
from orderloom.sandbox.shopify.orders import FulfillmentOrder, ShopOrder
from orderloom.sandbox.shopify.shop import Shop

REQUESTS = {
    "cancellation_request_submitted": "CANCELLATION_REQUESTED",
    "cancellation_request_accepted": "CANCELLATION_ACCEPTED",
    "cancellation_request_rejected": "CANCELLATION_REJECTED",
}


def hold(shop: Shop, order: ShopOrder, reason: str, notes: str) -> None:
    """Hold all that is open; the topic goes out with the first hold of a fulfillment order alone."""
    for one in _open(order):
        fresh = Hold(shop.next_id(), reason, notes)
        one.holds.append(fresh)
        one.settle_status(shop.clock.now())
        if len(one.holds) == 1:
            body = payloads.placed_on_hold(one, fresh)
            shop.webhooks.post("fulfillment_orders/placed_on_hold", order, body)


def release(shop: Shop, order: ShopOrder) -> None:
    """Release every hold."""
    held = [one for one in order.fulfillment_orders if one.holds]
    if not held:
        raise NotAllowed(f"order {order.name} is not on hold")
    for one in held:
        one.holds.clear()
        one.settle_status(shop.clock.now())
        shop.webhooks.post("fulfillment_orders/hold_released", order, payloads.hold_released(one))


def move(shop: Shop, order: ShopOrder, location_id: int) -> None:
    """Move all that is open to another location. One that has begun keeps its past: the rest becomes a new one."""
    for one in _open(order):
        source = one.location_id
        if source == location_id:
            continue
        moved = one
        if any(part.remaining < part.total for part in one.lines):
            rest = {part.line.line_id: part.remaining for part in one.lines if part.remaining}
            moved = shop.open_fulfillment_order(order, rest)
            one.status, one.updated = "CLOSED", shop.clock.now()
        moved.location_id, moved.updated = location_id, shop.clock.now()
        shop.webhooks.post("fulfillment_orders/moved", order, payloads.moved(one, moved, source))


def cancel(shop: Shop, order: ShopOrder) -> None:
    """A fulfillment order is cancelled, and what was open in it is open again in another one."""
    for one in _open(order):
        rest = {part.line.line_id: part.remaining for part in one.lines if part.remaining}
        one.status, one.updated = "CANCELLED", shop.clock.now()
        one.holds.clear()
        other = shop.open_fulfillment_order(order, rest)
        shop.webhooks.post("fulfillment_orders/cancelled", order, payloads.replaced(one, other))


def request(shop: Shop, order: ShopOrder, what: str) -> None:
    """What a merchant and a fulfillment service say to each other of a cancellation: a key of REQUESTS."""
    for one in _open(order):
        one.request_status = REQUESTS[what]
        one.updated = shop.clock.now()
        shop.webhooks.post(f"fulfillment_orders/{what}", order, payloads.requested(one))


def _open(order: ShopOrder) -> list[FulfillmentOrder]:
    found = open_fulfillment_orders(order)
    if not found:
        raise NotAllowed(f"order {order.name} has no open fulfillment order")
    return found
