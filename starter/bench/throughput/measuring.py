"""Orders a second of the whole stack, from webhook to confirmation, beside bare workflows of the same shape.

Both run on the same Temporal development server in the same run, so their ratio says what an order costs beyond
Temporal itself: HTTP, database, encryption, routing. The sandbox shares the machine; its limits are out of the way.
"""

import asyncio
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from orderloom.configuration import load_config
from orderloom.domain.errors import OrderloomError
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import OrderStatus
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.bench.throughput.bare import run_bare
from starter.opening import open_merchant_store
from starter.stack import Stack

SHOP = Path(__file__).parents[1] / "shop.yaml"
OUT_OF_THE_WAY = 10_000.0
"""How many times faster than published the sandbox's rate limits run."""
LOOK_SECONDS = 0.1
PATIENCE_SECONDS_PER_ORDER = 2.0
BUYERS = 8


@dataclass(frozen=True)
class Throughput:
    """Orders or workflows a second."""

    orders: int
    orders_per_second: float
    bare_per_second: float
    ratio: float
    """Real by bare: 1 would mean that an order costs nothing beyond Temporal."""


class NotFinished(OrderloomError):
    """Not all orders were completed in time."""


@dataclass(frozen=True)
class Shelf:
    """What is sold: at which shop, shipped by which node."""

    account: str
    node: str
    sku: str


BENCH = Shelf(account="bench", node="own_warehouse", sku="PAN")


def measure(count: int, say: Callable[[str], None] = lambda line: None) -> Throughput:
    """Run both on a stack of their own."""
    say("starting the stack")
    with (
        tempfile.TemporaryDirectory(prefix="orderloom-bench-") as folder,
        Stack(Path(folder), config=SHOP, speed=OUT_OF_THE_WAY, pick_seconds=0) as stack,
    ):
        return compare(stack, BENCH, count, say)


def compare(stack: Stack, shelf: Shelf, count: int, say: Callable[[str], None]) -> Throughput:
    """The bare ones half before and half after, so that a machine that slows down does not favour one."""
    settings = Settings(state_dir=stack.state_dir)
    with closing(open_merchant_store(settings, load_config(settings.config))) as store:
        half = max(count // 2, 1)
        say(f"{half} bare workflows")
        bare = _run_bare(stack, half, "before")
        say(f"{count} orders")
        real = _run_orders(stack, store, shelf, count)
        say(f"{half} bare workflows")
        bare += _run_bare(stack, half, "after")
    orders, yardstick = count / real, 2 * half / bare
    return Throughput(count, round(orders, 2), round(yardstick, 2), round(orders / yardstick, 3))


def _run_bare(stack: Stack, count: int, name: str) -> float:
    started = time.perf_counter()
    asyncio.run(run_bare(stack.endpoints.temporal_address, count, f"bare-{name}"))
    return time.perf_counter() - started


def _run_orders(stack: Stack, store: Store, shelf: Shelf, count: int) -> float:
    """Seconds from the first sale until the last order is completed. Raises NotFinished."""
    store.catalog.import_skus([SkuMaster(sku=shelf.sku, weight_grams=900)], by="bench")
    stock = StockCount(sku=shelf.sku, node=shelf.node, on_hand=count)
    store.ledger.import_counts([stock], by="bench", why="opening stock")
    order = SandboxOrder(lines=(SandboxLine(sku=shelf.sku, grams=900),))
    started = time.perf_counter()
    with SandboxControl(stack.endpoints.sandbox_url) as control, ThreadPoolExecutor(BUYERS) as buyers:
        placed = list(buyers.map(lambda _: control.place_shopify_order(shelf.account, order), range(count)))
    keys = {OrderKey(channel=Channel.SHOPIFY, account=shelf.account, order_id=name) for name in placed}
    _wait_until_completed(store, keys, started + PATIENCE_SECONDS_PER_ORDER * count + 30)
    return time.perf_counter() - started


def _wait_until_completed(store: Store, placed: set[OrderKey], deadline: float) -> None:
    open_ = set(placed)
    while True:
        newest = store.stories.list(status=OrderStatus.COMPLETED, limit=len(placed))
        open_ -= {summary.key for summary in newest}
        if not open_:
            return
        if time.perf_counter() > deadline:
            raise NotFinished(f"only {len(placed) - len(open_)} of {len(placed)} orders were completed in time")
        threading.Event().wait(LOOK_SECONDS)
