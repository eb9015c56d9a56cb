"""An order that does not leave is called out: before it is late, when it is, and every day until it has left."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from orderloom.domain.orders import HoldReason, OrderStatus, TimeWindow
from tests.workflows.world import World, line

SOON, LATE = "ship_by_alert", "ship_by_late"


def in_two_days() -> TimeWindow:
    return TimeWindow(latest=datetime.now(UTC) + timedelta(days=2))


def alarms(world: World) -> list[str]:
    return [what for what in world.timeline if what in (SOON, LATE)]


async def test_an_order_is_called_out_before_it_is_late_louder_when_it_is_and_daily_until_it_has_left(
    world: World,
) -> None:
    order = await world.arrive(world.order(ship_by=in_two_days()))
    await world.until_status(OrderStatus.DISPATCHED)
    assert alarms(world) == []
    await world.fast_forward(order, hours=37)
    await world.until(lambda: alarms(world) == [SOON])
    assert "has not shipped" in await world.card()
    await world.fast_forward(order, hours=12)
    await world.until(lambda: alarms(world) == [SOON, LATE])
    await world.fast_forward(order, hours=24)
    await world.until(lambda: alarms(world) == [SOON, LATE, LATE])
    texts = [text for text in world.texts if "is late" in text]
    assert [("day ago" in text) for text in texts] == [False, True]
    await world.ship(world.own)
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert alarms(world) == [SOON, LATE, LATE]


async def test_a_held_order_is_late_all_the_same_and_says_what_it_waits_for(world: World) -> None:
    order = await world.arrive(world.order(line(listing="NEW"), ship_by=in_two_days()))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    await world.fast_forward(order, hours=49)
    await world.until(lambda: LATE in world.timeline)
    assert world.hold
    assert any("is late" in text and world.hold.detail in text for text in world.texts)


async def test_a_lost_workflow_that_is_started_again_late_says_so_once_a_day(world: World) -> None:
    long_ago = TimeWindow(latest=datetime.now(UTC) - timedelta(days=3, hours=1))
    order = await world.arrive(world.order(ship_by=long_ago))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.until(lambda: LATE in world.timeline)
    assert SOON not in world.timeline
    await world.fast_forward(order, hours=24)
    await world.until(lambda: alarms(world) == [LATE, LATE])
    late = [text for text in world.texts if "is late" in text]
    assert all(one != other for one, other in pairwise(late))
    assert "3 days ago" in late[0]


async def test_nothing_is_called_out_once_everything_has_left_although_its_channel_refuses_to_hear(
    world: World,
) -> None:
    world.reject_confirmation("the fulfillment order is closed")
    order = await world.arrive(world.order(ship_by=in_two_days()))
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await world.until_held(HoldReason.CONFIRMATION_REJECTED)
    await world.fast_forward(order, hours=24 * 5)
    assert (await world.ask("release", "entered it myself")).done
    assert (await order.result()).status is OrderStatus.COMPLETED
    assert alarms(world) == []
