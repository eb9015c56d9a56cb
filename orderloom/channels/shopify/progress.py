"""What Shopify knows of an order's fulfillment: what stands, and what is still open. Reads only."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from orderloom.channels.shopify.answers import (
    FulfilledLines,
    Fulfillment,
    FulfillmentOrder,
    FulfillmentState,
    ReadFulfillment,
)
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.fulfillment_orders import lines_of
from orderloom.channels.shopify.reread import ORDER_UNKNOWN, order_gid
from orderloom.channels.shopify.shipping_queries import FULFILLED_LINES, READ_FULFILLMENT
from orderloom.channels.shopify.spread import OpenLine
from orderloom.channels.wire import same_tracking_number
from orderloom.domain.errors import Rejected

_OPEN = frozenset({"OPEN", "IN_PROGRESS"})
"""CLOSED ones may still show units that were moved elsewhere; held and scheduled ones cannot be fulfilled."""
_FALLEN = frozenset({"CANCELLED", "ERROR", "FAILURE"})


@dataclass(frozen=True)
class Progress:
    created_at: datetime
    fulfillments: tuple[Fulfillment, ...]
    statuses: tuple[str, ...]
    """Of all fulfillment orders that our scopes let us see."""
    open_lines: tuple[OpenLine, ...]


def read_progress(api: AdminApi, order_id: str) -> Progress:
    """Raises Rejected(ORDER_UNKNOWN) where the shop has no such order."""
    first = _page(api, order_id, None)
    orders, after = list(first.fulfillment_orders.nodes), first.fulfillment_orders.next_cursor
    while after:
        page = _page(api, order_id, after).fulfillment_orders
        orders += page.nodes
        after = page.next_cursor
    return Progress(
        created_at=first.created_at,
        fulfillments=first.fulfillments,
        statuses=tuple(order.status for order in orders),
        open_lines=tuple(line for order in orders if order.status in _OPEN for line in _open_lines(api, order)),
    )


def standing_with(progress: Progress, tracking_number: str) -> tuple[Fulfillment, ...]:
    """The fulfillments that carry this tracking number and were not cancelled."""
    return tuple(
        fulfillment
        for fulfillment in progress.fulfillments
        if fulfillment.status not in _FALLEN
        and any(same_tracking_number(tracking.number, tracking_number) for tracking in fulfillment.tracking_info)
    )


def units_in(api: AdminApi, fulfillments: Sequence[Fulfillment]) -> Counter[str]:
    """Units by order line over these fulfillments."""
    units: Counter[str] = Counter()
    for fulfillment in fulfillments:
        after: str | None = None
        while True:
            answer = api.run(FULFILLED_LINES, {"id": fulfillment.id, "after": after}, FulfilledLines)
            page = answer.fulfillment.fulfillment_line_items
            for line in page.nodes:
                units[str(line.line_item.number)] += line.quantity or 0
            after = page.next_cursor
            if after is None:
                break
    return units


def _page(api: AdminApi, order_id: str, after: str | None) -> FulfillmentState:
    order = api.run(READ_FULFILLMENT, {"id": order_gid(order_id), "after": after}, ReadFulfillment).order
    if order is None:
        raise Rejected(api.system, ORDER_UNKNOWN, "the shop has no such order, or our app may not read it")
    return order


def _open_lines(api: AdminApi, order: FulfillmentOrder) -> Iterator[OpenLine]:
    location = order.assigned_location.location
    for line in lines_of(api, order):
        if line.remaining_quantity > 0:
            yield OpenLine(
                fulfillment_order=order.id,
                location=location.id if location else None,
                gid=line.id,
                line_id=str(line.line_item.number),
                remaining=line.remaining_quantity,
            )
