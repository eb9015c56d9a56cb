"""A running stack with a stocked shop, and the few questions that end-to-end tests ask of it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from temporalio.client import Client

from orderloom.configuration import load_config
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import Component, OrderStatus
from orderloom.domain.records import OrderStory
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.sandbox.wishes import PutListing
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.opening import open_merchant_store
from starter.stack import Stack
from workflows.connection import connect

SHOP, SELLER = "kitchen", "kitchen_us"
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 60.0
T = TypeVar("T")

SKUS = (
    SkuMaster(sku="PAN", title="Skillet", weight_grams=1200),
    SkuMaster(sku="POT", title="Dutch oven", weight_grams=5600),
    SkuMaster(sku="LID", title="Lid", weight_grams=400),
)


LISTED = "GRIDDLE"
"""Listed on both channels with nothing in stock, before anything reads them."""


def put_up(sandbox_url: str) -> None:
    with SandboxControl(sandbox_url) as control:
        for channel, account in ((Channel.SHOPIFY, SHOP), (Channel.AMAZON, SELLER)):
            control.put_listing(channel, account, PutListing(sku=LISTED))


def until(
    condition: Callable[[], T | None],
    what: str,
    seconds: float = PATIENCE_SECONDS,
    instead: Callable[[], object] = lambda: "",
) -> T:
    """The first true answer of `condition`, asked again and again.

    Fails naming `what` when it does not come, and what there is `instead` by then.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s in vain until {what}; {instead()}"
        threading.Event().wait(LOOK_SECONDS)


@dataclass(frozen=True)
class Kitchen:
    stack: Stack
    store: Store
    control: SandboxControl

    @classmethod
    @contextmanager
    def open(cls, stack: Stack) -> "Iterator[Kitchen]":
        settings = Settings(state_dir=stack.state_dir)
        store = open_merchant_store(settings, load_config(settings.config))
        control = SandboxControl(stack.endpoints.sandbox_url)
        try:
            kitchen = cls(stack, store, control)
            kitchen.stock_up()
            yield kitchen
        finally:
            control.close()
            store.close()

    def stock_up(self) -> None:
        self.store.catalog.import_skus(SKUS, by="test")
        self.store.catalog.import_listings(
            [
                Listing(channel=Channel.SHOPIFY, account=SHOP, listing="SET", components=_parts(PAN=1, LID=1)),
                *(
                    Listing(
                        channel=Channel.AMAZON, account=SELLER, listing=f"AMZ-{m.sku}", components=_parts(**{m.sku: 1})
                    )
                    for m in SKUS
                ),
            ]
        )
        counts = [StockCount(sku=m.sku, node=n, on_hand=1000) for m in SKUS for n in ("own_warehouse", "harbor_3pl")]
        self.store.ledger.import_counts(counts, by="test", why="opening stock")

    def sell_on_shopify(self, sku: str | None = "PAN", quantity: int = 1, **more: object) -> OrderKey:
        grams = next((m.weight_grams or 0 for m in SKUS if m.sku == sku), 500)
        order = SandboxOrder(lines=(SandboxLine(sku=sku, quantity=quantity, grams=grams),), **more)
        return _key(Channel.SHOPIFY, SHOP, self.control.place_shopify_order(SHOP, order))

    def sell_on_amazon(self, sku: str = "PAN", quantity: int = 1, **more: object) -> OrderKey:
        line = SandboxLine(sku=f"AMZ-{sku}", quantity=quantity, components={sku: 1})
        order = SandboxOrder(lines=(line,), **more)
        return _key(Channel.AMAZON, SELLER, self.control.place_amazon_order(SELLER, order))

    def story(self, key: OrderKey) -> OrderStory:
        return self.store.stories.show(key)

    def status(self, key: OrderKey) -> OrderStatus | None:
        record = self.store.orders.find(key)
        return record.status if record else None

    def wait_for(self, key: OrderKey, *statuses: OrderStatus) -> OrderStory:
        until(
            lambda: self.status(key) in statuses,
            f"{key} is {' or '.join(statuses)}",
            instead=lambda: f"it is {self.status(key)}",
        )
        return self.story(key)

    def temporal(self, ask: Callable[[Client], object]) -> object:
        """Run one coroutine function against the stack's Temporal."""

        async def with_client() -> object:
            client = await connect(self.stack.endpoints.temporal_address)
            return await ask(client)  # type: ignore[misc]

        return asyncio.run(with_client())


def _key(channel: Channel, account: str, order_id: str) -> OrderKey:
    return OrderKey(channel=channel, account=account, order_id=order_id)


def _parts(**units: int) -> tuple[Component, ...]:
    return tuple(Component(sku=sku, units=count) for sku, count in units.items())
