"""What keeps an order from being routed, and what lets it go on."""

from datetime import timedelta

import pytest

from activities.messages import LookAgain
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, HoldReason, OrderReading, OrderStatus, Story
from tests.workflows.merchant import LIVE_FROM
from tests.workflows.world import BUYER, PLACED, World, line


async def test_an_unmapped_line_holds_the_order_after_the_mapped_lines_are_reserved_and_goes_on_when_mapped(
    world: World,
) -> None:
    await world.arrive(world.order(line("1", "PAN"), line("2", "NEW-LID")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    assert world.hold
    assert "NEW-LID" in world.hold.detail
    assert world.reserved("PAN") == 1
    world.map_listing("NEW-LID", "LID")
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    assert sorted(line.sku for line in world.own.asked[0].lines) == ["LID", "PAN"]


async def test_an_order_short_of_stock_is_held_and_goes_on_when_it_is_restocked(world: World) -> None:
    world.stock(own={"PAN": 1}, harbor={"PAN": 0})
    await world.arrive(world.order(line(quantity=3)))
    await world.until_held(HoldReason.OUT_OF_STOCK)
    assert world.hold
    assert world.hold.detail == "2 of PAN short"
    assert world.own.asked == []
    world.stock(own={"PAN": 3})
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.store.ledger.verify().is_balanced


async def test_a_pending_order_reserves_and_waits_until_the_channel_releases_it(world: World) -> None:
    pending = world.order(state=ChannelState.PENDING, story=Story.WAIT, story_reason="Amazon to release it")
    await world.arrive(pending)
    await world.until_status(OrderStatus.WAITING)
    assert (world.reserved("PAN"), world.hold, world.own.asked) == (1, None, [])
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)


async def test_an_order_from_before_going_live_is_reserved_watched_and_never_dispatched(world: World) -> None:
    order = await world.arrive(world.order(placed_at=LIVE_FROM.replace(year=2025)))
    await world.until_held(HoldReason.BEFORE_LIVE)
    assert (world.status, world.reserved("PAN")) == (OrderStatus.WAITING, 1)
    gone = line(fulfilled=1)
    later = PLACED + timedelta(minutes=1)
    await world.arrive(
        world.order(gone, placed_at=LIVE_FROM.replace(year=2025), state=ChannelState.FULFILLED, updated_at=later)
    )
    assert (await order.result()).status is OrderStatus.OBSERVED
    assert (world.own.asked, world.on_hand("PAN"), world.reserved("PAN")) == ([], 19, 0)


async def test_an_order_that_had_left_before_going_live_takes_nothing_out_of_the_count(world: World) -> None:
    gone = world.order(line(fulfilled=1), placed_at=LIVE_FROM.replace(year=2025), state=ChannelState.FULFILLED)
    order = await world.arrive(gone)
    assert (await order.result()).status is OrderStatus.OBSERVED
    assert world.on_hand("PAN") == 20


async def test_an_order_from_before_going_live_is_shipped_once_an_operator_adopts_it(world: World) -> None:
    await world.arrive(world.order(placed_at=LIVE_FROM.replace(year=2025)))
    await world.until_held(HoldReason.BEFORE_LIVE)
    answer = await world.ask("release", "the old system is off")
    assert (answer.done, answer.text) == (True, "it goes on")
    await world.until_status(OrderStatus.DISPATCHED)
    assert "adopted" in world.timeline


async def test_an_order_without_an_address_is_held_until_the_channel_sends_one(world: World) -> None:
    await world.arrive(world.order(has_address=False))
    await world.until_held(HoldReason.NO_ADDRESS)
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)


async def test_an_address_that_was_completed_at_the_channel_is_read_again_on_retry(world: World) -> None:
    await world.arrive(world.order(has_address=False))
    await world.until_held(HoldReason.NO_ADDRESS)
    still = await world.ask("retry")
    assert not still.done
    assert "could not be read again: channel: is away" in still.text
    complete = world.order(has_address=True, updated_at=PLACED + timedelta(minutes=5))
    world.shopify.fetches.append(OrderReading(order=complete, personal=BUYER).model_dump_json().encode())
    assert (await world.ask("retry")).done
    await world.until_status(OrderStatus.DISPATCHED)
    assert world.own.asked[0].recipient == BUYER


