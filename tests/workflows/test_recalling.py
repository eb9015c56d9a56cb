"""An order that changes after a node was asked: another address, its payment gone, a hold, a buyer who regrets."""

from datetime import timedelta
from typing import Any

import pytest

from orderloom.domain.orders import HoldReason, OrderReading, OrderStatus
from orderloom.domain.shipments import ShipmentLine
from tests.workflows.world import BUYER, PLACED, World, line

ELSEWHERE = BUYER.model_copy(update={"address_lines": ("7 Cormorant Quay",), "city": "Yonkers"})
ONE = (ShipmentLine(line_id="1", sku="PAN", quantity=1),)


async def says(world: World, minutes: int = 1, **facts: Any) -> None:
    """What its channel says of it now."""
    lines = facts.pop("lines", (line(quantity=2),))
    await world.arrive(world.order(*lines, updated_at=PLACED + timedelta(minutes=minutes), **facts))


async def moves(world: World) -> None:
    order = world.order(line(quantity=2), updated_at=PLACED + timedelta(minutes=1))
    await world.arrive_raw(OrderReading(order=order, personal=ELSEWHERE).model_dump_json().encode())


async def dispatched(world: World, **facts: Any) -> None:
    await world.arrive(world.order(line(quantity=2), **facts))
    await world.until_status(OrderStatus.DISPATCHED)


async def ends_with(world: World, on_hand: int) -> None:
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
    assert (world.on_hand("PAN"), world.reserved("PAN")) == (on_hand, 0)
    assert world.store.ledger.verify().is_balanced


async def asked_again(world: World, times: int = 2) -> None:
    await world.until(lambda: len(world.own.shipments) == times)
    await world.until_status(OrderStatus.DISPATCHED)


async def test_an_address_that_changes_before_dispatch_is_the_one_that_is_shipped_to(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), payment="pending"))
    await world.until_status(OrderStatus.WAITING)
    await moves(world)
    await world.until(lambda: world.own.asked)
    assert [request.recipient.city for request in world.own.asked] == ["Yonkers"]


async def test_an_address_that_changes_after_dispatch_is_sent_anew_where_the_node_stops(world: World) -> None:
    await dispatched(world)
    await moves(world)
    await asked_again(world)
    assert [request.recipient.city for request in world.own.asked] == ["Poughkeepsie", "Yonkers"]
    assert "address_changed" in world.timeline
    await world.ship(world.own)
    await ends_with(world, 18)
    assert len({request.dispatch_id for request in world.own.asked}) == 2


async def test_an_address_that_changes_while_the_node_is_being_asked_is_not_overlooked(world: World) -> None:
    world.own.may_answer.clear()
    await world.arrive(world.order(line(quantity=2)))
    await world.until(lambda: world.own.asked)
    await moves(world)
    await world.until(lambda: "address_changed" in world.timeline)
    world.own.may_answer.set()
    await asked_again(world)
    assert world.own.asked[-1].recipient.city == "Yonkers"


async def test_a_node_that_ships_to_the_old_address_waits_for_a_person(world: World) -> None:
    world.own.cannot_stop = True
    await dispatched(world)
    await moves(world)
    await world.until_held(HoldReason.ADDRESS_TOO_LATE)
    assert (await world.ask("release", "the neighbour takes it")).done
    await world.ship(world.own)
    await ends_with(world, 18)
    assert len(world.own.asked) == 1


WAITS: list[dict[str, Any]] = [{"payment": "voided"}, {"payment": "expired"}, {"on_hold": "fraud"}]


@pytest.mark.parametrize("waits", WAITS, ids=str)
async def test_what_has_to_wait_after_dispatch_is_stopped_and_goes_on_by_itself(
    world: World, waits: dict[str, Any]
) -> None:
    await dispatched(world, payment="paid")
    await says(world, **waits)
    await world.until_status(OrderStatus.WAITING)
    assert world.reserved("PAN") == 2
    await says(world, minutes=2, payment="paid", on_hold="")
    await asked_again(world)
    await world.ship(world.own)
    await ends_with(world, 18)


async def test_a_node_that_does_not_stop_is_held_until_the_channel_lets_the_order_go(world: World) -> None:
    world.own.cannot_stop = True
    await dispatched(world)
    await says(world, on_hold="fraud")
    await world.until_held(HoldReason.HELD_TOO_LATE)
    await says(world, minutes=2, on_hold="")
    await world.until(lambda: world.hold is None)
    await world.ship(world.own)
    await ends_with(world, 18)
    assert len(world.own.asked) == 1


async def test_a_buyer_who_regrets_before_dispatch_is_heard_and_may_think_again(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), buyer_asks_to_cancel=True))
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    await says(world)
    await world.until_status(OrderStatus.DISPATCHED)


@pytest.mark.parametrize("then", ["cancel", "release", "thinks again"])
async def test_a_buyer_who_regrets_after_dispatch_has_the_node_stopped_and_a_person_decides(
    world: World, then: str
) -> None:
    await dispatched(world)
    await says(world, buyer_asks_to_cancel=True)
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    assert "recalled" in world.timeline
    if then == "cancel":
        assert (await world.ask("cancel")).done
        assert (await world.handle.result()).status is OrderStatus.CANCELLED
        assert (world.on_hand("PAN"), world.reserved("PAN")) == (20, 0)
        return
    if then == "release":
        assert (await world.ask("release")).done
    else:
        await says(world, minutes=2)
    await asked_again(world)
    await world.ship(world.own)
    await ends_with(world, 18)


async def test_a_buyer_who_regrets_too_late_leaves_the_choice_to_a_person(world: World) -> None:
    world.own.cannot_stop = True
    await dispatched(world)
    await says(world, buyer_asks_to_cancel=True)
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    assert (await world.ask("release")).done
    await world.ship(world.own)
    await ends_with(world, 18)


async def part_has_left(world: World) -> str:
    await world.arrive(world.order(line(quantity=3)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    await world.callback(world.own, name, package=world.own.ship(name, lines=ONE))
    await world.until_status(OrderStatus.PARTIALLY_SHIPPED)
    return name


async def test_the_rest_of_what_has_left_in_part_is_stopped_and_sent_as_the_order_is_now(world: World) -> None:
    name = await part_has_left(world)
    world.own.stop_the_rest(name)
    await says(world, lines=(line(quantity=2),))
    await world.until(lambda: len(world.own.shipments) == 2)
    assert [(each.line_id, each.quantity) for each in world.own.asked[-1].lines] == [("1", 1)]
    await world.until_card("own took shipment 2")
    await world.ship(world.own)
    await ends_with(world, 18)
    assert [sum(part.quantity for part in told.lines) for told in world.shopify.confirmed] == [1, 1]


async def test_the_rest_that_waits_is_sent_when_it_may(world: World) -> None:
    name = await part_has_left(world)
    world.own.stop_the_rest(name)
    await says(world, lines=(line(quantity=3),), on_hold="fraud")
    await world.until_status(OrderStatus.WAITING)
    await says(world, minutes=2, lines=(line(quantity=3),), on_hold="")
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.until_card("own took shipment 2")
    await world.ship(world.own)
    await ends_with(world, 17)


async def test_a_rest_that_the_node_does_not_stop_waits_for_a_person(world: World) -> None:
    name = await part_has_left(world)
    await says(world, lines=(line(quantity=2),))
    await world.until_held(HoldReason.EDITED_TOO_LATE)
    assert (await world.ask("release")).done
    rest = (ONE[0].model_copy(update={"quantity": 2}),)
    await world.callback(world.own, name, package=world.own.ship(name, "box-2", rest))
    await ends_with(world, 17)
