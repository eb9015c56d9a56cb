"""One cluster at a time: fold its facts, plan, and write down the state with the pushes, in one transaction."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Float, Row, bindparam, delete, insert, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.bundles import Cluster, Policies
from orderloom.domain.listing.cluster import plan_cluster
from orderloom.domain.listing.demand import SLOWEST_LOOK, cover_of, next_look
from orderloom.domain.listing.moves import Alert, Move, SetShopify, WriteZero
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.listing.state import PoolState
from orderloom.domain.listing.waiting import SOON, next_plan
from orderloom.storage.database import insert_or
from orderloom.storage.ledger.rows import lock_pools
from orderloom.storage.listings.alarms import store_alerts, warning
from orderloom.storage.listings.clusters import (
    Members,
    available_units,
    chosen_policies,
    counted_sellers,
    drop_bundles,
    fold_cluster,
    members_of,
    opened,
    stored_pools,
)
from orderloom.storage.listings.folding import Seller
from orderloom.storage.listings.offers import NEVER, listing_key, look_at, read_offer
from orderloom.storage.listings.pushes import READY, since_sent
from orderloom.storage.listings.refusals import without_refused
from orderloom.storage.listings.unwritten import granted_nothing, held_still, let_go
from orderloom.storage.tables import (
    listing_facts,
    listing_offers,
    listing_pools,
    listing_pushes,
)


def due_places(connection: Connection, now: float, limit: int) -> list[tuple[str, str]]:
    """Pools and SKUs that have facts, or whose time has come, the longest waiting first."""
    pools, facts = listing_pools.c, listing_facts.c
    has_facts = select(facts.fact_id).where(facts.pool == pools.pool, facts.place == pools.place).exists()
    statement = (
        select(pools.pool, pools.place)
        .where(pools.not_before <= now, (pools.due_at <= now) | has_facts)
        .order_by(pools.due_at, pools.pool, pools.place)
        .limit(limit)
    )
    return [(row.pool, row.place) for row in connection.execute(statement)]


def plan_place(connection: Connection, pool: str, sku: str, policies: PolicyBook, now: datetime) -> None:
    """Plan the cluster that this SKU belongs to. A listing joins once every SKU in it was counted in this pool."""
    moment = now.timestamp()
    members = members_of(connection, pool, sku, policies)
    stock = lock_pools(connection, [(pool, each) for each in members.skus])
    facts = _facts(connection, pool, members.skus)
    drop_bundles(connection, pool, members, facts)
    stored = stored_pools(connection, pool, [*members.skus, *members.bundles])
    stored = {place: since_sent(connection, pool, state, now) for place, state in stored.items()}
    selling = counted_sellers(connection, pool, members, stored)
    before = fold_cluster(members, selling, stored, facts, moment)
    before = opened(connection, pool, selling, members, before, policies, moment)
    before, unwritten = held_still(connection, before, members.sellers, now)
    available = {each: available_units(stock[(pool, each)]) for each in members.skus}
    chosen = chosen_policies(connection, pool, policies, members)

    def policy_of(place: str) -> ListingPolicy:
        return granted_nothing(chosen[place], unwritten)

    after, moves = plan_cluster(before, available, policy_of, moment)
    after, moves, asked_later = without_refused(connection, let_go(after, unwritten), moves, members.sellers, moment)
    _forget(connection, facts)
    _save_states(connection, pool, after)
    _write_pushes(connection, pool, after, members, moves, now)
    for place, state in after.pools.items():
        low = warning(connection, pool, place, state, chosen[place], now) if place in members.skus else set()
        store_alerts(connection, pool, place, state.alerts | low, now)
    _set_looks(connection, after, moment)
    _look_at_those_that_join(connection, selling, after)
    _wait_until(connection, pool, members.skus, min([_next_due(after, policy_of, moment), *asked_later]))


def _look_at_those_that_join(connection: Connection, selling: Mapping[str, Seller], cluster: Cluster) -> None:
    """Counted, and not read since: what they showed before is old."""
    joined = {name for state in cluster.pools.values() for name in state.listings}
    for name in sorted(selling.keys() - joined):
        look_at(connection, listing_key(name), 0.0)


def _facts(connection: Connection, pool: str, skus: Sequence[str]) -> Sequence[Row[Any]]:
    columns = listing_facts.c
    statement = select(listing_facts).where(columns.pool == pool, columns.place.in_(skus)).order_by(columns.fact_id)
    return connection.execute(statement).all()


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
    connection: Connection, pool: str, cluster: Cluster, members: Members, moves: Sequence[Move], now: datetime
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
    if change_from is not None and places:
        places = _believed(places, change_from)
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


def _believed(places: Mapping[str, int], total: int) -> dict[str, int]:
    """What each location shows if all of them show `total`: what was sold since was sold where most was."""
    believed = dict(places)
    difference = total - sum(believed.values())
    for place in sorted(believed, key=lambda name: -believed[name]):
        moved = difference if difference > 0 else max(difference, -max(believed[place], 0))
        believed[place] += moved
        difference -= moved
    return believed


def _set_looks(connection: Connection, cluster: Cluster, now: float) -> None:
    """When each listing is read again; one that was asked for at once stays so until it was read.

    Counted from the last reading, also from one that the policy could not use: it would show the same a moment later.
    """
    rows = []
    listed = ((name, one, state) for state in cluster.pools.values() for name, one in state.listings.items())
    for name, one, state in sorted(listed, key=lambda entry: entry[0]):
        key = listing_key(name)
        wait = next_look(state, one, now) if one.channel is Channel.AMAZON else SLOWEST_LOOK
        rows.append({"its_channel": key.channel, "its_account": key.account, "its_listing": key.listing, "wait": wait})
    if rows:
        connection.execute(_LOOK, rows)


_LOOKED = listing_offers.c
_LOOK = (
    update(listing_offers)
    .where(
        _LOOKED.channel == bindparam("its_channel"),
        _LOOKED.account == bindparam("its_account"),
        _LOOKED.listing == bindparam("its_listing"),
    )
    .where(_LOOKED.look_at > 0, _LOOKED.look_at != _LOOKED.read_at + bindparam("wait", type_=Float))
    .values(look_at=_LOOKED.read_at + bindparam("wait", type_=Float))
)


def _next_due(cluster: Cluster, policies: Policies, now: float) -> float:
    """When time alone will change something; a reading or a fact comes by itself."""
    moments = (next_plan(state, policies(place), now) for place, state in cluster.pools.items())
    return min((moment + SOON for moment in moments if moment is not None), default=NEVER)
