"""What came of the sales, for orderloom and for the batch connector beside it. Judged by the sandbox's own books."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen
from orderloom.sandbox.listing_truth import ListingTruth, Why
from starter.bench.flash_sale.results import Dark
from starter.bench.live.buyers import Attendance
from starter.bench.live.sale import FEW_LEFT, LiveSale


class Tally(Frozen):
    """One sale under one contender, in units; what was written counts from the opening."""

    seed: int
    scenario: str
    contender: str
    stock: int
    demand: int
    sold: int
    oversold: int
    unsold: int
    """Of what stock and demand would have allowed."""
    turned_away: int
    pushes: int
    """Quantities that took effect on either channel."""
    refills: int
    """Of these, quantities above 0 at Amazon."""
    drains: int
    """And zeros there."""
    dark_pct: Dark
    alarms: tuple[str, ...] = ()
    """What orderloom noticed: none while its assumptions hold."""


class Total(Frozen):
    """All sales of one contender."""

    contender: str
    sales: int
    stock: int
    demand: int
    sold: int
    oversold: int
    unsold: int
    turned_away: int
    pushes: int
    refills: int
    drains: int
    oversold_sales: int
    """Sales in which at least one unit was oversold."""
    moved_sales: int
    """Sales in which a channel was given or lost units after the opening."""
    alarms: int


class Comparison(Frozen):
    """The content of `bench flash-sale --live --json`, and of `flash_sale` in the demo's report."""

    sale_seconds: float
    batch_seconds: float
    """How often the batch connector ran: 15 minutes, compressed as the sale is."""
    sales: tuple[Tally, ...]
    totals: tuple[Total, ...]

    def total(self, contender: str) -> Total:
        return next(total for total in self.totals if total.contender == contender)


ORDERLOOM, BATCH = "orderloom", "batch"


def tally(
    sale: LiveSale, contender: str, found: Attendance, listings: Sequence[ListingTruth], alarms: Sequence[str] = ()
) -> Tally:
    """Judge one sale by what the sandbox says of the article's listings, after the last visit."""
    demand, sold = len(sale.visits), sum(one.sold for one in listings)
    written = [
        (one.channel, change.after)
        for one in listings
        for change in one.changes
        if change.why is Why.PATCH and change.at > found.opened_at
    ]
    at_amazon = [units for channel, units in written if channel == Channel.AMAZON]
    return Tally(
        seed=sale.seed,
        scenario=sale.scenario,
        contender=contender,
        stock=sale.stock,
        demand=demand,
        sold=sold,
        oversold=max(sold - sale.stock, 0),
        unsold=max(min(sale.stock, demand) - sold, 0),
        turned_away=found.turned_away,
        pushes=len(written),
        refills=sum(units > 0 for units in at_amazon),
        drains=sum(units == 0 for units in at_amazon),
        alarms=tuple(sorted(alarms)),
        dark_pct=Dark(
            amazon=dark_pct(sale, found, listings, "amazon"), shopify=dark_pct(sale, found, listings, "shopify")
        ),
    )


def dark_pct(sale: LiveSale, found: Attendance, listings: Sequence[ListingTruth], channel: str) -> float:
    """The share of time for which the channel's listing stood at 0 while over FEW_LEFT of the stock was unsold."""
    until = _few_left_at(sale, found, listings)
    open_for = (until - found.opened_at).total_seconds()
    mine = [one for one in listings if one.channel == channel]
    dark = sum(_dark_seconds(one, found.opened_at, until) for one in mine)
    return round(100 * dark / (open_for * len(mine)), 1) if open_for > 0 and mine else 0.0


def _few_left_at(sale: LiveSale, found: Attendance, listings: Sequence[ListingTruth]) -> datetime:
    left = sale.stock
    sold = [change for one in listings for change in one.changes if change.why is Why.SALE]
    for change in sorted(sold, key=lambda change: change.at):
        left -= change.before - change.after
        if left <= FEW_LEFT * sale.stock:
            return change.at
    return found.closed_at


def _dark_seconds(listing: ListingTruth, since: datetime, until: datetime) -> float:
    moments = [since, *(change.at for change in listing.changes if since < change.at < until), until]
    spans = pairwise(moments)
    return sum((end - begin).total_seconds() for begin, end in spans if listing.units_at(begin) <= 0)


def compare(sales: Sequence[LiveSale], tallies: Sequence[Tally]) -> Comparison:
    return Comparison(
        sale_seconds=sales[0].seconds,
        batch_seconds=round(sales[0].batch_seconds, 2),
        sales=tuple(tallies),
        totals=tuple(_total(name, [one for one in tallies if one.contender == name]) for name in (ORDERLOOM, BATCH)),
    )


def _total(contender: str, tallies: Sequence[Tally]) -> Total:
    return Total(
        contender=contender,
        sales=len(tallies),
        stock=sum(one.stock for one in tallies),
        demand=sum(one.demand for one in tallies),
        sold=sum(one.sold for one in tallies),
        oversold=sum(one.oversold for one in tallies),
        unsold=sum(one.unsold for one in tallies),
        turned_away=sum(one.turned_away for one in tallies),
        pushes=sum(one.pushes for one in tallies),
        refills=sum(one.refills for one in tallies),
        drains=sum(one.drains for one in tallies),
        oversold_sales=sum(one.oversold > 0 for one in tallies),
        moved_sales=sum(one.pushes > 0 for one in tallies),
        alarms=sum(len(one.alarms) for one in tallies),
    )
