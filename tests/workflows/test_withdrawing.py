"""A cancelled order's channel is told of it, once, and only where the change did not come from there."""

from datetime import timedelta

from orderloom.domain.cancellations import CancellationState, CancelOutcome, CancelReason
from orderloom.domain.errors import Rejected
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.world import PLACED, World, line

REFUSED = Rejected("shopify:kitchen", "invalid", "Cannot cancel an order that has outstanding fulfillments")


async def test_an_operators_cancellation_is_told_to_the_channel(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert (await world.ask("cancel", "discontinued")).done
    assert (await order.result()).status is OrderStatus.CANCELLED
    (told,) = world.shopify.cancelled
    assert (told.key, told.reason, told.lines) == (world.key, CancelReason.MERCHANT, ())
    assert "withdrawn" in world.timeline


async def test_the_channel_is_told_that_it_was_the_buyer_who_asked(world: World) -> None:
    order = await world.arrive(world.order(buyer_asks_to_cancel=True))
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    await world.ask("cancel")
    await order.result()
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.BUYER]


async def test_a_channel_that_cancelled_it_is_not_told(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(state=ChannelState.CANCELLED))
    await order.result()
    assert world.shopify.cancelled == []


async def test_a_cancellation_by_batch_ends_the_order_when_the_channel_has_taken_it(world: World) -> None:
    world.shopify.cancels = CancelOutcome.BY_BATCH
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_status(OrderStatus.WAITING)
    assert (world.reserved("PAN"), "stopped" in world.timeline) == (0, True)
    world.store.cancellations.sent([world.key], "feed-1")
    world.store.cancellations.answered(world.key, CancellationState.ACCEPTED)
    await world.look_again()
    assert (await order.result()).status is OrderStatus.CANCELLED


async def test_a_cancellation_by_batch_ends_too_when_the_order_is_read_as_cancelled(world: World) -> None:
    world.shopify.cancels = CancelOutcome.BY_BATCH
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_status(OrderStatus.WAITING)
    await world.arrive(world.order(state=ChannelState.CANCELLED, updated_at=PLACED))
    assert (await order.result()).status is OrderStatus.CANCELLED


async def test_the_echo_of_our_own_cancellation_is_no_edit(world: World) -> None:
    world.shopify.cancels = CancelOutcome.BY_BATCH
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_status(OrderStatus.WAITING)
    # The refund shows before the cancellation that it belongs to.
    await world.arrive(world.order(line(quantity=0), updated_at=PLACED + timedelta(seconds=1)))
    gone = world.order(line(quantity=0), state=ChannelState.CANCELLED, updated_at=PLACED + timedelta(seconds=2))
    await world.arrive(gone)
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert "edited" not in world.timeline


async def test_a_cancellation_at_the_channel_that_shows_no_units_is_no_edit(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(line(quantity=0), state=ChannelState.CANCELLED, updated_at=PLACED))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert "edited" not in world.timeline


async def test_a_refused_cancellation_waits_for_a_person_who_tells_it_again(world: World) -> None:
    world.shopify.cancels = REFUSED
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_held(HoldReason.CANCEL_REJECTED)
    assert world.hold is not None
    assert "outstanding fulfillments" in world.hold.detail
    world.shopify.cancels = CancelOutcome.DONE
    await world.ask("retry")
    assert (await order.result()).status is OrderStatus.CANCELLED


async def test_a_refused_cancellation_may_be_done_by_hand(world: World) -> None:
    world.shopify.cancels = REFUSED
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.until_held(HoldReason.CANCEL_REJECTED)
    assert (await world.ask("release", "refunded in the admin")).done
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert world.shopify.cancelled == []


async def test_of_an_order_that_left_in_part_only_the_rest_is_cancelled(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN"), line("2", "LID")))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    package = world.own.ship(name, lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=package)
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    world.own.stop_the_rest(name)
    await world.ask("cancel")
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert [told.lines for told in world.shopify.cancelled] == [("2",)]
    assert (world.reserved("LID"), world.on_hand("LID"), world.on_hand("PAN")) == (0, 20, 19)
    assert world.store.ledger.verify().is_balanced


async def test_what_a_channel_does_not_cancel_line_by_line_is_named_for_a_person_with_its_units(world: World) -> None:
    world.shopify.cancels = Rejected("shopify:kitchen", "BY_LINE", "single lines are cancelled in the shop's admin")
    order = await world.arrive(world.order(line("1", "PAN", quantity=3), line("2", "LID", quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    package = world.own.ship(name, lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=package)
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    world.own.stop_the_rest(name)
    assert "a part of shipment 1 has left" in (await world.ask("cancel")).text
    await world.until_held(HoldReason.CANCEL_REJECTED)
    assert world.hold is not None
    assert "by hand: 2 of PAN, 2 of LID" in world.hold.detail
    assert (await world.ask("release", "refunded in the admin")).done
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.reserved("PAN"), world.on_hand("PAN"), world.on_hand("LID")) == (0, 19, 20)


async def test_an_order_that_could_not_be_stopped_and_left_whole_is_not_cancelled_at_its_channel(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert world.shopify.cancelled == []
