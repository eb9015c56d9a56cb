"""The orders whose histories are kept: one scenario each, played in a world of tests/workflows."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from temporalio.client import WorkflowFailureError

from activities.messages import LookAgain
from orderloom.domain.cancellations import CancellationState, CancelOutcome
from orderloom.domain.orders import ChannelState, HoldReason, OrderReading, OrderStatus, Story, TimeWindow
from orderloom.domain.shipments import ShipmentEventKind, ShipmentLine
from tests.fulfillment.services import Service
from tests.replay.pausing_scenarios import confirmed_once_connected, withdrawn_once_connected
from tests.workflows.acting import connect
from tests.workflows.world import BUYER, PLACED, World, line


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


async def cancelled_after_dispatch(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel", "the buyer called")
    await order.result()


async def cancelled_too_late(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(state=ChannelState.CANCELLED))
    await world.until(lambda: "cancel_too_late" in world.timeline)
    await world.ship(world.own)
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


async def edited_after_dispatch(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.hint(world.order(line("1", "PAN"), line("2", "LID"), updated_at=PLACED + timedelta(minutes=1)))
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()


async def edited_too_late(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.hint(world.order(line("1", "PAN"), updated_at=PLACED + timedelta(minutes=1)))
    await world.until_held(HoldReason.EDITED_TOO_LATE)
    await world.ask("release")
    await world.ship(world.own)
    await order.result()


async def cancelled_by_batch(world: World) -> None:
    world.shopify.cancels = CancelOutcome.BY_BATCH
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_status(OrderStatus.WAITING)
    world.store.cancellations.answered(world.key, CancellationState.ACCEPTED)
    await world.look_again()
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


async def address_changed(world: World) -> None:
    """The node stops and is asked again; then it does not stop, and an operator lets it go."""
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await _moves_to(world, "Yonkers", 1)
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.until_card("own took shipment 1")
    world.own.cannot_stop = True
    await _moves_to(world, "Troy", 2)
    await world.until_held(HoldReason.ADDRESS_TOO_LATE)
    await world.ask("release")
    await world.ship(world.own)
    await order.result()


async def _moves_to(world: World, city: str, minutes: int) -> None:
    personal = BUYER.model_copy(update={"city": city})
    order = world.order(updated_at=PLACED + timedelta(minutes=minutes))
    await world.arrive_raw(OrderReading(order=order, personal=personal).model_dump_json().encode())


async def held_after_dispatch(world: World) -> None:
    """A part has left when its channel holds it; the rest goes on by itself."""
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name, one = world.own.asked[0].dispatch_id, (ShipmentLine(line_id="1", sku="PAN", quantity=1),)
    await world.callback(world.own, name, package=world.own.ship(name, lines=one))
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    world.own.stop_the_rest(name)
    await world.arrive(world.order(line(quantity=2), on_hold="fraud", updated_at=PLACED + timedelta(minutes=1)))
    await world.until_status(OrderStatus.WAITING)
    await world.arrive(world.order(line(quantity=2), on_hold="", updated_at=PLACED + timedelta(minutes=2)))
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.until_card("own took shipment 2")
    await world.ship(world.own)
    await order.result()


async def buyer_regrets(world: World) -> None:
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(buyer_asks_to_cancel=True, updated_at=PLACED + timedelta(minutes=1)))
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    await world.ask("cancel")
    await world.handle.result()


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


async def action_after_a_lost_workflow(world: World) -> None:
    """The service is away until the workflow is lost: the next one does what was left."""
    with Service(answers=[(200, {"risk": 0.1}), *[(503, {})] * 1000]).serving() as service:
        connect(world, service)
        order = await world.arrive(world.order(tags=("check",)))
        await world.until(lambda: len(service.calls) > 1)
        await order.terminate("lost")
        service.answers.clear()
        world.own.ship(world.own.asked[0].dispatch_id)
        await world.restart(LookAgain(reason="lost"))
        await world.handle.result()


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
        decided_by_an_answer,
        address_changed,
        held_after_dispatch,
        buyer_regrets,
        confirmed_once_connected,
        withdrawn_once_connected,
        still_waiting,
    )
}
