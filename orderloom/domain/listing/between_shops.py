"""Units among the Shopify listings of a pool, which compare-and-set moves exactly and at any time."""

from collections.abc import Sequence

from orderloom.domain.keys import Channel
from orderloom.domain.listing.demand import share_of
from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step, change
from orderloom.domain.listing.state import ListingState, PoolState

RUN_LOW = 4
"""A shop is given more once it has less than one part in so many of what is its due."""


def shops_that_sell(pool: PoolState, policy: ListingPolicy) -> list[ListingState]:
    """The Shopify listings that may show anything."""
    shops = [one for one in pool.listings.values() if one.channel is Channel.SHOPIFY]
    return [one for one in shops if policy.weight(one.name, one.channel, pool.available) > 0]


def give_away(pool: PoolState, policy: ListingPolicy, free: int, now: float) -> Step:
    """Free units fill up the shops with the least for their share."""
    moves: list[Move] = []
    for shop, units in _fill_up(pool, policy, free):
        pool, more = change(pool, shop, shop.reading.left + units, now)
        moves += more
    return pool, moves


def level(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """A shop that runs dry beside a full one is given its due: the full one is lowered, and `give_away` does the rest.

    Without this a shop that began with nothing would sell nothing, and so never be thought to sell anything.
    """
    shops = shops_that_sell(pool, policy)
    if len(shops) < 2 or not all(shop.idle for shop in shops):
        return pool, []
    poorest = min(shops, key=lambda shop: _cover(pool, policy, shop))
    fullest = max(shops, key=lambda shop: shop.reading.left)
    due = max(_dues(pool, policy, shops, 0)[poorest.name] // poorest.units, 1) * poorest.units
    lacks = due - max(poorest.reading.left, 0)
    packs = -(-lacks // fullest.units) * fullest.units
    if RUN_LOW * poorest.reading.left >= due or fullest.reading.left - packs < lacks:
        return pool, []
    return change(pool, fullest, fullest.reading.left - packs, now)


def _fill_up(pool: PoolState, policy: ListingPolicy, free: int) -> list[tuple[ListingState, int]]:
    """What each gets; the poorest also what does not divide."""
    idle = [shop for shop in shops_that_sell(pool, policy) if shop.pending is None]
    filled = sorted(idle, key=lambda shop: _cover(pool, policy, shop))
    if not filled or free < filled[0].reading.left / 10:
        return []
    while filled[-1].reading.left > _dues(pool, policy, filled, free)[filled[-1].name] and len(filled) > 1:
        filled.pop()
    dues = _dues(pool, policy, filled, free)
    poorest, *others = filled
    given = [(shop, (dues[shop.name] - shop.reading.left) // shop.units * shop.units) for shop in others]
    given = [(shop, units) for shop, units in given if units > 0]
    return [(poorest, free - sum(units for _, units in given)), *given]


def _dues(pool: PoolState, policy: ListingPolicy, shops: Sequence[ListingState], free: int) -> dict[str, int]:
    """What these shops have and shall get, by their shares of the demand."""
    together = free + sum(max(shop.reading.left, 0) for shop in shops)
    shares = {shop.name: max(share_of(pool, policy, shop), 1e-9) for shop in shops}
    return {name: int(together * share / sum(shares.values())) for name, share in shares.items()}


def _cover(pool: PoolState, policy: ListingPolicy, shop: ListingState) -> float:
    return shop.reading.left / max(share_of(pool, policy, shop), 1e-9)
