"""A reconciliation on a real server and a real order book, with listings and orders that a test fills."""

from datetime import timedelta

from temporalio.client import WorkflowHandle

from activities.queues import ORDERS
from activities.round_messages import Reconciled, ReconcileStart
from orderloom.domain.keys import Channel, OrderKey, reconcile_id
from orderloom.domain.listing.offers import OfferPage
from orderloom.domain.listing.reconcile import Cause
from orderloom.domain.orders import OrderStatus
from orderloom.domain.ports import OrderIdPage
from tests.workflows.fake_listings import offer, view
from tests.workflows.world import PLACED, World

EVERYTHING = ReconcileStart(channel=Channel.SHOPIFY, account="kitchen")


async def start(world: World, asked: ReconcileStart = EVERYTHING) -> WorkflowHandle[object, Reconciled]:
    return await world.client.start_workflow(
        "reconcile",
        asked,
        id=reconcile_id(Channel.SHOPIFY, "kitchen"),
        task_queue=ORDERS,
        result_type=Reconciled,
    )


async def test_an_account_in_step_is_done_at_once(world: World) -> None:
    world.listings.shows = {"shopify:kitchen:PAN": view("PAN", 5)}
    world.shopify.listings.pages = [OfferPage(offers=(offer("PAN", 5),))]
    report = await (await start(world)).result()
    assert (report.listings, report.causes, report.missing_orders) == (1, {"in_step": 1}, 0)


async def test_catching_up_reads_every_order_that_changed_also_those_that_we_know_and_no_listing(world: World) -> None:
    order = await world.arrive(world.order())
    await world.until_status(OrderStatus.DISPATCHED)
    other = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id=f"{world.key.order_id}9")
    world.shopify.made = [OrderIdPage(order_ids=(world.key.order_id, other.order_id))]
    world.shopify.fetches = [b'{"edited": true}', b"{}"]
    asked = ReconcileStart(channel=Channel.SHOPIFY, account="kitchen", changed_since=PLACED)
    running = await start(world, asked)
    report = await running.result()
    assert (report.missing_orders, report.listings, world.listings.recorded) == (1, 0, [])
    assert {event.order_key for event in world.store.events.claim(10, timedelta(seconds=30))} >= {world.key, other}
    await order.terminate("the test is over")


async def test_a_missing_order_is_stored_and_a_difference_explained_when_it_has_arrived(world: World) -> None:
    world.listings.shows = {"shopify:kitchen:PAN": view("PAN", 5)}
    world.shopify.listings.pages = [OfferPage(offers=(offer("PAN", 4),))]
    world.shopify.made = [OrderIdPage(order_ids=(world.key.order_id,))]
    world.shopify.fetches = [b"{}"]
    running = await start(world)
    await world.until(lambda: world.listings.recorded)
    await world.fast_forward(running, minutes=2)
    report = await running.result()
    assert [(row.difference, row.cause) for row in report.rows] == [(-1, Cause.UNSEEN_ORDERS)]
    assert report.missing_orders == 1
    assert [event.order_key for event in world.store.events.claim(10, timedelta(seconds=30))] == [world.key]
