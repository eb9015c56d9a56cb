"""Rates, cover and what they advise: how much to grant, when to look again."""

import math

from orderloom.domain.listing.state import WINDOW, ListingState, PoolState

QUICKEST_LOOK, SLOWEST_LOOK = 2.0, 6 * 3600.0


def rate_of(pool: PoolState, one: ListingState, now: float) -> float:
    """Units a second that this listing is expected to sell."""
    return pool.rate(now) * one.share


def cover(pool: PoolState, now: float) -> float:
    """Seconds until what is available is sold at the present rate."""
    return max(pool.available, 0) / pool.rate(now)


def turnaround(one: ListingState) -> float:
    """Seconds that a written-off listing usually stays dark: two effects' halves and the floor of sight."""
    return one.lags.effect + one.lags.sight


def wanted(pool: PoolState, one: ListingState, units: int, weight: float, now: float) -> int:
    """How many of `units` this listing should be granted: its likely sales, less a margin for a wrong share.

    What is left with Shopify can be moved at any time, what lies on Amazon cannot; so Amazon gets less than its
    part and is refilled when it is sold out. Where refilling takes a large part of the cover, it gets its part.
    """
    share = min(one.share * weight, 1.0)
    spread = math.sqrt(max(units * share * (1 - share) * (units + WINDOW) / (WINDOW + 1), 0.0))
    patience = max(0.0, 1.0 - 2.0 * one.lags.effect / max(cover(pool, now), 1e-9))
    amount = units * share - patience * spread
    if amount < 1 and units * share >= 0.5 and units >= 2:
        amount = 1
    return min(int(amount + 0.5), units) // one.units * one.units


def next_look(pool: PoolState, one: ListingState, now: float) -> float:
    """Seconds until an Amazon listing should be read again: often while a write is in flight or it runs low."""
    if one.pending:
        return min(max(one.lags.effect / 10, QUICKEST_LOOK), 5.0)
    empty_in = max(one.reading.left, 1) / max(rate_of(pool, one, now), 1e-9)
    return min(max(empty_in / 4, QUICKEST_LOOK), SLOWEST_LOOK)
