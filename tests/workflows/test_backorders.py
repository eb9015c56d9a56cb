"""Orders that a rule has wait for stock, or cancels for want of it."""

from datetime import UTC, datetime, timedelta

from orderloom.domain.cancellations import CancelReason
from orderloom.domain.orders import Component, HoldReason, OrderReading, OrderStatus, TimeWindow
from orderloom.domain.routing import Router
from orderloom.domain.shipments import NodeShipment, NodeState, PlannedShipment, ShipmentLine
from tests.workflows.merchant import CONFIG
from tests.workflows.world import BUYER, FAR_AWAY, World, line


async def test_a_backorder_keeps_what_it_has_and_ships_by_itself_when_the_rest_comes(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=24), tags=("backorder",)))
    await world.until_status(OrderStatus.WAITING)
    assert (world.hold, world.reserved("PAN"), world.own.asked) == (None, 20, [])
    assert [row.backorder_until for row in world.store.stories.list()] == [FAR_AWAY]
    await world.until(lambda: "waits for stock: a backorder until 2036-01-01 00:00 UTC" in world.texts)
    world.stock(own={"PAN": 13})
    await world.look_again()
    await world.until(lambda: world.reserved("PAN") == 23)
    assert world.status is OrderStatus.WAITING, "one is short still"
    world.stock(own={"PAN": 24}, harbor={"PAN": 0})
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_a_backorder_whose_date_passes_is_a_hold_that_says_what_to_do(world: World) -> None:
    soon = TimeWindow(latest=datetime.now(UTC) + timedelta(hours=30))
    order = await world.arrive(world.order(line(quantity=24), tags=("backorder",), ship_by=soon))
    await world.until_status(OrderStatus.WAITING)
    await world.fast_forward(order, hours=31)
    await world.until_held(HoldReason.OUT_OF_STOCK)
    assert world.hold is not None
    assert (world.hold.detail, "inventory set" in world.hold.fix) == ("4 of PAN short", True)
    world.stock(own={"PAN": 24})
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)


async def test_an_order_that_waits_for_a_place_at_a_node_is_shipped_on_the_next_day(world: World) -> None:
    key = world.key.model_copy(update={"order_id": "before"})
    other = world.order(line(components=(Component(sku="PAN"),)), key=key)
    world.store.orders.record(OrderReading(order=other, personal=BUYER), "event")
    world.store.ledger.reserve(other, "own")
    plan = (PlannedShipment(number=1, node="harbor", lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),)),)
    made = Router.of(CONFIG).decide(other, {}, [], datetime.now(UTC))
    world.store.ledger.decide(made.model_copy(update={"plan": plan, "hold": None}))
    name = world.store.shipments.begin_dispatch(other.key, 1).dispatch_id
    taken = NodeShipment(dispatch_id=name, state=NodeState.ACCEPTED)
    world.store.shipments.dispatched(other.key, 1, taken)
    order = await world.arrive(world.order(tags=("harbor_only",)))
    await world.until_status(OrderStatus.WAITING)
    await world.until_card("a backorder until")
    await world.fast_forward(order, hours=25)
    await world.until_status(OrderStatus.DISPATCHED)
    assert len(world.harbor.asked) == 1


async def test_a_rule_that_cancels_for_want_of_stock_gives_back_what_there_was(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=24), tags=("or_nothing",)))
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert (world.reserved("PAN"), world.own.asked) == (0, [])
    assert [told.reason for told in world.shopify.cancelled] == [CancelReason.OUT_OF_STOCK]
    assert world.store.ledger.verify().violations == ()
    assert "cancelled by rule: No node can ship this order now. The rule asks to cancel it." in [
        entry.text for entry in world.store.stories.show(world.key).timeline
    ]


async def test_a_backorder_can_be_cancelled_while_it_waits(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=24), tags=("backorder",)))
    await world.until_status(OrderStatus.WAITING)
    assert (await world.ask("cancel", "the buyer called")).done
    assert (await order.result()).status is OrderStatus.CANCELLED
    assert world.reserved("PAN") == 0
