"""`shared`: every listing shows what is sellable, pushed when it changes. Simple, and unsafe when sales are fast."""

from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step, show
from orderloom.domain.listing.state import PoolState


def plan_shared(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """Set every listing to the same figure, one write in flight each; rights only grow until a recount."""
    moves: list[Move] = []
    units = policy.sellable(pool.available)
    for name, one in list(pool.listings.items()):
        shown = units if policy.weight(name, one.channel, pool.available) > 0 else 0
        pool, more = show(pool, one, shown, now)
        moves += more
    return pool, moves
