"""Units that a channel says came back: restocked by rule and by reason, each once, however often it is said."""

import itertools
from collections.abc import Iterable

from activities.books import Books, Channels
from activities.shipping import ASKED_FOR
from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import OrderKey
from orderloom.domain.node_settings import NodeKind
from orderloom.domain.orders import Order, OrderLine, counted
from orderloom.domain.returning import Putting, put_back

AT_AMAZON = Putting(node=None, why="Amazon counts what comes back to its warehouses")


def take_goods_back(books: Books, channels: Channels, order: Order, came_back: Iterable[GoodsBack]) -> None:
    """`order` has its lines mapped. What is of a line that is not waits for its mapping, and is said."""
    lines = {line.line_id: line for line in order.lines if line.needs_stock}
    for goods in came_back:
        line = lines.get(goods.line_id)
        if line is None:
            continue
        if line.components is not None:
            _take_back(books, channels, order, line, goods)
            continue
        if books.ledger.return_waits(order.key, line, goods):
            text = (
                f"{counted(goods.quantity)} of {line.listing} came back, and wait until a SKU is known for it: map it"
            )
            books.note(order.key, "came_back_unmapped", text, once=f"came_back_unmapped:{goods.change_id}")


def take_waiting_returns(books: Books, channels: Channels, key: OrderKey) -> None:
    """What came back of lines that are mapped only now."""
    if waiting := books.ledger.waiting_returns(key):
        take_goods_back(books, channels, books.mapped(books.orders.get(key).order), waiting)


def _take_back(books: Books, channels: Channels, order: Order, line: OrderLine, goods: GoodsBack) -> None:
    config = channels.config
    at_location = config.node_at(order.key.account, goods.location)
    putting = put_back(config.returns, goods, order.key.channel, at_location, _shipped_from(books, order, line))
    found = config.node(putting.node) if putting.node else None
    if found is not None and found.kind is NodeKind.FBA:
        putting = AT_AMAZON
    if books.ledger.take_back(order.key, line, goods, putting.node):
        where = f"on the shelf at {putting.node}" if putting.node else "not restocked"
        reason = f" ({goods.reason})" if goods.reason else ""
        text = f"{counted(goods.quantity)} of {line.listing} came back{reason}: {where}, {putting.why}"
        books.note(order.key, "came_back", text, once=f"came_back:{goods.change_id}")


def _shipped_from(books: Books, order: Order, line: OrderLine) -> str | None:
    """The node that shipped the line; where its report is still on its way, the node that was asked to."""
    shipments = books.shipments.shipments(order.key)
    nodes = {shipment.number: shipment.node for shipment in shipments}
    left = (
        nodes[entry.shipment]
        for entry in books.shipments.packages(order.key)
        if entry.shipment in nodes and any(one.line_id == line.line_id for one in entry.package.lines)
    )
    asked = (
        shipment.node
        for shipment in shipments
        if shipment.state in ASKED_FOR and any(one.line_id == line.line_id for one in shipment.lines)
    )
    return next(itertools.chain(left, asked), None)
