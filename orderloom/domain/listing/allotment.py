"""How many sets a bundle should have, and handing them over.

An allotment grows only by units that no listing of the components has rights to, and shrinks only by sets that no
listing of the bundle has rights to. So a transfer is as safe as the pools, at any lag.
"""

import math
from collections.abc import Mapping

from orderloom.domain.listing.bundles import Bundle, Cluster, Policies
from orderloom.domain.listing.policy import ListingPolicy

SWAY = 0.25
"""The part by which an allotment may miss its aim, so that it does not flutter: of the allotment, and of one set."""


def aim(cluster: Cluster, available: Mapping[str, int], policies: Policies, now: float) -> Cluster:
    """Set every bundle's goal by demand, the quickest first; at rest where the aim is near enough."""
    left = {sku: _unpaused(policies(sku)).sellable(units) for sku, units in available.items()}
    rates = {place: _rate(cluster, place, policies, now) for place in cluster.pools}
    for place in sorted(cluster.bundles, key=lambda name: (-rates[name], name)):
        target = _target(cluster, place, available, left, rates, policies)
        for sku, each in cluster.bundles[place].components.items():
            left[sku] -= target * each
        pool = cluster.pools[place].model_copy(update={"goal": _goal(cluster, place, target)})
        cluster = cluster.with_pool(place, pool)
    return cluster


def hand_over(cluster: Cluster, policies: Policies) -> Cluster:
    """Give up the free sets that are too many, then take the free units that are wanted."""
    for place, bundle in cluster.bundles.items():
        pool = cluster.pools[place]
        excess = min(-_lacking(cluster, place), pool.available - pool.occupied)
        if excess > 0:
            cluster = _move(cluster, place, bundle, -excess)
    for place, bundle in cluster.bundles.items():
        sets = _lacking(cluster, place)
        for sku, each in bundle.components.items():
            while sets > 0 and not _can_spare(cluster, sku, sets * each, policies(sku)):
                sets -= 1
        if sets > 0:
            cluster = _move(cluster, place, bundle, sets)
    return cluster


def held_back(cluster: Cluster, place: str, policy: ListingPolicy) -> int:
    """A buffer that makes a pool take back from its listings what another is waiting for."""
    if place in cluster.bundles:
        return max(-_lacking(cluster, place), 0)
    units = sum(
        max(_lacking(cluster, name), 0) * bundle.components.get(place, 0) for name, bundle in cluster.bundles.items()
    )
    # What is held back is taken before the percentage, and should be whole after it.
    return math.ceil(units / (1 - policy.percent))


def _rate(cluster: Cluster, place: str, policies: Policies, now: float) -> float:
    pool = cluster.pools[place]
    if not pool.listings or policies(place).paused:
        return 0.0
    # One lull says little about the share of a place: only ten gaps of silence lower its rate.
    return 1.0 / max(pool.gap, (now - pool.last_sale) / 10)


def _target(
    cluster: Cluster,
    place: str,
    available: Mapping[str, int],
    left: Mapping[str, int],
    rates: Mapping[str, float],
    policies: Policies,
) -> int:
    """Sets in proportion to demand; whichever side sells at all keeps at least one where there is enough for both."""
    if rates[place] <= 0:
        return 0
    allotted = cluster.pools[place].available
    ideal, most, modest = math.inf, math.inf, math.inf
    for sku, each in cluster.bundles[place].components.items():
        sets = (bundle.components.get(sku, 0) * rates[name] for name, bundle in cluster.bundles.items())
        demand = rates.get(sku, 0.0) + sum(sets)
        units = _unpaused(policies(sku)).sellable(available[sku])
        ideal = min(ideal, units * rates[place] / demand)
        most = min(most, max(left[sku], 0) // each)
        modest = min(modest, max(left[sku] - (rates.get(sku, 0.0) > 0), 0) // each)
    target = math.floor(ideal + SWAY) if ideal > allotted else math.ceil(ideal - SWAY)
    return int(min(max(target, 1), modest) if modest >= 1 else min(target, most))


def _goal(cluster: Cluster, place: str, target: int) -> int | None:
    """Go on where it is moving that way, start where it is far off or somebody has nothing, else rest."""
    pool = cluster.pools[place]
    off = target - pool.available
    if off == 0:
        return None
    moving = pool.goal is not None and (pool.goal - pool.available) * off > 0
    far = abs(off) > max(1.0, SWAY * max(target, pool.available))
    skus = cluster.bundles[place].components
    pinched = off < 0 and any(sku in cluster.pools and cluster.pools[sku].available <= 0 for sku in skus)
    starved = off > 0 and pool.available == 0
    return target if moving or far or pinched or starved else None


def _lacking(cluster: Cluster, place: str) -> int:
    pool = cluster.pools[place]
    return 0 if pool.goal is None else pool.goal - pool.available


def _can_spare(cluster: Cluster, sku: str, units: int, policy: ListingPolicy) -> bool:
    pool = cluster.pools[sku]
    return min(_unpaused(policy).sellable(pool.available - units), pool.available - units) >= pool.occupied


def _move(cluster: Cluster, place: str, bundle: Bundle, sets: int) -> Cluster:
    cluster = cluster.adding(place, sets)
    for sku, each in bundle.components.items():
        cluster = cluster.adding(sku, -sets * each)
    return cluster


def _unpaused(policy: ListingPolicy) -> ListingPolicy:
    """A component whose own listings are paused is still sold in sets."""
    return policy.model_copy(update={"paused": False}) if policy.paused else policy
