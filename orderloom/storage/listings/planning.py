"""One cluster at a time: fold its facts, plan, and write down the state with the pushes, in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.bundles import Bundle, Cluster
from orderloom.domain.listing.cluster import plan_cluster
from orderloom.domain.listing.demand import SLOWEST_LOOK, cover_of, next_look
from orderloom.domain.listing.moves import Alert, Move, SetShopify, WriteZero
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.listing.state import AlertKind, ListingState, PoolState, Write
from orderloom.domain.stock import MovementKind
from orderloom.storage.database import insert_or
from orderloom.storage.ledger.rows import PoolRow, lock_pools
from orderloom.storage.listings.folding import Seller, first_pool, fold
from orderloom.storage.listings.offers import NEVER, listing_key, look_at, read_offer
from orderloom.storage.listings.pushes import READY
from orderloom.storage.tables import (
    listing_alerts,
    listing_facts,
    listing_parts,
    listing_pauses,
    listing_pools,
    listing_pushes,
    movements,
    nodes,
)

_COUNTED = (MovementKind.COUNT, MovementKind.RECEIPT, MovementKind.OBSERVED)
_FRESH = 30.0
"""Seconds for which a reading may begin a listing's account."""
_SOON = 0.05
"""Seconds after a bound at which it has certainly passed."""


def due_places(connection: Connection, now: float, limit: int) -> list[tuple[str, str]]:
    """Pools and SKUs that have facts, or whose time has come, the longest waiting first."""
    pools, facts = listing_pools.c, listing_facts.c
    has_facts = (
        select(facts.fact_id)
        .where(facts.pool == pools.pool, facts.place == pools.place, facts.recorded_at <= now)
        .exists()
    )
    statement = (
        select(pools.pool, pools.place)
        .where(pools.not_before <= now, (pools.due_at <= now) | has_facts)
        .order_by(pools.due_at, pools.pool, pools.place)
        .limit(limit)
    )
    return [(row.pool, row.place) for row in connection.execute(statement)]


@dataclass(frozen=True)
class _Members:
    """The SKUs that listings tie together, their listings, and the bundles among them."""

    skus: tuple[str, ...]
    sellers: Mapping[str, Seller]
    bundles: Mapping[str, Bundle]


def plan_place(connection: Connection, pool: str, sku: str, policies: PolicyBook, now: datetime) -> None:
    """Plan the cluster that this SKU belongs to. A SKU that nobody ever counted keeps waiting, unwritten."""
    moment = now.timestamp()
    members = _members(connection, pool, sku, policies)
    stock = lock_pools(connection, [(pool, each) for each in members.skus])
    facts = _facts(connection, pool, members.skus, moment)
    documents = _documents(connection, pool, [*members.skus, *members.bundles])
    if not any(documents.values()) and not _is_counted(connection, pool, members.skus):
        _forget(connection, facts)
        _wait_until(connection, pool, members.skus, NEVER)
        return
    fresh = facts
    if not any(documents.values()):
        # What was read while nobody had counted is old by now: their rights begin with a reading of this moment.
        fresh = [fact for fact in facts if fact.recorded_at > moment - _FRESH]
    before = _cluster(members, documents, fresh, moment)
    available = {each: _available(stock[(pool, each)]) for each in members.skus}
    chosen = _chosen(connection, pool, policies, members)
    after, moves = plan_cluster(before, available, lambda place: chosen[place], moment)
    _forget(connection, facts)
    _save_states(connection, pool, after)
    _write_pushes(connection, pool, after, members, moves, now)
    _tell(connection, pool, documents, after, now)
    _set_looks(connection, after, moment)
    for name in members.sellers.keys() - {name for state in after.pools.values() for name in state.listings}:
        look_at(connection, listing_key(name), 0.0)
    _wait_until(connection, pool, members.skus, _next_due(after, moment))


def _members(connection: Connection, pool: str, sku: str, policies: PolicyBook) -> _Members:
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
            place, units = "+".join(f"{each}*{count}" for each, count in sorted(components.items())), 1
            bundles[place] = Bundle(components=components)
        lags = policies.lags(Channel(channel), account)
        sellers[name] = Seller(name, Channel(channel), place, units, lags)
    return _Members(tuple(sorted(skus)), sellers, bundles)


