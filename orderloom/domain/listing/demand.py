"""Rates, cover and what they advise: how much to grant, when to look again."""

import math

from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import WINDOW, ListingState, PoolState

QUICKEST_LOOK, IDLE_LOOK, SLOWEST_LOOK = 2.0, 30.0, 6 * 3600.0


def rate_of(pool: PoolState, one: ListingState, now: float, unseen: float = 0.0) -> float:
    """Units a second that this listing is expected to sell."""
    return pool.rate(now, unseen) * one.share


def share_of(pool: PoolState, policy: ListingPolicy, one: ListingState) -> float:
    """Its part of the demand that is to be served, after the merchant's weights; the parts add up to 1."""
    total = 0.0
    own = 0.0
    for other in pool.listings.values():
        part = other.share * policy.weight(other.name, other.channel, pool.available)
        total += part
        if other.name == one.name:
            own = part
    return own / total if total > 0 else 0.0


LOW_NO_LONGER = 1.25
"""Of `low_cover`: so much has to be there before a warning ends, so that it does not come and go with each sale."""


def is_low(pool: PoolState, policy: ListingPolicy, now: float, *, was_low: bool = False) -> bool:
    """Whether what is left lasts less long than the merchant wants to be warned of; never before a first sale."""
    enough = policy.low_cover * (LOW_NO_LONGER if was_low else 1.0)
    return bool(pool.latest) and cover_of(pool, now) < enough


def cover_of(pool: PoolState, now: float, unseen: float = 0.0) -> float:
    """Seconds until what is available is sold at the present rate."""
    return max(pool.available, 0) / pool.rate(now, unseen)


def turnaround(one: ListingState) -> float:
    """Seconds that a written-off listing usually stays dark: two effects' halves and the floor of sight."""
    return one.lags.effect + one.lags.sight


def wanted(pool: PoolState, one: ListingState, units: int, share: float, now: float) -> int:
    """How many of `units` this listing should be granted, of whose sales `share` are likely here, less a margin.

    What is left with Shopify can be moved at any time, what lies on Amazon cannot; so Amazon gets less than its
    part and is refilled when it is sold out. Where refilling takes a large part of the cover, it gets its part.
    """
    spread = math.sqrt(max(units * share * (1 - share) * (units + WINDOW) / (WINDOW + 1), 0.0))
    patience = max(0.0, 1.0 - 2.0 * one.lags.effect / max(cover_of(pool, now), 1e-9))
    amount = units * share - patience * spread
    if amount < 1 and units * share >= 0.5 and units >= 2:
        amount = 1
    return min(int(amount + 0.5), units) // one.units * one.units


def next_look(pool: PoolState, one: ListingState, now: float) -> float:
    """Seconds until an Amazon listing should be read again: often while a write is in flight or it runs low."""
    if one.pending:
        return min(max(one.lags.effect / 10, QUICKEST_LOOK), 5.0)
    if one.reading.left <= 0 < one.reading.most:
        # Perhaps sold out: it is refilled once that is certain.
        return QUICKEST_LOOK
    empty_in = max(one.reading.left, 1) / max(rate_of(pool, one, now), 1e-9)
    # With nothing to sell, only somebody else's write could be found, and nothing could be taken back for it.
    nothing_left = pool.available <= 0 and one.rights <= 0 and one.reading.left <= 0
    return min(max(empty_in / 4, IDLE_LOOK if nothing_left else QUICKEST_LOOK), SLOWEST_LOOK)
