"""Facts into states: which function of the policy each kind of fact is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from orderloom.domain.keys import Channel
from orderloom.domain.listing import observe
from orderloom.domain.listing.pace import FIRST_GAP
from orderloom.domain.listing.state import AlertKind, Lags, ListingState, PoolState, Reading
from orderloom.storage.listings.facts import FactKind

FIRST_READINGS = 600.0
"""Seconds that a new pool waits for the first reading of every listing it knows of. Each is due at once; a channel that
is down that long must not keep the others dark."""
Fold = Callable[[PoolState, str, Row[Any]], PoolState]


@dataclass(frozen=True)
class Seller:
    """A listing of a pool as the catalogue and the configuration have it; `units` of the place in one of it."""

    name: str
    channel: Channel
    place: str
    units: int
    lags: Lags
    is_written: bool = True
    """False: its account publishes no more (unwritten.py)."""


def first_pool(now: float) -> PoolState:
    return PoolState(available=0, listings={}, gap=FIRST_GAP, last_sale=now, opens_at=now + FIRST_READINGS)


def fold(pool: PoolState, facts: Sequence[Row[Any]], sellers: Mapping[str, Seller]) -> PoolState:
    """All facts of one place in the order of their arrival. A listing joins at a reading, and not before."""
    for fact in facts:
        name = f"{fact.channel}:{fact.account}:{fact.listing}"
        kind = FactKind(fact.kind)
        if name not in pool.listings:
            if kind in (FactKind.OFFER, FactKind.STALE) and name in sellers:
                pool = _joined(pool, sellers[name], fact)
            continue
        if kind is FactKind.LEFT or name not in sellers:
            pool = without(pool, name)
            continue
        pool = _FOLDS[kind](pool, name, fact)
    return _as_configured(pool, sellers)


def _joined(pool: PoolState, seller: Seller, fact: Row[Any]) -> PoolState:
    """Its rights begin as its first reading: sales before the answer was here may be in that figure."""
    units = max(fact.quantity, 0) * seller.units
    share = 1.0 / (len(pool.listings) + 1)
    one = ListingState(
        name=seller.name,
        channel=seller.channel,
        lags=seller.lags,
        units=seller.units,
        rights=units,
        since=fact.recorded_at,
        reading=Reading(units=units, at=fact.at - seller.lags.staleness, until=fact.recorded_at),
        share=share,
        denies_overselling=not fact.detail,
    )
    others = {name: each.model_copy(update={"share": each.share * (1 - share)}) for name, each in pool.listings.items()}
    return pool.model_copy(update={"listings": {**others, seller.name: one}})


def without(pool: PoolState, name: str) -> PoolState:
    left = {each: one for each, one in pool.listings.items() if each != name}
    alerts = frozenset(alert for alert in pool.alerts if alert[0] != name)
    return pool.model_copy(update={"listings": left, "alerts": alerts})


def _as_configured(pool: PoolState, sellers: Mapping[str, Seller]) -> PoolState:
    for name, one in pool.listings.items():
        if name in sellers and one.lags != sellers[name].lags:
            pool = pool.with_listing(one.model_copy(update={"lags": sellers[name].lags}))
    return pool


def _read(pool: PoolState, name: str, fact: Row[Any]) -> PoolState:
    one = pool.listings[name].model_copy(update={"denies_overselling": not fact.detail})
    return observe.reading_observed(pool.with_listing(one), name, fact.quantity, fact.at, fact.recorded_at)


def _stale(pool: PoolState, name: str, fact: Row[Any]) -> PoolState:
    """For Amazon, a reading is all that a lost answer leaves."""
    if pool.listings[name].channel is Channel.AMAZON:
        return _read(pool, name, fact)
    return observe.change_stale(pool, name, fact.quantity, fact.at, fact.recorded_at)


def _cleared(pool: PoolState, name: str, kind: AlertKind) -> PoolState:
    """Of an unpublished listing it says that it shows nothing any more: its units are the others'."""
    return without(pool, name) if kind is AlertKind.UNPUBLISHED else observe.cleared(pool, name, kind)


_FOLDS: Mapping[FactKind, Fold] = {
    FactKind.SALE: lambda pool, name, f: observe.sale_seen(pool, name, f.quantity, f.at, f.recorded_at),
    FactKind.CANCELLED: lambda pool, name, f: observe.cancelled(
        pool, name, f.quantity, restored=True, now=f.recorded_at, cancelled_at=f.at
    ),
    FactKind.OFFER: _read,
    FactKind.DONE: lambda pool, name, f: observe.change_made(pool, name, f.at),
    FactKind.ACCEPTED: lambda pool, name, f: observe.write_accepted(pool, name, f.at),
    FactKind.STALE: _stale,
    FactKind.REFUSED: lambda pool, name, _f: observe.write_refused(pool, name),
    FactKind.LOST: lambda pool, name, f: observe.write_lost(pool, name, f.recorded_at),
    FactKind.CLEARED: lambda pool, name, f: _cleared(pool, name, AlertKind(f.detail)),
    FactKind.LEFT: lambda pool, name, _f: without(pool, name),
}
