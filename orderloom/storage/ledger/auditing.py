"""Verifying the ledger: every invariant, computed anew from the rows that it follows from."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from orderloom.domain.stock import LedgerReport, MovementKind, Violation
from orderloom.storage.ledger.allocations import allocated_total
from orderloom.storage.ledger.movements import BY_CHANNEL
from orderloom.storage.listings.auditing import listing_violations
from orderloom.storage.tables import (
    allocations,
    goods_back,
    ledger_orders,
    movements,
    node_stock,
    nodes,
    pool_stock,
    reservations,
    skus,
)

Sums = Mapping[tuple[str, str], int]


def verify(connection: Connection, now: datetime) -> LedgerReport:
    """Check everything on one snapshot."""
    violations = [
        *_node_violations(connection),
        *_pool_violations(connection),
        *_row_violations(connection),
        *_return_violations(connection),
        *listing_violations(connection),
    ]
    return LedgerReport(
        checked_at=now,
        skus=_count(connection, skus),
        movements=_count(connection, movements),
        reservations=_count(connection, reservations),
        violations=tuple(sorted(violations, key=lambda violation: (violation.invariant, violation.place))),
    )


def short_units(connection: Connection) -> int:
    """Units that channels sold and that are not there."""
    return int(connection.execute(select(func.coalesce(func.sum(pool_stock.c.short), 0))).scalar_one())


def oversold_units(connection: Connection) -> int:
    """Units reserved or dispatched beyond what was on hand: from the rows, not from the counters they keep."""
    at_nodes = _sums(
        connection,
        select(movements.c.sku, movements.c.node, func.sum(movements.c.delta)).group_by(
            movements.c.sku, movements.c.node
        ),
    )
    pool_of = {row.node: row.pool for row in connection.execute(select(nodes.c.node, nodes.c.pool))}
    in_pool: dict[tuple[str, str], int] = {}
    for (sku, node), units in at_nodes.items():
        place = (sku, pool_of[node])
        in_pool[place] = in_pool.get(place, 0) + units
    over: dict[tuple[str, str], int] = {}
    for place, units in _reservation_sums(connection, reservations.c.reserved).items():
        over[place] = max(units - in_pool.get(place, 0), 0)
    placed: dict[tuple[str, str], int] = {}
    for (sku, node), units in _sums(connection, allocated_total()).items():
        place = (sku, pool_of[node])
        placed[place] = placed.get(place, 0) + max(units - at_nodes.get((sku, node), 0), 0)
    reserved_or_placed = sum(max(over.get(place, 0), placed.get(place, 0)) for place in {*over, *placed})
    return reserved_or_placed + _left_without_being_there(connection)


def _left_without_being_there(connection: Connection) -> int:
    columns = movements.c
    statement = select(func.coalesce(func.sum(columns.delta), 0)).where(
        columns.order_key.is_not(None),
        columns.kind == MovementKind.ADJUSTMENT,
        columns.delta > 0,
        columns.by != BY_CHANNEL,
    )
    return int(connection.execute(statement).scalar_one())


def _node_violations(connection: Connection) -> Iterator[Violation]:
    moved = _sums(
        connection,
        select(movements.c.sku, movements.c.node, func.sum(movements.c.delta)).group_by(
            movements.c.sku, movements.c.node
        ),
    )
    columns = node_stock.c
    on_hand = _sums(connection, select(columns.sku, columns.node, columns.on_hand))
    allocated = _sums(connection, select(columns.sku, columns.node, columns.allocated))
    yield from _compare("node on_hand is the sum of its movements", on_hand, moved)
    yield from _compare(
        "node allocated is the sum of live allocations", allocated, _sums(connection, allocated_total())
    )
    yield from _negatives("no node counter is negative", on_hand, allocated)


def _pool_violations(connection: Connection) -> Iterator[Violation]:
    of_nodes = (
        select(node_stock.c.sku, nodes.c.pool, func.sum(node_stock.c.on_hand))
        .join(nodes, nodes.c.node == node_stock.c.node)
        .group_by(node_stock.c.sku, nodes.c.pool)
    )
    columns = pool_stock.c
    on_hand = _sums(connection, select(columns.sku, columns.pool, columns.on_hand))
    reserved = _sums(connection, select(columns.sku, columns.pool, columns.reserved))
    short = _sums(connection, select(columns.sku, columns.pool, columns.short))
    yield from _compare("pool on_hand is the sum over its nodes", on_hand, _sums(connection, of_nodes))
    yield from _compare(
        "pool reserved is the sum of live reservations",
        reserved,
        _reservation_sums(connection, reservations.c.reserved),
    )
    yield from _compare(
        "pool short is the sum of recorded shortages", short, _reservation_sums(connection, reservations.c.short)
    )
    yield from _negatives("no pool counter is negative", on_hand, reserved, short)
    for place, units in reserved.items():
        if units > on_hand[place]:
            yield _violation("live reservations are on hand", place, f"{units} reserved of {on_hand[place]}")
        if short[place] and units < on_hand[place]:
            detail = f"{short[place]} short while {on_hand[place] - units} are free"
            yield _violation("free units serve shortages", place, detail)


def _row_violations(connection: Connection) -> Iterator[Violation]:
    columns = reservations.c
    ended = columns.reserved + columns.short + columns.shipped + columns.released
    lowest = (columns.reserved < 0) | (columns.short < 0) | (columns.shipped < 0) | (columns.released < 0)
    for row in connection.execute(select(reservations).where((columns.wanted != ended) | lowest)):
        detail = (
            f"wanted {row.wanted}, but reserved {row.reserved}, short {row.short}, shipped {row.shipped}, "
            f"released {row.released}"
        )
        place = (row.order_key, f"line {row.line_id} {row.sku}")
        yield _violation("every unit wanted is reserved, short, shipped or released", place, detail)
    undead = (
        select(columns.order_key, columns.line_id, columns.sku)
        .join(ledger_orders, ledger_orders.c.order_key == columns.order_key)
        .where(ledger_orders.c.ended_at.is_not(None), columns.reserved + columns.short > 0)
    )
    for row in connection.execute(undead):
        place = (row.order_key, f"line {row.line_id} {row.sku}")
        yield _violation("a released order holds nothing", place, "still holds units")
    placed = allocations.c
    beyond = (placed.shipped + placed.released > placed.quantity) | (placed.shipped < 0) | (placed.released < 0)
    for row in connection.execute(select(allocations).where(beyond)):
        detail = f"{row.quantity} allocated, {row.shipped} shipped, {row.released} released"
        yield _violation("every allocation ends once", (row.dispatch_id, f"line {row.line_id} {row.sku}"), detail)


def _return_violations(connection: Connection) -> Iterator[Violation]:
    """What was restocked is what was taken in for it, once."""
    taken = select(goods_back.c.order_key, goods_back.c.change_id).where(goods_back.c.node.is_not(None))
    changes = {f"{row.order_key}:{row.change_id}" for row in connection.execute(taken)}
    columns = movements.c
    for once, sku, node in connection.execute(
        select(columns.once, columns.sku, columns.node).where(columns.kind == MovementKind.RETURNED)
    ):
        change = str(once).removeprefix(f"{MovementKind.RETURNED}:").removesuffix(f":{sku}")
        if change not in changes:
            yield _violation("every return was taken in once", (sku, node), f"{change} was not taken in")


def _reservation_sums(connection: Connection, column: Any) -> Sums:
    columns = reservations.c
    statement = select(columns.sku, columns.pool, func.sum(column)).group_by(columns.sku, columns.pool)
    return _sums(connection, statement)


def _sums(connection: Connection, statement: Any) -> Sums:
    return {(first, second): int(units) for first, second, units in connection.execute(statement)}


def _compare(invariant: str, counters: Sums, truth: Sums) -> Iterator[Violation]:
    for place in sorted({*counters, *truth}):
        counter, sum_of_rows = counters.get(place, 0), truth.get(place, 0)
        if counter != sum_of_rows:
            yield _violation(invariant, place, f"the counter says {counter}, its rows add up to {sum_of_rows}")


def _negatives(invariant: str, *counters: Sums) -> Iterator[Violation]:
    for sums in counters:
        for place, units in sums.items():
            if units < 0:
                yield _violation(invariant, place, f"{units} units")


def _violation(invariant: str, place: tuple[str, str], detail: str) -> Violation:
    return Violation(invariant=invariant, place=" at ".join(place), detail=detail)


def _count(connection: Connection, table: Any) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())
