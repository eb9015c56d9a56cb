"""What keeps an order from being dispatched although it is ours to ship: its payment, or a hold of its channel."""

from enum import StrEnum

from orderloom.domain.orders import Order, Story

SETTLED = ("paid", "partially_refunded")
PROMISED = (*SETTLED, "authorized")


class DispatchWhen(StrEnum):
    """From which payment state on an order is dispatched. An unknown one never keeps it."""

    PAID = "paid"
    AUTHORIZED = "authorized"
    ANY = "any"


def waits_for(order: Order, when: DispatchWhen) -> str:
    """In words, empty where nothing keeps it. It goes on by itself with the reading that says so."""
    if order.story is not Story.SHIP:
        return ""
    if order.on_hold:
        return f"its channel to release it (held: {order.on_hold})"
    good = {DispatchWhen.PAID: SETTLED, DispatchWhen.AUTHORIZED: PROMISED}.get(when)
    if good is None or order.payment is None or order.payment in good:
        return ""
    if order.payment == "refunded" and not any(line.open_quantity for line in order.lines):
        # All of it was taken off: there is nothing that it could wait with.
        return ""
    return f"its payment (it is {order.payment.replace('_', ' ')})"
