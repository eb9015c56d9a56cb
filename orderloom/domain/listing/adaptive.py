"""`adaptive`: granted, with absolute top-ups where stock is plentiful and the last slow units on every listing."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.demand import cover_of, rate_of
from orderloom.domain.listing.granted import feed, of_channel, plan_granted
from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step, change, write
from orderloom.domain.listing.state import ListingState, PoolState, Write

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
        return _show_everywhere(pool, policy, now)
    moves: list[Move] = []
    for one in of_channel(pool, Channel.AMAZON):
        weight = policy.weight(one.name, one.channel, pool.available)
        if weight > 0 and _runs_low_amid_plenty(pool, one, now):
            pool, moves, lacking = feed(pool, policy, one, Write.ABSOLUTE, now)
            if moves or lacking:
                return pool, moves
    return plan_granted(pool, policy, now)


def _may_overlap(pool: PoolState, policy: ListingPolicy, now: float) -> bool:
    """Few units and slow sales. Entered only from rest: no write in flight, nobody just bought, and no sale unseen."""
    longest = max(one.lags.effect + one.lags.sight for one in pool.listings.values())
    limit = NO_LONGER_SLOW if pool.overlapping else SLOW
    slow = 0 <= pool.available <= policy.last_units and pool.rate(now) * longest <= limit
    if not slow or pool.overlapping:
        return slow
    at_rest = all(one.idle and one.owed <= 0 for one in pool.listings.values())
    return at_rest and now - pool.last_sale > QUIET * longest


def _show_everywhere(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    moves: list[Move] = []
    for name, one in list(pool.listings.items()):
        shown = policy.sellable(pool.available) if policy.weight(name, one.channel, pool.available) > 0 else 0
        shown = shown // one.units * one.units
        if not one.idle or one.reading.left == shown:
            continue
        if one.channel is Channel.SHOPIFY:
            pool, more = change(pool, one, shown, now)
        else:
            kind = Write.ZERO if shown == 0 else Write.REFILL if one.reading.left <= 0 else Write.ABSOLUTE
            pool, more = write(pool, one, kind, shown, now)
        moves += more
    return pool, moves


def _runs_low_amid_plenty(pool: PoolState, one: ListingState, now: float) -> bool:
    """It would sell out while an ordinary refill is under way, and there is stock to pay for both."""
    if not one.idle or one.reading.left <= 0:
        return False
    turnaround = one.lags.effect + one.lags.sight
    low = one.reading.left <= rate_of(pool, one, now) * turnaround
    return low and cover_of(pool, now) >= PLENTIFUL * turnaround
