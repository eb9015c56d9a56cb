"""Compares an account with its channel: listings with what we believe they show, orders with those we know.

Repairing needs no step of its own: what was read is recorded, so the next plan works with it, and an order that we
missed is stored as an event, so the relay starts it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from activities.books import Books, Channels
from activities.rereading import reread_event
from activities.retries import step
from activities.round_messages import AccountRef, OrdersPosition, Reconciled
from activities.sweeping import AccountFeed
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.events import EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.listing.offers import Offer, OfferPage
from orderloom.domain.listing.ports import ListingBook, ListingChannel, ListingView, PolicyBook
from orderloom.domain.listing.reconcile import Cause, ListingRow, compare, explain, sharing_a_sku
from orderloom.domain.ports import RecentOrders

log = structlog.stdlib.get_logger(__name__)

ALL_LISTINGS = 1_000_000
ROWS = 1_000
"""Listings out of step that a report names; the rest is in its counts."""
PAGES_AT_ONCE = 10
"""Half of searchOrders' burst of 20: the other half is the sweep's."""
RESTORED = timedelta(seconds=178.6)
"""In which searchOrders gives back one page of its quota (0.0056 a second)."""
PATIENCE = timedelta(minutes=1)
"""What the bound of sight is given on top: the alert is raised by the first plan after it."""


def pace_beside(sweep_interval: timedelta, speed: float) -> float:
    """Seconds between two pages, so that a sweep finds its page whenever it comes.

    searchOrders gives a page back in 178.6 s. A sweep each 180 s leaves nothing of that: then a tenth is taken out of
    what the burst holds.
    """
    restored = RESTORED / speed
    spare = 1 / restored.total_seconds() - 1 / sweep_interval.total_seconds()
    longest = 10 * restored.total_seconds()
    return min(1 / spare, longest) if spare > 0 else longest


@dataclass(frozen=True)
class ReconcilingActivities:
    """Orders come from `feeds` where a channel gives them whole (Amazon), else from `recent` by their ids (Shopify)."""

    books: Books
    listings: ListingBook
    policies: PolicyBook
    listing_channels: Mapping[tuple[Channel, str], ListingChannel]
    channels: Channels
    feeds: Mapping[tuple[Channel, str], AccountFeed]
    recent: Mapping[tuple[Channel, str], RecentOrders]
    pause: Callable[[float], None] = time.sleep
    pace_seconds: float = 0.0
    """Between two pages of a long comparison of `feeds`, whose quota the sweep needs too (`pace_beside`)."""

    @step("compare_listings")
    def compare_listings(self, account: AccountRef) -> Reconciled:
        """Read the whole catalogue, record it, and say what is out of step."""
        name = (account.channel, account.account)
        began = self.books.clock()
        before = self._views(account)
        found = [offer for page in self._pages(self.listing_channels[name]) for offer in page.offers]
        # What was sold and seen while the pages were read is no difference.
        meanwhile = self._views(account)
        found = list(self.listings.record_offers(found))
        self.listings.forget_offers_not_seen_since(*name, began)
        after = self._views(account)
        rows = [compare(offer, _believed(offer, before, meanwhile), after.get(str(offer.key))) for offer in found]
        sharing = sharing_a_sku(found)
        details = [sharing.get(offer.key, "") for offer in found]
        rows = [row.model_copy(update={"detail": why}) for row, why in zip(rows, details, strict=True)]
        for row in rows:
            if row.cause is Cause.UNEXPLAINED:
                log.warning("a listing is out of step", listing=row.listing, shown=row.shown, expected=row.expected)
        return self._report(account, rows)

    @step("explain_differences")
    def explain_differences(self, report: Reconciled) -> Reconciled:
        """Tell late orders from hand edits, once the bound of sight has passed."""
        account = AccountRef(channel=report.channel, account=report.account)
        views = self._views(account)
        prefix = f"{account.channel}:{account.account}:"
        rows = [explain(row, views.get(prefix + row.listing)) for row in report.rows]
        changed = Counter(row.cause.value for row in rows)
        changed.subtract(row.cause.value for row in report.rows)
        causes = Counter(report.causes)
        causes.update(changed)
        counts = {cause: count for cause, count in causes.items() if count}
        return report.model_copy(update={"rows": tuple(rows), "causes": counts, "ask_again_seconds": None})

    @step("find_missing_orders")
    def find_missing_orders(self, position: OrdersPosition) -> OrdersPosition:
        """One page of the channel's orders; those that we do not know are stored, and so started by the relay."""
        name = (position.channel, position.account)
        # Before that an order may still be on its way to us.
        known_by = self.books.clock() - timedelta(seconds=self.policies.lags(*name).sight)
        if name in self.feeds:
            events, token = self._changed(self.feeds[name], position)
        else:
            events, token = self._by_id(self.recent[name], position, known_by)
        missing = 0
        for event in events:
            unknown = event.order_key is not None and self.books.orders.find(event.order_key) is None
            stored = self.books.events.store(event)
            if unknown and not stored.duplicate and (event.triggered_at or known_by) <= known_by:
                log.warning("an order had not reached us", order=str(event.order_key))
                missing += 1
        pages = position.pages + 1
        is_long = name in self.feeds and pages >= PAGES_AT_ONCE and token is not None
        return position.model_copy(
            update={
                "page_token": token,
                "missing": position.missing + missing,
                "is_complete": token is None,
                "pages": pages,
                "wait_seconds": self.pace_seconds if is_long else 0.0,
            }
        )

    def _report(self, account: AccountRef, rows: list[ListingRow]) -> Reconciled:
        told = [row for row in rows if row.detail or row.cause not in (Cause.IN_STEP, Cause.NOT_OURS)]
        told.sort(key=lambda row: (row.cause is not Cause.UNEXPLAINED, -abs(row.difference), row.listing))
        unexplained = any(row.cause is Cause.UNEXPLAINED for row in rows)
        sight = timedelta(seconds=self.policies.lags(account.channel, account.account).sight)
        return Reconciled(
            channel=account.channel,
            account=account.account,
            listings=len(rows),
            causes=Counter(row.cause.value for row in rows),
            rows=tuple(told[:ROWS]),
            ask_again_seconds=(sight + PATIENCE).total_seconds() if unexplained else None,
        )

    def _views(self, account: AccountRef) -> dict[str, ListingView]:
        views = self.listings.views(account=account.account, limit=ALL_LISTINGS)
        return {str(view.key): view for view in views if view.key.channel is account.channel}

    def _pages(self, channel: ListingChannel) -> Iterator[OfferPage]:
        """A comparison is of one piece, so a throttle is waited for here."""
        token = None
        while True:
            try:
                page = channel.offers(token)
            except Throttled as slow:
                self.pause(slow.wait_seconds)
                continue
            yield page
            token = page.next_token
            if token is None:
                return

    def _changed(self, account: AccountFeed, position: OrdersPosition) -> tuple[list[NewEvent], str | None]:
        try:
            page = account.feed.changed_orders(position.since, position.page_token)
        except Rejected:
            if position.page_token is None:
                raise
            page = account.feed.changed_orders(position.since, None)
        return list(page.events), page.next_token

    def _by_id(
        self, recent: RecentOrders, position: OrdersPosition, until: datetime
    ) -> tuple[list[NewEvent], str | None]:
        """What changes while the pages are read is told of by the channel itself."""
        now, changed = self.books.clock(), position.changed
        page = recent.order_ids(position.since, now if changed else until, position.page_token, changed=changed)
        keys = [OrderKey(channel=position.channel, account=position.account, order_id=each) for each in page.order_ids]
        wanted = [key for key in keys if changed or self.books.orders.find(key) is None]
        return [
            reread_event(key, self.channels.client(key).fetch(key.order_id), now, EventState.STORED) for key in wanted
        ], page.next_token


def _believed(found: Offer, before: dict[str, ListingView], meanwhile: dict[str, ListingView]) -> ListingView | None:
    """Of what we believed before the reading and after it, what fits better."""
    at_first, at_last = before.get(str(found.key)), meanwhile.get(str(found.key))
    return at_first if at_first and at_first.shown == found.quantity else at_last
