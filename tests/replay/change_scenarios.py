"""Orders that their buyer, merchant or channel changes on the way, and whose histories are kept."""

from datetime import timedelta

from orderloom.domain.cancellations import CancellationState, CancelOutcome
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.replay.overlap_scenarios import moves_house
from tests.workflows.world import PLACED, World, line


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


async def address_changed(world: World) -> None:
    """The node stops and is asked again; then it does not stop, and an operator lets it go."""
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await moves_house(world, "Yonkers", 1)
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.until_card("own took shipment 1")
    world.own.cannot_stop = True
    await moves_house(world, "Troy", 2)
    await world.until_held(HoldReason.ADDRESS_TOO_LATE)
    await world.ask("release")
    await world.ship(world.own)
    await order.result()


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
