"""An order that a merchant moves in Shopify: the node of that place ships it, and no other one besides."""

from datetime import timedelta

from activities.messages import EventArrived
from orderloom.domain.assigned import Assigned
from orderloom.domain.events import MOVED
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus
from tests.workflows.world import PLACED, World, line


def waits_at(location: str, part: str = "7") -> Assigned:
    return Assigned(part=part, line_id="1", location=location, units=2)


async def says(world: World, *places: Assigned, minutes: int = 1) -> None:
    await world.hint(world.order(line(quantity=2), assigned=places, updated_at=PLACED + timedelta(minutes=minutes)))


async def ends_shipped_by_the_annex(world: World) -> None:
    await world.ship(world.annex)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
    assert world.reserved("PAN") == 0
    assert world.store.ledger.verify().is_balanced


async def test_the_first_place_that_is_told_chooses_nothing_and_a_later_one_does(world: World) -> None:
    world.stock(annex={"PAN": 5})
    await world.arrive(world.order(line(quantity=2)))
    await world.until_status(OrderStatus.DISPATCHED)
    await says(world, waits_at("2"))
    await world.until(lambda: not world.shopify.fetches)
    await says(world, waits_at("1"), minutes=2)
    await world.until(lambda: "moved" in world.timeline)
    assert (world.own.told_to_stop, world.annex.asked) == ([], [])
    await says(world, waits_at("2"), minutes=3)
    await world.until(lambda: world.annex.shipments)
    assert len(world.own.told_to_stop) == 1
    decision = world.store.stories.show(world.key).decision
    assert decision is not None
    assert "moved by the merchant in Shopify" in decision.sentence
    await ends_shipped_by_the_annex(world)


async def test_a_move_that_shopify_announced_counts_although_no_reading_showed_the_place_before(world: World) -> None:
    world.stock(annex={"PAN": 5})
    await world.arrive(world.order(line(quantity=2), payment="pending"))
    await world.until_status(OrderStatus.WAITING)
    moved = world.order(
        line(quantity=2), payment="paid", assigned=(waits_at("2"),), updated_at=PLACED + timedelta(minutes=1)
    )
    hinted = world.hinted(moved)
    world.store.events.store(world.new_event(b"7").model_copy(update={"topic": MOVED}))
    await world.start("channel_event", EventArrived(event_id=hinted, hint=True))
    await world.until(lambda: world.annex.shipments)
    assert world.own.asked == []
    await ends_shipped_by_the_annex(world)


async def test_what_is_moved_to_a_place_that_is_no_node_is_held_and_goes_on_when_it_is_moved_back(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), assigned=(waits_at("1"),)))
    await world.until_status(OrderStatus.DISPATCHED)
    await says(world, waits_at("99"))
    await world.until_held(HoldReason.MOVED_ELSEWHERE)
    assert world.hold is not None
    assert "location 99" in world.hold.detail
    assert len(world.own.told_to_stop) == 1
    await says(world, waits_at("1"), minutes=2)
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.ship(world.own)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED


async def test_what_is_shipped_from_there_is_only_observed_here(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), assigned=(waits_at("1"),)))
    await world.until_status(OrderStatus.DISPATCHED)
    await says(world, waits_at("99"))
    await world.until_held(HoldReason.MOVED_ELSEWHERE)
    gone = line(quantity=2).model_copy(update={"fulfilled": 2})
    later = PLACED + timedelta(minutes=2)
    await world.hint(world.order(gone, assigned=(), state=ChannelState.FULFILLED, updated_at=later))
    assert (await world.handle.result()).status is OrderStatus.OBSERVED
    assert (len(world.own.asked), world.reserved("PAN")) == (1, 0)


async def test_an_operator_has_it_shipped_from_our_nodes_all_the_same(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), assigned=(waits_at("1"),)))
    await world.until_status(OrderStatus.DISPATCHED)
    await says(world, waits_at("99"))
    await world.until_held(HoldReason.MOVED_ELSEWHERE)
    assert (await world.ask("release", "they are closed")).done
    await world.until(lambda: len(world.own.shipments) == 2)
    await world.ship(world.own)
    assert (await world.handle.result()).status is OrderStatus.COMPLETED
