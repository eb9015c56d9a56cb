"""Events that only say that an order has changed: it is read again, however it stands."""

from datetime import timedelta

from activities.messages import EventArrived, LateEvent, LookAgain
from activities.queues import ORDERS
from orderloom.domain.keys import follow_up_id
from orderloom.domain.orders import ChannelState, HoldReason, OrderReading, OrderStatus
from tests.workflows.world import BUYER, PLACED, World, line


async def test_a_hint_makes_the_order_be_read_again(world: World) -> None:
    order = await world.arrive(world.order(line("1", "NOBODY-KNOWS")))
    await world.until_held(HoldReason.SKU_UNMAPPED)
    await world.hint(world.order(line("1", "NOBODY-KNOWS"), state=ChannelState.CANCELLED, updated_at=PLACED))
    assert (await order.result()).status is OrderStatus.CANCELLED


async def test_an_order_whose_first_event_is_a_hint_is_taken_up(world: World) -> None:
    await world.hint(world.order())
    await world.until_status(OrderStatus.DISPATCHED)


async def test_many_hints_cause_one_reading_and_one_more_for_those_that_came_meanwhile(world: World) -> None:
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    world.shopify.may_answer.clear()
    await world.hint(world.order())
    await world.until(lambda: world.shopify.fetched == 1)
    for _ in range(5):
        await world.handle.signal("channel_event", EventArrived(event_id=world.store_event(b"{}"), hint=True))
    await world.hint(world.order())
    world.shopify.may_answer.set()
    await world.until(lambda: not world.shopify.fetches)
    order = world.handle
    await world.ship(world.own)
    await order.result()
    assert world.shopify.fetched == 2


async def test_an_order_that_was_lost_between_two_words_of_one_second_and_the_question_asks_it(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    either = world.store_event(reading(world, tags=("vip",)))
    world.store.orders.record(OrderReading(order=world.order(tags=("vip",)), personal=BUYER), either)
    world.shopify.fetches.append(reading(world, tags=("late",)))
    await world.restart(LookAgain(reason="lost"))
    await world.until(lambda: world.store.orders.get(world.key).order.tags == ("late",))
    assert world.store.orders.get(world.key).unordered_event is None
    assert world.shopify.fetched == 1


async def test_packages_go_on_leaving_while_the_channel_cannot_be_read(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.hint()
    await world.until(lambda: world.shopify.fetched)
    await world.ship(world.own)
    await world.until_status(OrderStatus.COMPLETED)
    world.shopify.fetches.append(reading(world))
    await order.result()


async def test_a_hint_after_the_end_is_read_and_recorded(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()
    world.shopify.fetches.append(reading(world, state=ChannelState.CANCELLED))
    late = LateEvent(key=world.key, event_id=world.store_event(b"{}"), hint=True)
    name = follow_up_id(world.key, late.event_id)
    await world.client.execute_workflow("after-order", late, id=name, task_queue=ORDERS)
    assert "cancelled by the channel: too late, it has shipped" in world.texts


async def test_two_deliveries_of_one_second_that_differ_let_the_channel_say_which_is_the_newer_one(
    world: World,
) -> None:
    """Webhooks come in any order, and a shop's times are whole seconds."""
    order = await world.arrive(world.order(line("1", "PAN", 2)))
    await world.until_status(OrderStatus.DISPATCHED)
    world.shopify.fetches.append(reading(world, lines=(line("1", "PAN", 2),), payment="paid"))
    await world.arrive(world.order(line("1", "PAN", 2), payment="pending"))
    await world.until(lambda: world.store.orders.get(world.key).order.payment == "paid")
    await world.ship(world.own)
    await order.result()
    assert world.shopify.fetched == 1


async def test_an_order_that_only_went_on_in_time_is_not_read_again(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.arrive(world.order(payment="paid", updated_at=PLACED + timedelta(seconds=1)))
    await world.until(lambda: world.store.orders.get(world.key).order.payment == "paid")
    await world.ship(world.own)
    await order.result()
    assert world.shopify.fetched == 0


async def test_the_echo_of_our_own_confirmation_asks_nobody_and_tells_nothing(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()
    told = len(world.texts)
    event_id = world.store_event(reading(world, state=ChannelState.FULFILLED))
    late = LateEvent(key=world.key, event_id=event_id)
    await world.client.execute_workflow("after-order", late, id=follow_up_id(world.key, event_id), task_queue=ORDERS)
    assert (len(world.texts), world.shopify.fetched) == (told, 0)


def reading(world: World, **facts: object) -> bytes:
    return OrderReading(order=world.order(**facts), personal=BUYER).model_dump_json().encode()
