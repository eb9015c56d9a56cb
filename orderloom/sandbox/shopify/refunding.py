"""Refunds and returns, with the stock that comes back.

A refund of what was not fulfilled takes the units out of the order; one of what was fulfilled leaves them fulfilled and
lowers `current_quantity`. A return is opened first; what arrives is disposed of, and may be refunded with it or later.
"""

from collections.abc import Mapping

from orderloom.sandbox.listing_truth import Why
from orderloom.sandbox.shopify import aftermath_payloads as payloads
from orderloom.sandbox.shopify.aftermath import Disposition, Refund, RefundLine, Return, ReturnLine
from orderloom.sandbox.shopify.changing import NotAllowed, find_line, settle, take_out
from orderloom.sandbox.shopify.orders import ShopLine, ShopOrder
from orderloom.sandbox.shopify.shop import Shop


def refund(
    shop: Shop, order: ShopOrder, units: Mapping[str, int], restock_type: str, location_id: int | None = None
) -> Refund:
    """`restock_type`: `cancel` for what was not fulfilled, `return` for what was, `no_restock` for either."""
    wanted = [(find_line(order, named), count) for named, count in units.items()]
    for line, count in wanted:
        _check(order, line, count, restock_type)
    place = (location_id or shop.location_id) if restock_type != "no_restock" else None
    lines = tuple(RefundLine(shop.next_id(), line, count, restock_type, place) for line, count in wanted)
    done = Refund(shop.next_id(), shop.clock.now(), lines)
    for each in lines:
        _take(shop, order, each)
    settle(shop, order)
    _announce(shop, order, done)
    return done


def _check(order: ShopOrder, line: ShopLine, count: int, restock_type: str) -> None:
    back = order.fulfilled(line) - order.came_back[line.line_id]
    most = {"cancel": order.fulfillable(line), "return": back, "no_restock": order.current(line)}[restock_type]
    if not 0 < count <= most:
        raise NotAllowed(f"line {line.line_id}: {most} units can be refunded as {restock_type}, not {count}")


def _take(shop: Shop, order: ShopOrder, each: RefundLine) -> None:
    line, is_back = each.line, each.restock_type == "return"
    unfulfilled = 0 if is_back else min(each.quantity, order.fulfillable(line))
    if unfulfilled:
        take_out(shop, order, line, unfulfilled, restock=each.restock_type == "cancel")
    gone = each.quantity - unfulfilled
    order.removed[line.line_id] += gone
    order.came_back[line.line_id] += gone
    if is_back and each.location_id is not None:
        put_back(shop, order, line, gone, each.location_id)


def put_back(shop: Shop, order: ShopOrder, line: ShopLine, units: int, location_id: int) -> None:
    listing = shop.stockroom.items.get(line.inventory_item_id)
    if listing and units:
        level = listing.levels.get(location_id)
        there = level.available if level else 0
        shop.stockroom.write(listing, location_id, there + units, Why.CANCEL, str(order.order_id))


def _announce(shop: Shop, order: ShopOrder, done: Refund) -> None:
    order.refunds.append(done)
    order.payment = "refunded" if all(not order.current(line) for line in order.lines) else "partially_refunded"
    order.updated = shop.clock.now()
    shop.webhooks.post("refunds/create", order, payloads.refund(order, done))
    shop.changed(order)


def open_return(shop: Shop, order: ShopOrder, units: Mapping[str, int], reason: str) -> Return:
    """The merchant opens (approves) a return of fulfilled units; nothing has come back yet."""
    lines = []
    for named, count in units.items():
        line = find_line(order, named)
        left = count
        for done in (part for each in order.fulfillments for part in each.lines if part.line is line):
            under_way = sum(one.quantity for r in order.returns for one in r.lines if one.fulfilled is done)
            taken = min(left, done.quantity - under_way)
            if taken > 0:
                lines.append(ReturnLine(shop.next_id(), shop.next_id(), done, taken, reason, "It does not fit."))
                left -= taken
        if left or count < 1:
            raise NotAllowed(f"line {line.line_id}: only {count - left} fulfilled units can be returned")
    opened = Return(shop.next_id(), len(order.returns) + 1, shop.next_id(), shop.clock.now(), tuple(lines))
    order.returns.append(opened)
    shop.webhooks.post("returns/approve", order, payloads.return_approved(order, opened))
    shop.changed(order)
    return opened


def receive(
    shop: Shop, order: ShopOrder, opened: Return, kind: str, location_id: int | None, *, refunded: bool
) -> None:
    """All that was under way arrives, or proves missing; `kind` is GraphQL's disposition. Refunded at once if wished.

    Shopify restocks by the disposition; the refund of a return says `return` and restocks nothing again.
    """
    place = (location_id or shop.location_id) if kind == "RESTOCKED" else None
    fresh: list[RefundLine] = []
    for each in opened.lines:
        units = each.quantity - each.processed
        if units:
            each.dispositions.append(Disposition(shop.next_id(), units, kind, place, shop.clock.now()))
            if place is not None:
                put_back(shop, order, each.fulfilled.line, units, place)
        if refunded and (open_units := each.quantity - each.refunded):
            restock_type = "return" if place is not None else "no_restock"
            fresh.append(RefundLine(shop.next_id(), each.fulfilled.line, open_units, restock_type, place))
            each.refunded += open_units
    shop.webhooks.post("returns/process", order, payloads.return_processed(order, opened))
    if fresh:
        for line in fresh:
            order.removed[line.line.line_id] += line.quantity
            order.came_back[line.line.line_id] += line.quantity
        _announce(shop, order, Refund(shop.next_id(), shop.clock.now(), tuple(fresh), opened))
    else:
        shop.changed(order)


def end_return(shop: Shop, order: ShopOrder, opened: Return, *, cancelled: bool) -> None:
    """Close it, or cancel one of which nothing has come back."""
    if cancelled and any(each.processed or each.refunded for each in opened.lines):
        raise NotAllowed("a return of which something came back cannot be cancelled")
    opened.status = "CANCELED" if cancelled else "CLOSED"
    opened.closed = shop.clock.now()
    topic = "returns/cancel" if cancelled else "returns/close"
    shop.webhooks.post(topic, order, payloads.return_ended(order, opened))
    shop.changed(order)
