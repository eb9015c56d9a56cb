"""What a listing's own rights become when a write takes effect, is given up, settles or is audited."""

from orderloom.domain.keys import Channel
from orderloom.domain.listing.state import ListingState, Reading, Settling, Write


def effected(one: ListingState, found: Reading) -> ListingState:
    """The write in flight seems to have replaced what was listed at the last reading before it.

    A zero has, by the end of this reading's call, or the old units are sold; until then they may have been selling,
    while the call was under way too. Any other figure may come from units that the channel restocked, with the write
    still to land: the old units may be selling up to the bound of effect.
    """
    if one.pending is None:
        return one
    old = one.reading
    landed = max(found.latest, one.pending.since + one.lags.effect)
    settling = None
    if old.units:
        until = landed if one.pending.units else found.latest
        settling = Settling(
            units=old.units,
            since=old.at,
            until=until,
            due=max(until + one.lags.sight, landed),
            sold=old.sold,
            blurred=one.pending.units > 0 or old.latest > old.at,
        )
    changes = {"reading": found, "pending": None, "settling": settling, "effected_at": landed}
    return one.model_copy(update=changes)


def is_ambiguous(one: ListingState, found: Reading) -> bool:
    """Whether the figure may be from before the granted write in flight as well as from after it.

    Taken for one from before, a refill that is shown already would be what its own effect replaces, and come free.
    """
    if one.pending is None or one.pending.write in (Write.CHANGE, Write.SHOWN):
        return False
    return found.at < one.pending.since <= found.latest


def shows_effect(one: ListingState, found: Reading) -> bool:
    """Whether the reading looks like the effect of the granted write in flight, as a restocked unit may."""
    if one.pending is None or one.pending.write in (Write.CHANGE, Write.SHOWN) or found.at < one.pending.since:
        return False
    if one.pending.units > one.reading.units:
        return found.units > one.reading.units
    return found.units <= one.pending.units


def shown(one: ListingState, believed: Reading, now: float) -> ListingState:
    """A figure of `shared` was taken, or may have been. Nothing is given back before a recount.

    Shopify has done it by its answer; on Amazon it takes effect later, and not always after the one before it.
    """
    until = None if one.channel is Channel.SHOPIFY else now + one.lags.effect
    changes = {"reading": believed, "pending": None, "recount": True, "unsettled_until": until}
    return one.model_copy(update=changes)


def given_up(one: ListingState) -> ListingState:
    """No effect was seen in all the time it had: an audit tells what the write listed and what it erased."""
    if one.pending is None:
        return one
    doubtful = max(one.pending.charge, one.pending.before)
    return one.model_copy(update={"pending": None, "doubtful": one.doubtful + doubtful, "audit": None})


def settled(one: ListingState, settling: Settling) -> ListingState:
    """What was listed and not sold when the write took effect comes free."""
    free = max(settling.units - settling.sold, 0)
    doubtful = settling.sold if settling.blurred else 0
    changes = {"rights": max(one.rights - free, 0), "settling": None, "doubtful": one.doubtful + doubtful}
    return one.model_copy(update=changes)


def audited(one: ListingState, audit: Reading) -> tuple[ListingState, int]:
    """Every order before the reading should be here by now: what is still owed was erased, or is missing.

    The figure is what stays missing. A sale during the reading's call counts as if the figure had it: what that
    leaves unclear is neither freed nor called out, and goes on to the next audit. All other doubt is over.
    """
    missing = max(one.rights - audit.most, 0)
    unclear = audit.most - audit.left
    erased = missing if one.recount else min(missing, one.doubtful)
    changes: dict[str, object] = {"rights": one.rights - erased, "audit": None}
    changes["doubtful"] = min(max(one.doubtful - erased, 0), unclear)
    changes["recount"] = one.recount and unclear > 0
    return one.model_copy(update=changes), missing - erased


def charged(one: ListingState, found: int, now: float) -> ListingState:
    """More is listed than the listing has rights to: it may sell it, so its rights must say so."""
    excess = found - one.rights
    if excess <= 0:
        return one
    return one.model_copy(update={"rights": found, **unexplained(one, excess, now)})


def unexplained(one: ListingState, excess: int, now: float) -> dict[str, object]:
    since = one.unexplained_since if one.unexplained else now
    return {"unexplained": one.unexplained + excess, "unexplained_since": since}
