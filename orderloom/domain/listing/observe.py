"""What was seen, as the next state. Each function is called once per fact: the ledger drops repeats by order key.

`quantity` is in the listing's own units. Events may come late and in any order; the functions look at the time of
the sale, not at the order of arrival.
"""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.state import WINDOW, AlertKind, ListingState, PoolState, Reading, Settling, Write


def sale_seen(pool: PoolState, name: str, quantity: int, sold_at: float, now: float) -> PoolState:
    """A sale has been reserved in the ledger, so `available` and the seller's rights shrink together."""
    one = pool.listings[name]
    units = quantity * one.units
    if one.pending and one.pending.write is Write.REFILL and sold_at > one.pending.since:
        # A listing at zero cannot sell: the refill has taken effect.
        one = _effected(one, Reading(units=one.pending.units, at=one.pending.since), False, now)
    changes: dict[str, object] = {"rights": max(one.rights - units, 0)}
    if units > one.rights:
        changes |= _unexplained(one, units - one.rights, now)
    if sold_at > one.reading.at:
        changes["reading"] = _sold(one.reading, units)
    if one.lags.staleness:
        kept = (sale for sale in one.recent if sale[0] > now - 2 * one.lags.staleness)
        changes["recent"] = (*kept, (sold_at, units))
    if one.audit and sold_at > one.audit.at:
        changes["audit"] = _sold(one.audit, units)
    if one.settling and one.settling.since < sold_at <= one.settling.until:
        changes["settling"] = one.settling.model_copy(update={"sold": one.settling.sold + units})
    after = _remember(pool, one.model_copy(update=changes), units, sold_at)
    after = after.model_copy(update={"available": pool.available - units})
    return after.noticing(name, AlertKind.LATE_ORDER) if now - sold_at > one.lags.sight else after


def cancelled(pool: PoolState, name: str, quantity: int, restored: bool, now: float) -> PoolState:
    """An order's units came back to the ledger. What the channel restocked itself stays that channel's right.

    Where it is not known whether the channel restocked, say that it did: that can only leave a unit unsold.
    """
    one = pool.listings[name]
    units = quantity * one.units
    after = pool.model_copy(update={"available": pool.available + units})
    if not restored:
        return after
    told = min(one.unexplained, units)
    changes: dict[str, object] = {
        "rights": one.rights + units - told,
        "unexplained": one.unexplained - told,
        "doubtful": one.doubtful + (units if _may_be_erased(one, now) else 0),
    }
    if one.audit:
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


def reading_observed(pool: PoolState, name: str, quantity: int, now: float) -> PoolState:
    """The channel's own figure. It shows effects, sell-outs, and what somebody else did to the listing."""
    one = pool.listings[name]
    # Taken as old as it may be: a sale since then counts against it, which can only leave a unit unsold.
    at = now - one.lags.staleness
    if at < one.reading.at:
        return pool
    sold = sum(units for sold_at, units in one.recent if sold_at > at)
    found = Reading(units=quantity * one.units, at=at, sold=sold)
    if _shows_effect(one, found):
        one = _effected(one, found, pool.overlapping, now)
    else:
        one = one.model_copy(update={"reading": found, "audit": one.audit or (found if one.idle else None)})
    return pool.with_listing(_charged(one, found.left, now))


def change_made(pool: PoolState, name: str, now: float) -> PoolState:
    """Shopify took our value. A decrease gives its units back only now; an increase was charged when it was sent."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    given_back = max(one.pending.before - one.pending.units, 0)
    read = Reading(units=one.pending.units, at=now)
    changes = {"rights": max(one.rights - given_back, 0), "reading": read, "pending": None}
    return pool.with_listing(one.model_copy(update=changes))


def change_stale(pool: PoolState, name: str, found: int, now: float) -> PoolState:
    """Shopify shows `found`, not what we compared with: nothing was done."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    charged = one.pending.charge
    read = Reading(units=found * one.units, at=now)
    one = one.model_copy(update={"rights": one.rights - charged, "reading": read, "pending": None})
    return pool.with_listing(_charged(one, read.units, now))


def write_refused(pool: PoolState, name: str) -> PoolState:
    """Amazon answered INVALID: the write will never take effect, so its charge is taken back."""
    one = pool.listings[name]
    if one.pending is None:
        return pool
    changes = {"rights": one.rights - one.pending.charge, "pending": None}
    return pool.with_listing(one.model_copy(update=changes))


