"""An order among many, brought to one step of its life, and what its channel says of it then."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from orderloom.channels.amazon.story import FBA, PENDING
from orderloom.domain.events import EventSource, PendingEvent, Wakeup
from orderloom.domain.keys import Channel, follow_up_id
from orderloom.domain.orders import ChannelState, OrderLine, OrderReading, Story
from orderloom.domain.shipments import ShipmentLine
from orderloom.storage.wakeups import REOPENED
from starter.handover import Outcome
from tests.workflows.crowd import CrowdOrder
from tests.workflows.world import BUYER, PLACED, line

Play = Callable[[CrowdOrder], Awaitable[None]]


async def arrived(order: CrowdOrder) -> None:
    """A listing is not mapped yet."""
    order.know(order.pan)
    await _arrive(order)
    await order.at_rest()


async def waiting(order: CrowdOrder) -> None:
    """All is reserved; Shopify waits for its payment, or Amazon has not released it yet (PENDING)."""
    pending: dict[str, object] = {"story": Story.WAIT, "story_reason": PENDING, "state": ChannelState.PENDING}
    order.facts = pending if order.key.channel is Channel.AMAZON else {"payment": "pending"}
    order.know(order.pan, order.lid)
    await _arrive(order)
    await order.at_rest()


async def short(order: CrowdOrder) -> None:
    """Sold beyond the stock: what is there is reserved."""
    order.know(order.pan)
    order.know(order.lid, units=0)
    await _arrive(order)
    await order.at_rest()


async def under_way(order: CrowdOrder) -> None:
    """The node has the dispatch and has not answered it."""
    order.own.may_answer.clear()
    order.know(order.pan, order.lid)
    await _arrive(order)
    await order.until(lambda: order.own.asked)


async def dispatched(order: CrowdOrder) -> None:
    """The node has taken it."""
    order.know(order.pan, order.lid)
    await _arrive(order)
    await order.at_rest()


async def unstoppable(order: CrowdOrder) -> None:
    """Dispatched, and the node stops nothing any more."""
    order.own.cannot_stop = True
    await dispatched(order)


async def partially_shipped(order: CrowdOrder) -> None:
    """One unit has left and the channel was told of it."""
    await dispatched(order)
    await _ship(order, ShipmentLine(line_id="1", sku=order.pan, quantity=1))


async def shipped(order: CrowdOrder) -> None:
    """All has left, and the channel has not taken the confirmation yet."""
    order.channel.throttled.add(order.key)
    await dispatched(order)
    await _ship(order)


async def completed(order: CrowdOrder) -> None:
    """All has left, the channel knows, and the story has ended."""
    await dispatched(order)
    await _ship(order)


async def by_amazon(order: CrowdOrder) -> None:
    """Amazon ships it from its own warehouses (AFN): it is only watched, and its story has ended."""
    order.facts = {"fulfilled_by_channel": True, "story": Story.OBSERVE, "story_reason": FBA}
    order.know(order.pan, order.lid)
    await _arrive(order)
    await order.at_rest()


def _lines(order: CrowdOrder, pans: int, added: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """As its channel shows them: what it was told of counts as fulfilled there."""
    told = [(one.line_id, one.quantity) for confirmation in order.told for one in confirmation.lines]
    wanted = (line("1", order.pan, pans), line("2", order.lid), *added)
    return tuple(
        one.model_copy(update={"fulfilled": sum(units for name, units in told if name == one.line_id)})
        for one in wanted
    )


async def _arrive(order: CrowdOrder) -> None:
    await deliver(order, OrderReading(order=order.order(*_lines(order, 2, ()), **order.facts), personal=BUYER))


async def say(order: CrowdOrder, *added: OrderLine, pans: int = 2, personal: Any = BUYER, **facts: object) -> None:
    """The channel tells of the order as it is now."""
    lines = _lines(order, pans, added)
    is_fulfilled = not any(one.open_quantity for one in lines)
    state = ChannelState.FULFILLED if is_fulfilled else ChannelState.OPEN
    now = {"state": state, "updated_at": PLACED + timedelta(minutes=1)} | order.facts | facts
    await deliver(order, OrderReading(order=order.order(*lines, **now), personal=personal))


async def deliver(order: CrowdOrder, reading: OrderReading) -> None:
    """What the relay does. A follow-up to an order that had ended is waited for."""
    event_id = order.store_event(reading.model_dump_json().encode())
    event = PendingEvent(event_id=event_id, topic="orders/create", source=EventSource.WEBHOOK, order_key=order.key)
    if await order.handover.hand_over(order.client, event) is Outcome.LATE:
        await order.client.get_workflow_handle(follow_up_id(order.key, event_id)).result()
        if not order.status.is_end:
            await order.handover.wake_up(order.client, Wakeup(wakeup_id=0, order_key=order.key, reason=REOPENED))


async def _ship(order: CrowdOrder, *lines: ShipmentLine) -> None:
    name = order.own.asked[0].dispatch_id
    await order.callback(order.own, name, package=order.own.ship(name, lines=lines))
    await order.at_rest()


STEPS: dict[str, Play] = {
    step.__name__: step
    for step in (
        arrived,
        short,
        waiting,
        under_way,
        dispatched,
        unstoppable,
        partially_shipped,
        shipped,
        completed,
        by_amazon,
    )
}
BY_AMAZON = by_amazon.__name__
"""The one step that a shop's orders never come to."""
