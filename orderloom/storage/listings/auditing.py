"""Verifying the listing book against the ledger: what each state says is available, and that no write is lost.

Only places at rest are compared: one that has facts, or that the ledger has marked, is about to be planned anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.state import PoolState
from orderloom.domain.stock import MovementKind, Violation
from orderloom.storage.listings.offers import place_of
from orderloom.storage.listings.pushes import READY
from orderloom.storage.tables import (
    listing_facts,
    listing_parts,
    listing_pools,
    listing_pushes,
    listing_sales,
    movements,
    pool_stock,
    reservations,
)

Place = tuple[str, str]


@dataclass(frozen=True)
class _Book:
    """The stored states, the bundles' components, and the places that are about to be planned."""

    states: Mapping[Place, PoolState]
    bundles: Mapping[Place, Mapping[str, int]]
    restless: frozenset[Place]

    def is_at_rest(self, pool: str, sku: str) -> bool:
        """The SKU and all that bundles tie to it directly."""
        tied = {sku}.union(*(parts for (of, _), parts in self.bundles.items() if of == pool and sku in parts))
        return not any((pool, each) in self.restless for each in tied)


def listing_violations(connection: Connection) -> Iterator[Violation]:
    book = _read(connection)
    yield from _availability(connection, book)
    yield from _writes(connection, book)
    yield from _sales(connection)


def _read(connection: Connection) -> _Book:
    states: dict[Place, PoolState] = {}
    restless: set[Place] = set()
    for row in connection.execute(select(listing_pools)):
        if row.document:
            states[(row.pool, row.place)] = PoolState.model_validate_json(row.document)
        if row.due_at <= 0 or row.failures:
            restless.add((row.pool, row.place))
    facts = select(listing_facts.c.pool, listing_facts.c.place).distinct()
    restless |= {(row.pool, row.place) for row in connection.execute(facts)}
    parts: dict[tuple[str, str, str, str], dict[str, int]] = {}
    for row in connection.execute(select(listing_parts)):
        parts.setdefault((row.pool, row.channel, row.account, row.listing), {})[row.sku] = row.units
    several = ((pool, units) for (pool, *_), units in parts.items() if len(units) > 1)
    bundles = {(pool, place_of(units)): units for pool, units in several}
    return _Book(states, bundles, frozenset(restless))


def _availability(connection: Connection, book: _Book) -> Iterator[Violation]:
    columns = pool_stock.c
    for row in connection.execute(select(pool_stock).order_by(columns.pool, columns.sku)):
        state = book.states.get((row.pool, row.sku))
        if state is None or not book.is_at_rest(row.pool, row.sku):
            continue
        carved = sum(
            book.states[(pool, place)].available * parts.get(row.sku, 0)
            for (pool, place), parts in book.bundles.items()
            if pool == row.pool and (pool, place) in book.states
        )
        available = row.on_hand - row.reserved - row.short
        if state.available + carved != available:
            detail = f"listings may sell {state.available}, bundles hold {carved}, the ledger has {available}"
            yield Violation(
                invariant="listings divide what the ledger has available",
                place=f"{row.sku} at {row.pool}",
                detail=detail,
            )


def _writes(connection: Connection, book: _Book) -> Iterator[Violation]:
    """Every push that waits was charged, and every write to a shop has a push that is to be answered."""
    columns = listing_pushes.c
    open_pushes = select(listing_pushes).where(columns.answered_at.is_(None), columns.pool.is_not(None))
    waiting: set[tuple[str, str]] = set()
    for row in connection.execute(open_pushes.order_by(columns.push_id)):
        name = str(ListingKey(channel=Channel(row.channel), account=row.account, listing=row.listing))
        waiting.add((row.pool, name))
        state = book.states.get((row.pool, row.place))
        if row.channel == Channel.AMAZON and row.state != READY:
            # It left: how long its charge waits for an effect is the policy's affair.
            continue
        one = state.listings.get(name) if state else None
        if one is None or one.pending is None or one.pending.units != row.quantity * one.units:
            detail = f"push {row.push_id} of {row.quantity} was never charged to its rights"
            yield Violation(
                invariant="a push is charged before it is sent", place=f"{name} at {row.pool}", detail=detail
            )
    for (pool, place), state in sorted(book.states.items()):
        first = min(book.bundles.get((pool, place), (place,)))
        for name, one in sorted(state.listings.items()):
            is_shop = one.channel is Channel.SHOPIFY
            if is_shop and one.pending and (pool, name) not in waiting and book.is_at_rest(pool, first):
                detail = f"waits for an answer to {one.pending.units}, and no push of it is under way"
                yield Violation(invariant="a write under way has its push", place=f"{name} at {pool}", detail=detail)


def _sales(connection: Connection) -> Iterator[Violation]:
    """A unit of a listing has at least one unit of a SKU, so no more can be told than was ever taken."""
    told, held, moved = listing_sales.c, reservations.c, movements.c
    taken = (
        select(func.coalesce(func.sum(held.wanted), 0))
        .where(held.order_key == told.order_key, held.line_id == told.line_id)
        .scalar_subquery()
    )
    elsewhere = (
        select(func.coalesce(func.sum(-moved.delta), 0))
        .where(moved.order_key == told.order_key, moved.line_id == told.line_id)
        .where(moved.kind == MovementKind.SOLD_ELSEWHERE)
        .scalar_subquery()
    )
    statement = select(listing_sales, (taken + elsewhere).label("taken")).where(told.told > taken + elsewhere)
    for row in connection.execute(statement.order_by(told.order_key, told.line_id)):
        detail = f"{row.told} of {row.listing} told as sold, {row.taken} units taken"
        place = f"{row.order_key} at line {row.line_id}"
        yield Violation(invariant="no more is told as sold than was taken", place=place, detail=detail)
