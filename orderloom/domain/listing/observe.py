"""What was seen, as the next state. Each function is called once per fact: the ledger drops repeats by order key.

`quantity` is in the listing's own units. Events may come late and in any order; the functions look at the time of
the sale, not at the order of arrival.
"""

from orderloom.domain.keys import Channel
from orderloom.domain.listing import accounting, pace
from orderloom.domain.listing.state import WINDOW, AlertKind, ListingState, PoolState, Reading, Write

SLOWEST_ANSWER = 60.0
"""Seconds after which an answer says too little about its moment to be of use."""


def sale_seen(pool: PoolState, name: str, quantity: int, sold_at: float, now: float) -> PoolState:
    """A sale has been reserved in the ledger, so `available` and the seller's rights shrink together.

    One from before the first reading is in that figure already: it moves `available` only.
    """
    one = pool.listings[name]
    units = quantity * one.units
    if sold_at <= one.since:
        return pool.model_copy(update={"available": pool.available - units})
    if one.pending and one.pending.write is Write.REFILL and sold_at > one.pending.since:
        # A listing at zero sells only what was restocked, for which `effected` allows: the refill has taken effect.
        read = Reading(units=one.pending.units, at=one.pending.since, until=sold_at)
        one = accounting.effected(one, read)
    changes: dict[str, object] = {"rights": max(one.rights - units, 0)}
    if units > one.rights:
        changes |= accounting.unexplained(one, units - one.rights, now)
    if sold_at > one.reading.at:
        changes["reading"] = one.reading.after_sale(units, sold_at)
    kept = (sale for sale in one.recent if sale[0] > now - SLOWEST_ANSWER - 2 * one.lags.staleness)
    changes["recent"] = (*kept, (sold_at, units))
    if one.audit and sold_at > one.audit.at:
        changes["audit"] = one.audit.after_sale(units, sold_at)
    if one.settling and one.settling.since < sold_at <= one.settling.until:
        changes["settling"] = one.settling.model_copy(update={"sold": one.settling.sold + units})
    after = _remember(pool, one, changes, units, sold_at)
    return after.noticing(name, AlertKind.LATE_ORDER) if now - sold_at > one.lags.sight else after


def cancelled(
    pool: PoolState, name: str, quantity: int, restored: bool, now: float, cancelled_at: float | None = None
) -> PoolState:
    """An order's units came back to the ledger. What the channel restocked itself stays that channel's right.

    Where it is not known whether the channel restocked, say that it did: that can only leave a unit unsold. One that
    was `cancelled_at` a moment before the first reading is in that figure already, whenever the order was made.
    """
    one = pool.listings[name]
    units = quantity * one.units
    after = pool.model_copy(update={"available": pool.available + units})
    if not restored or (cancelled_at is not None and cancelled_at <= one.since - one.lags.staleness):
        return after
    told = min(one.unexplained, units)
    changes: dict[str, object] = {"rights": one.rights + units - told, "unexplained": one.unexplained - told}
    if _may_be_erased(one, now):
        # An audit under way has a figure from when nobody doubted it.
        changes |= {"doubtful": one.doubtful + units, "audit": None}
    elif one.audit:
        changes["audit"] = one.audit.model_copy(update={"units": one.audit.units + units})
    return after.with_listing(one.model_copy(update=changes))


def _may_be_erased(one: ListingState, now: float) -> bool:
    """A unit restored before a write took effect is told at most `sight` later; Shopify's changes erase nothing."""
    if one.channel is Channel.SHOPIFY:
        return False
    return not one.idle or (one.effected_at is not None and now <= one.effected_at + one.lags.sight)


def stock_changed(pool: PoolState, difference: int) -> PoolState:
    """A restock, a count or a sale outside the listings moved what the ledger has available."""
    return pool.model_copy(update={"available": pool.available + difference})


def reading_observed(
    pool: PoolState, name: str, quantity: int, asked: float, answered: float | None = None
) -> PoolState:
    """The channel's own figure. It shows effects, sell-outs, and what somebody else did to the listing.

    It was asked for and answered at two moments, and is from some moment between them; None: there was no call.
    """
    one = pool.listings[name]
    at = asked - one.lags.staleness
    if at < one.reading.at or (one.unsettled_until is not None and at <= one.unsettled_until):
        return pool
    found = _figure(one, quantity, at, asked if answered is None else answered)
    if found.latest - asked > SLOWEST_ANSWER:
        return pool
    if one.pending and one.pending.write is Write.SHOWN:
        return pool
    if accounting.is_ambiguous(one, found):
        return pool
    if accounting.shows_effect(one, found):
        one = accounting.effected(one, found)
    else:
        one = one.model_copy(update={"reading": found, "audit": one.audit or (found if one.is_auditable(at) else None)})
    return pool.with_listing(accounting.charged(one, found.left, found.latest))


def _figure(one: ListingState, quantity: int, at: float, answered: float) -> Reading:
    """With the sales that were seen before the answer was folded."""
    read = Reading(units=quantity * one.units, at=at, until=answered if answered > at else None)
    for sold_at, units in one.recent:
        read = read.after_sale(units, sold_at)
    return read


