"""The orders whose histories are kept: one scenario each, played in a world of tests/workflows."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowFailureError

from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus, Story, TimeWindow
from orderloom.domain.shipments import ShipmentEventKind, ShipmentLine
from tests.fulfillment.services import Service
from tests.replay.change_scenarios import (
    address_changed,
    buyer_regrets,
    cancelled_after_dispatch,
    cancelled_by_batch,
    cancelled_too_late,
    edited_after_dispatch,
    edited_too_late,
    held_after_dispatch,
)
from tests.replay.lost_scenarios import (
    action_after_a_lost_workflow,
    cancelled_before_it_was_read,
    lost_while_cancelling,
    told_after_a_lost_workflow,
    told_again_after_a_refusal,
)
from tests.replay.overlap_scenarios import (
    edited_while_asked,
    held_before_dispatch,
    moved_house_while_asked,
    released_and_changed_again,
    reopened,
)
from tests.replay.pausing_scenarios import confirmed_once_connected, withdrawn_once_connected
from tests.workflows.acting import connect
from tests.workflows.being_cancelled import cancelled_while_it_is_stored
from tests.workflows.world import PLACED, World, line


async def completed(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def mapped_later(world: World) -> None:
    order = await world.arrive(world.order(line("1", "NEW"), line("2", "PAN")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    world.map_listing("NEW", "LID")
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def refused_then_shipped(world: World) -> None:
    world.own.refuses = "no box"
    order = await world.arrive(world.order())
    await world.until(lambda: world.harbor.shipments)
    await world.ship(world.harbor)
    await order.result()


async def silent_node(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.own.ship(world.own.asked[0].dispatch_id)
    await world.fast_forward(order, hours=7)
    await order.result()


async def given_up(world: World) -> None:
    """A node lets go of what it did not ship in its time; the next one ships it."""
    world.stock(hasty={"PAN": 10})
    order = await world.arrive(world.order(tags=("hasty",)))
    await world.until_card("hasty took shipment 1")
    await world.fast_forward(order, minutes=65)
    await world.until(lambda: world.harbor.shipments)
    await world.ship(world.harbor)
    await order.result()


async def confirmation_rejected(world: World) -> None:
    world.reject_confirmation("the fulfillment order is closed")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    await world.ask("retry")
    await order.result()


async def adopted(world: World) -> None:
    order = await world.arrive(world.order(placed_at=datetime(2025, 1, 1, tzinfo=UTC)))
    await world.until_held(HoldReason.BEFORE_LIVE)
    await world.ask("release", "the old system is off")
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def observed(world: World) -> None:
    order = await world.arrive(world.order(line(fulfilled=1), state=ChannelState.FULFILLED, story=Story.OBSERVE))
    await order.result()


async def workflow_cancelled(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.cancel()
    try:
        await order.result()
    except WorkflowFailureError:
        return


async def backordered(world: World) -> None:
    """The rule has it wait; a restock releases it."""
    order = await world.arrive(world.order(line(quantity=24), tags=("backorder",)))
    await world.until_status(OrderStatus.WAITING)
    world.stock(own={"PAN": 24})
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def backorder_over(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=24), tags=("backorder",)))
    await world.until_status(OrderStatus.WAITING)
    await world.fast_forward(order, hours=24 * 365 * 11)
    await world.until_held(HoldReason.OUT_OF_STOCK)


async def cancelled_by_rule(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=24), tags=("or_nothing",)))
    await order.result()


async def paid_later(world: World) -> None:
    order = await world.arrive(world.order(payment="pending"))
    await world.until_status(OrderStatus.WAITING)
    await world.hint(world.order(payment="paid", updated_at=PLACED + timedelta(minutes=1)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def relabelled_and_lost(world: World) -> None:
    """The first of two packages gets another tracking number, then is lost; an operator settles it."""
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name, one = world.own.asked[0].dispatch_id, (ShipmentLine(line_id="1", sku="PAN", quantity=1),)
    box = world.own.ship(name, "box-1", one)
    await world.callback(world.own, name, package=box)
    await world.until(lambda: world.shopify.confirmed)
    box = box.model_copy(update={"tracking_number": "D-77"})
    await world.callback(world.own, name, package=box)
    await world.until(lambda: world.shopify.corrected)
    await world.callback(world.own, name, ShipmentEventKind.LOST, box)
    await world.until_held(HoldReason.PACKAGE_LOST)
    await world.ask("release", "refunded")
    await world.callback(world.own, name, package=world.own.ship(name, "box-2", one))
    await order.result()


async def held_by_action(world: World) -> None:
    """The answer holds it, an operator lets it go, another action follows the dispatch."""
    with Service(answers=[(200, {"risk": 0.9})]).serving() as service:
        connect(world, service)
        order = await world.arrive(world.order(tags=("check",)))
        await world.until_held(HoldReason.ACTION_HOLDS)
        await world.ask("release", "known")
        await world.until_status(OrderStatus.DISPATCHED)
        await world.ship(world.own)
        await order.result()


async def decided_by_an_answer(world: World) -> None:
    """A service is asked before anything is planned; its refusal is asked again, and its answer chooses the node."""
    with Service(answers=[(400, {}), (200, {"risk": 0.5, "advice": "sign"})]).serving() as service:
        connect(world, service)
        order = await world.arrive(world.order(tags=("scored",)))
        await world.until_held(HoldReason.ACTION_FAILED)
        await world.ask("retry")
        await world.until(lambda: world.harbor.asked)
        await world.until_status(OrderStatus.DISPATCHED)
        await world.ship(world.harbor)
        await order.result()


async def late(world: World) -> None:
    """Warned, late, late for a day, and shipped at last."""
    order = await world.arrive(world.order(ship_by=TimeWindow(latest=datetime.now(UTC) + timedelta(days=2))))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.fast_forward(order, hours=37)
    await world.until(lambda: "ship_by_alert" in world.timeline)
    await world.fast_forward(order, hours=12)
    await world.until(lambda: "ship_by_late" in world.timeline)
    await world.fast_forward(order, hours=24)
    await world.until(lambda: world.timeline.count("ship_by_late") == 2)
    await world.ship(world.own)
    await order.result()


async def still_waiting(world: World) -> None:
    """An order in flight: what a new version of the code meets most often."""
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)


SCENARIOS: dict[str, Callable[[World], Awaitable[None]]] = {
    play.__name__: play
    for play in (
        completed,
        mapped_later,
        refused_then_shipped,
        cancelled_after_dispatch,
        cancelled_too_late,
        silent_node,
        given_up,
        confirmation_rejected,
        adopted,
        observed,
        workflow_cancelled,
        edited_after_dispatch,
        edited_too_late,
        cancelled_by_batch,
        paid_later,
        backordered,
        backorder_over,
        cancelled_by_rule,
        held_by_action,
        late,
        relabelled_and_lost,
        action_after_a_lost_workflow,
        told_after_a_lost_workflow,
        lost_while_cancelling,
        cancelled_before_it_was_read,
        told_again_after_a_refusal,
        cancelled_while_it_is_stored,
        decided_by_an_answer,
        address_changed,
        held_after_dispatch,
        buyer_regrets,
        edited_while_asked,
        moved_house_while_asked,
        held_before_dispatch,
        released_and_changed_again,
        reopened,
        confirmed_once_connected,
        withdrawn_once_connected,
        still_waiting,
    )
}