async def test_units_that_a_count_takes_away_before_routing_are_a_hold_until_they_are_back(world: World) -> None:
    await world.arrive(world.order(line(quantity=2), has_address=False))
    await world.until_held(HoldReason.NO_ADDRESS)
    world.stock(own={"PAN": 1}, harbor={"PAN": 0})
    await world.arrive(world.order(line(quantity=2), updated_at=PLACED + timedelta(minutes=5)))
    await world.until_held(HoldReason.OUT_OF_STOCK)
    world.stock(own={"PAN": 2})
    await world.look_again()
    await world.until_status(OrderStatus.DISPATCHED)


async def test_a_buyer_who_asks_to_cancel_is_heard_before_anything_ships(world: World) -> None:
    await world.arrive(world.order(buyer_asks_to_cancel=True))
    await world.until_held(HoldReason.BUYER_ASKS_TO_CANCEL)
    assert world.own.asked == []
    assert (await world.ask("release", "agreed with the buyer")).done
    await world.until_status(OrderStatus.DISPATCHED)


async def test_releasing_a_hold_that_only_its_fix_can_lift_says_so(world: World) -> None:
    await world.arrive(world.order(line("1", "NOBODY-KNOWS")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    answer = await world.ask("release")
    assert not answer.done
    assert "orderloom skus import" in answer.text
    again = await world.ask("retry")
    assert not again.done
    assert again.text.startswith("still held")


@pytest.mark.parametrize("update", ["retry", "release"])
async def test_an_order_that_waits_for_nobody_says_so(world: World, update: str) -> None:
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert not (await world.ask(update)).done


async def test_an_order_fulfilled_by_amazon_gets_a_decision_and_is_only_observed(world: World) -> None:
    world.key = OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id=world.key.order_id)
    afn = world.order(fulfilled_by_channel=True, story=Story.OBSERVE, story_reason="fulfilled by Amazon")
    order = await world.arrive(afn)
    assert (await order.result()).status is OrderStatus.OBSERVED
    story = world.store.stories.show(world.key)
    assert (story.record.nodes, world.reserved("PAN"), world.own.asked) == (("fba",), 0, [])
    assert story.decision is not None
    assert story.decision.observed


async def test_a_sale_at_the_till_is_counted_out_and_observed(world: World) -> None:
    sale = world.order(line(quantity=2, fulfilled=2), state=ChannelState.FULFILLED, story=Story.OBSERVE)
    order = await world.arrive(sale)
    assert (await order.result()).status is OrderStatus.OBSERVED
    assert (world.on_hand("PAN"), world.own.asked) == (18, [])


async def test_a_copy_of_an_order_is_skipped(world: World) -> None:
    order = await world.arrive(world.order(story=Story.SKIP, story_reason="a copy"))
    assert (await order.result()).status is OrderStatus.SKIPPED
    assert world.reserved("PAN") == 0


async def test_an_order_of_which_nothing_ships_is_completed_at_once(world: World) -> None:
    order = await world.arrive(world.order(line(needs_stock=False), has_address=False))
    assert (await order.result()).status is OrderStatus.COMPLETED


async def test_an_event_that_cannot_be_read_holds_the_order_until_one_can(world: World) -> None:
    await world.arrive_raw(b"?{")
    await world.until_card("cannot be read")
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)


async def test_an_order_that_lost_its_workflow_goes_on_from_the_database(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    world.own.ship(world.own.asked[0].dispatch_id)
    await world.restart(LookAgain(reason="lost"))
    await world.until_status(OrderStatus.COMPLETED)
    assert (len(world.own.asked), len(world.shopify.confirmed)) == (1, 1)


async def test_a_workflow_started_for_an_order_whose_story_had_ended_changes_nothing(world: World) -> None:
    order = await world.arrive(world.order(story=Story.SKIP))
    await order.result()
    await world.restart(LookAgain(reason="after Temporal forgot it"))
    assert (await world.handle.result()).status is OrderStatus.SKIPPED
    assert world.timeline.count("skipped") == 1
