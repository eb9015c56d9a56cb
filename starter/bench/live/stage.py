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
class Booth:
    """One sale's article on both stages."""

    sale: LiveSale
    ours: Shelf
    theirs: Shelf
    connector: BatchConnector

    def is_open(self) -> bool:
        """Whether all is listed: here each unit once, there on both channels."""
        return (self.ours.shown(), self.theirs.shown()) == (self.sale.stock, 2 * self.sale.stock)


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

    def play(self, sales: Sequence[LiveSale]) -> list[Tally]:
        """These sales at the same time, each under both contenders.

        Raises Unavailable where the stock is not listed, or its orders are not seen in time.
        """
        orders_before = self._orders()
        booths = [self._booth(sale) for sale in sales]
        for booth in booths:
            _until(booth.is_open, LISTED_SECONDS, f"{booth.ours.sku} to be listed with {booth.sale.stock} units")
        visited = _open(booths)
        sold = sum(one.sold for booth in booths for one in booth.ours.listings())
        _until(lambda: self._orders() >= orders_before + sold, SEEN_SECONDS, f"{sold} orders to be seen")
        return [
            one
            for booth, (here, there) in zip(booths, visited, strict=True)
            for one in (
                tally(booth.sale, ORDERLOOM, here, booth.ours.listings(), self._alarms(booth.ours.sku)),
                tally(booth.sale, BATCH, there, booth.theirs.listings()),
            )
        ]

    def _booth(self, sale: LiveSale) -> Booth:
        """With its stock counted here, and listed by the batch connector there."""
        ours, theirs = (Shelf.of(control, self.config, article(sale)) for control in (self.control, self.rival.control))
        count = StockCount(sku=ours.sku, node=self._node(), on_hand=sale.stock)
        self.store.ledger.set_count(count, by="bench", why="flash sale")
        connector = self.rival.connector(theirs, sale.stock)
        connector.publish()
        return Booth(sale, ours, theirs, connector)

    def _alarms(self, sku: str) -> list[str]:
        return [alarm.kind.value for alarm in self.store.listings.alarms() if alarm.place == sku]

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


def _open(booths: Sequence[Booth]) -> list[tuple[Attendance, Attendance]]:
    """Let the same visitors in at both shelves, and the connectors do their rounds until the last one has been."""
    stop = threading.Event()
    with ThreadPoolExecutor(3 * len(booths), thread_name_prefix="sale") as threads:
        rounds = [threads.submit(booth.connector.run, booth.sale.batch_seconds, stop) for booth in booths]
        here = [threads.submit(attend, booth.sale, booth.ours, stop) for booth in booths]
        there = [threads.submit(attend, booth.sale, booth.theirs, stop) for booth in booths]
        try:
            return [(ours.result(), theirs.result()) for ours, theirs in zip(here, there, strict=True)]
        finally:
            stop.set()
            for each in rounds:
                each.result()


def _until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise Unavailable("stack", f"waited {seconds:.0f} s for {what}")
        time.sleep(LOOK_SECONDS)
