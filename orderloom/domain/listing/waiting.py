"""When time alone changes what would be planned. What else changes it is a fact or a reading, and comes by itself."""

from orderloom.domain.listing.adaptive import slow_from
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import ListingState, PoolState, Write

SOON = 0.05
"""Seconds after a bound at which it has certainly passed."""


def next_plan(pool: PoolState, policy: ListingPolicy, now: float) -> float | None:
    """The first moment after `now` at which to plan the pool again; None: only when something is heard of it."""
    moments = [moment for one in pool.listings.values() for moment in _bounds(one)]
    moments += [moment for moment in (pool.opens_at, slow_from(pool, policy)) if moment is not None]
    return min((moment for moment in moments if moment > now), default=None)


def _bounds(one: ListingState) -> list[float]:
    moments: list[float] = []
    if one.settling:
        moments.append(one.settling.due)
    if one.pending and one.pending.write is not Write.CHANGE:
        turnaround = one.lags.effect + one.lags.sight
        moments += [one.pending.since + turnaround, one.pending.since + 2 * turnaround]
    if one.unexplained:
        moments.append(one.unexplained_since + one.lags.sight)
    if one.audit:
        moments.append(one.audit.latest + one.lags.sight)
    if one.unsettled_until is not None:
        moments.append(one.unsettled_until)
    return moments
