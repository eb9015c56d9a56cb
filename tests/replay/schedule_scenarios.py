"""What schedules (and the relay) start and whose histories are kept: readings of warehouses, nodes and returns, the
question which order an event is about, and the janitor."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, cast

from temporalio.client import WorkflowHandle
from temporalio.worker import Worker

from activities import queues
from activities.books import Books
from activities.following import FollowedNode, FollowingActivities
from activities.reading_stock import StockActivities
from activities.round_messages import FbaStart, FollowStart, ResolveStart, ReturnsStart, StockStart, SweepStart
from orderloom.domain.keys import Channel, fba_id, resolve_id, returns_id, stock_id, sweep_id
from orderloom.domain.listing.offers import FbaLevel, FbaPage
from orderloom.domain.node_profile import StockReading
from orderloom.domain.nodes import ChangedShipments
from orderloom.domain.stock_reading import NodeLevel, StockPage
from tests.workflows.fakes import FakeNode, FakePage
from tests.workflows.merchant import CONFIG
from tests.workflows.world import World
from worker import steps_of
from workflows.schedules import HOUSEKEEPING_ID

Handle = WorkflowHandle[Any, Any]
READ_AT = datetime(2026, 11, 24, 9, tzinfo=UTC)


class QuietNode(FakeNode):
    """Followed, and nothing of it has changed."""

    def changed(self, since: datetime, page_token: str | None) -> ChangedShipments:
        return ChangedShipments(dispatch_ids=())


class Shelf:
    def stock_page(self, page: str | None) -> StockPage:
        return StockPage(levels=(NodeLevel(sku="PAN", available=8), NodeLevel(sku="LID", available=10)))


async def fba(world: World) -> Handle:
    world.amazon.at_amazon = [
        FbaPage(levels=(FbaLevel(seller_sku="PAN", fulfillable=7),), next_token="2", read_at=READ_AT),
        FbaPage(levels=(FbaLevel(seller_sku="KIT", fulfillable=1),), read_at=READ_AT),
    ]
    start = FbaStart(account="kitchen_us", node="fba")
    return await _done(world, "fba", fba_id(start.account), start)


async def follow(world: World) -> Handle:
    store = world.store
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
    quiet = QuietNode("quiet")
    steps = FollowingActivities(books, {"quiet": cast(FollowedNode, quiet)}, feeds={"quiet": quiet})
    with ThreadPoolExecutor(1) as threads:
        queue = queues.node("quiet")
        async with Worker(world.client, task_queue=queue, activities=steps_of(steps), activity_executor=threads):
            return await _done(world, "follow", "follow:quiet", FollowStart(node="quiet"))


async def returns(world: World) -> Handle:
    return await _done(world, "returns", returns_id("kitchen_us"), ReturnsStart(account="kitchen_us"))


async def stock(world: World) -> Handle:
    """A node is asked what it has. It stands in for the one that no worker of the stage serves."""
    (unserved,) = (node.node for node in CONFIG.nodes if not node.takes_dispatches)
    reading = CONFIG.nodes[0].model_copy(update={"node": unserved, "stock": StockReading()})
    config = CONFIG.model_copy(update={"nodes": (reading,)})
    steps = StockActivities(config, world.store.counts, {unserved: Shelf()})
    with ThreadPoolExecutor(1) as threads:
        queue = queues.node(unserved)
        async with Worker(world.client, task_queue=queue, activities=steps_of(steps), activity_executor=threads):
            return await _done(world, "stock", stock_id(unserved), StockStart(node=unserved))


async def resolved(world: World) -> Handle:
    """The relay starts it, for an event that names only a part of its order."""
    event = world.new_event(world.key.order_id.encode()).model_copy(update={"order_key": None})
    event_id = world.store.events.store(event).event_id
    start = ResolveStart(channel=world.key.channel, account=world.key.account, event_id=event_id)
    return await _done(world, "resolve", resolve_id(event_id), start)


async def swept(world: World) -> Handle:
    world.amazon.pages = [FakePage((world.new_event(b"{}", origin="amazon:kitchen_us"),), None, READ_AT)]
    start = SweepStart(channel=Channel.AMAZON, account="kitchen_us")
    return await _done(world, "sweep", sweep_id(Channel.AMAZON, "kitchen_us"), start)


async def housekeeping_with_looks(world: World) -> Handle:
    """Since it has open orders of shops read again."""
    return await housekeeping(world)


async def housekeeping(world: World) -> Handle:
    return await _done(world, "housekeeping", HOUSEKEEPING_ID)


async def _done(world: World, workflow: str, name: str, *given: object) -> Handle:
    running = await world.client.start_workflow(workflow, args=list(given), id=name, task_queue=queues.ORDERS)
    await running.result()
    return running


SCHEDULE_SCENARIOS: dict[str, Callable[[World], Awaitable[Handle]]] = {
    play.__name__: play
    for play in (fba, follow, returns, stock, resolved, swept, housekeeping, housekeeping_with_looks)
}
