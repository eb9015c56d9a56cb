"""Dispatch, the nodes' reports and the confirmations, with everything that may go wrong between them."""

from orderloom.domain.errors import Unavailable
from orderloom.domain.orders import HoldReason, OrderStatus
from orderloom.domain.records import DispatchState
from orderloom.domain.shipments import ShipmentEventKind
from tests.workflows.world import World


async def test_a_refusing_node_leads_to_the_next_one(world: World) -> None:
    world.own.refuses = "no box is big enough"
    order = await world.arrive(world.order())
    await world.until(lambda: world.harbor.asked and world.status is OrderStatus.DISPATCHED)
    await world.ship(world.harbor)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(world.own.asked), world.on_hand("PAN")) == (1, 19)
    assert world.store.ledger.verify().is_balanced


async def test_an_order_that_all_nodes_refuse_is_held_and_asks_them_again_when_told_to(world: World) -> None:
    world.own.refuses, world.harbor.refuses = "no box", "no driver"
    await world.arrive(world.order())
    await world.until_held(HoldReason.NODE_REFUSED)
    assert world.hold
    assert "own refused: cannot_ship: no box" in world.hold.detail
    world.own.refuses = ""
    assert (await world.ask("retry")).done
    await world.until_status(OrderStatus.DISPATCHED)
    assert len({request.dispatch_id for request in world.own.asked}) == 2


async def test_a_lost_answer_is_resolved_by_asking_and_never_by_sending_twice(world: World) -> None:
    world.own.loses_answers = 1
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert (len(world.own.asked), world.own.found) == (1, 1)


async def test_a_node_that_is_away_is_tried_again_under_the_same_dispatch_id(world: World) -> None:
    world.own.failures = [Unavailable("node:own", "connection refused")]
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert len({request.dispatch_id for request in world.own.asked}) == 1


async def test_a_dispatch_without_an_answer_is_shown_to_a_person_and_heals_by_itself(world: World) -> None:
    world.own.failures = [Unavailable("node:own", "connection refused")] * 12
    order = await world.arrive(world.order())
    await world.until(lambda: world.own.asked)
    await world.fast_forward(order, minutes=16)
    await world.until_held(HoldReason.DISPATCH_UNCLEAR)
    world.own.failures.clear()
    await world.fast_forward(order, minutes=10)
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.hold is None


async def test_a_package_reported_before_the_dispatch_is_answered_counts_once(world: World) -> None:
    world.own.failures = [Unavailable("node:own", "answered too late")]
    order = await world.arrive(world.order())
    await world.until(lambda: world.own.asked)
    name = world.own.asked[0].dispatch_id
    world.own.take(name)
    await world.ship(world.own, name)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(world.shopify.confirmed), world.on_hand("PAN")) == (1, 19)


async def test_a_callback_that_cannot_be_read_or_is_another_orders_is_set_aside(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.callback_raw(world.own, b"?{")
    await world.callback(world.own, "0000000000-9999-1-1", ShipmentEventKind.REFUSED)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_a_node_that_takes_its_word_back_leads_to_the_next_one(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_card("own took shipment 1")
    await world.callback(world.own, world.own.asked[0].dispatch_id, ShipmentEventKind.REFUSED, reason="water damage")
    await world.until(lambda: world.harbor.shipments)
    await world.ship(world.harbor)
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_a_refusal_that_overtakes_the_answer_to_the_dispatch_is_not_taken_for_the_next_nodes_answer(
    world: World,
) -> None:
    world.own.may_answer.clear()
    order = await world.arrive(world.order())
    await world.until(lambda: world.own.shipments)
    await world.callback(world.own, world.own.asked[0].dispatch_id, ShipmentEventKind.REFUSED, reason="water damage")
    await world.until(lambda: "refused" in world.timeline)
    world.own.may_answer.set()
    await world.until(lambda: world.harbor.shipments)
    await world.ship(world.harbor)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(world.own.asked), len(world.harbor.asked), world.on_hand("PAN")) == (1, 1, 19)


async def test_a_silent_node_is_asked_and_what_it_shipped_is_recorded(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.own.ship(world.own.asked[0].dispatch_id)
    await world.fast_forward(order, hours=7)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.own.found, len(world.shopify.confirmed)) == (1, 1)


async def test_a_node_that_forgot_a_dispatch_is_not_trusted_until_a_person_says_so(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.own.shipments.clear()
    await world.fast_forward(order, hours=7)
    await world.until_held(HoldReason.DISPATCH_UNCLEAR)
    assert len(world.own.asked) == 1
    assert (await world.ask("retry")).done
    await world.until(lambda: len(world.own.asked) == 2)
    assert len({request.dispatch_id for request in world.own.asked}) == 1


async def test_a_rejected_confirmation_is_held_and_told_again_on_retry(world: World) -> None:
    world.reject_confirmation("the fulfillment order is closed")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    assert (await world.ask("retry")).done
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert len(world.shopify.confirmed) == 1


async def test_a_rejected_confirmation_may_be_done_by_hand(world: World) -> None:
    world.reject_confirmation("the fulfillment order is closed")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    assert (await world.ask("release", "entered it myself")).done
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert world.shopify.confirmed == []


async def test_a_throttled_confirmation_waits_as_long_as_the_channel_asks(world: World) -> None:
    world.throttle_confirmation(seconds=0.05)
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_an_order_that_confirms_itself_is_not_confirmed(world: World) -> None:
    order = await world.arrive(world.order(confirms_itself=True))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert world.shopify.confirmed == []
    assert world.store.shipments.shipments(world.key)[0].state is DispatchState.SHIPPED
