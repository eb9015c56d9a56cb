"""Partial and split shipments: each package is confirmed once, with its own lines, however often it is reported."""

from activities.messages import LateEvent
from activities.queues import ORDERS
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import OrderStatus
from orderloom.domain.shipments import Package, ShipmentEventKind, ShipmentLine
from tests.workflows.fakes import FakeNode
from tests.workflows.world import World, line


def told(world: World) -> dict[str, list[tuple[str, int]]]:
    """By tracking number, what the channel was told has left."""
    return {
        one.package.tracking_number: [(part.line_id, part.quantity) for part in one.lines]
        for one in world.shopify.confirmed
    }


async def test_packages_are_confirmed_one_by_one_with_the_lines_that_they_complete(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN", 2), line("2", "LID", 1)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    first = world.own.ship(name, "box-1", (ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=first)
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    rest = (ShipmentLine(line_id="1", sku="PAN", quantity=1), ShipmentLine(line_id="2", sku="LID", quantity=1))
    await world.callback(world.own, name, package=world.own.ship(name, "box-2", rest))
    assert (await order.result()).status is OrderStatus.COMPLETED
    told = {t.number: [(part.line_id, part.quantity) for part in t.lines] for t in world.shopify.confirmed}
    assert told == {1: [("1", 1)], 2: [("1", 1), ("2", 1)]}


async def test_repeated_and_late_callbacks_are_harmless(world: World) -> None:
    order = await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    one = world.own.ship(name, "box-1", (ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    for _ in range(3):
        await world.callback(world.own, name, package=one)
    await world.callback(world.own, name, ShipmentEventKind.ACCEPTED)
    two = world.own.ship(name, "box-2", (ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=two)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(world.shopify.confirmed), world.on_hand("PAN")) == (2, 18)
    assert world.store.ledger.verify().is_balanced


async def test_an_order_that_two_nodes_ship_is_confirmed_package_by_package(world: World) -> None:
    world.stock(own={"PAN": 10, "LID": 0}, harbor={"PAN": 0, "LID": 10})
    order = await world.arrive(world.order(line("1", "PAN", 2), line("2", "LID", 1)))
    await world.until(lambda: world.own.shipments and world.harbor.shipments)
    await world.until_status(OrderStatus.DISPATCHED)
    pans, lids = world.own.asked[0].dispatch_id, world.harbor.asked[0].dispatch_id
    lid = world.harbor.ship(lids)
    pan = [world.own.ship(pans, f"box-{n}", (ShipmentLine(line_id="1", sku="PAN", quantity=1),)) for n in (1, 2)]
    reports: list[tuple[FakeNode, str, Package]] = [(world.own, pans, pan[0]), (world.harbor, lids, lid)]
    # The last one ends the order, so it alone is told once.
    for node, name, package in (*reports, *reports, (world.own, pans, pan[1])):
        await world.callback(node, name, package=package)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert told(world) == {
        pan[0].tracking_number: [("1", 1)],
        lid.tracking_number: [("2", 1)],
        pan[1].tracking_number: [("1", 1)],
    }
    assert len(world.shopify.confirmed) == 3
    assert (world.on_hand("PAN"), world.on_hand("LID"), world.reserved("PAN")) == (8, 9, 0)
    assert world.store.ledger.verify().is_balanced


async def test_a_package_that_is_resent_or_relabelled_after_the_end_is_no_second_shipment(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    package = world.own.ship(name)
    await world.callback(world.own, name, package=package)
    await order.result()
    for again in (package, package.model_copy(update={"tracking_number": "D-77"})):
        late = LateEvent(key=world.key, event_id=world.callback_event(world.own, name, again))
        await world.client.execute_workflow(
            "after-order", late, id=follow_up_id(world.key, late.event_id), task_queue=ORDERS
        )
    assert list(told(world)) == [package.tracking_number]
    assert [one.confirmation.package.tracking_number for one in world.shopify.corrected] == ["D-77"]
    assert (len(world.store.shipments.packages(world.key)), world.on_hand("PAN")) == (1, 19)
    assert world.store.ledger.verify().is_balanced


async def test_a_carrier_that_is_in_no_table_is_told_all_the_same_and_the_timeline_says_how_to_add_it(
    world: World,
) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    package = world.own.ship(name).model_copy(update={"carrier": "Bob's Bikes"})
    await world.callback(world.own, name, package=package)
    assert (await order.result()).status is OrderStatus.COMPLETED
    (told,) = world.shopify.confirmed
    assert (told.package.carrier, told.carrier) == ("Bob's Bikes", None)
    assert any("Bob's Bikes" in text and "Add it under `carriers`" in text for text in world.texts)
    assert world.timeline.count("carrier_unknown") == 1