def change_made(pool: PoolState, name: str, now: float) -> PoolState:
    """Shopify took our value. A decrease gives its units back only now; an increase was charged when it was sent."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    read = Reading(units=one.pending.units, at=now)
    if one.pending.write is Write.SHOWN:
        return pool.with_listing(_recounting(accounting.shown(one, read, now)))
    given_back = max(one.pending.before - one.pending.units, 0)
    changes = {"rights": max(one.rights - given_back, 0), "reading": read, "pending": None}
    return pool.with_listing(_recounting(one.model_copy(update=changes)))


def change_stale(pool: PoolState, name: str, found: int, asked: float, answered: float | None = None) -> PoolState:
    """Shopify shows `found`, not what we compared with: nothing was done. The two times are those of a reading."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    read = _figure(one, found, asked, asked if answered is None else answered)
    changes = {"rights": one.rights - one.pending.charge, "reading": read, "pending": None}
    one = _recounting(one.model_copy(update=changes))
    return pool.with_listing(accounting.charged(one, read.left, read.latest))


def write_accepted(pool: PoolState, name: str, now: float) -> PoolState:
    """Amazon took the patch. Only `shared` believes that; every other write waits until its effect is read."""
    one = pool.listings[name]
    if one.pending is None or one.pending.write is not Write.SHOWN:
        return pool
    return pool.with_listing(accounting.shown(one, Reading(units=one.pending.units, at=now), now))


def write_refused(pool: PoolState, name: str) -> PoolState:
    """The channel answered that it will never do it (Amazon's INVALID, a user error): the charge is taken back."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    changes = {"rights": one.rights - one.pending.charge, "pending": None}
    return pool.with_listing(one.model_copy(update=changes))


def write_lost(pool: PoolState, name: str, now: float) -> PoolState:
    """The answer was lost and the same write is not sent again: whether it takes effect is unknown.

    An Amazon write is waited for (`tick` gives it up); a figure of `shared` is free to be sent anew. A change at
    Shopify is only lost when its key is too old to be repeated: it is over, and an audit tells what it did.
    """
    one = pool.listings[name]
    if one.pending is None:
        return pool
    if one.pending.write is Write.SHOWN:
        return pool.with_listing(accounting.shown(one, one.reading, now))
    if one.pending.write is Write.CHANGE:
        return pool.with_listing(accounting.given_up(one))
    return pool.with_listing(one.model_copy(update={"pending": one.pending.model_copy(update={"unsure": True})}))


def cleared(pool: PoolState, name: str, kind: AlertKind) -> PoolState:
    """A person has looked. What still holds is called out again by the next `plan`.

    Clearing `orders_missing` says that those units are not sold: they come free with the next audit, so not before
    every order in flight has been seen. Clearing `beyond_rights` accepts what somebody else listed.
    """
    one = pool.listings[name]
    changes: dict[str, object] = {}
    if kind is AlertKind.ORDERS_MISSING:
        changes = {"recount": True, "audit": None}
    elif kind is AlertKind.BEYOND_RIGHTS:
        changes = {"unexplained": 0}
    after = pool.with_listing(one.model_copy(update=changes))
    return after.model_copy(update={"alerts": pool.alerts - {(name, kind)}})


def tick(pool: PoolState, now: float) -> PoolState:
    """Let time pass: what has settled comes free, what is overdue is called out and at last given up."""
    for name in pool.listings:
        if pool.listings[name].waits_for_nothing:
            continue
        pool = _awaited(pool, pool.listings[name], now)
        one = pool.listings[name]
        if one.unexplained and now > one.unexplained_since + one.lags.sight:
            pool = pool.noticing(name, AlertKind.BEYOND_RIGHTS)
        if one.settling and now >= one.settling.due:
            pool = pool.with_listing(accounting.settled(one, one.settling))
        elif one.audit and now > one.audit.latest + one.lags.sight:
            one, missing = accounting.audited(one, one.audit)
            pool = pool.with_listing(one)
            if missing:
                pool = pool.noticing(name, AlertKind.ORDERS_MISSING)
    return pool


def _awaited(pool: PoolState, one: ListingState, now: float) -> PoolState:
    """How long the writes under way of one listing are waited for."""
    if one.unsettled_until is not None and now > one.unsettled_until:
        one = one.model_copy(update={"unsettled_until": None})
        pool = pool.with_listing(one)
    if one.pending is None or one.channel is Channel.SHOPIFY:
        # Shopify's answer comes, however often the same call has to be repeated.
        return pool
    limit = one.lags.effect + one.lags.sight
    passed = now - one.pending.since
    if one.pending.write is Write.SHOWN:
        return pool.with_listing(accounting.shown(one, one.reading, now)) if passed > limit else pool
    if passed > limit and not one.pending.unsure:
        pool = pool.noticing(one.name, AlertKind.EFFECT_OVERDUE)
    if passed > (limit if one.pending.unsure else 2 * limit):
        pool = pool.with_listing(accounting.given_up(one))
    return pool


def _recounting(one: ListingState) -> ListingState:
    """Shopify's answer shows its figure as a reading does; needed only where something waits for an audit.

    A figure that differs from the rights is mostly a sale that is not seen yet. It may also be somebody's edit, whose
    own audit this change has cut short.
    """
    waits = one.recount or one.doubtful or one.rights != one.reading.left
    return one.model_copy(update={"audit": one.audit or one.reading}) if waits else one


def _remember(
    pool: PoolState, seller: ListingState, changes: dict[str, object], units: int, sold_at: float
) -> PoolState:
    """Shares and the mean gap between sales, over the last WINDOW units; they forget by sales, not by hours."""
    weight = min(units / WINDOW, 1.0)
    listings: dict[str, ListingState] = {}
    for name, other in pool.listings.items():
        share = other.share * (1 - weight)
        if name == seller.name:
            listings[name] = seller.model_copy(update={**changes, "share": min(share + weight, 1.0)})
        else:
            listings[name] = other.model_copy(update={"share": share})
    counted = {"available": pool.available - units, "listings": listings, **pace.after_sale(pool, units, sold_at)}
    return pool.model_copy(update=counted)
