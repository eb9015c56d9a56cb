"""Reads what Amazon's warehouses have, and has the ledger observe it."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from activities.retries import step
from activities.round_messages import FbaRead, FbaStart
from orderloom.domain.books import Catalog
from orderloom.domain.errors import Rejected, Throttled, Unavailable
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import FbaLevel, FbaPage
from orderloom.domain.listing.ports import FbaBook, FbaStock

log = structlog.stdlib.get_logger(__name__)

BEGINNINGS = 3
"""How often one attempt begins anew: a page token lives 30 s, which a throttle may outlast."""
UNMAPPED_NAMED = 100


@dataclass(frozen=True)
class FbaActivities:
    catalog: Catalog
    book: FbaBook
    accounts: Mapping[str, FbaStock]
    pause: Callable[[float], None] = time.sleep

    @step("read_fba")
    def read_fba(self, start: FbaStart) -> FbaRead:
        """All pages, then one snapshot: half a snapshot would count the rest as gone."""
        levels, read_at = self._all(self.accounts[start.account])
        mapped = self.catalog.components(Channel.AMAZON, start.account, [level.seller_sku for level in levels])
        units: Counter[str] = Counter()
        unmapped = []
        for level in levels:
            parts = mapped.get(level.seller_sku, ())
            if len(parts) != 1:
                # A kit that Amazon stores as one piece is no stock of its parts either.
                unmapped.append(level.seller_sku)
                continue
            units[parts[0].sku] += level.fulfillable * parts[0].units
        if unmapped:
            log.warning("stock at Amazon could not be counted", account=start.account, seller_skus=unmapped[:10])
        changed = self.book.record_fba_snapshot(start.node, units, read_at)
        return FbaRead(skus=len(units), changed=changed, unmapped=tuple(sorted(unmapped)[:UNMAPPED_NAMED]))

    def _all(self, stock: FbaStock) -> tuple[list[FbaLevel], datetime]:
        """Every level, as of the first page's request: what came later may be missing in it."""
        for _ in range(BEGINNINGS):
            try:
                return self._pages(stock)
            except Rejected as dead:
                log.info("a page token of FBA stock died; reading it again", why=str(dead))
        raise Unavailable("amazon", "its page tokens die before the next page can be read")

    def _pages(self, stock: FbaStock) -> tuple[list[FbaLevel], datetime]:
        page = self._page(stock, None)
        levels, read_at = list(page.levels), page.read_at
        while page.next_token is not None:
            page = self._page(stock, page.next_token)
            levels += page.levels
        return levels, read_at

    def _page(self, stock: FbaStock, token: str | None) -> FbaPage:
        while True:
            try:
                return stock.fba_levels(token)
            except Throttled as slow:
                self.pause(slow.wait_seconds)
