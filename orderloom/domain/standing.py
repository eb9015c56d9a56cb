"""Where a running order stands, by what nodes were asked for and what has left."""

from collections.abc import Collection

from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import DispatchState

AT_NODES = {DispatchState.SENDING, DispatchState.DISPATCHED, DispatchState.SHIPPED}
NOT_ANSWERED = {DispatchState.PLANNED, DispatchState.SENDING}
BEFORE_LEAVING = (OrderStatus.RESERVED, OrderStatus.ROUTED, OrderStatus.DISPATCHED)


def not_behind(status: OrderStatus, shipments: Collection[DispatchState], *, has_left: bool) -> OrderStatus:
    """What is read, added or lifted later does not bring it back behind what nodes have, or what has left."""
    if status not in BEFORE_LEAVING:
        return status
    if has_left:
        return OrderStatus.PARTIALLY_SHIPPED
    if status is OrderStatus.DISPATCHED or not AT_NODES.intersection(shipments):
        return status
    return OrderStatus.ROUTED if NOT_ANSWERED.intersection(shipments) else OrderStatus.DISPATCHED
