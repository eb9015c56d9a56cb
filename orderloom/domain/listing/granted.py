"""`granted`: the units are split, each listing sells its own part, and a unit moves only where that is exact."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.between_shops import give_away, level, shops_that_sell
from orderloom.domain.listing.demand import cover_of, rate_of, share_of, turnaround, wanted
from orderloom.domain.listing.moves import Move
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.sending import Step, change, write
from orderloom.domain.listing.state import AlertKind, ListingState, PoolState, Write

LOPSIDED = 0.8
"""With nearly all demand here, waiting for the other listings to sell the rest would leave it unsold."""
WORTH_DRAINING = 6
"""Units that other listings would sell of those lying on a drained one; below that the push and the dark cost more."""


def free_units(pool: PoolState, policy: ListingPolicy) -> int:
    """What no listing has rights to; negative while more could be sold than may be."""
    return policy.sellable(pool.available) - pool.granted


def of_channel(pool: PoolState, channel: Channel) -> list[ListingState]:
    return [one for one in pool.listings.values() if one.channel is channel]


def plan_granted(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """Decrease before increase: take back what is too much, then refill, drain, and give away what is free."""
    pool, moves = plan_decreases(pool, policy, now)
    if free_units(pool, policy) < 0:
        return pool, moves
    needed = 0
    for one in of_channel(pool, Channel.AMAZON):
        if one.idle and one.reading.most <= 0:
            pool, more, lacking = feed(pool, policy, one, Write.REFILL, now)
            moves, needed = moves + more, needed + lacking
    free = free_units(pool, policy)
    if free <= 0:
        pool, more = level(pool, policy, now)
        if not more:
            pool, more = drain(pool, policy, now)
        moves += more
    elif not needed:
        pool, more = give_away(pool, policy, free, now)
        moves += more
    return pool, moves


def plan_decreases(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """What has to be done at any time, also while nothing may be granted."""
    pool, moves = withdraw(pool, policy, now)
    pool, more = take_back(pool, policy, now)
    return pool, moves + more


def withdraw(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """A listing that is to stand at zero (paused, no share, not the channel of the last units) is taken there."""
    moves: list[Move] = []
    if policy.weighs_all:
        return pool, moves
    for name, one in list(pool.listings.items()):
        if not one.writable or one.reading.left <= 0 or policy.weight(name, one.channel, pool.available) > 0:
            continue
        if one.channel is Channel.SHOPIFY:
            pool, more = change(pool, one, 0, now)
        else:
            pool, more = write(pool, one, Write.ZERO, 0, now)
        moves += more
    return pool, moves


def take_back(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """While more could be sold than may be: Shopify gives at once, Amazon goes to zero where that is not enough."""
    moves: list[Move] = []
    deficit = -free_units(pool, policy) - _coming_back(pool)
    if deficit <= 0:
        return pool, moves
    pool, moves, deficit = _take(pool, deficit, now)
    for one in of_channel(pool, Channel.AMAZON):
        if deficit > 0 and one.writable and one.reading.left > 0:
            pool, more = write(pool, one, Write.ZERO, 0, now)
            pool, moves, deficit = pool, moves + more, deficit - one.reading.left
    resting = all(one.idle and not one.recount for one in pool.listings.values())
    if resting and deficit > sum(one.unexplained for one in pool.listings.values()):
        for name in pool.listings:
            pool = pool.noticing(name, AlertKind.SHORT)
    return pool, moves


def feed(
    pool: PoolState, policy: ListingPolicy, one: ListingState, kind: Write, now: float
) -> tuple[PoolState, list[Move], int]:
    """Write a fresh grant to an Amazon listing, or first take from Shopify what it lacks (the last figure)."""
    free, coming = free_units(pool, policy), _coming_back(pool)
    shops = of_channel(pool, Channel.SHOPIFY)
    within_reach = free + coming + sum(shop.reading.left for shop in shops if shop.pending is None)
    share = share_of(pool, policy, one)
    grant = wanted(pool, one, within_reach, share, now)
    worth = within_reach / pool.rate(now) > 1.5 * one.lags.effect or not shops or share > LOPSIDED
    if grant <= 0 or not (worth or free >= grant):
        return pool, [], 0
    if kind is Write.ABSOLUTE and grant <= one.reading.units:
        return pool, [], 0
    if free >= grant:
        pool, moves = write(pool, one, kind, grant, now)
        return pool, moves, 0
    pool, moves, _ = _take(pool, grant - free - coming, now)
    return pool, moves, grant - free


def drain(pool: PoolState, policy: ListingPolicy, now: float) -> Step:
    """Write an Amazon listing to zero where the others run out and would sell a good part of what lies there.

    How long its units last is judged by the rate that orders still on their way would not contradict: to drain in
    mid-sale darkens the last units for as long as the sale lasts, to drain late only lets them wait.
    """
    filled = [one for one in of_channel(pool, Channel.AMAZON) if one.idle and one.reading.left > 0]
    if not filled:
        return pool, []
    shops = shops_that_sell(pool, policy)
    if not shops or any(shop.pending for shop in shops):
        return pool, []
    elsewhere = sum(shop.reading.left for shop in shops)
    share = sum(shop.share for shop in shops)
    for one in filled:
        takes = turnaround(one)
        if elsewhere <= pool.rate(now) * share * takes / 2:
            lasts = one.reading.left / max(rate_of(pool, one, now, pool.sight), 1e-9)
            useful = one.reading.left * share >= WORTH_DRAINING or lasts > 20 * takes
            if useful and lasts > 2 * takes and cover_of(pool, now, pool.sight) > takes:
                return write(pool, one, Write.ZERO, 0, now)
    return pool, []


def _take(pool: PoolState, units: int, now: float) -> tuple[PoolState, list[Move], int]:
    """Lower the fullest Shopify listings by `units` together; the last figure is what they could not give."""
    moves: list[Move] = []
    idle = [shop for shop in of_channel(pool, Channel.SHOPIFY) if shop.pending is None and shop.reading.left > 0]
    for shop in sorted(idle, key=lambda one: -one.reading.left):
        if units <= 0:
            break
        after = max(shop.reading.left - units, 0) // shop.units * shop.units
        pool, more = change(pool, shop, after, now)
        moves, units = moves + more, units - (shop.reading.left - after)
    return pool, moves, units


def _coming_back(pool: PoolState) -> int:
    """Units that moves under way are about to free."""
    back = 0
    for one in pool.listings.values():
        if one.recount:
            # What `shared` charged and never showed; what is listed twice has to be taken.
            charge = one.pending.charge if one.pending else 0
            back += max(one.rights - max(one.reading.left, 0) - charge, 0)
        if one.pending and one.pending.write is Write.SHOWN:
            continue
        if one.pending and one.pending.write is Write.CHANGE:
            back += max(one.pending.before - one.pending.units, 0)
        elif one.pending:
            back += max(one.reading.left, 0)
        if one.settling and not one.recount:
            back += max(one.settling.units - one.settling.sold, 0)
    return back
