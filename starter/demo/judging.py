"""Compares what orderloom says with what really happened in the sandbox. Every disagreement is a failure, in words."""

from collections import Counter
from collections.abc import Iterator, Sequence

from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import OrderStory
from orderloom.domain.stock import LedgerReport, StockCount, StockLevel
from orderloom.sandbox.truth import OrderTruth, Truth
from starter.demo.script import Twist

EXPECTED = {
    Twist.FBA: OrderStatus.OBSERVED,
    Twist.SHORT: OrderStatus.HELD,
    Twist.CANCELLED: OrderStatus.CANCELLED,
}
"""How a sale of this kind ends; every other one is shipped, confirmed and completed."""


def disagreements(
    truth: Truth,
    stories: Sequence[OrderStory],
    twists: dict[str, Twist],
    counted: Sequence[StockCount],
    levels: Sequence[StockLevel],
    ledger: LedgerReport,
) -> list[str]:
    """All of them, most telling first; empty when the sandbox, the order book and the ledger say the same.

    `twists` says by order key what was special about a sale, `counted` is the stock before the first one and `levels`
    the ledger's after the last one.
    """
    known = {str(story.record.order.key): story for story in stories}
    return [
        *_lost_orders(truth, known),
        *_wrong_ends(truth, known, twists),
        *_unexplained_holds(stories),
        *_dispatches(truth),
        *_confirmations(truth, stories),
        *_stock(truth, counted, levels),
        *(f"ledger: {v.invariant} at {v.place}: {v.detail}" for v in ledger.violations),
    ]


def _lost_orders(truth: Truth, known: dict[str, OrderStory]) -> Iterator[str]:
    sold = {order.key for order in truth.orders}
    yield from (f"{key} was sold and never arrived" for key in sorted(sold - known.keys()))
    yield from (f"{key} arrived and was never sold" for key in sorted(known.keys() - sold))


def _wrong_ends(truth: Truth, known: dict[str, OrderStory], twists: dict[str, Twist]) -> Iterator[str]:
    left = {dispatch.order_name for dispatch in truth.dispatches if dispatch.state == "shipped"}
    for key, story in known.items():
        twist = twists.get(key, Twist.PLAIN)
        record = story.record
        expected = EXPECTED.get(twist, OrderStatus.COMPLETED)
        if twist is Twist.CANCELLED and record.order.name in left:
            # On a slow machine the node may ship before the buyer changes their mind: then it is confirmed.
            expected = OrderStatus.COMPLETED
        if record.status is not expected:
            why = f" ({record.hold.reason}: {record.hold.detail})" if record.hold else ""
            yield f"{key}, {twist.value}, is {record.status}{why} and should be {expected}"


def _unexplained_holds(stories: Sequence[OrderStory]) -> Iterator[str]:
    for story in stories:
        hold = story.record.hold
        if story.record.status is OrderStatus.HELD and not (hold and hold.detail and hold.fix):
            yield f"{story.record.order.key} is held without a reason and a fix"


def _dispatches(truth: Truth) -> Iterator[str]:
    for dispatch in truth.dispatches:
        if dispatch.duplicate:
            yield f"{dispatch.node} was asked to ship {dispatch.order_name} again as {dispatch.dispatch_id}"


def _confirmations(truth: Truth, stories: Sequence[OrderStory]) -> Iterator[str]:
    """Each package that a node shipped is known to the channel once, by the tracking number that the node gave."""
    too_late = _cancelled_too_late(truth, stories)
    told = {(c.order_name, c.tracking_number): c.creations for c in truth.confirmations}
    shipped = [(d.order_name, number) for d in truth.dispatches for number in d.tracking_numbers]
    for name, number in shipped:
        creations = told.pop((name, number), 0)
        if creations != 1 and not (creations == 0 and name in too_late):
            yield f"{name}: package {number} was confirmed {creations} times"
    yield from (f"{name}: {number} was confirmed and never shipped" for name, number in told)
    if truth.repeated_mails:
        yield f"buyers were told {truth.repeated_mails} times of a package that they knew of"
    orders = {order.key: order for order in truth.orders}
    for story in stories:
        order = orders.get(str(story.record.order.key))
        if not order or order.order_name in too_late:
            continue
        if story.record.status is OrderStatus.COMPLETED and not _is_shipped(order):
            yield f"{order.key} is completed here and {order.status} at the channel"


def _cancelled_too_late(truth: Truth, stories: Sequence[OrderStory]) -> set[str]:
    """Names of orders whose buyer cancelled between a box's leaving and its confirmation, which the channel refuses.

    Their story must say so: then a person knows that what has left is to be fetched back.
    """
    said = {str(s.record.order.key) for s in stories if any(e.what == "cancel_too_late" for e in s.timeline)}
    return {order.order_name for order in truth.orders if order.status == "CANCELLED" and order.key in said}


def _is_shipped(order: OrderTruth) -> bool:
    return order.status in ("SHIPPED", "FULFILLED")


def _stock(truth: Truth, counted: Sequence[StockCount], levels: Sequence[StockLevel]) -> Iterator[str]:
    """What is on hand is what was counted less what the nodes really shipped."""
    left: Counter[tuple[str, str]] = Counter({(count.node, count.sku): count.on_hand for count in counted})
    for dispatch in truth.dispatches:
        if dispatch.state == "shipped":
            for line in dispatch.lines:
                left[(dispatch.node, line.sku)] -= line.quantity
    on_hand = {(level.node, level.sku): level.on_hand for level in levels}
    for place, units in left.items():
        if on_hand.get(place, 0) != units:
            yield f"{place[1]} at {place[0]}: the ledger has {on_hand.get(place, 0)}, the shelf {units}"
