"""`adaptive`: granted, with absolute top-ups where stock is plentiful and the last slow unit on every listing."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.between_shops import give_away, shops_that_sell
from orderloom.domain.listing.demand import cover_of, rate_of, turnaround
from orderloom.domain.listing.granted import feed, of_channel, plan_granted
from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.sending import Step, change, write
from orderloom.domain.listing.state import SILENCE_PER_GAP, ListingState, PoolState, Write

PLENTIFUL = 20.0
"""Cover in turnarounds from which a top-up's double charge does not pinch the other listings."""
SLOW, NO_LONGER_SLOW = 0.01, 0.03
"""Expected sales within one turnaround; two figures, so that the change-over does not flutter."""

QUIET = 3.0
"""Turnarounds without a sale before stock counts as slow: a rate learned over 30 sales is late to see a run on it."""


def plan_adaptive(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """Choose by the units at hand and the rate; the accounting is the same in both directions."""
    overlapping = _may_overlap(pool, policy, now)
    if overlapping != pool.overlapping:
        pool = pool.model_copy(update={"overlapping": overlapping})
    if overlapping:
        return _keep_none_dark(pool, policy, now)
    moves: list[Move] = []
    for one in of_channel(pool, Channel.AMAZON):
        weight = policy.weight(one.name, one.channel, pool.available)
        if weight > 0 and _runs_low_amid_plenty(pool, one, now):
            pool, moves, lacking = feed(pool, policy, one, Write.ABSOLUTE, now)
            if moves or lacking:
                return pool, moves
    return plan_granted(pool, policy, now)


def slow_from(pool: PoolState, policy: ListingPolicy) -> float | None:
    """When a pool at rest counts as slow if nothing more sells; None: not by waiting, or it does already."""
    if policy.strategy is not Strategy.ADAPTIVE or pool.overlapping or not _are_few(pool, policy):
        return None
    longest = _longest_turnaround(pool)
    needed = longest / SLOW
    silent = 0.0 if pool.gap >= needed else SILENCE_PER_GAP * needed
    return pool.last_sale + max(QUIET * longest, silent)


def _may_overlap(pool: PoolState, policy: ListingPolicy, now: float) -> bool:
    """Few units and slow sales. Entered only from rest: no write in flight, nobody just bought, and no sale unseen."""
    longest = _longest_turnaround(pool)
    limit = NO_LONGER_SLOW if pool.overlapping else SLOW
    slow = _are_few(pool, policy) and pool.rate(now) * longest <= limit
    if not slow or pool.overlapping:
        return slow
    at_rest = all(one.idle and one.owed <= 0 for one in pool.listings.values())
    return at_rest and now - pool.last_sale > QUIET * longest


def _are_few(pool: PoolState, policy: ListingPolicy) -> bool:
    return 0 <= pool.available <= policy.last_units


def _longest_turnaround(pool: PoolState) -> float:
    return max((turnaround(one) for one in pool.listings.values()), default=0.0)


def _keep_none_dark(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """The units stay split. Only a listing that has none left shows one that another shows too, and none shows more
    than there is: what a sudden run could sell twice is a unit a listing, not all of them."""
    moves: list[Move] = []
    sellable = policy.sellable(pool.available)
    for name, one in list(pool.listings.items()):
        if not one.idle:
            continue
        most = sellable if policy.weight(name, one.channel, pool.available) > 0 else 0
        pool, more = _list(pool, one, min(max(one.reading.left, one.units), most), now)
        moves += more
    unlisted = sellable - sum(max(one.reading.left, 0) for one in pool.listings.values())
    if moves or unlisted <= 0 or not all(one.idle for one in pool.listings.values()):
        return pool, moves
    if shops_that_sell(pool, policy):
        return give_away(pool, policy, unlisted, now)
    first, *_ = of_channel(pool, Channel.AMAZON)
    return _list(pool, first, first.reading.left + unlisted, now)


def _list(pool: PoolState, one: ListingState, units: int, now: float) -> Step:
    units = units // one.units * one.units
    if units == one.reading.left:
        return pool, []
    if one.channel is Channel.SHOPIFY:
        return change(pool, one, units, now)
    kind = Write.ZERO if units == 0 else Write.REFILL if one.reading.left <= 0 else Write.ABSOLUTE
    return write(pool, one, kind, units, now)


def _runs_low_amid_plenty(pool: PoolState, one: ListingState, now: float) -> bool:
    """It would sell out while an ordinary refill is under way, and there is stock to pay for both."""
    if not one.idle or one.reading.left <= 0:
        return False
    takes = turnaround(one)
    low = one.reading.left <= rate_of(pool, one, now) * takes
    return low and cover_of(pool, now) >= PLENTIFUL * takes
