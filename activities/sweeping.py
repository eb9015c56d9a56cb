"""Reads all orders of one account that changed since the last sweep, and stores them. The relay hands them on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.books import utc_now
from activities.retries import step
from activities.round_messages import SweepStart, Swept
from orderloom.domain.books import EventLog
from orderloom.domain.errors import Rejected
from orderloom.domain.events import Watermark
from orderloom.domain.keys import Channel
from orderloom.domain.ports import OrderFeed, OrderPage

OVERLAP = timedelta(minutes=10)
"""Read twice on purpose: a channel's own clock order is not strict, and a delivery that is known is recognised."""


@dataclass(frozen=True)
class AccountFeed:
    """One account that is swept, and how far its first sweep looks back for orders that are still open."""

    feed: OrderFeed
    look_back: timedelta


@dataclass(frozen=True)
class SweepingActivities:
    events: EventLog
    feeds: Mapping[tuple[Channel, str], AccountFeed]
    clock: Callable[[], datetime] = utc_now

    @step("sweep")
    def sweep(self, start: SweepStart) -> Swept:
        """All pages until there is none. A throttled or broken sweep goes on at the page it had come to."""
        swept = self.feeds[(start.channel, start.account)]
        mark = self.events.watermark(start.channel, start.account)
        since, token = self._where_to_begin(mark, swept.look_back)
        reached_before = mark.read_until if mark else since
        done = Swept(pages=0, events=0, new=0)
        complete_until: list[datetime] = []
        while True:
            page = self._page(swept.feed, since, token)
            complete_until.append(page.read_until)
            token = page.next_token
            reached = Watermark(
                channel=start.channel,
                account=start.account,
                read_until=reached_before if token else max(reached_before, min(complete_until)),
                page_token=token,
                sweep_from=since if token else None,
            )
            new = self.events.store_page(page.events, reached)
            done = Swept(pages=done.pages + 1, events=done.events + len(page.events), new=done.new + new)
            if token is None:
                return done

    def _where_to_begin(self, mark: Watermark | None, look_back: timedelta) -> tuple[datetime, str | None]:
        if mark is None:
            return self.clock() - look_back, None
        if mark.page_token and mark.sweep_from:
            return mark.sweep_from, mark.page_token
        return mark.read_until - OVERLAP, None

    def _page(self, feed: OrderFeed, since: datetime, token: str | None) -> OrderPage:
        if token is None:
            return feed.changed_orders(since, None)
        try:
            return feed.changed_orders(since, token)
        except Rejected:
            # A page token does not live for ever; the sweep begins again and what is known is recognised.
            return feed.changed_orders(since, None)
