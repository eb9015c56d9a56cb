"""A completed order that its channel adds to is shipped a second time, for what was added alone."""

from datetime import timedelta

from orderloom.domain.keys import Channel
from orderloom.domain.orders import ChannelState, OrderReading, OrderStatus
from tests.workflows.crowd import Crowd, CrowdOrder
from tests.workflows.life import completed, deliver, say
from tests.workflows.world import BUYER, PLACED, World, line


async def test_what_is_added_after_the_end_is_shipped_and_confirmed_once_and_the_order_ends_again(world: World) -> None:
    crowd = Crowd(world)
    order = crowd.order(Channel.SHOPIFY)
    await completed(order)
    order.know(f"{order.pan}-B")
    await say(order, line("3", f"{order.pan}-B"))
    await order.at_rest()
    assert [(one.line_id, one.quantity) for one in order.own.asked[-1].lines] == [("3", 1)]
    assert order.own.asked[-1].recipient == BUYER
    await order.ship(order.own)
    assert (await order.handle.result()).status is OrderStatus.COMPLETED
    assert [[one.line_id for one in told.lines] for told in order.told] == [["1", "2"], ["3"]]
    assert order.status is OrderStatus.COMPLETED
    assert order.store.ledger.verify().is_balanced
    await _says_the_same_again(order)
    assert order.status is OrderStatus.COMPLETED
    assert len(order.own.asked) == 2
    await crowd.leave()


async def _says_the_same_again(order: CrowdOrder) -> None:
    """The echo of the second confirmation, and the edit once more, late."""
    lines = (line("1", order.pan, 2), line("2", order.lid), line("3", f"{order.pan}-B"))
    for minutes, state in ((2, ChannelState.FULFILLED), (1, ChannelState.OPEN)):
        facts = {"state": state, "updated_at": PLACED + timedelta(minutes=minutes)}
        await deliver(order, OrderReading(order=order.order(*lines, **facts), personal=BUYER))


async def test_an_older_word_with_more_units_does_not_open_a_completed_order(world: World) -> None:
    crowd = Crowd(world)
    order = crowd.order(Channel.SHOPIFY)
    await completed(order)
    await say(order, line("3", order.pan), updated_at=PLACED - timedelta(minutes=1))
    assert order.status is OrderStatus.COMPLETED
    assert order.timeline[-1] == "late"
    await crowd.leave()
