"""Follow-ups, sweeps, the janitor and what Temporal starts by itself."""

from datetime import UTC, datetime, timedelta

from temporalio.client import Client

from activities.housekeeping import LOST
from activities.messages import LateEvent
from activities.queues import ORDERS
from activities.round_messages import Housekept, SweepStart, Swept
from orderloom.domain.events import NewEvent
from orderloom.domain.keys import Channel, fba_id, follow_up_id, reconcile_id, sweep_id
from orderloom.domain.orders import ChannelState, OrderReading, OrderStatus
from tests.workflows.fakes import FakePage
from tests.workflows.merchant import CONFIG
from tests.workflows.world import BUYER, World
from workflows.schedules import HOUSEKEEPING_ID, ensure_schedules


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


async def test_schedules_are_made_once_and_then_updated(client: Client) -> None:
    for minutes in (5, 3):
        await ensure_schedules(client, CONFIG, timedelta(minutes=minutes))
    name = sweep_id(Channel.AMAZON, "kitchen_us")
    described = await client.get_schedule_handle(name).describe()
    assert described.schedule.spec.intervals[0].every == timedelta(minutes=3)
    reconciling = [reconcile_id(account.channel, account.account) for account in CONFIG.accounts]
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
