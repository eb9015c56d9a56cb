"""What becomes of a package after it left: another tracking number, also when all is over, and its loss."""

import pytest

from activities.messages import LateEvent
from activities.queues import ORDERS
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import HoldReason, OrderStatus
from orderloom.domain.shipments import Package, ShipmentEventKind, ShipmentLine
from tests.workflows.world import World, line

ONE = (ShipmentLine(line_id="1", sku="PAN", quantity=1),)


def relabelled(package: Package, number: str) -> Package:
    return package.model_copy(update={"tracking_number": number, "carrier": "DPD"})


async def first_of_two(world: World) -> tuple[str, Package]:
    """The first of two units has left and its channel knows."""
    await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    box = world.own.ship(name, "box-1", ONE)
    await world.callback(world.own, name, package=box)
    await world.until_card("was told of its tracking number")
    return name, box


async def the_rest(world: World, name: str) -> None:
    await world.callback(world.own, name, package=world.own.ship(name, "box-2", ONE))
    assert (await world.handle.result()).status is OrderStatus.COMPLETED


async def test_a_corrected_tracking_number_is_told_as_a_correction_and_never_as_a_package(world: World) -> None:
    name, box = await first_of_two(world)
    for _ in range(2):
        await world.callback(world.own, name, package=relabelled(box, "D-77"))
    await world.until(lambda: world.shopify.corrected)
    await the_rest(world, name)
    (told,) = world.shopify.corrected
    package = told.confirmation.package
    assert (told.reference, told.confirmation.number, package.tracking_number) == ("ref-1", 1, "D-77")
    assert told.confirmation.lines == world.shopify.confirmed[0].lines
    assert ([c.number for c in world.shopify.confirmed], world.on_hand("PAN")) == ([1, 2], 18)
    assert any(box.tracking_number in text for text in world.texts)
    assert any("D-77" in text for text in world.texts)
    assert world.store.ledger.verify().is_balanced


async def test_a_number_that_is_corrected_before_the_channel_took_the_first_is_told_once(world: World) -> None:
    world.reject_confirmation("try later")
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    box = world.own.ship(name)
    await world.callback(world.own, name, package=box)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    await world.callback(world.own, name, package=relabelled(box, "D-77"))
    await world.until(lambda: "relabelled" in world.timeline)
    await world.ask("retry")
    await world.handle.result()
    assert [told.package.tracking_number for told in world.shopify.confirmed] == ["D-77"]
    assert world.shopify.corrected == []


async def test_a_correction_that_the_channel_refuses_waits_for_a_person(world: World) -> None:
    name, box = await first_of_two(world)
    world.reject_confirmation("the fulfillment was cancelled")
    await world.callback(world.own, name, package=relabelled(box, "D-77"))
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    await world.ask("retry")
    await world.until(lambda: world.shopify.corrected)
    world.reject_confirmation("the fulfillment was cancelled")
    await world.callback(world.own, name, package=relabelled(box, "D-78"))
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    assert (await world.ask("release", "entered it myself")).done
    await the_rest(world, name)
    assert len(world.shopify.corrected) == 1


async def after_the_end(world: World, name: str, package: Package, kind: ShipmentEventKind) -> None:
    late = LateEvent(key=world.key, event_id=world.callback_event(world.own, name, package, kind))
    await world.client.execute_workflow(
        "after-order", late, id=follow_up_id(world.key, late.event_id), task_queue=ORDERS
    )


async def completed(world: World) -> tuple[str, Package]:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    name = world.own.asked[0].dispatch_id
    box = world.own.ship(name)
    await world.callback(world.own, name, package=box)
    await order.result()
    return name, box


async def test_a_number_that_is_corrected_after_the_end_still_reaches_the_channel(world: World) -> None:
    name, box = await completed(world)
    await after_the_end(world, name, relabelled(box, "D-77"), ShipmentEventKind.SHIPPED)
    await after_the_end(world, name, relabelled(box, "D-77"), ShipmentEventKind.SHIPPED)
    assert [told.confirmation.package.tracking_number for told in world.shopify.corrected] == ["D-77"]
    assert (len(world.shopify.confirmed), world.on_hand("PAN"), world.status) == (1, 19, OrderStatus.COMPLETED)


async def test_a_late_correction_that_the_channel_refuses_is_said_with_what_to_do(world: World) -> None:
    name, box = await completed(world)
    world.reject_confirmation("the fulfillment was cancelled")
    await after_the_end(world, name, relabelled(box, "D-77"), ShipmentEventKind.SHIPPED)
    assert "correction_rejected" in world.timeline


@pytest.mark.parametrize("turns_up", [False, True])
async def test_a_lost_package_waits_for_a_person_and_is_never_shipped_again_by_itself(
    world: World, turns_up: bool
) -> None:
    name, box = await first_of_two(world)
    await world.callback(world.own, name, ShipmentEventKind.LOST, box)
    await world.until_held(HoldReason.PACKAGE_LOST)
    if turns_up:
        await world.callback(world.own, name, ShipmentEventKind.DELIVERED, box)
        await world.until(lambda: world.hold is None)
    else:
        assert (await world.ask("release", "refunded")).done
    await the_rest(world, name)
    assert (len(world.own.asked), len(world.shopify.confirmed), world.on_hand("PAN")) == (1, 2, 18)


async def test_a_loss_after_the_end_is_said_with_what_to_do(world: World) -> None:
    name, box = await completed(world)
    await after_the_end(world, name, box, ShipmentEventKind.LOST)
    assert "lost" in world.timeline
    assert any("refund or replace it" in text for text in world.texts)
    assert (len(world.own.asked), world.status) == (1, OrderStatus.COMPLETED)
