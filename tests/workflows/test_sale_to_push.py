"""From a sale to both channels: the real store, the sandbox's channels over HTTP and a real server between them."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from activities import queues
from activities.publishing import PublishingActivities
from activities.round_messages import Published
from orderloom.domain.keys import Channel, publisher_id
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.ports import ListingBook
from orderloom.domain.listing.state import Lags
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.sandbox.clock import SystemClock
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.running import running_sandbox
from orderloom.sandbox.wishes import PutListing
from orderloom.storage.store import Store, open_store
from starter.publishers import Publishers
from tests.sandbox.channels import amazon_at, shopify_at
from tests.sandbox.world import CONFIG, KITCHEN, SELLER
from tests.storage.shop import KEYS, NODES, key, line, order
from tests.workflows.stage import Stage
from worker import steps_of
from workflows.connection import DATA_CONVERTER

# Names that no other test's workers listen for.
PUSHED_SHOP = KITCHEN.model_copy(update={"account": "pushed_shop"})
PUSHED_SELLER = SELLER.model_copy(update={"account": "pushed_seller"})
AT_SHOPIFY, AT_AMAZON = (Channel.SHOPIFY, PUSHED_SHOP.account), (Channel.AMAZON, PUSHED_SELLER.account)
STOCK = 20
LONG_SECONDS = 60.0
PROMISED_SECONDS = 3.0
"""In which a sale that needs a push reaches both channels while nothing else waits (some 0.3 s on a busy machine)."""


class Policies:
    """`shared`, so that a sale of one listing is pushed to every other one."""

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=Strategy.SHARED)

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=3600, sight=3600) if channel is Channel.AMAZON else Lags(effect=2, sight=3600)

    def pool_of(self, key: ListingKey) -> str | None:
        return "own"


class Counter:
    """Both accounts with their publishers, and PAN listed three times: twice in the shop, once at Amazon."""

    def __init__(self, client: Client, store: Store, control: SandboxControl) -> None:
        self.client, self.store, self.control = client, store, control
        self.publishers = Publishers(cast(ListingBook, store.listings), [AT_SHOPIFY, AT_AMAZON])

    def stock_up(self) -> None:
        self.store.catalog.import_skus([SkuMaster(sku="PAN")])
        twin = Listing(
            channel="shopify", account=PUSHED_SHOP.account, listing="TWIN", components=(Component(sku="PAN"),)
        )
        self.store.catalog.import_listings([twin])
        self.store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=STOCK), "ana", "count")
        for account, sku in ((AT_SHOPIFY, "PAN"), (AT_SHOPIFY, "TWIN"), (AT_AMAZON, "PAN")):
            self.control.put_listing(*account, PutListing(sku=sku, quantity=STOCK))

    def shown(self) -> tuple[int, int]:
        return self.control.listing(*AT_SHOPIFY, "PAN").quantity, self.control.listing(*AT_AMAZON, "PAN").quantity

    def sell_twin(self) -> None:
        """A buyer takes it in the shop, and the order is reserved."""
        assert self.control.buy(*AT_SHOPIFY, "TWIN", 1)
        now = datetime.now(UTC)
        placed = order(
            1,
            line("1", "PAN").model_copy(update={"listing": "TWIN"}),
            key=key(1).model_copy(update={"account": PUSHED_SHOP.account}),
            placed_at=now,
            updated_at=now,
        )
        self.store.ledger.reserve(placed, "own")

    async def events(self, account: tuple[Channel, str]) -> list[Any]:
        history = await self.client.get_workflow_handle(publisher_id(*account)).fetch_history()
        return list(history.events)

    async def is_at_rest(self, account: tuple[Channel, str]) -> bool:
        """Both of its catalogues are read, nothing is to be sent, and it waits for a timer that is far away or none."""
        events = await self.events(account)
        last = [event for event in events if event.event_type != EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED][-1]
        if last.event_type != EventType.EVENT_TYPE_TIMER_STARTED:
            return False
        waits = last.timer_started_event_attributes.start_to_fire_timeout.seconds
        return bool(waits > LONG_SECONDS) and account not in self.store.listings.accounts_with_work()

    async def all_rest(self) -> bool:
        """Seen twice with nothing between: one of them may wake the other before it rests."""
        seen = []
        for account in (AT_SHOPIFY, AT_AMAZON, AT_SHOPIFY, AT_AMAZON):
            if not await self.is_at_rest(account):
                return False
            seen.append(len(await self.events(account)))
        return seen[:2] == seen[2:]

    async def until(self, holds: Callable[[], Any]) -> None:
        while not (await held if asyncio.iscoroutine(held := holds()) else held):  # noqa: ASYNC110 - nothing to wait on
            await asyncio.sleep(0.02)


@pytest.fixture
async def counter(client: Client, stage: Stage, migrated: Path, tmp_path: Path) -> AsyncIterator[Counter]:
    path = tmp_path / "orderloom.db"
    shutil.copy(migrated, path)
    config = CONFIG.model_copy(update={"amazon": (PUSHED_SELLER,), "shopify": (PUSHED_SHOP,)})
    with ExitStack() as opened:
        sandbox = opened.enter_context(running_sandbox(config, SystemClock()))
        sandbox.control.set_knobs(Knobs(listing_effect_seconds=(0.0, 0.0)))
        store = open_store(f"sqlite:///{path}", KEYS, nodes=NODES, policies=Policies())
        opened.callback(store.close)
        shop, seller = (
            opened.enter_context(shopify_at(sandbox, PUSHED_SHOP)),
            opened.enter_context(amazon_at(sandbox, PUSHED_SELLER)),
        )
        steps = PublishingActivities(store.listings, {AT_SHOPIFY: shop.listings, AT_AMAZON: seller.listings})
        counter = Counter(client, store, sandbox.control)
        threads = opened.enter_context(ThreadPoolExecutor(4))
        workers = [
            Worker(client, task_queue=queues.listings(*account), activities=steps_of(steps), activity_executor=threads)
            for account in (AT_SHOPIFY, AT_AMAZON)
        ]
        async with workers[0], workers[1]:
            yield counter
            for account in (AT_SHOPIFY, AT_AMAZON):
                with suppress(RPCError):
                    await client.get_workflow_handle(publisher_id(*account)).terminate("the test is over")


async def test_a_sale_reaches_both_channels_in_the_rounds_after_its_wake_and_no_timer_stands_between(
    counter: Counter,
) -> None:
    counter.stock_up()
    await counter.publishers.wake(counter.client)
    await counter.until(counter.all_rest)
    assert await counter.publishers.wake(counter.client) == 0, "the relay looks at rest too, every half second"
    before = {account: len(await counter.events(account)) for account in (AT_SHOPIFY, AT_AMAZON)}

    began = time.monotonic()
    counter.sell_twin()
    assert await counter.publishers.wake(counter.client) >= 1, "the ledger's transaction left work behind"
    await counter.until(lambda: counter.shown() == (STOCK - 1, STOCK - 1))
    took = time.monotonic() - began
    print(f"from the sale to both channels: {took:.2f} s")  # noqa: T201 - shown by `pytest -s`
    assert took < PROMISED_SECONDS

    for account, seen in before.items():
        assert await sent_first(counter, account, seen) == 1


async def sent_first(counter: Counter, account: tuple[Channel, str], seen: int) -> int:
    """How many pushes the rounds sent after the events `seen`, up to the first timer that fired or the first push."""
    await counter.until(partial(has_sent, counter, account, seen))
    for event in (await counter.events(account))[seen:]:
        if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED:
            return 0
        if sent := pushes_of(event):
            return sent
    return 0


async def has_sent(counter: Counter, account: tuple[Channel, str], seen: int) -> bool:
    return any(pushes_of(event) for event in (await counter.events(account))[seen:])


def pushes_of(event: Any) -> int:
    """What a round sent, from its result in the history."""
    if event.event_type != EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
        return 0
    payloads = event.activity_task_completed_event_attributes.result.payloads
    (done,) = DATA_CONVERTER.payload_converter.from_payloads(payloads, [Published])
    return cast(Published, done).sent
