"""Lines added, taken off and changed before dispatch and after it: the nodes ship what the order wants in the end."""

from datetime import timedelta

from orderloom.domain.orders import HoldReason, OrderLine, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.world import PLACED, World, line


async def edit(world: World, *lines: OrderLine, minutes: int = 1) -> None:
    await world.hint(world.order(*lines, updated_at=PLACED + timedelta(minutes=minutes)))


def last_asked(world: World) -> list[tuple[str, int]]:
    return [(each.line_id, each.quantity) for each in world.own.asked[-1].lines]


async def test_an_edit_before_dispatch_changes_what_is_reserved_and_shipped(world: World) -> None:
    await world.arrive(world.order(line("1", "PAN", 2), line("2", "NOBODY-KNOWS")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    assert world.reserved("PAN") == 2
    await edit(world, line("1", "PAN", 1), line("2", "NOBODY-KNOWS", 0), line("3", "LID", 1))
    await world.until_status(OrderStatus.DISPATCHED)
    assert (last_asked(world), world.reserved("PAN"), world.reserved("LID")) == ([("1", 1), ("3", 1)], 1, 1)
    assert "edited" in world.timeline


async def test_a_line_added_after_dispatch_becomes_a_further_shipment(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN")))
    await world.until_status(OrderStatus.DISPATCHED)
    await edit(world, line("1", "PAN"), line("2", "LID"))
    await world.until(lambda: len(world.own.shipments) == 2)
    assert last_asked(world) == [("2", 1)]
    await world.until_card("own took shipment 2")
    await world.ship(world.own, world.own.asked[0].dispatch_id)
    await world.ship(world.own, world.own.asked[1].dispatch_id)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert [told.number for told in world.shopify.confirmed] == [1, 2]
    assert world.store.ledger.verify().is_balanced


async def test_units_taken_off_after_dispatch_are_stopped_and_the_rest_is_shipped_anew(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN", 2), line("2", "LID")))
    await world.until_status(OrderStatus.DISPATCHED)
    await edit(world, line("1", "PAN", 1), line("2", "LID"))
    await world.until(lambda: len(world.own.shipments) == 2)
    assert last_asked(world) == [("1", 1), ("2", 1)]
    assert world.own.asked[0].dispatch_id != world.own.asked[1].dispatch_id
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.on_hand("PAN"), world.reserved("PAN"), world.reserved("LID")) == (19, 0, 0)
    assert "recalled" in world.timeline
    assert world.store.ledger.verify().is_balanced


async def test_an_order_all_of_whose_lines_are_taken_off_ends_without_a_shipment(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN")))
    await world.until_status(OrderStatus.DISPATCHED)
    await edit(world, line("1", "PAN", 0))
    await order.result()
    assert (world.reserved("PAN"), world.on_hand("PAN"), len(world.own.asked)) == (0, 20, 1)


async def test_what_the_node_does_not_stop_waits_for_a_person_and_ships_when_let_go(world: World) -> None:
    world.own.cannot_stop = True
    order = await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await edit(world, line("1", "PAN", 1))
    await world.until_held(HoldReason.EDITED_TOO_LATE)
    assert (await world.ask("release", "a gift then")).done
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (world.on_hand("PAN"), len(world.own.asked)) == (18, 1)
    assert world.store.ledger.verify().is_balanced


async def test_a_node_that_stops_when_it_is_asked_again_ships_the_edited_order(world: World) -> None:
    world.own.cannot_stop = True
    await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await edit(world, line("1", "PAN", 1))
    await world.until_held(HoldReason.EDITED_TOO_LATE)
    world.own.cannot_stop = False
    await world.ask("retry")
    await world.until(lambda: len(world.own.shipments) == 2)
    assert last_asked(world) == [("1", 1)]


async def test_an_edit_while_the_node_is_being_asked_is_not_overlooked(world: World) -> None:
    world.own.may_answer.clear()
    await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until(lambda: world.own.asked)
    await edit(world, line("1", "PAN", 1))
    await world.until(lambda: not world.shopify.fetches)
    world.own.may_answer.set()
    await world.until(lambda: len(world.own.shipments) == 2)
    assert last_asked(world) == [("1", 1)]


async def test_units_that_have_left_are_not_asked_back(world: World) -> None:
    order = await world.arrive(world.order(line("1", "PAN"), line("2", "LID")))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    first = world.own.ship(name, lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    await world.callback(world.own, name, package=first)
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    await edit(world, line("1", "PAN", 0), line("2", "LID"))
    await world.until(lambda: "edited" in world.timeline)
    second = world.own.ship(name, "box-2", lines=(ShipmentLine(line_id="2", sku="LID", quantity=1),))
    await world.callback(world.own, name, package=second)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert (len(world.own.asked), world.on_hand("PAN")) == (1, 19)
