"""From a REST-shaped Shopify order (webhook or re-read) to an `OrderReading`. Pure."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from orderloom.channels.shopify.answers import variant_name
from orderloom.channels.shopify.goods_back import came_back, held_for
from orderloom.channels.shopify.payload import Fulfillment, LineItem, OrderPayload
from orderloom.channels.shopify.recipient import destination_of, gift_message_of, personal_data_of
from orderloom.channels.shopify.story import is_point_of_sale, story_of
from orderloom.channels.wire import known, read_body
from orderloom.domain.assigned import Assigned
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.money import Money
from orderloom.domain.orders import ChannelState, Order, OrderLine, OrderReading

_OPEN = frozenset({"OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED"})
_NOT_FULFILLED = frozenset({"cancelled", "error", "failure"})


def read_order(account: ShopifyAccount, body: bytes, live_from: datetime) -> OrderReading:
    """`body` is an orders/* payload, or what `fetch` made of a GraphQL read. Raises UnreadableEvent."""
    payload = read_body(OrderPayload, body)
    shipped = _shipped(payload.fulfillments)
    lines = tuple(_line(payload, item, shipped[item.id]) for item in payload.line_items)
    story, reason = story_of(payload, lines, account.imported_orders, live_from)
    personal = personal_data_of(payload)
    order = Order(
        key=OrderKey(channel=Channel.SHOPIFY, account=account.account, order_id=str(payload.id)),
        name=payload.name or str(payload.id),
        placed_at=payload.created_at,
        updated_at=payload.updated_at or payload.created_at,
        state=_state(payload, lines),
        story=story,
        story_reason=reason,
        service_level=_service_level(payload),
        total=_money(payload, payload.total_price),
        destination=destination_of(payload),
        has_address=personal.has_address,
        tags=_tags(payload.tags),
        payment=known(payload.financial_status),
        on_hold=held_for(payload),
        assigned=_assigned(payload),
        came_back=came_back(payload),
        is_business=_is_business(payload),
        is_gift=True if gift_message_of(payload) else None,
        lines=lines,
    )
    return OrderReading(order=order, personal=personal, not_read=payload.not_read, cut_off=payload.cut_off)


def _shipped(fulfillments: Sequence[Fulfillment]) -> Counter[int]:
    """Units by line id over all fulfillments that stand."""
    units: Counter[int] = Counter()
    for fulfillment in fulfillments:
        if fulfillment.status not in _NOT_FULFILLED:
            for line in fulfillment.line_items:
                units[line.id] += line.quantity
    return units


def _line(payload: OrderPayload, item: LineItem, shipped: int) -> OrderLine:
    quantity = _quantity(payload, item, shipped)
    fulfilled = min(_fulfilled(payload, item, quantity, shipped), quantity)
    return OrderLine(
        line_id=str(item.id),
        listing=_listing(item),
        own_name=_own_name(item),
        title=" - ".join(filter(None, (item.title, item.variant_title))),
        quantity=quantity if payload.cancelled_at is None else fulfilled,
        fulfilled=fulfilled,
        needs_stock=_needs_stock(item),
        unit_price=_money(payload, item.price),
        unit_weight_grams=item.grams or None,
    )


def _quantity(payload: OrderPayload, item: LineItem, shipped: int) -> int:
    """Units that the buyer was to receive. `current_quantity` also leaves out units that were refunded after they had
    left: these stay, with what is still waiting, as far as the line ever had so many."""
    current = item.quantity if item.current_quantity is None else item.current_quantity
    if not payload.refunds and not payload.returns:
        return current
    waiting = current if item.fulfillable_quantity is None else item.fulfillable_quantity
    return max(current, min(shipped + waiting, item.quantity))


def _fulfilled(payload: OrderPayload, item: LineItem, quantity: int, shipped: int) -> int:
    """Units that have left. Fulfillments and line say it each in their way, and either may lag; a till hands over."""
    if payload.cancelled_at is not None:
        return shipped
    if is_point_of_sale(payload) or item.fulfillment_status == "fulfilled":
        return quantity
    waiting = quantity if item.fulfillable_quantity is None else item.fulfillable_quantity
    return max(shipped, quantity - waiting)


def _listing(item: LineItem) -> str:
    return item.sku or _own_name(item) or f"line:{item.id}"


def _own_name(item: LineItem) -> str | None:
    """Two variants of a shop may have one SKU: this tells them apart."""
    return variant_name(item.variant_id) if item.variant_id is not None else None


def _needs_stock(item: LineItem) -> bool:
    return item.requires_shipping is not False and not item.gift_card and item.tip is None


def _state(payload: OrderPayload, lines: Sequence[OrderLine]) -> ChannelState:
    if payload.cancelled_at is not None:
        return ChannelState.CANCELLED
    stocked = [line for line in lines if line.needs_stock]
    if any(line.fulfilled for line in stocked) and not any(line.open_quantity for line in stocked):
        return ChannelState.FULFILLED
    return ChannelState.OPEN


def _assigned(payload: OrderPayload) -> tuple[Assigned, ...] | None:
    """Where what is open waits; None where this reading does not say, or Shopify has not spread the order yet."""
    if not payload.fulfillment_orders:
        return None
    return tuple(
        Assigned(part=str(one.id), line_id=str(line.id), location=str(one.location_id), units=line.remaining)
        for one in payload.fulfillment_orders
        for line in one.line_items
        if one.status in _OPEN and one.id and one.location_id and line.remaining
    )


def _service_level(payload: OrderPayload) -> str | None:
    line = payload.shipping_lines[0] if payload.shipping_lines else None
    return known(line.title or line.code) if line else None


def _money(payload: OrderPayload, amount: object) -> Money | None:
    if amount is None or payload.currency is None:
        return None
    return Money.model_validate({"amount": amount, "currency": payload.currency})


def _tags(joined: str | None) -> tuple[str, ...]:
    return tuple(tag for part in (joined or "").split(",") if (tag := part.strip()))


def _is_business(payload: OrderPayload) -> bool | None:
    return payload.company is not None if "company" in payload.model_fields_set else None
