"""Plays one change of mind at one step of an order's life, and says what is seen then."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import WorkflowUpdateStage

from activities.messages import OperatorAnswer, OperatorRequest
from orderloom.domain.assigned import Assigned
from orderloom.domain.cancellations import CancellationState, CancelOutcome
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import OrderClosed
from orderloom.domain.events import Wakeup
from orderloom.domain.keys import Channel
from orderloom.domain.orders import ChannelState
from orderloom.domain.shipments import NodeState
from tests.workflows.crowd import Crowd, CrowdOrder
from tests.workflows.fakes import FakeNode
from tests.workflows.life import Play, say
from tests.workflows.world import BUYER, PLACED, line

MOVED = BUYER.model_copy(update={"address_lines": ("7 Larkspur Row",), "postal_code": "12603-1111"})


@dataclass(frozen=True)
class Seen:
    """What is seen of an order: where it stands, what its node and its channel were told, its stock, its story."""

    status: str
    node: str
    channel: str
    stock: str
    """Units on hand and reserved."""
    story: frozenset[str]
    """The words that the change added to its timeline."""


async def cancelled_at_channel(order: CrowdOrder) -> None:
    """Cancelled at its channel"""
    await say(order, state=ChannelState.CANCELLED)


async def cancelled_by_merchant(order: CrowdOrder) -> None:
    """Cancelled by the merchant, with `orderloom orders cancel`"""
    record = order.store.orders.find(order.key)
    assert record is not None
    if record.status.is_end:
        raise OrderClosed(order.key, record.status.value)
    accepted = WorkflowUpdateStage.ACCEPTED
    request = OperatorRequest(by="kim", why="discontinued")
    await order.handle.start_update("cancel", request, wait_for_stage=accepted, result_type=OperatorAnswer)


async def buyer_asks_to_cancel(order: CrowdOrder) -> None:
    """The buyer asks to cancel"""
    await say(order, buyer_asks_to_cancel=True)


async def line_added(order: CrowdOrder) -> None:
    """Edited: a line of one unit is added"""
    order.know(f"{order.pan}-B")
    await say(order, line("3", f"{order.pan}-B"))


async def units_taken_off(order: CrowdOrder) -> None:
    """Edited, or refunded before it left: one of two units is taken off"""
    await say(order, pans=1)


async def address_changed(order: CrowdOrder) -> None:
    """The address is changed"""
    await say(order, personal=MOVED)


async def address_changed_again(order: CrowdOrder) -> None:
    """The address is changed too late, an operator releases it (`orders release`), and it is changed once more"""
    await address_changed(order)
    await _release(order)
    moved_on = MOVED.model_copy(update={"address_lines": ("9 Larkspur Row",)})
    await say(order, personal=moved_on, updated_at=PLACED + timedelta(minutes=2))


async def payment_undone(order: CrowdOrder) -> None:
    """It is not paid any more"""
    await say(order, payment="pending")


async def held_by_channel(order: CrowdOrder) -> None:
    """The channel holds it"""
    await say(order, on_hold="HIGH_RISK_OF_FRAUD")


async def hold_released(order: CrowdOrder) -> None:
    """The channel holds it, and releases it again"""
    await held_by_channel(order)
    await order.at_rest(besides="dispatch")
    order.own.may_answer.set()
    await order.at_rest()
    await say(order, on_hold="", updated_at=PLACED + timedelta(minutes=2))


async def moved(order: CrowdOrder) -> None:
    """The merchant moves it to the location of another node, the annex"""
    await _say_where(order, "2")


async def moved_elsewhere(order: CrowdOrder) -> None:
    """The merchant moves it to a location that is no node here"""
    await _say_where(order, "99")


async def moved_again(order: CrowdOrder) -> None:
    """Moved to a location that is no node here, released by an operator, and moved to another such location"""
    await moved_elsewhere(order)
    await _release(order)
    await _say_where(order, "98", minutes=2)


async def _release(order: CrowdOrder) -> None:
    """Once it is held. What a node is being asked meanwhile is answered before."""
    await order.at_rest(besides="dispatch")
    order.own.may_answer.set()
    await order.at_rest()
    await order.ask("release", "it will reach them")
    await order.at_rest()


async def _say_where(order: CrowdOrder, location: str, minutes: int = 1) -> None:
    """As a shop tells it: a place for what waits, and that somebody put it there. What has left has none any more."""
    # As much as at the other node: what is short stays short.
    order.stock(annex={sku: 10 for sku in (order.pan, order.lid) if order.on_hand(sku)})
    told = Counter({one.line_id: one.quantity for confirmation in order.told for one in confirmation.lines})
    waiting = {line_id: units - told[line_id] for line_id, units in (("1", 2), ("2", 1))}
    places = tuple(
        Assigned(part="7", line_id=line_id, location=location, units=units, chosen=True)
        for line_id, units in waiting.items()
        if units
    )
    await say(order, assigned=places, updated_at=PLACED + timedelta(minutes=minutes))


async def money_refunded(order: CrowdOrder) -> None:
    """Money is refunded, the units are not touched"""
    await say(order, payment="partially_refunded")


async def goods_came_back(order: CrowdOrder) -> None:
    """Refunded or returned: one unit came back and the channel has put it on sale again"""
    back = GoodsBack(change_id="r-1", line_id="1", quantity=1, reason="UNWANTED", restocked_by_channel=True, at=PLACED)
    await say(order, came_back=(back,))


async def play(crowd: Crowd, channel: Channel, step: Play, change: Play) -> Seen:
    order = crowd.order(channel)
    # Amazon takes cancellations in batches and answers later.
    order.channel.cancels = CancelOutcome.BY_BATCH if channel is Channel.AMAZON else CancelOutcome.DONE
    await step(order)
    before = order.timeline
    try:
        await change(order)
        # A node that is being asked answers when the change has been taken in.
        await order.at_rest(besides="dispatch")
        order.own.may_answer.set()
        await order.at_rest()
        await _answer_cancellation(order)
    except OrderClosed:
        return _seen(order, before, refused=True)
    return _seen(order, before)


async def _answer_cancellation(order: CrowdOrder) -> None:
    told = order.store.cancellations.find(order.key)
    if told and told.state is CancellationState.ASKED:
        order.store.cancellations.sent([order.key], "feed")
        order.store.cancellations.answered(order.key, CancellationState.ACCEPTED)
        wakeup = Wakeup(wakeup_id=0, order_key=order.key, reason="cancellation_answered")
        await order.handover.wake_up(order.client, wakeup)
        await order.at_rest()


def _seen(order: CrowdOrder, before: list[str], *, refused: bool = False) -> Seen:
    hold = f": {order.hold.reason}" if order.hold else ""
    skus = (order.pan, order.lid, f"{order.pan}-B")
    return Seen(
        status=f"{order.status}{hold}",
        node=_node(order),
        channel=_channel(order) + (", the merchant is told that it has ended" if refused else ""),
        stock=f"{sum(map(order.on_hand, skus))}/{sum(map(order.reserved, skus))}",
        story=frozenset(order.timeline[len(before) :]),
    )


def _node(order: CrowdOrder) -> str:
    elsewhere = _said_by(order.annex)
    return "; ".join([*_said_by(order.own), *(f"annex: {said}" for said in elsewhere)]) or "not asked"


def _said_by(node: FakeNode) -> list[str]:
    said = []
    for request in node.asked:
        shipment = node.shipments[request.dispatch_id]
        units = sum(one.quantity for one in request.lines)
        gone = sum(one.quantity for package in shipment.packages for one in package.lines)
        stopped = shipment.state is NodeState.CANCELLED
        said.append(f"{units} stopped" if stopped else f"{gone} of {units} left" if gone else f"{units} asked")
        if request.dispatch_id in node.told_to_stop and not stopped:
            said[-1] += ", does not stop"
    return said


def _channel(order: CrowdOrder) -> str:
    said = [f"{sum(one.quantity for one in told.lines)} shipped" for told in order.told]
    if told := order.store.cancellations.find(order.key):
        said.append("cancelled" if not told.cancellation.lines else f"lines {told.cancellation.lines} cancelled")
    return "told " + ", ".join(said) if said else "not told"


CHANGES: dict[str, Play] = {
    change.__name__: change
    for change in (
        cancelled_at_channel,
        cancelled_by_merchant,
        buyer_asks_to_cancel,
        line_added,
        units_taken_off,
        address_changed,
        address_changed_again,
        payment_undone,
        held_by_channel,
        hold_released,
        moved,
        moved_elsewhere,
        moved_again,
        money_refunded,
        goods_came_back,
    )
}
