"""Publishers and reconciliations whose histories are kept, with listings that the scenario fills."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from temporalio.client import WorkflowHandle

from activities.queues import ORDERS
from activities.round_messages import Reconciled, ReconcileStart
from orderloom.domain.keys import Channel, cancellations_id, catch_up_id, publisher_id, reconcile_id
from orderloom.domain.listing.offers import OfferPage, PushState
from orderloom.domain.listing.ports import ListingBook
from orderloom.domain.ports import OrderIdPage
from starter.batches import Batches
from starter.publishers import Publishers
from tests.workflows.fake_listings import KITCHEN, KITCHEN_US, batch, offer, view
from tests.workflows.test_cancellations import open_there, sold
from tests.workflows.world import PLACED, World

Handle = WorkflowHandle[Any, Any]


async def published(world: World) -> Handle:
    """The catalogue first, then a batch, a signal to the other account, and a reading that was due later."""
    book, shop = world.listings, world.shopify.listings
    del book.read_at[KITCHEN]
    shop.pages = [OfferPage(offers=(offer("PAN"),))]
    book.outbox, book.facts, book.busy, book.wait_seconds = [batch()], 1, [KITCHEN, KITCHEN_US], 3600.0
    publishers = Publishers(cast(ListingBook, book), [KITCHEN])
    await publishers.wake(world.client)
    await world.until(lambda: book.states == [PushState.DONE])
    publisher = world.client.get_workflow_handle(publisher_id(*KITCHEN))
    before, book.due, shop.shown = len(book.recorded), [offer("PAN")], [offer("PAN", 4)]
    await world.fast_forward(publisher, hours=2)
    await world.until(lambda: len(book.recorded) > before)
    await publisher.terminate("the scenario is over")
    return publisher


async def reconciled(world: World) -> Handle:
    world.listings.shows = {"shopify:kitchen:PAN": view("PAN", 5)}
    world.shopify.listings.pages = [OfferPage(offers=(offer("PAN", 4),))]
    world.shopify.made = [OrderIdPage(order_ids=(world.key.order_id,))]
    world.shopify.fetches = [b"{}"]
    running = await world.client.start_workflow(
        "reconcile",
        ReconcileStart(channel=Channel.SHOPIFY, account="kitchen"),
        id=reconcile_id(Channel.SHOPIFY, "kitchen"),
        task_queue=ORDERS,
        result_type=Reconciled,
    )
    await world.until(lambda: world.listings.recorded)
    await world.fast_forward(running, minutes=2)
    await running.result()
    return running


async def caught_up(world: World) -> Handle:
    """A shop is connected again: what it could not tell of is read, its listings are not."""
    world.shopify.made = [OrderIdPage(order_ids=(world.key.order_id,))]
    world.shopify.fetches = [b"{}"]
    running = await world.client.start_workflow(
        "reconcile",
        ReconcileStart(channel=Channel.SHOPIFY, account="kitchen", changed_since=PLACED),
        id=catch_up_id(Channel.SHOPIFY, "kitchen", PLACED),
        task_queue=ORDERS,
        result_type=Reconciled,
    )
    await running.result()
    return running


async def cancellations_told(world: World) -> Handle:
    """A batch of two orders that the channel answers at the third question."""
    told = [sold(world, "1"), sold(world, "2")]
    world.amazon.cancel_feed.refused = {told[0].order_id: "18028: it has shipped"}
    world.amazon.fetches = [open_there(world, told[0])]
    await Batches(world.store.cancellations).wake(world.client)
    running = world.client.get_workflow_handle(cancellations_id("kitchen_us"))
    await running.result()
    return running


async def continued(world: World) -> Handle:
    """A backlog that takes more rounds than one run may have; the first run's history."""
    book = world.listings
    book.outbox, book.busy = [batch(number) for number in range(1, 41)], [KITCHEN]
    await Publishers(cast(ListingBook, book), [KITCHEN]).wake(world.client)
    publisher = world.client.get_workflow_handle(publisher_id(*KITCHEN))
    first = (await publisher.describe()).run_id
    await world.until(lambda: len(book.answers) == 40)
    await publisher.terminate("the scenario is over")
    return world.client.get_workflow_handle(publisher.id, run_id=first)


LISTING_SCENARIOS: dict[str, Callable[[World], Awaitable[Handle]]] = {
    play.__name__: play for play in (published, cancellations_told, continued, reconciled, caught_up)
}
