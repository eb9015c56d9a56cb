"""A node that ships nothing in its time: another one ships, once, and only on the first one's word."""

from orderloom.domain.errors import Unavailable
from orderloom.domain.orders import HoldReason, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.world import World, line


async def dispatched_there(world: World) -> None:
    world.stock(hasty={"PAN": 10})
    await world.arrive(world.order(line(quantity=2), tags=("hasty",)))
    await world.until_card("hasty took shipment 1")


async def test_what_a_silent_node_lets_go_is_shipped_once_by_the_next_one(world: World) -> None:
    await dispatched_there(world)
    await world.fast_forward(world.handle, minutes=55)
    assert "recalled" not in world.timeline
    await world.fast_forward(world.handle, minutes=10)
    await world.until(lambda: world.harbor.shipments)
    assert any("because it was silent since" in text for text in world.texts)
    await world.ship(world.harbor)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
    assert (len(world.hasty.asked), len(world.harbor.asked), len(world.shopify.confirmed)) == (1, 1, 1)
    assert (world.on_hand("PAN"), world.reserved("PAN")) == (28, 0)
    assert world.store.ledger.verify().is_balanced


async def test_a_node_that_never_had_it_is_proof_too(world: World) -> None:
    await dispatched_there(world)
    world.hasty.shipments.clear()
    await world.fast_forward(world.handle, minutes=65)
    await world.until(lambda: world.harbor.shipments)


async def test_without_proof_it_stays_and_what_leaves_late_still_counts(world: World) -> None:
    world.hasty.cannot_stop = True
    await dispatched_there(world)
    await world.fast_forward(world.handle, minutes=65)
    await world.until_held(HoldReason.NODE_SILENT)
    assert world.hold is not None
    assert "hasty is silent since" in world.hold.detail
    await world.ship(world.hasty)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
    assert (world.harbor.asked, world.on_hand("PAN")) == ([], 28)


async def test_a_node_that_lets_go_when_asked_again_leads_to_the_next_one(world: World) -> None:
    world.hasty.cannot_stop = True
    await dispatched_there(world)
    await world.fast_forward(world.handle, minutes=65)
    await world.until_held(HoldReason.NODE_SILENT)
    world.hasty.cannot_stop = False
    assert (await world.ask("retry")).done
    await world.until(lambda: world.harbor.shipments)
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.hold is None


async def test_a_node_that_has_begun_to_ship_keeps_the_rest(world: World) -> None:
    await dispatched_there(world)
    name = world.hasty.asked[0].dispatch_id
    part = (ShipmentLine(line_id="1", sku="PAN", quantity=1),)
    await world.callback(world.hasty, name, package=world.hasty.ship(name, "box-1", part))
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    await world.fast_forward(world.handle, minutes=65)
    assert ("recalled" in world.timeline, world.hold, world.harbor.asked) == (False, None, [])
    await world.callback(world.hasty, name, package=world.hasty.ship(name, "box-2", part))
    assert (await world.handle.result()).status is OrderStatus.COMPLETED


async def test_a_package_that_nobody_told_of_is_found_when_the_node_is_asked_to_let_go(world: World) -> None:
    await dispatched_there(world)
    world.hasty.ship(world.hasty.asked[0].dispatch_id)
    await world.fast_forward(world.handle, minutes=65)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
    assert (world.harbor.asked, world.on_hand("PAN")) == ([], 28)


async def test_a_node_that_answers_no_dispatch_is_left_when_it_says_that_it_never_had_it(world: World) -> None:
    world.stock(hasty={"PAN": 10})
    world.hasty.failures = [Unavailable("node:hasty", "connection refused")] * 1_000
    order = await world.arrive(world.order(tags=("hasty",)))
    await world.until(lambda: world.hasty.asked)
    await world.fast_forward(order, minutes=65)
    await world.until(lambda: world.harbor.shipments)
    await world.ship(world.harbor)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.hasty.shipments, len(world.harbor.asked)) == ({}, 1)
