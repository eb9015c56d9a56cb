"""A change of mind at every stage: the buyer's, the operator's, and somebody who cancels the workflow itself."""

import pytest
from temporalio.client import WorkflowFailureError

from orderloom.domain.errors import Unavailable
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus
from orderloom.domain.shipments import ShipmentEventKind, ShipmentLine
from tests.workflows.being_cancelled import cancelled_while_it_is_stored, until_told_of_it
from tests.workflows.world import PLACED, World, line


async def test_an_order_cancelled_at_the_channel_before_dispatch_gives_its_stock_back(world: World) -> None:
    world.stock(own={"PAN": 1}, harbor={"PAN": 0})
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_held(HoldReason.OUT_OF_STOCK)
    await world.arrive(world.order(line(quantity=2), state=ChannelState.CANCELLED, updated_at=PLACED))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.own.asked, world.hold) == (0, [], None)


async def test_an_order_that_arrives_cancelled_never_ships(world: World) -> None:
    order = await world.arrive(world.order(state=ChannelState.CANCELLED))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.own.asked) == (0, [])


async def test_a_dispatched_order_is_stopped_at_its_node(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(state=ChannelState.CANCELLED))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.on_hand("PAN")) == (0, 20)
    assert "stopped" in world.timeline
    assert world.store.ledger.verify().is_balanced


async def test_what_the_node_cannot_stop_goes_on_and_the_answer_says_so(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    answer = await world.ask("cancel", "the buyer called")
    assert answer.done
    assert "shipment 1 at own goes on" in answer.text
    assert "cancel_too_late" in world.timeline
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert len(world.shopify.confirmed) == 1


async def test_what_had_left_before_its_node_stopped_the_rest_is_counted_though_no_callback_told_of_it(
    world: World,
) -> None:
    order = await world.arrive(world.order(line("1", "PAN"), line("2", "LID")))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    world.own.ship(name, lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    world.own.stop_the_rest(name)
    answer = await world.ask("cancel")
    assert "shipment 1 has left" in answer.text
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert [[one.line_id for one in told.lines] for told in world.shopify.confirmed] == [["1"]]
    assert [told.lines for told in world.shopify.cancelled] == [("2",)]
    assert (world.on_hand("PAN"), world.on_hand("LID"), world.reserved("LID")) == (19, 20, 0)
    assert world.store.ledger.verify().is_balanced


async def test_what_could_not_be_stopped_and_is_refused_afterwards_ends_as_cancelled(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order())
    await world.until_card("own took shipment 1")
    assert "goes on" in (await world.ask("cancel")).text
    await world.callback(world.own, world.own.asked[0].dispatch_id, ShipmentEventKind.REFUSED, reason="water damage")
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.harbor.asked, world.reserved("PAN"), world.on_hand("PAN")) == ([], 0, 20)
    assert world.store.ledger.verify().is_balanced


async def test_an_operator_cancels_a_held_order_and_hears_what_happened(world: World) -> None:
    order = await world.arrive(world.order(line("1", "NOBODY-KNOWS"), line("2", "PAN")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    answer = await world.ask("cancel", "discontinued")
    assert answer.text == "cancelled; the stock is released, and Shopify is told"
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert world.reserved("PAN") == 0


async def test_an_order_is_cancelled_while_its_node_is_away(world: World) -> None:
    world.own.failures = [Unavailable("node:own", "connection refused")] * 100
    order = await world.arrive(world.order())
    await world.until(lambda: world.own.asked)
    answer = await world.ask("cancel")
    assert answer.text == "cancelled; the stock is released, and Shopify is told"
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert world.own.shipments == {}


async def test_an_order_that_has_shipped_is_not_cancelled(world: World) -> None:
    world.reject_confirmation("not yet")
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    answer = await world.ask("cancel")
    assert "shipment 1 at own has left" in answer.text
    await world.ask("retry")
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_cancelling_the_workflow_gives_the_stock_back(world: World) -> None:
    order = await world.arrive(world.order(line("1", "NOBODY-KNOWS"), line("2", "PAN")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    await order.cancel()
    with pytest.raises(WorkflowFailureError):
        await order.result()
    assert (world.reserved("PAN"), world.status) == (0, OrderStatus.CANCELLED)


async def test_cancelling_the_workflow_stops_the_node(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.cancel()
    with pytest.raises(WorkflowFailureError):
        await order.result()
    assert (world.reserved("PAN"), world.status) == (0, OrderStatus.CANCELLED)
    assert "stopped" in world.timeline


async def test_a_cancellation_that_comes_while_a_step_runs_is_not_lost(world: World) -> None:
    world.shopify.may_read.clear()
    order = await world.arrive(world.order())
    await world.until(lambda: world.shopify.reading)
    await order.cancel()
    await until_told_of_it(world)
    world.shopify.may_read.set()
    with pytest.raises(WorkflowFailureError):
        await order.result()
    assert (world.reserved("PAN"), world.own.asked, world.status) == (0, [], OrderStatus.CANCELLED)


async def test_a_cancellation_that_comes_while_its_standing_is_stored_is_not_lost(world: World) -> None:
    await cancelled_while_it_is_stored(world)
    assert (world.reserved("PAN"), world.status) == (0, OrderStatus.CANCELLED)


async def test_an_order_whose_workflow_is_cancelled_at_once_is_known_all_the_same(world: World) -> None:
    order = await world.arrive(world.order())
    await order.cancel()
    with pytest.raises(WorkflowFailureError):
        await order.result()
    assert (world.reserved("PAN"), world.status) == (0, OrderStatus.CANCELLED)
