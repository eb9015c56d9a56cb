"""From an Orders 2026-01-01 order to an `OrderReading`. Pure.

Both vocabularies of status are read: that of the 2026 model (CANCELLED, MERCHANT) and that of v0, which notifications
still use (Canceled, MFN).
"""

from collections.abc import Sequence
from datetime import datetime

from orderloom.channels.amazon.payload import Item, OrderDocument, OrderFulfillment, OrderPackage, TimeRange
from orderloom.channels.amazon.recipient import destination_of, personal_data_of
from orderloom.channels.amazon.story import story_of
from orderloom.channels.amazon.words import shipped_by_amazon, state_of
from orderloom.channels.wire import known, read_body
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.money import Money
from orderloom.domain.orders import ChannelState, Order, OrderLine, OrderReading, TimeWindow

_GONE = frozenset({"SHIPPED", "IN_TRANSIT", "DELIVERED"})


def read_order(account: str, body: bytes, live_from: datetime) -> OrderReading:
    """`body` is one order object as searchOrders and getOrder give it. Raises UnreadableEvent."""
    document = read_body(OrderDocument, body)
    state = _state(document.fulfillment)
    lines = tuple(_line(item, document.packages, state) for item in document.order_items)
    if state is ChannelState.FULFILLED and any(line.open_quantity for line in lines):
        state = ChannelState.OPEN
    by_amazon = _by_amazon(document.fulfillment)
    story, reason = story_of(document, state, lines, by_amazon=by_amazon, live_from=live_from)
    personal = personal_data_of(document)
    order = Order(
        key=OrderKey(channel=Channel.AMAZON, account=account, order_id=document.order_id),
        name=document.order_id,
        marketplace=known(document.sales_channel.marketplace_id),
        placed_at=document.created_time,
        updated_at=document.last_updated_time,
        state=state,
        story=story,
        story_reason=reason,
        fulfilled_by_channel=by_amazon,
        programs=document.programs,
        service_level=known(document.fulfillment.fulfillment_service_level),
        ship_by=_window(document.fulfillment.ship_by_window),
        deliver_by=_window(document.fulfillment.deliver_by_window),
        total=document.proceeds.grand_total.to_domain()
        if document.proceeds and document.proceeds.grand_total
        else None,
        destination=destination_of(document),
        has_address=personal.has_address,
        is_business="AMAZON_BUSINESS" in document.programs,
        is_gift=_is_gift(document.order_items),
        buyer_asks_to_cancel=any(map(_asks_to_cancel, document.order_items, lines)),
        confirms_itself="FBM_SHIP_PLUS" in document.programs,
        lines=lines,
    )
    return OrderReading(order=order, personal=personal)


def _total(document: OrderDocument) -> Money | None:
    total = document.proceeds.grand_total if document.proceeds else None
    return total.to_domain() if total else None


def _state(fulfillment: OrderFulfillment) -> ChannelState:
    state = state_of(fulfillment.fulfillment_status)
    if state is None:
        raise UnreadableEvent("fulfillment.fulfillmentStatus", "is no status that we know")
    return state


def _by_amazon(fulfillment: OrderFulfillment) -> bool:
    """Who ships is never guessed: an order shipped by both Amazon and us would reach its buyer twice."""
    by_amazon = shipped_by_amazon(fulfillment.fulfilled_by or "")
    if by_amazon is None:
        raise UnreadableEvent("fulfillment.fulfilledBy", "is neither AMAZON nor MERCHANT")
    return by_amazon


def _line(item: Item, packages: Sequence[OrderPackage], state: ChannelState) -> OrderLine:
    fulfilled = _fulfilled(item, packages, state)
    quantity = _quantity(item, fulfilled, state)
    price = item.product.price.unit_price if item.product.price else None
    return OrderLine(
        line_id=item.order_item_id,
        listing=item.product.seller_sku or f"line:{item.order_item_id}",
        title=item.product.title or "",
        quantity=quantity,
        fulfilled=min(fulfilled, quantity),
        unit_price=price.to_domain() if price else None,
    )


def _fulfilled(item: Item, packages: Sequence[OrderPackage], state: ChannelState) -> int:
    if item.fulfillment and item.fulfillment.quantity_fulfilled is not None:
        return item.fulfillment.quantity_fulfilled
    if state is ChannelState.FULFILLED:
        return item.quantity_ordered
    gone = (p for p in packages if p.package_status and p.package_status.status in _GONE)
    return sum(part.quantity or 0 for p in gone for part in p.package_items if part.order_item_id == item.order_item_id)


def _quantity(item: Item, fulfilled: int, state: ChannelState) -> int:
    """Ordered less cancelled. An executed cancellation has no quantity of its own: what is left is the item's."""
    if state is ChannelState.CANCELLED:
        return min(fulfilled, item.quantity_ordered)
    if item.cancellation is None or item.cancellation.cancellation_execution is None:
        return item.quantity_ordered
    unfulfilled = item.fulfillment.quantity_unfulfilled if item.fulfillment else None
    return min(fulfilled + (unfulfilled or 0), item.quantity_ordered)


def _asks_to_cancel(item: Item, line: OrderLine) -> bool:
    """A buyer's request that is still to be answered: nothing executed, and units that have not left."""
    wish = item.cancellation
    if wish is None or wish.cancellation_request is None or wish.cancellation_execution is not None:
        return False
    return wish.cancellation_request.requester == "BUYER" and line.open_quantity > 0


def _is_gift(items: Sequence[Item]) -> bool | None:
    packings = [item.fulfillment.packing if item.fulfillment else None for item in items]
    if any(packing and packing.gift_option for packing in packings):
        return True
    return False if all(item.fulfillment for item in items) else None


def _window(span: TimeRange | None) -> TimeWindow:
    return TimeWindow(earliest=span.earliest_date_time, latest=span.latest_date_time) if span else TimeWindow()
