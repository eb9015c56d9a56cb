"""What a channel says of an order whose story has ended."""

from orderloom.domain.editing import digest_of
from orderloom.domain.orders import ChannelState, Order, OrderStatus

_EXPECTED = {
    OrderStatus.COMPLETED: (ChannelState.FULFILLED,),
    OrderStatus.CANCELLED: (ChannelState.CANCELLED,),
    OrderStatus.OBSERVED: (ChannelState.PENDING, ChannelState.OPEN, ChannelState.FULFILLED),
}
"""What it says once it knows what we know: of an order that is only watched also that others ship it."""


def is_news(status: OrderStatus, known: Order, told: Order) -> bool:
    """Whether a person should read of it; the rest is mostly the echo of our own confirmation."""
    if told.state not in _EXPECTED.get(status, ()) or regrets(known, told):
        return True
    return status is not OrderStatus.CANCELLED and digest_of(told.lines) != digest_of(known.lines)


def regrets(known: Order, told: Order) -> bool:
    """The buyer asks to cancel, and did not before."""
    return told.buyer_asks_to_cancel and not known.buyer_asks_to_cancel
