"""A workflow lost in the middle of a cancellation: whoever goes on knows who wanted it, and what is left to be done."""

from datetime import timedelta

from temporalio.client import WorkflowUpdateStage

from activities.messages import LookAgain, OperatorRequest
from orderloom.domain.cancellations import Cancellation, CancellationState, CancelOutcome, CancelReason, CancelWish
from orderloom.domain.errors import Rejected
from orderloom.domain.keys import Channel
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.crowd import Crowd
from tests.workflows.life import partially_shipped, say
from tests.workflows.starting import cancel_with_start
from tests.workflows.world import PLACED, World, line

LOST = LookAgain(reason="lost")


async def test_a_wish_to_cancel_is_stored_before_any_node_is_asked(world: World) -> None:
    world.own.away = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    asked = OperatorRequest(by="kim", why="discontinued")
    await order.start_update("cancel", asked, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
    await world.until(lambda: world.own.told_to_stop)
    wish = world.store.cancellations.wished(world.key)
    assert wish is not None
    assert (wish.why, wish.reason) == ("kim: discontinued", CancelReason.MERCHANT)
    await order.terminate("lost")
    world.own.away = False
    await world.restart(LOST)
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.MERCHANT]
    assert {"stopped", "withdrawn"} <= set(world.timeline)
    assert "kim: discontinued" in world.texts[-1]
    assert (world.reserved("PAN"), world.on_hand("PAN")) == (0, 20)


async def test_a_workflow_lost_between_its_nodes_stop_and_its_channel_tells_the_channel(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    # What the lost workflow's steps had stored by then.
    world.store.cancellations.wish(CancelWish(key=world.key, why="kim", reason=CancelReason.MERCHANT))
    world.own.cancel(world.own.asked[0].dispatch_id)
    world.store.shipments.cancelled(world.key, 1)
    await world.restart(LOST)
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert len(world.shopify.cancelled) == 1


async def test_a_cancellation_of_the_channels_own_is_taken_up_again_and_the_channel_is_not_told(world: World) -> None:
    world.own.away = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(state=ChannelState.CANCELLED, updated_at=PLACED))
    await world.until(lambda: world.own.told_to_stop)
    await order.terminate("lost")
    world.own.away = False
    await world.restart(LOST)
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert world.shopify.cancelled == []
    assert "stopped" in world.timeline


async def test_the_buyers_wish_stays_the_buyers_when_it_is_told_again_after_a_lost_workflow(world: World) -> None:
    world.shopify.cancels = Rejected("shopify:kitchen", "invalid", "there are outstanding fulfillments")
    order = await world.arrive(world.order(buyer_asks_to_cancel=True))
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    await world.ask("cancel")
    await world.until_held(HoldReason.CANCEL_REJECTED)
    await order.terminate("lost")
    world.shopify.cancels = CancelOutcome.DONE
    await world.restart(LOST)
    await world.until_card("looked again: lost")
    await world.ask("retry")
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.BUYER]


async def test_a_lost_workflow_goes_on_waiting_for_the_channels_answer(world: World) -> None:
    world.shopify.cancels = CancelOutcome.BY_BATCH
    order = await world.arrive(world.order(line("1", "NOBODY-KNOWS"), line("2", "PAN")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    await world.ask("cancel")
    await world.until_status(OrderStatus.WAITING)
    await order.terminate("lost")
    world.map_listing("NOBODY-KNOWS", "LID")
    world.store.cancellations.answered(world.key, CancellationState.ACCEPTED)
    await world.restart(LOST)
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert world.own.asked == []


async def test_a_cancellation_that_a_worker_of_before_wishes_asked_for_is_told(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.own.cancel(world.own.asked[0].dispatch_id)
    await order.terminate("lost")
    world.store.cancellations.ask(Cancellation(key=world.key, reason=CancelReason.BUYER))
    await world.restart(LOST)
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.BUYER]


async def test_who_cancels_an_order_before_its_new_workflow_has_read_it_stops_its_nodes(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    answer = await cancel_with_start(world)
    assert answer.text == "cancelled; the stock is released, and Shopify is told"
    assert (await world.handle.result()).status is OrderStatus.CANCELLED
    assert [one.state.value for one in world.own.shipments.values()] == ["cancelled"]


async def test_what_is_added_to_an_order_whose_rest_was_cancelled_is_shipped(world: World) -> None:
    crowd = Crowd(world)
    order = crowd.order(Channel.SHOPIFY)
    await partially_shipped(order)
    order.own.stop_the_rest(order.own.asked[0].dispatch_id)
    await order.ask("cancel", "the rest is sold out")
    await order.until_held(HoldReason.CANCEL_REJECTED)
    await order.ask("release", "refunded in the admin")
    assert (await order.handle.result()).status is OrderStatus.COMPLETED
    order.know(f"{order.pan}-B")
    await say(order, line("3", f"{order.pan}-B"), updated_at=PLACED + timedelta(minutes=5))
    await order.at_rest()
    assert order.store.cancellations.wished(order.key) is None
    assert ShipmentLine(line_id="3", sku=f"{order.pan}-B", quantity=1) in order.own.asked[-1].lines
    assert order.store.ledger.verify().is_balanced
    await crowd.leave()
