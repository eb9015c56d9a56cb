"""Reads the truth out of the sandbox's state."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from orderloom.sandbox.amazon.orders import AmazonOrder, AmazonSeller
from orderloom.sandbox.mails import BuyerMail
from orderloom.sandbox.nodes.node import Node
from orderloom.sandbox.nodes.shipments import Shipment
from orderloom.sandbox.outbox import Delivery
from orderloom.sandbox.shopify.orders import ShopOrder
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.truth import (
    ConfirmationTruth,
    ConfirmedUnits,
    DeliveryTruth,
    DispatchLine,
    DispatchTruth,
    MailTruth,
    OrderTruth,
    SoldLine,
)

Key = TypeVar("Key")
Value = TypeVar("Value")
Units = dict[tuple[str, str], int]
"""Units by (line id, canonical SKU)."""


def amazon_orders(seller: AmazonSeller) -> Iterator[OrderTruth]:
    for order in seller.orders.values():
        yield OrderTruth(
            channel="amazon",
            account=seller.config.account,
            order_id=order.order_id,
            order_name=order.order_id,
            label=order.spec.label,
            status=order.status,
            by_channel=order.by_amazon,
            placed_at=order.created,
            lines=tuple(
                SoldLine(line_id=i.item_id, listing=i.sku, quantity=i.quantity, fulfilled=order.fulfilled(i.item_id))
                for i in order.items
            ),
        )


def shop_orders(shop: Shop) -> Iterator[OrderTruth]:
    for order in shop.orders.values():
        yield OrderTruth(
            channel="shopify",
            account=shop.config.account,
            order_id=str(order.order_id),
            order_name=order.name,
            label=order.spec.label,
            status="CANCELLED" if order.cancelled else order.fulfillment_status,
            by_channel=False,
            placed_at=order.created,
            lines=tuple(
                SoldLine(
                    line_id=str(line.line_id),
                    listing=line.spec.sku or "",
                    quantity=order.ordered(line),
                    fulfilled=order.fulfilled(line),
                    current=order.current(line),
                )
                for line in order.lines
            ),
        )


def amazon_confirmations(seller: AmazonSeller) -> Iterator[ConfirmationTruth]:
    for order in seller.orders.values():
        for tracking, packages in _grouped((p.tracking_number, p) for p in order.packages.values()).items():
            yield ConfirmationTruth(
                channel="amazon",
                account=seller.config.account,
                order_id=order.order_id,
                order_name=order.order_id,
                reference=packages[0].reference,
                tracking_number=tracking,
                carrier=packages[0].carrier,
                lines=_units((item, units) for package in packages for item, units in package.items.items()),
                creations=len(packages),
                edits=sum(package.edits for package in packages),
            )


def shop_confirmations(shop: Shop) -> Iterator[ConfirmationTruth]:
    for order in shop.orders.values():
        fulfillments = ((number, done) for done in order.fulfillments for number in done.numbers or ("",))
        for tracking, done in _grouped(fulfillments).items():
            yield ConfirmationTruth(
                channel="shopify",
                account=shop.config.account,
                order_id=str(order.order_id),
                order_name=order.name,
                reference=str(done[0].id),
                tracking_number=tracking,
                carrier=done[0].company or "",
                lines=_units((str(line.line.line_id), line.quantity) for each in done for line in each.lines),
                creations=len(done),
                edits=sum(each.tracking_edits for each in done),
            )


def amazon_mails(seller: AmazonSeller) -> Iterator[MailTruth]:
    for order in seller.orders.values():
        yield from _mails("amazon", seller.config.account, order.order_id, order.mails)


def shop_mails(shop: Shop) -> Iterator[MailTruth]:
    for order in shop.orders.values():
        yield from _mails("shopify", shop.config.account, str(order.order_id), order.mails)


def _mails(channel: str, account: str, order_id: str, mails: Iterable[BuyerMail]) -> Iterator[MailTruth]:
    about = {"channel": channel, "account": account, "order_id": order_id}
    return (MailTruth(**about, kind=mail.kind, tracking_number=mail.tracking_number) for mail in mails)


def _grouped(pairs: Iterable[tuple[Key, Value]]) -> dict[Key, list[Value]]:
    groups: dict[Key, list[Value]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def _units(pairs: Iterable[tuple[str, int]]) -> tuple[ConfirmedUnits, ...]:
    totals: dict[str, int] = defaultdict(int)
    for line_id, quantity in pairs:
        totals[line_id] += quantity
    return tuple(ConfirmedUnits(line_id=line_id, quantity=quantity) for line_id, quantity in totals.items())


def sold_units(amazon: Iterable[AmazonOrder], shopify: Iterable[ShopOrder]) -> Units:
    """Units sold of each canonical SKU, line by line, as far as the order's spec names components."""
    sold: Units = {}
    for order in amazon:
        for item in order.items:
            sold |= {(item.item_id, sku): units * item.quantity for sku, units in item.components.items()}
    for placed in shopify:
        for line in placed.lines:
            components = line.spec.components or {line.spec.sku or "": 1}
            sold |= {(str(line.line_id), sku): units * placed.ordered(line) for sku, units in components.items()}
    return sold


def dispatches(nodes: Iterable[Node], sold: Units) -> Iterator[DispatchTruth]:
    """All dispatches in order of arrival. A SKU that the spec did not name counts as sold once at its largest."""
    arrived = sorted(((s, n) for n in nodes for s in n.shipments.values()), key=lambda pair: pair[0].received_at)
    largest: Units = defaultdict(int)
    for shipment, _ in arrived:
        for key, units in _asked(shipment).items():
            largest[key] = max(largest[key], units)
    taken: Units = defaultdict(int)
    for shipment, node in arrived:
        duplicate = False
        for key, units in _asked(shipment).items():
            taken[key] += units
            duplicate = duplicate or taken[key] > sold.get(key, largest[key])
        yield _dispatch(shipment, node.config.node, duplicate=duplicate)


def _asked(shipment: Shipment) -> Units:
    """Nothing, for a shipment that was refused or cancelled."""
    asked: Units = defaultdict(int)
    if shipment.state not in ("accepted", "shipped"):
        return asked
    for line in shipment.request.lines:
        asked[line.line_id, line.sku] += line.quantity
    return asked


def _dispatch(shipment: Shipment, node: str, *, duplicate: bool) -> DispatchTruth:
    lines = shipment.request.lines
    return DispatchTruth(
        node=node,
        dispatch_id=shipment.dispatch_id,
        order_name=shipment.request.order_name,
        state=shipment.state,
        reason=shipment.reason,
        asked=shipment.asked,
        received_at=shipment.received_at,
        lines=tuple(DispatchLine(line_id=line.line_id, sku=line.sku, quantity=line.quantity) for line in lines),
        tracking_numbers=tuple(package.tracking_number for package in shipment.packages),
        duplicate=duplicate,
    )


def delivery(sent: Delivery) -> DeliveryTruth:
    return DeliveryTruth(
        sender=sent.sender,
        topic=sent.topic,
        subject=sent.subject,
        delivery_id=sent.delivery_id,
        made_at=sent.made_at,
        attempts=sent.attempts,
        taken=sent.taken,
    )
