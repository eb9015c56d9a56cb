"""What a merchant or buyer changes of a sold order: its lines, its address, its payment. Each tells its subscribers."""

from collections.abc import Mapping, Sequence

from orderloom.sandbox.shopify import aftermath_payloads as payloads
from orderloom.sandbox.shopify.orders import FulfillmentOrder, FulfillmentOrderLine, ShopLine, ShopOrder
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.spec import SandboxLine


class NotAllowed(Exception):
    """Shopify would not let anybody do this; says why."""


def find_line(order: ShopOrder, named: str) -> ShopLine:
    """By its id, else by its SKU."""
    found = [line for line in order.lines if named in (str(line.line_id), line.spec.sku)]
    if not found:
        raise NotAllowed(f"order {order.name} has no line {named!r}")
    return found[0]


def edit(
    shop: Shop, order: ShopOrder, quantities: Mapping[str, int], added: Sequence[SandboxLine], *, restock: bool
) -> None:
    """An order edit: each named line has this many units from now on (0 removes it), and new lines are added.

    What was fulfilled stays: a line never goes below it. orders/edited says by how much, orders/updated the rest.
    """
    if order.cancelled:
        raise NotAllowed("a cancelled order cannot be edited")
    additions: dict[int, int] = {}
    removals: dict[int, int] = {}
    for line, units in [(find_line(order, named), units) for named, units in quantities.items()]:
        delta = units - order.current(line)
        if units < 0 or -delta > order.fulfillable(line):
            raise NotAllowed(f"line {line.line_id} has only {order.fulfillable(line)} units that were not fulfilled")
        if delta > 0:
            _add_units(shop, order, line, delta)
            additions[line.line_id] = delta
        elif delta < 0:
            take_out(shop, order, line, -delta, restock=restock)
            removals[line.line_id] = -delta
    for spec in added:
        line = shop.new_line(spec)
        order.lines = (*order.lines, line)
        _open_for(shop, order, line, spec.quantity)
        shop.stockroom.sell(order.order_id, line.line_id, line.inventory_item_id, spec.quantity)
        additions[line.line_id] = spec.quantity
    order.edited = True
    settle(shop, order)
    order.updated = shop.clock.now()
    shop.webhooks.post("orders/edited", order, payloads.order_edit(shop.next_id(), order, additions, removals))
    shop.changed(order)


def _add_units(shop: Shop, order: ShopOrder, line: ShopLine, units: int) -> None:
    order.added[line.line_id] += units
    _open_for(shop, order, line, units)
    shop.stockroom.sell(order.order_id, line.line_id, line.inventory_item_id, units)


def _open_for(shop: Shop, order: ShopOrder, line: ShopLine, units: int) -> None:
    """Put units into an open fulfillment order, into a new one where all are closed."""
    if not line.is_shipped:
        return
    target = next((one for one in order.fulfillment_orders if one.is_open), None)
    if target is None:
        shop.open_fulfillment_order(order, {line.line_id: units})
        return
    known = next((part for part in target.lines if part.line is line), None)
    if known is None:
        target.lines = (*target.lines, FulfillmentOrderLine(shop.next_id(), line, units, units))
    else:
        known.total += units
        known.remaining += units


def take_out(shop: Shop, order: ShopOrder, line: ShopLine, units: int, *, restock: bool) -> None:
    """Units that were not fulfilled are no longer wanted."""
    order.removed[line.line_id] += units
    shop.stockroom.take_back(order.order_id, line.line_id, units, restock=restock)
    left = units
    for part in (p for one in order.fulfillment_orders if one.is_open for p in one.lines if p.line is line):
        taken = min(part.remaining, left)
        part.remaining -= taken
        part.total -= taken
        left -= taken


def settle(shop: Shop, order: ShopOrder) -> None:
    for one in order.fulfillment_orders:
        if one.is_open:
            one.settle_status(shop.clock.now())


def change_address(shop: Shop, order: ShopOrder) -> None:
    """The buyer lives elsewhere from now on: another invented person, the same order. Only orders/updated says so."""
    if order.cancelled:
        raise NotAllowed("a cancelled order has no other address")
    order.person = shop.next_person()
    shop.changed(order)


def pay(shop: Shop, order: ShopOrder, status: str) -> None:
    """`status` is REST's financial_status; orders/paid goes out for `paid` alone."""
    order.payment = status
    order.updated = shop.clock.now()
    if status == "paid":
        shop.webhooks.announce("orders/paid", order, test=order.spec.test)
    shop.changed(order)


def open_fulfillment_orders(order: ShopOrder) -> list[FulfillmentOrder]:
    return [one for one in order.fulfillment_orders if one.is_open]