def _parts(connection: Connection, pool: str, skus: set[str]) -> Sequence[Row[Any]]:
    """All parts of the listings that sell any of these SKUs from this pool."""
    other = listing_parts.alias("theirs")
    mine, theirs = listing_parts.c, other.c
    statement = (
        select(mine.channel, mine.account, mine.listing, mine.sku, mine.units)
        .select_from(listing_parts)
        .join(
            other,
            (theirs.channel == mine.channel) & (theirs.account == mine.account) & (theirs.listing == mine.listing),
        )
        .where(theirs.pool == pool, theirs.sku.in_(sorted(skus)))
        .distinct()
        .order_by(mine.channel, mine.account, mine.listing, mine.sku)
    )
    return list(connection.execute(statement))


def _facts(connection: Connection, pool: str, skus: Sequence[str], now: float) -> Sequence[Row[Any]]:
    columns = listing_facts.c
    statement = (
        select(listing_facts)
        .where(columns.pool == pool, columns.place.in_(skus), columns.recorded_at <= now)
        .order_by(columns.fact_id)
    )
    return connection.execute(statement).all()


def _documents(connection: Connection, pool: str, places: Sequence[str]) -> dict[str, str | None]:
    columns = listing_pools.c
    rows = connection.execute(
        select(columns.place, columns.document).where(columns.pool == pool, columns.place.in_(places))
    )
    return {row.place: row.document for row in rows}


def _is_counted(connection: Connection, pool: str, skus: Sequence[str]) -> bool:
    counted = (
        select(movements.c.sku)
        .join(nodes, nodes.c.node == movements.c.node)
        .where(movements.c.sku.in_(skus), nodes.c.pool == pool, movements.c.kind.in_(_COUNTED))
        .distinct()
    )
    return set(connection.execute(counted).scalars()) >= set(skus)


def _cluster(members: _Members, documents: Mapping[str, str | None], facts: Sequence[Row[Any]], now: float) -> Cluster:
    places = sorted({seller.place for seller in members.sellers.values()} | {p for p, d in documents.items() if d})
    pools: dict[str, PoolState] = {}
    for place in places:
        document = documents.get(place)
        pool = PoolState.model_validate_json(document) if document else first_pool(now)
        mine = {name: seller for name, seller in members.sellers.items() if seller.place == place}
        known = {*mine, *pool.listings}
        pools[place] = fold(pool, [f for f in facts if f"{f.channel}:{f.account}:{f.listing}" in known], mine)
    bundles = {place: bundle for place, bundle in members.bundles.items() if place in pools}
    return Cluster(pools=pools, bundles=bundles)


def _available(row: PoolRow) -> int:
    return row.on_hand - row.reserved - row.short


def _chosen(connection: Connection, pool: str, policies: PolicyBook, members: _Members) -> dict[str, ListingPolicy]:
    paused = set(
        connection.execute(select(listing_pauses.c.sku).where(listing_pauses.c.sku.in_(members.skus))).scalars()
    )
    chosen = {place: policies.policy(pool, place) for place in (*members.skus, *members.bundles)}
    for place in chosen:
        parts = members.bundles[place].components if place in members.bundles else {place: 1}
        if paused & set(parts):
            chosen[place] = chosen[place].model_copy(update={"paused": True})
    return chosen


def _forget(connection: Connection, facts: Sequence[Row[Any]]) -> None:
    if facts:
        numbers = [fact.fact_id for fact in facts]
        connection.execute(delete(listing_facts).where(listing_facts.c.fact_id.in_(numbers)))


def _save_states(connection: Connection, pool: str, cluster: Cluster) -> None:
    rows = [
        {
            "pool": pool,
            "place": place,
            "document": state.model_dump_json(),
            "due_at": NEVER,
            "failures": 0,
            "not_before": 0.0,
        }
        for place, state in cluster.pools.items()
    ]
    if not rows:
        return
    statement = insert_or(connection, listing_pools)
    renewed = {name: statement.excluded[name] for name in ("document", "failures", "not_before")}
    connection.execute(statement.on_conflict_do_update(index_elements=["pool", "place"], set_=renewed), rows)


