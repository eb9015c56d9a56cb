"""Follow-ups, sweeps, the janitor and what Temporal starts by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter
from temporalio.client import Client
from temporalio.service import RPCError

from activities.housekeeping import LOST
from activities.messages import LateEvent
from activities.queues import ORDERS
from activities.round_messages import Housekept, ReturnsRead, ReturnsStart, SweepStart, Swept
from orderloom.domain.changes import GoodsBack
from orderloom.domain.events import RETURNS_REPORT, NewEvent
from orderloom.domain.keys import Channel, fba_id, follow_id, follow_up_id, reconcile_id, returns_id, sweep_id
from orderloom.domain.orders import ChannelState, OrderReading, OrderStatus
from tests.workflows.fakes import FakePage
from tests.workflows.merchant import CONFIG
from tests.workflows.world import BUYER, PLACED, World
from workflows.schedules import HOUSEKEEPING_ID, ensure_schedules

LEASE = timedelta(seconds=30)


async def test_an_event_after_the_end_is_on_the_timeline_and_changes_nothing(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()
    late = OrderReading(order=world.order(state=ChannelState.CANCELLED), personal=BUYER)
    event_id = world.store_event(late.model_dump_json().encode())
    await follow_up(world, event_id)
    assert world.status is OrderStatus.COMPLETED
    assert "cancelled by the channel: too late, it has shipped" in world.texts


async def test_a_package_that_leaves_after_a_cancellation_is_counted_out(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ask("cancel")
    await order.result()
    event_id = world.callback_event(world.own, world.own.asked[0].dispatch_id, world.own.ship_anyway())
    await follow_up(world, event_id)
    assert world.on_hand("PAN") == 19
    assert world.status is OrderStatus.CANCELLED


async def test_a_sweep_stores_all_pages_and_where_it_came_to(world: World) -> None:
    until = datetime(2026, 11, 23, 12, tzinfo=UTC)
    world.amazon.pages = [
        FakePage((swept(world, "701"), swept(world, "702")), "more", until),
        FakePage((swept(world, "703"),), None, until + timedelta(minutes=1)),
    ]
    done = await sweep(world)
    assert done == Swept(pages=2, events=3, new=3)
    mark = world.store.events.watermark(Channel.AMAZON, "kitchen_us")
    assert mark is not None
    assert (mark.read_until, mark.page_token) == (until, None)


async def test_the_janitor_wakes_an_open_order_that_lost_its_workflow(world: World) -> None:
    world.clock.behind = timedelta(minutes=30)
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await order.terminate("lost")
    done = await keep_house(world)
    assert done.woken == 1
    wakeups = world.store.events.claim_wakeups(10, timedelta(seconds=30))
    assert [(wakeup.order_key, wakeup.reason) for wakeup in wakeups] == [(world.key, LOST)]


async def test_the_janitor_leaves_a_running_order_alone(world: World) -> None:
    world.clock.behind = timedelta(minutes=30)
    await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    assert (await keep_house(world)).woken == 0


async def test_a_return_comes_back_to_its_order_by_the_report(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    await world.ship(world.own)
    await order.result()
    goods = GoodsBack(change_id="return:1", line_id="1", quantity=1, reason="CR-DEFECTIVE", at=PLACED)
    body = TypeAdapter(tuple[GoodsBack, ...]).dump_json((goods,))
    row = world.new_event(body).model_copy(update={"topic": RETURNS_REPORT})
    world.amazon.returns.events = [row, swept(world, "901")]
    start = ReturnsStart(account="kitchen_us")
    running = await world.client.start_workflow(
        "returns", start, id=returns_id("kitchen_us"), task_queue=ORDERS, result_type=ReturnsRead
    )
    await world.fast_forward(running, minutes=2)
    done: ReturnsRead = await running.result()
    assert done == ReturnsRead(rows=2, new=1, came_back=1, unknown=1)
    (window,) = world.amazon.returns.asked
    assert window.until - window.since == timedelta(days=60)
    (event,) = (each for each in world.store.events.claim(100, LEASE) if each.topic == RETURNS_REPORT)
    await follow_up(world, event.event_id)
    assert any("came back (CR-DEFECTIVE)" in text for text in world.texts)


async def test_schedules_are_made_once_and_then_updated(client: Client) -> None:
    for minutes in (5, 3):
        await ensure_schedules(client, CONFIG, timedelta(minutes=minutes))
    name = sweep_id(Channel.AMAZON, "kitchen_us")
    described = await client.get_schedule_handle(name).describe()
    assert described.schedule.spec.intervals[0].every == timedelta(minutes=3)
    reconciling = [reconcile_id(account.channel, account.account) for account in CONFIG.accounts]
    returns = client.get_schedule_handle(returns_id("kitchen_us"))
    assert (await returns.describe()).schedule.spec.intervals[0].every == timedelta(hours=4)
    without = [account.model_copy(update={"returns_every": None}) for account in CONFIG.accounts]
    for _ in range(2):
        await ensure_schedules(client, CONFIG.model_copy(update={"accounts": tuple(without)}), timedelta(minutes=3))
    with pytest.raises(RPCError, match="not found"):
        await returns.describe()
    for every in (timedelta(hours=2), None):
        own = CONFIG.nodes[0].model_copy(update={"parcels_every": every})
        asked = CONFIG.model_copy(update={"nodes": (own, *CONFIG.nodes[1:])})
        await ensure_schedules(client, asked, timedelta(minutes=3))
        followed = client.get_schedule_handle(follow_id("own"))
        if every:
            assert (await followed.describe()).schedule.spec.intervals[0].every == timedelta(minutes=3)
    with pytest.raises(RPCError, match="not found"):
        await followed.describe()
    for made in (name, fba_id("kitchen_us"), HOUSEKEEPING_ID, *reconciling):
        await client.get_schedule_handle(made).delete()


def swept(world: World, number: str) -> NewEvent:
    key = world.key.model_copy(update={"channel": Channel.AMAZON, "account": "kitchen_us", "order_id": number})
    return world.new_event(b"{}", key=key, origin="amazon:kitchen_us")


async def follow_up(world: World, event_id: str) -> None:
    late = LateEvent(key=world.key, event_id=event_id)
    await world.client.execute_workflow("after-order", late, id=follow_up_id(world.key, event_id), task_queue=ORDERS)


async def sweep(world: World) -> Swept:
    start = SweepStart(channel=Channel.AMAZON, account="kitchen_us")
    name = sweep_id(start.channel, start.account)
    done: Swept = await world.client.execute_workflow("sweep", start, id=name, task_queue=ORDERS, result_type=Swept)
    return done


async def keep_house(world: World) -> Housekept:
    done: Housekept = await world.client.execute_workflow(
        "housekeeping", id=HOUSEKEEPING_ID, task_queue=ORDERS, result_type=Housekept
    )
    return done