def tick(pool: PoolState, now: float) -> PoolState:
    """Let time pass: what has settled comes free, and what is overdue is called out."""
    for name, one in pool.listings.items():
        limit = one.lags.effect + one.lags.sight
        if one.pending and one.pending.write is not Write.CHANGE and now > one.pending.since + limit:
            pool = pool.noticing(name, AlertKind.EFFECT_OVERDUE)
        if one.unexplained and now > one.unexplained_since + one.lags.sight:
            pool = pool.noticing(name, AlertKind.BEYOND_RIGHTS)
        if one.settling and now >= one.settling.due:
            pool = pool.with_listing(_settled(one, one.settling))
        elif one.audit and now > one.audit.at + one.lags.sight:
            pool = _audited(pool, one, one.audit)
    return pool


def _settled(one: ListingState, settling: Settling) -> ListingState:
    """What was listed and not sold when the write took effect comes free."""
    free = max(settling.units - settling.sold, 0)
    doubtful = settling.sold if settling.blurred else 0
    changes = {"rights": max(one.rights - free, 0), "settling": None, "doubtful": one.doubtful + doubtful}
    return one.model_copy(update=changes)


def _audited(pool: PoolState, one: ListingState, audit: Reading) -> PoolState:
    """Every order before the reading should be here by now: what is still owed was erased, or is missing."""
    missing = max(one.rights - audit.left, 0)
    erased = min(missing, one.doubtful)
    changes = {"rights": one.rights - erased, "doubtful": one.doubtful - erased, "audit": None}
    pool = pool.with_listing(one.model_copy(update=changes))
    return pool.noticing(one.name, AlertKind.ORDERS_MISSING) if missing > erased else pool


def _sold(reading: Reading, units: int) -> Reading:
    return reading.model_copy(update={"sold": reading.sold + units})


def _shows_effect(one: ListingState, found: Reading) -> bool:
    if one.pending is None or one.pending.write is Write.CHANGE or found.at < one.pending.since:
        return False
    if one.pending.units > one.reading.units:
        return found.units > one.reading.units
    return found.units <= one.pending.units


def _effected(one: ListingState, found: Reading, overlapping: bool, now: float) -> ListingState:
    """The write in flight has replaced what was listed at the last reading before it."""
    if one.pending is None:
        return one
    old = one.reading
    settling = None
    if old.units and not overlapping:
        due = max(now + one.lags.sight, one.pending.since + one.lags.effect)
        settling = Settling(
            units=old.units,
            since=old.at,
            until=now,
            due=due,
            sold=old.sold,
            blurred=one.pending.units > 0 or one.lags.staleness > 0,
        )
    rights = found.units if overlapping else one.rights
    changes = {"reading": found, "pending": None, "settling": settling, "rights": rights, "effected_at": now}
    return one.model_copy(update=changes)


def _charged(one: ListingState, found: int, now: float) -> ListingState:
    """More is listed than the listing has rights to: it may sell it, so its rights must say so."""
    excess = found - one.rights
    if excess <= 0:
        return one
    return one.model_copy(update={"rights": found, **_unexplained(one, excess, now)})


def _unexplained(one: ListingState, excess: int, now: float) -> dict[str, object]:
    since = one.unexplained_since if one.unexplained else now
    return {"unexplained": one.unexplained + excess, "unexplained_since": since}


def _remember(pool: PoolState, seller: ListingState, units: int, sold_at: float) -> PoolState:
    """Shares and the mean gap between sales, over the last WINDOW units; they forget by sales, not by hours."""
    weight = min(units / WINDOW, 1.0)
    listings = {name: one.model_copy(update={"share": one.share * (1 - weight)}) for name, one in pool.listings.items()}
    share = listings[seller.name].share + weight
    listings[seller.name] = seller.model_copy(update={"share": min(share, 1.0)})
    gap = max(sold_at - pool.last_sale, 0.0) / units
    mean = max(pool.gap + (gap - pool.gap) * weight, 1e-6)
    return pool.model_copy(update={"listings": listings, "gap": mean, "last_sale": max(pool.last_sale, sold_at)})
