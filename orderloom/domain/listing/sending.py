"""A move and the state that remembers it: one write in flight per listing, increases charged before they are sent."""

from collections.abc import Callable

from orderloom.domain.keys import Channel
from orderloom.domain.listing.moves import Move, Refill, SetShopify, WriteAbsolute, WriteZero
from orderloom.domain.listing.state import ListingState, Pending, PoolState, Reading, Write

Step = tuple[PoolState, list[Move]]
Rule = Callable[[PoolState, float], Step]


def change(pool: PoolState, one: ListingState, to: int, now: float) -> Step:
    """Move a Shopify listing from what we believe it shows to `to` units."""
    before = one.reading.left
    to = max(to, 0) // one.units * one.units
    if to == before:
        return pool, []
    pending = Pending(write=Write.CHANGE, units=to, before=before, since=now)
    after = one.model_copy(update={"pending": pending, "rights": one.rights + max(to - before, 0), "audit": None})
    move = SetShopify(listing=one.name, change_from=before // one.units, quantity=to // one.units)
    return pool.with_listing(after), [move]


def write(pool: PoolState, one: ListingState, kind: Write, units: int, now: float) -> Step:
    """Write `units` to an Amazon listing: it may sell them all, and all that it has rights to already."""
    pending = Pending(write=kind, units=units, before=one.reading.units, since=now)
    # Sold out by the ledger's own count is as good as read as zero: the reading may be from before those sales.
    read = one.reading if one.reading.left > 0 else Reading(units=0, at=now)
    changes = {"pending": pending, "rights": one.rights + units, "audit": None, "reading": read}
    return pool.with_listing(one.model_copy(update=changes)), [_as_move(one, kind, units)]


def show(pool: PoolState, one: ListingState, units: int, now: float) -> Step:
    """`shared` only: list `units` whatever is there. The newest figure waits while one is unanswered."""
    units = units // one.units * one.units
    if one.pending or one.reading.left == units:
        return pool, []
    pending = Pending(write=Write.SHOWN, units=units, before=one.reading.units, since=now)
    after = one.model_copy(update={"pending": pending, "rights": one.rights + units, "audit": None})
    if one.channel is Channel.SHOPIFY:
        set_it = SetShopify(listing=one.name, change_from=None, quantity=units // one.units)
        return pool.with_listing(after), [set_it]
    return pool.with_listing(after), [_as_move(one, Write.ABSOLUTE if units else Write.ZERO, units)]


def _as_move(one: ListingState, kind: Write, units: int) -> Move:
    if kind is Write.ZERO:
        return WriteZero(listing=one.name)
    if kind is Write.REFILL:
        return Refill(listing=one.name, quantity=units // one.units)
    return WriteAbsolute(listing=one.name, quantity=units // one.units)
