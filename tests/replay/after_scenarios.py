"""What comes after an order's end and whose histories are kept: the small follow-ups that the relay starts."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from temporalio.client import WorkflowHandle

from activities.messages import LateEvent
from activities.queues import ORDERS
from orderloom.domain.changes import GoodsBack
from orderloom.domain.events import RETURNS_REPORT
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import ChannelState, Story
from orderloom.domain.shipments import ShipmentEventKind
from tests.replay.overlap_scenarios import add_a_line
from tests.replay.scenarios import completed
from tests.workflows.world import PLACED, World, line

Handle = WorkflowHandle[Any, Any]
BACK = GoodsBack(change_id="report-1", line_id="1", quantity=1, restocked_by_channel=True, at=PLACED)


async def after_a_hint(world: World) -> Handle:
    await completed(world)
    return await _follow_up(world, LateEvent(key=world.key, event_id=world.hinted(world.order()), hint=True))


async def after_a_report_of_returns(world: World) -> Handle:
    await completed(world)
    return await _follow_up(world, _reported(world))


async def after_a_late_mapping(world: World) -> Handle:
    elsewhere = world.order(line("1", "NEW", 1, fulfilled=1), story=Story.OBSERVE, state=ChannelState.FULFILLED)
    await (await world.arrive(elsewhere)).result()
    await _follow_up(world, _reported(world))
    world.map_listing("NEW", "LID")
    return await _follow_up(world, LateEvent(key=world.key, event_id="return_mapped-1", return_mapped=True))


async def after_a_corrected_label(world: World) -> Handle:
    await completed(world)
    name = world.own.asked[0].dispatch_id
    package = world.own.shipments[name].packages[0].model_copy(update={"tracking_number": "1Z-CORRECTED"})
    event_id = world.callback_event(world.own, name, package, ShipmentEventKind.SHIPPED)
    return await _follow_up(world, LateEvent(key=world.key, event_id=event_id))


async def after_an_addition(world: World) -> Handle:
    await completed(world)
    return world.client.get_workflow_handle(await add_a_line(world))


def _reported(world: World) -> LateEvent:
    body = json.dumps([BACK.model_dump(mode="json")]).encode()
    event = world.new_event(body).model_copy(update={"topic": RETURNS_REPORT})
    return LateEvent(key=world.key, event_id=world.store.events.store(event).event_id)


async def _follow_up(world: World, late: LateEvent) -> Handle:
    name = follow_up_id(world.key, late.event_id)
    running = await world.client.start_workflow("after-order", late, id=name, task_queue=ORDERS)
    await running.result()
    return running


AFTER_SCENARIOS: dict[str, Callable[[World], Awaitable[Handle]]] = {
    play.__name__: play
    for play in (
        after_a_hint,
        after_a_report_of_returns,
        after_a_late_mapping,
        after_a_corrected_label,
        after_an_addition,
    )
}
