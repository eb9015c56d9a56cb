"""State in, moves out: the one function that a publisher calls after every observation."""

from orderloom.domain.listing.adaptive import plan_adaptive
from orderloom.domain.listing.granted import plan_decreases, plan_granted
from orderloom.domain.listing.moves import Alert
from orderloom.domain.listing.observe import tick
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.sending import Step
from orderloom.domain.listing.shared import plan_shared
from orderloom.domain.listing.state import AlertKind, PoolState

_STRATEGIES = {Strategy.SHARED: plan_shared, Strategy.GRANTED: plan_granted, Strategy.ADAPTIVE: plan_adaptive}


def plan(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """What to do now. The state that comes back remembers the moves as sent; carry each out exactly once.

    Alerts are told once: they are the difference between the alerts of the two states and stay until cleared.
    """
    if not pool.listings:
        return pool, []
    before = pool.alerts
    pool = tick(pool, now)
    for name, one in pool.listings.items():
        if not one.denies_overselling:
            pool = pool.noticing(name, AlertKind.OVERSELLING_ALLOWED)
    if pool.overlapping and policy.strategy is not Strategy.ADAPTIVE:
        pool = pool.model_copy(update={"overlapping": False})
    # `shared` splits nothing, so it need not know all listings before it begins.
    begins = policy.strategy is Strategy.SHARED or pool.is_open(now)
    pool, moves = (_STRATEGIES[policy.strategy] if begins else plan_decreases)(pool, policy, now)
    if pool.alerts is before:
        return pool, moves
    told = [Alert(listing=name, kind=kind) for name, kind in sorted(pool.alerts - before)]
    return pool, [*moves, *told]
