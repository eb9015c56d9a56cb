"""A cluster: the SKUs that bundles tie together in one pool, the listings that sell them, and their stored states."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Row, bindparam, delete, exists, select

from orderloom.domain.keys import Channel
from orderloom.domain.listing.bundles import Bundle, Cluster
from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.listing.state import Lags, PoolState
from orderloom.domain.stock import MovementKind
from orderloom.storage.ledger.rows import PoolRow
from orderloom.storage.listings.facts import FactKind
from orderloom.storage.listings.folding import Seller, first_pool, fold
from orderloom.storage.listings.offers import place_of
from orderloom.storage.tables import (
    listing_components,
    listing_offers,
    listing_parts,
    listing_pauses,
    listing_pools,
    movements,
    nodes,
)

LONG_BOUNDS = Lags(effect=300.0, sight=900.0)
COUNTED = (MovementKind.COUNT, MovementKind.RECEIPT, MovementKind.OBSERVED)


@dataclass(frozen=True)
class Members:
    """The SKUs that listings tie together, their listings, and the bundles among them."""

    skus: tuple[str, ...]
    sellers: Mapping[str, Seller]
    bundles: Mapping[str, Bundle]


def members_of(connection: Connection, pool: str, sku: str, policies: PolicyBook) -> Members:
    skus, rows = {sku}, _parts(connection, pool, {sku})
    while (wider := {row.sku for row in rows} | skus) != skus:
        skus, rows = wider, _parts(connection, pool, wider)
    parts: dict[tuple[str, str, str], dict[str, int]] = {}
    for row in rows:
        parts.setdefault((row.channel, row.account, row.listing), {})[row.sku] = row.units
    sellers: dict[str, Seller] = {}
    bundles: dict[str, Bundle] = {}
    for (channel, account, listing), components in parts.items():
        name = f"{channel}:{account}:{listing}"
        place, units = next(iter(components)), next(iter(components.values()))
        if len(components) > 1:
            place, units = place_of(components), 1
            bundles[place] = Bundle(components=components)
        key = ListingKey(channel=Channel(channel), account=account, listing=listing)
        is_written = policies.pool_of(key) is not None
        # An account that is not configured any more has no bounds of its own.
        lags = policies.lags(key.channel, account) if is_written else LONG_BOUNDS
        sellers[name] = Seller(name, key.channel, place, units, lags, is_written)
    return Members(tuple(sorted(skus)), sellers, bundles)


def _parts(connection: Connection, pool: str, skus: set[str]) -> Sequence[Row[Any]]:
    """All parts of the listings that sell any of these SKUs from this pool."""
    return connection.execute(_PARTS, {"its_pool": pool, "its_skus": sorted(skus)}).all()


def _parts_of_holders() -> Executable:
    """Built once: every plan asks it."""
    holder = listing_parts.alias("holder")
    mine, its = listing_parts.c, holder.c
    same = (its.channel == mine.channel) & (its.account == mine.account) & (its.listing == mine.listing)
    return (
        select(mine.channel, mine.account, mine.listing, mine.sku, mine.units)
        .select_from(listing_parts)
        .join(holder, same)
        .where(its.pool == bindparam("its_pool"), its.sku.in_(bindparam("its_skus", expanding=True)))
        .distinct()
        .order_by(mine.channel, mine.account, mine.listing, mine.sku)
    )


_PARTS = _parts_of_holders()


def stored_pools(connection: Connection, pool: str, places: Sequence[str]) -> dict[str, PoolState]:
    columns = listing_pools.c
    rows = connection.execute(
        select(columns.place, columns.document).where(columns.pool == pool, columns.place.in_(places))
    )
    return {row.place: PoolState.model_validate_json(row.document) for row in rows if row.document}


def drop_bundles(connection: Connection, pool: str, members: Members, facts: Sequence[Row[Any]]) -> None:
    """A bundle that nobody sells any more gives its allotment back; sold again, it starts anew."""
    left = {fact.detail for fact in facts if fact.kind == FactKind.LEFT} - {*members.skus, *members.bundles}
    if left:
        columns = listing_pools.c
        connection.execute(delete(listing_pools).where(columns.pool == pool, columns.place.in_(sorted(left))))


def counted_sellers(
    connection: Connection, pool: str, members: Members, stored: Mapping[str, PoolState]
) -> dict[str, Seller]:
    """The listings that may be written: those in a state already, and those whose SKUs were all counted here."""
    joined = {name for state in stored.values() for name in state.listings}
    parts = {name: _components(members, seller) for name, seller in members.sellers.items()}
    asked = sorted({sku for name, skus in parts.items() if name not in joined for sku in skus})
    counted: set[str] = set()
    if asked:
        statement = (
            select(movements.c.sku)
            .join(nodes, nodes.c.node == movements.c.node)
            .where(movements.c.sku.in_(asked), nodes.c.pool == pool, movements.c.kind.in_(COUNTED))
            .distinct()
        )
        counted = set(connection.execute(statement).scalars())
    fit = {name for name, seller in members.sellers.items() if seller.is_written and set(parts[name]) <= counted}
    return {name: seller for name, seller in members.sellers.items() if name in joined | fit}


def opened(
    connection: Connection,
    pool: str,
    selling: Collection[str],
    members: Members,
    cluster: Cluster,
    policies: PolicyBook,
    now: float,
) -> Cluster:
    """The pools that wait for first readings are open once none is missing: the first split is among all listings."""
    if all(state.opens_at is None for state in cluster.pools.values()):
        return cluster
    joined = {name for state in cluster.pools.values() for name in state.listings}
    if set(selling) - joined:
        return cluster
    due = connection.execute(_DUE, {"its_skus": sorted(members.skus), "now": now}).scalars()
    unread = (offer for offer in map(Offer.model_validate_json, due) if str(offer.key) not in joined)
    if any(offer.is_ours_to_write and policies.pool_of(offer.key) == pool for offer in unread):
        return cluster
    pools = {place: state.model_copy(update={"opens_at": None}) for place, state in cluster.pools.items()}
    return cluster.model_copy(update={"pools": pools})


def _due_of_skus() -> Executable:
    """Listings that were mapped to these SKUs, or named like them, and whose reading is due."""
    offers, parts = listing_offers.c, listing_components.c
    same = (parts.channel == offers.channel) & (parts.account == offers.account) & (parts.listing == offers.listing)
    mapped = exists().where(same, parts.sku.in_(bindparam("its_skus", expanding=True)))
    return (
        select(offers.document)
        .where(offers.look_at <= bindparam("now"), offers.is_gone.is_(False))
        .where(offers.sku.in_(bindparam("its_skus", expanding=True)) | mapped)
    )


_DUE = _due_of_skus()


def _components(members: Members, seller: Seller) -> Mapping[str, int]:
    bundle = members.bundles.get(seller.place)
    return bundle.components if bundle else {seller.place: seller.units}


def fold_cluster(
    members: Members,
    selling: Mapping[str, Seller],
    stored: Mapping[str, PoolState],
    facts: Sequence[Row[Any]],
    now: float,
) -> Cluster:
    pools: dict[str, PoolState] = {}
    for place in sorted({seller.place for seller in selling.values()} | stored.keys()):
        pool = stored.get(place) or first_pool(now)
        mine = {name: seller for name, seller in selling.items() if seller.place == place}
        known = {*mine, *pool.listings}
        pools[place] = fold(pool, [f for f in facts if f"{f.channel}:{f.account}:{f.listing}" in known], mine)
    bundles = {place: bundle for place, bundle in members.bundles.items() if place in pools}
    return Cluster(pools=pools, bundles=bundles)


def available_units(row: PoolRow) -> int:
    return row.on_hand - row.reserved - row.short


def chosen_policies(
    connection: Connection, pool: str, policies: PolicyBook, members: Members
) -> dict[str, ListingPolicy]:
    paused = set(
        connection.execute(select(listing_pauses.c.sku).where(listing_pauses.c.sku.in_(members.skus))).scalars()
    )
    chosen = {place: policies.policy(pool, place) for place in (*members.skus, *members.bundles)}
    for place in chosen:
        parts = members.bundles[place].components if place in members.bundles else {place: 1}
        if paused & set(parts):
            chosen[place] = chosen[place].model_copy(update={"paused": True})
    return chosen
