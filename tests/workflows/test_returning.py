"""Refunds and returns: what came back is taken once, before the order's end and long after it."""

import itertools
import json
from datetime import timedelta
from typing import Any

from activities.messages import LateEvent
from activities.queues import ORDERS
from orderloom.domain.changes import GoodsBack
from orderloom.domain.events import RETURNS_REPORT
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus, Story
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.world import PLACED, World, line


def back(change_id: str, quantity: int = 1, **facts: Any) -> GoodsBack:
    said = {"change_id": change_id, "line_id": "1", "quantity": quantity, "reason": "UNWANTED", "at": PLACED}
    return GoodsBack(**(said | facts))


async def shipped(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN", 3)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def later(world: World, *came_back: GoodsBack, minutes: int = 1) -> None:
    """A hint after the order's end, and what the channel says then."""
    changed = world.order(line("1", "PAN", 3), updated_at=PLACED + timedelta(minutes=minutes), came_back=came_back)
    late = LateEvent(key=world.key, event_id=world.hinted(changed), hint=True)
    await follow_up(world, late)


async def follow_up(world: World, late: LateEvent) -> None:
    name = follow_up_id(world.key, late.event_id)
    await world.client.execute_workflow("after-order", late, id=name, task_queue=ORDERS)


async def test_what_the_channel_restocked_is_on_the_shelf_again_once(world: World) -> None:
    await shipped(world)
    restocked = back("refund-1", restocked_by_channel=True)
    await later(world, restocked)
    await later(world, restocked, minutes=2)
    assert world.on_hand("PAN") == 18
    assert [text for text in world.texts if "came back" in text] == [
        "1 unit of PAN came back (UNWANTED): on the shelf at own, the channel has put it back on sale"
    ]
    assert world.store.ledger.verify().is_balanced


async def test_what_nobody_restocked_is_only_remembered(world: World) -> None:
    await shipped(world)
    await later(world, back("return-1", 2))
    assert world.on_hand("PAN") == 17
    assert any("2 units of PAN came back (UNWANTED): not restocked" in text for text in world.texts)


async def test_returns_come_in_any_order_and_end_the_same(world: World) -> None:
    await shipped(world)
    changes = (back("a", restocked_by_channel=True), back("b"), back("c", restocked_by_channel=True))
    for minutes, some in enumerate(itertools.permutations(changes), start=1):
        await later(world, *some, minutes=minutes)
    assert world.on_hand("PAN") == 19
    assert world.timeline.count("came_back") == 3
    assert world.store.ledger.verify().is_balanced


async def test_a_report_of_returns_is_taken_in_like_a_refund(world: World) -> None:
    await shipped(world)
    rows = [back("report-1", restocked_by_channel=True).model_dump(mode="json")]
    body = json.dumps(rows).encode()
    event_id = world.store.events.store(world.new_event(body).model_copy(update={"topic": RETURNS_REPORT})).event_id
    await follow_up(world, LateEvent(key=world.key, event_id=event_id))
    assert (world.on_hand("PAN"), world.status) == (18, OrderStatus.COMPLETED)


async def test_what_came_back_of_a_line_that_nobody_has_mapped_is_taken_when_it_is(world: World) -> None:
    came_back = (back("refund-1", restocked_by_channel=True),)
    await world.arrive(world.order(line("1", "NEW", 2, fulfilled=1), came_back=came_back))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    assert "came_back_unmapped" in world.timeline
    assert "came_back" not in world.timeline
    world.map_listing("NEW", "LID")
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.timeline.count("came_back") == 1
    assert world.store.ledger.verify().is_balanced


async def test_a_report_of_a_line_that_was_never_mapped_is_taken_in_once_when_it_is_long_after_the_end(
    world: World,
) -> None:
    elsewhere = world.order(line("1", "NEW", 2, fulfilled=2), story=Story.OBSERVE, state=ChannelState.FULFILLED)
    await (await world.arrive(elsewhere)).result()
    rows = [back("report-1", restocked_by_channel=True, location="L1").model_dump(mode="json")]
    event = world.new_event(json.dumps(rows).encode()).model_copy(update={"topic": RETURNS_REPORT})
    await follow_up(world, LateEvent(key=world.key, event_id=world.store.events.store(event).event_id))
    assert (world.timeline.count("came_back_unmapped"), "came_back" in world.timeline) == (1, False)
    world.map_listing("NEW", "LID")
    for name in ("return_mapped-1", "return_mapped-2"):
        await follow_up(world, LateEvent(key=world.key, event_id=name, return_mapped=True))
    assert (world.timeline.count("came_back"), world.store.ledger.waiting_returns(world.key)) == (1, [])
    assert world.store.ledger.verify().is_balanced


async def test_a_part_that_comes_back_while_the_rest_is_awaited_does_not_end_the_order(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    first = world.own.ship(name, lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=first)
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    came_back = (back("refund-1", restocked_by_channel=True),)
    changed = world.order(line("1", "PAN", 2), updated_at=PLACED + timedelta(minutes=1), came_back=came_back)
    await world.hint(changed)
    await world.until(lambda: "came_back" in world.timeline)
    second = world.own.ship(name, "box-2", lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=second)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert world.on_hand("PAN") == 19
    assert world.store.ledger.verify().is_balanced
