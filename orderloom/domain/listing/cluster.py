"""The one function that a publisher calls: all pools of a cluster in, moves out."""

from collections.abc import Mapping

from orderloom.domain.listing.allotment import aim, hand_over, held_back
from orderloom.domain.listing.bundles import Cluster, Policies
from orderloom.domain.listing.moves import Alert, Move
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step
from orderloom.domain.listing.state import BEFORE_ALL, AlertKind, PoolState

_NEVER = 1e12
"""Seconds between two sales of a component that has no listing of its own."""


def plan_cluster(
    cluster: Cluster, available: Mapping[str, int], policies: Policies, now: float
) -> tuple[Cluster, list[Move]]:
    """What to do now for all listings of a cluster; `available` is the ledger's, for every component's SKU.

    Every fact in these figures must have been folded into the pools before, in the same transaction. Without
    bundles this is `plan` for each pool. The cluster that comes back has the same places.
    """
    places = list(cluster.pools)
    cluster = _counted(cluster, available)
    if cluster.bundles:
        cluster = hand_over(aim(cluster, available, policies, now), policies)
    moves: list[Move] = []
    pools: dict[str, PoolState] = {}
    for place in places:
        held = held_back(cluster, place, policies(place)) if cluster.bundles else 0
        pools[place], more = _planned(cluster.pools[place], policies(place), held, now)
        moves += more
    return cluster.model_copy(update={"pools": pools}), moves


def _counted(cluster: Cluster, available: Mapping[str, int]) -> Cluster:
    """A component's pool has what the ledger has and no allotment holds."""
    for place in cluster.bundles:
        # Sets sold beyond the allotment were taken from the components by the ledger already.
        cluster = cluster.adding(place, max(-cluster.pools[place].available, 0))
    pools = dict(cluster.pools)
    needed = {sku for bundle in cluster.bundles.values() for sku in bundle.components}
    for sku in {*pools, *needed} - set(cluster.bundles):
        units = available[sku] - cluster.carved(sku)
        bare = PoolState(available=units, listings={}, gap=_NEVER, last_sale=BEFORE_ALL)
        pools[sku] = pools[sku].model_copy(update={"available": units}) if sku in pools else bare
    return cluster.model_copy(update={"pools": pools})


def _planned(pool: PoolState, policy: ListingPolicy, held: int, now: float) -> Step:
    """Plan one pool; that it cannot give at once what another waits for is no shortage."""
    if not held:
        return plan(pool, policy, now)
    after, moves = plan(pool, policy.model_copy(update={"fixed": policy.fixed + held}), now)
    false = {told for told in after.alerts - pool.alerts if told[1] is AlertKind.SHORT}
    after = after.model_copy(update={"alerts": after.alerts - false})
    return after, [move for move in moves if not (isinstance(move, Alert) and move.kind is AlertKind.SHORT)]