def _wait_until(connection: Connection, pool: str, skus: Sequence[str], due_at: float) -> None:
    columns = listing_pools.c
    connection.execute(update(listing_pools).where(columns.pool == pool, columns.place.in_(skus)).values(due_at=due_at))


def _write_pushes(
    connection: Connection, pool: str, cluster: Cluster, members: _Members, moves: Sequence[Move], now: datetime
) -> None:
    rows = []
    for move in moves:
        if isinstance(move, Alert):
            continue
        seller = members.sellers[move.listing]
        state = cluster.pools[seller.place]
        rows.append(_push_row(connection, pool, seller, move, state, now))
    if rows:
        connection.execute(insert(listing_pushes), rows)


def _push_row(
    connection: Connection, pool: str, seller: Seller, move: Move, state: PoolState, now: datetime
) -> dict[str, object]:
    channel, account, listing = seller.name.split(":", 2)
    key = listing_key(seller.name)
    offer = read_offer(connection, key)
    change_from = move.change_from if isinstance(move, SetShopify) else None
    quantity = 0 if isinstance(move, WriteZero | Alert) else move.quantity
    places = dict(offer.places) if offer else {}
    if change_from is not None and len(places) == 1:
        places = {next(iter(places)): change_from}
    return {
        "channel": channel,
        "account": account,
        "listing": listing,
        "pool": pool,
        "place": seller.place,
        "reference": offer.reference if offer else "",
        "change_from": change_from,
        "quantity": quantity,
        "places": json.dumps(places),
        "risk": 0.0 if quantity == 0 else cover_of(state, now.timestamp()),
        "state": READY,
        "created_at": now,
        "reason": "",
    }


def _tell(
    connection: Connection, pool: str, documents: Mapping[str, str | None], cluster: Cluster, now: datetime
) -> None:
    """Write down alerts that are new, and close those that are no more."""
    for place, state in cluster.pools.items():
        document = documents.get(place)
        before = PoolState.model_validate_json(document).alerts if document else frozenset[tuple[str, AlertKind]]()
        for name, kind in sorted(state.alerts - before):
            row = {"pool": pool, "place": place, "listing": name, "kind": kind, "since": now}
            connection.execute(insert(listing_alerts), row)
        for name, kind in sorted(before - state.alerts):
            columns = listing_alerts.c
            connection.execute(
                update(listing_alerts)
                .where(columns.pool == pool, columns.listing == name, columns.kind == kind)
                .where(columns.cleared_at.is_(None))
                .values(cleared_at=now)
            )


def _set_looks(connection: Connection, cluster: Cluster, now: float) -> None:
    for state in cluster.pools.values():
        for name, one in state.listings.items():
            wait = next_look(state, one, now) if one.channel is Channel.AMAZON else SLOWEST_LOOK
            look_at(connection, listing_key(name), one.reading.at + one.lags.staleness + wait)


def _next_due(cluster: Cluster, now: float) -> float:
    """When time alone will change something; a reading or a fact comes by itself."""
    moments = [moment for state in cluster.pools.values() for one in state.listings.values() for moment in _bounds(one)]
    return min((moment + _SOON for moment in moments if moment + _SOON > now), default=NEVER)


def _bounds(one: ListingState) -> list[float]:
    moments: list[float] = []
    if one.settling:
        moments.append(one.settling.due)
    if one.pending and one.pending.write is not Write.CHANGE:
        turnaround = one.lags.effect + one.lags.sight
        moments += [one.pending.since + turnaround, one.pending.since + 2 * turnaround]
    if one.unexplained:
        moments.append(one.unexplained_since + one.lags.sight)
    if one.audit:
        moments.append(one.audit.at + one.lags.sight)
    if one.unsettled_until is not None:
        moments.append(one.unsettled_until)
    return moments
