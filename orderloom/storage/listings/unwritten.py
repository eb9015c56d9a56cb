"""Listings of an account that publishes no more, or is not configured any more: nobody writes them, yet they sell.

Such a listing keeps the rights to what it shows, so that nobody else sells those units; the others get the rest. Its
sales lower its rights as ever. An alarm names it until it is sold out, is published again, or a person has set it to
zero at the channel and says so (`listings clear`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.bundles import Cluster
from orderloom.domain.listing.observe import write_refused
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.listing.state import AlertKind, Pending, PoolState, Write
from orderloom.storage.ledger.rows import lock_pools
from orderloom.storage.listings.facts import stock_changed
from orderloom.storage.listings.folding import Seller, without
from orderloom.storage.listings.offers import is_key, listing_key
from orderloom.storage.listings.pushes import READY
from orderloom.storage.tables import listing_parts, listing_pushes


def plan_unpublished(connection: Connection, policies: PolicyBook) -> None:
    """Have every place planned that a listing of an unpublished account sells from: its alarm is raised there."""
    columns = listing_parts.c
    accounts = connection.execute(select(columns.channel, columns.account).distinct()).all()
    for row in accounts:
        mine = (columns.channel == row.channel) & (columns.account == row.account)
        first = connection.execute(select(columns.listing).where(mine).limit(1)).scalar_one()
        key = ListingKey(channel=Channel(row.channel), account=row.account, listing=first)
        if policies.pool_of(key) is None:
            rows = connection.execute(select(columns.pool, columns.sku).where(mine).distinct()).all()
            places = [(place.pool, place.sku) for place in rows]
            lock_pools(connection, places)
            stock_changed(connection, places)


@dataclass(frozen=True)
class Unwritten:
    """The names that nobody writes, and those of them that are held still for the time of one plan."""

    names: frozenset[str]
    held: frozenset[str]


def held_still(
    connection: Connection, cluster: Cluster, sellers: Mapping[str, Seller], now: datetime
) -> tuple[Cluster, Unwritten]:
    """The cluster as it is to be planned: to the policy each of these awaits an answer, so nothing of it is moved."""
    names: set[str] = set()
    held: set[str] = set()
    for place, pool in cluster.pools.items():
        for name in pool.listings:
            if name not in sellers or sellers[name].is_written:
                continue
            names.add(name)
            pool = _unsent(connection, pool, name, now)
            one = pool.listings[name]
            if one.pending is None:
                units = max(one.reading.left, 0)
                awaited = Pending(write=Write.CHANGE, units=units, before=units, since=now.timestamp())
                pool = pool.with_listing(one.model_copy(update={"pending": awaited}))
                held.add(name)
        cluster = cluster.with_pool(place, pool)
    return cluster, Unwritten(frozenset(names), frozenset(held))


def granted_nothing(policy: ListingPolicy, unwritten: Unwritten) -> ListingPolicy:
    if not unwritten.names:
        return policy
    return policy.model_copy(update={"shares": {**policy.shares, **dict.fromkeys(unwritten.names, 0.0)}})


def let_go(cluster: Cluster, unwritten: Unwritten) -> Cluster:
    """The planned cluster as it is to be stored: each of these with its alarm, or gone where it is sold out."""
    for place, pool in cluster.pools.items():
        for name, one in pool.listings.items():
            if name in unwritten.held:
                one = one.model_copy(update={"pending": None})
                pool = pool.with_listing(one)
            if name not in unwritten.names:
                pool = _without_alarm(pool, name)
            elif one.pending is None and one.rights <= 0 and one.reading.left <= 0:
                pool = without(pool, name)
            else:
                pool = pool.noticing(name, AlertKind.UNPUBLISHED)
        cluster = cluster.with_pool(place, pool)
    return cluster


def _without_alarm(pool: PoolState, name: str) -> PoolState:
    alarm = (name, AlertKind.UNPUBLISHED)
    return pool.model_copy(update={"alerts": pool.alerts - {alarm}}) if alarm in pool.alerts else pool


def _unsent(connection: Connection, pool: PoolState, name: str, now: datetime) -> PoolState:
    """A push that waits to be sent never will be: what it was charged comes back."""
    columns = listing_pushes.c
    waiting = is_key(columns, listing_key(name)) & (columns.state == READY) & columns.answered_at.is_(None)
    withdrawn = {"state": "withdrawn", "reason": "its account publishes no more", "answered_at": now}
    if connection.execute(update(listing_pushes).where(waiting).values(**withdrawn)).rowcount:
        return write_refused(pool, name)
    return pool
