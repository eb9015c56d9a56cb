"""Asks a node what it has, and has the ledger observe it or propose counts. A question that fails changes nothing."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from activities.books import utc_now
from activities.retries import step
from activities.round_messages import StockStart
from orderloom.domain.errors import OutsideError, StockUnreadable, Throttled
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.stock_reading import CountBook, StockPage, StockRead, StockSource, all_levels

log = structlog.stdlib.get_logger(__name__)

MOST_PAGES = 1_000
"""A node whose last page never comes is broken."""
MOST_PATIENCE = 100
"""How often one page may be put off by the node's limit before the reading fails."""


@dataclass(frozen=True)
class StockActivities:
    config: MerchantConfig
    book: CountBook
    nodes: Mapping[str, StockSource]
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], datetime] = utc_now

    @step("read_stock")
    def read_stock(self, start: StockStart) -> StockRead:
        """All pages, then one transaction: half a reading would count the rest as gone."""
        settings = self.config.node(start.node)
        if settings is None or settings.stock is None:
            # Its schedule outlives its configuration; there is nothing to do.
            return StockRead(skus=0)
        asked_at = self.clock()
        try:
            levels = all_levels(start.node, self._pages(start.node))
            read = self.book.record_reading(start.node, levels, asked_at, settings.stock, is_master=settings.is_master)
        except (OutsideError, StockUnreadable) as failed:
            log.error("a node's stock could not be read; nothing was changed", node=start.node, why=str(failed))
            self.book.reading_failed(start.node, str(failed))
            raise
        if read.unknown:
            log.warning("a node has SKUs that are none of ours", node=start.node, skus=read.unknown[:10])
        return read

    def _pages(self, node: str) -> list[StockPage]:
        """Of one moment as far as we can tell: what moved since the first question is undone when it is compared."""
        pages = [self._page(node, None)]
        seen: set[str] = set()
        while (token := pages[-1].next_page) is not None:
            if token in seen or len(pages) == MOST_PAGES:
                raise StockUnreadable(node, f"its pages do not end ({len(pages)} read)")
            seen.add(token)
            pages.append(self._page(node, token))
        return pages

    def _page(self, node: str, token: str | None) -> StockPage:
        source = self.nodes.get(node)
        if source is None:
            raise StockUnreadable(node, "it has no secrets here; add them to ORDERLOOM_NODES")
        for _ in range(MOST_PATIENCE):
            try:
                return source.stock_page(token)
            except Throttled as slow:
                self.pause(slow.wait_seconds)
        return source.stock_page(token)
