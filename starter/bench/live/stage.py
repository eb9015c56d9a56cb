"""Plays sales on the running stack and on the batch connector's stage, visitor by visitor at the same moments."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from orderloom.domain.errors import Unavailable
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_settings import NodeKind
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.sandbox.control import SandboxControl
from orderloom.storage.store import Store
from starter.bench.live.buyers import Attendance, attend
from starter.bench.live.connector import BatchConnector
from starter.bench.live.rival import Rival
from starter.bench.live.sale import LiveSale
from starter.bench.live.shelf import GRAMS, Shelf
from starter.bench.live.tally import BATCH, ORDERLOOM, Tally, tally
from starter.tallies import orders_by_status

FOUND_SECONDS, LISTED_SECONDS, SEEN_SECONDS, LOOK_SECONDS = 60.0, 60.0, 60.0, 0.2


@dataclass(frozen=True)
class Stage:
    """The running stack's sandbox and store, and the rival beside it."""

    control: SandboxControl
    store: Store
    config: MerchantConfig
    rival: Rival

    def stock_up(self, sales: Sequence[LiveSale]) -> None:
        """Tell the catalog of every article; each is counted just before its sale."""
        skus = [article(sale) for sale in sales]
        masters = [SkuMaster(sku=sku, title="Flash sale", weight_grams=GRAMS) for sku in skus]
        self.store.catalog.import_skus(masters, by="bench")
        self.store.catalog.import_listings([listing for sku in skus for listing in self._listings(sku)])
        # Counted as nothing before: a listing that is found and not counted belongs to no pool yet.
        nothing = [StockCount(sku=sku, node=self._node(), on_hand=0) for sku in skus]
        self.store.ledger.import_counts(nothing, by="bench", why="before the sale")
        furnish(self.rival.control, self.config, sales)
        wanted = len(skus) * len(self.config.accounts)
        _until(lambda: self._found(skus) == wanted, FOUND_SECONDS, "orderloom to find the listings")

    def play(self, sale: LiveSale) -> tuple[Tally, Tally]:
        """One sale under both. Raises Unavailable where the stock is not listed, or its orders are not seen in time."""
        ours, theirs = (Shelf.of(control, self.config, article(sale)) for control in (self.control, self.rival.control))
        orders_before = self._orders()
        count = StockCount(sku=ours.sku, node=self._node(), on_hand=sale.stock)
        self.store.ledger.set_count(count, by="bench", why="flash sale")
        connector = self.rival.connector(theirs, sale.stock)
        connector.publish()
        _until(lambda: ours.shown() == sale.stock, LISTED_SECONDS, f"{sale.stock} units of {ours.sku} to be listed")
        _until(lambda: theirs.shown() == 2 * sale.stock, LISTED_SECONDS, "the batch connector's listings")
        our_visitors, their_visitors = _open(sale, ours, theirs, connector)
        sold = sum(one.sold for one in ours.listings())
        _until(lambda: self._orders() >= orders_before + sold, SEEN_SECONDS, f"{sold} orders to be seen")
        return (
            tally(sale, ORDERLOOM, our_visitors, ours.listings()),
            tally(sale, BATCH, their_visitors, theirs.listings()),
        )

    def _node(self) -> str:
        return next(node.node for node in self.config.nodes if node.kind is NodeKind.WAREHOUSE)

    def _listings(self, sku: str) -> Iterator[Listing]:
        for account in self.config.accounts:
            part = Component(sku=sku)
            yield Listing(channel=account.channel, account=account.account, listing=sku, components=(part,))

    def _found(self, skus: Sequence[str]) -> int:
        """Listings of these articles that were read and belong to a pool."""
        return sum(view.state == "published" for sku in skus for view in self.store.listings.views(sku))

    def _orders(self) -> int:
        return sum(orders_by_status(self.store.database).values())


def article(sale: LiveSale) -> str:
    return f"FLASH-{sale.seed:04d}"


def furnish(control: SandboxControl, config: MerchantConfig, sales: Sequence[LiveSale]) -> None:
    """List every article with nothing in stock."""
    for sale in sales:
        Shelf.of(control, config, article(sale)).put()


def _open(sale: LiveSale, ours: Shelf, theirs: Shelf, connector: BatchConnector) -> tuple[Attendance, Attendance]:
    """Let the same visitors in at both shelves, and the connector do its rounds until the last one has been."""
    stop, closed = threading.Event(), threading.Event()
    with ThreadPoolExecutor(3, thread_name_prefix="sale") as threads:
        rounds = threads.submit(connector.run, sale.batch_seconds, closed)
        here, there = (threads.submit(attend, sale, shelf, stop) for shelf in (ours, theirs))
        try:
            return here.result(), there.result()
        finally:
            stop.set()
            closed.set()
            rounds.result()


def _until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise Unavailable("stack", f"waited {seconds:.0f} s for {what}")
        time.sleep(LOOK_SECONDS)
