"""`shared`: every listing shows what is sellable, pushed when it changes. Simple, and unsafe when sales are fast."""

from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step, set_unguarded
from orderloom.domain.listing.state import PoolState


def plan_shared(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """Set every listing to the same figure."""
    moves: list[Move] = []
    units = policy.sellable(pool.available)
    for name in pool.listings:
        shown = units if policy.shares.get(name, 1.0) > 0 else 0
        pool, more = set_unguarded(pool, pool.listings[name], shown, now)
        moves += more
    return pool, moves
