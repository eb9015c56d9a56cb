"""A package left: its units move from reserved to shipped, once per package.

A node may report more than it was asked for, or for an order whose reservation has ended. The units are gone all
the same, so what is beyond the allocation is counted out as an adjustment and told in the order's timeline.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey
from orderloom.domain.records import DispatchState, TimelineEntry
from orderloom.domain.shipments import Package
from orderloom.domain.stock import MovementKind
from orderloom.storage.database import insert_or, require_rows
from orderloom.storage.ledger.allocations import drop_what_stays, free_at_nodes
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move, on_hand_at, take_out
from orderloom.storage.ledger.rows import (
    Held,
    LinePlace,
    change_pools,
    held_and_locked,
    open_entry,
    pools_of_nodes,
    save_held,
)
from orderloom.storage.tables import allocations, departures, packages, shipments
from orderloom.storage.timeline import note


@dataclass(frozen=True)
class _Leaving:
    """Some units of one line, in one package, at one node."""

    order_key: str
    dispatch_id: str
    package_id: str
    node: str
    pool: str
    line_id: str
    sku: str
    at: datetime

    def cause(self, kind: MovementKind, why: str) -> Cause:
        name = f"{kind}:{self.dispatch_id}:{self.package_id}:{self.line_id}:{self.sku}"
        return Cause(
            kind=kind,
            at=self.at,
            by=f"node:{self.node}",
            why=why,
            order_key=self.order_key,
            line_id=self.line_id,
            once=name,
        )


def ship(connection: Connection, key: OrderKey, shipment: int, package: Package, now: datetime) -> None:
    """Raises OrderUnknown where the order has no such shipment."""
    open_entry(connection, key, now)
    attempt = _attempt(connection, key, shipment, package.package_id)
    if not _is_first(connection, attempt.dispatch_id, package.package_id, now):
        return
    units: Counter[LinePlace] = Counter()
    for line in package.lines:
        units[(line.line_id, line.sku)] += line.quantity
    pool = pools_of_nodes(connection, [attempt.node])[attempt.node]
    places = {(pool, sku) for _, sku in units}
    held, _ = held_and_locked(connection, str(key), places)
    rows = {(row.line_id, row.sku): row for row in held}
    placed = _allocated(connection, attempt.dispatch_id)
    extra: Counter[str] = Counter()
    for line_id, sku in sorted(units):
        leaving = _Leaving(str(key), attempt.dispatch_id, package.package_id, attempt.node, pool, line_id, sku, now)
        row = rows.get((line_id, sku))
        own = min(units[(line_id, sku)], placed[(line_id, sku)], row.live if row else 0)
        if row and own:
            _ship_own(connection, leaving, row, own)
        if units[(line_id, sku)] > own:
            extra[sku] += units[(line_id, sku)] - own
            _count_out_extra(connection, leaving, units[(line_id, sku)] - own)
    if extra:
        _tell(connection, key, attempt, package, extra, now)
    rebalance(connection, places | {row.place for row in held}, now)


def shorten(connection: Connection, key: OrderKey, shipment: int, now: datetime) -> None:
    """The shipment is what has left of it; what has not stays reserved and may be planned again."""
    open_entry(connection, key, now)
    mine = (shipments.c.order_key == str(key)) & (shipments.c.number == shipment)
    latest = select(shipments.c.dispatch_id).where(mine).order_by(shipments.c.attempt.desc()).limit(1)
    name = connection.execute(latest).scalar_one()
    drop_what_stays(connection, str(key), name)
    ended = update(shipments).where(shipments.c.dispatch_id == name).values(state=DispatchState.SHIPPED)
    connection.execute(ended)


def _ship_own(connection: Connection, leaving: _Leaving, row: Held, units: int) -> None:
    """Units that were placed here: also those that a count has declared short meanwhile have left after all."""
    from_reserved = min(units, row.reserved)
    from_short = units - from_reserved
    change_pools(connection, {row.place: -from_reserved}, {row.place: -from_short})
    cause = leaving.cause(MovementKind.SHIPPED, f"package {leaving.package_id} of {leaving.dispatch_id}")
    take_out(connection, leaving.sku, leaving.node, leaving.pool, units, cause)
    free_at_nodes(connection, {(leaving.sku, leaving.node): units})
    columns = allocations.c
    shipped = (
        update(allocations)
        .where(
            columns.dispatch_id == leaving.dispatch_id,
            columns.line_id == leaving.line_id,
            columns.sku == leaving.sku,
            columns.quantity - columns.shipped - columns.released >= units,
        )
        .values(shipped=columns.shipped + units)
    )
    require_rows(connection.execute(shipped).rowcount, 1)
    left = row.but(reserved=row.reserved - from_reserved, short=row.short - from_short, shipped=row.shipped + units)
    save_held(connection, leaving.order_key, [left])


def _count_out_extra(connection: Connection, leaving: _Leaving, units: int) -> None:
    there = min(units, on_hand_at(connection, leaving.sku, leaving.node))
    if there:
        why = f"package {leaving.package_id} of {leaving.dispatch_id} held more than was asked for"
        cause = leaving.cause(MovementKind.ADJUSTMENT, why)
        move(connection, leaving.sku, leaving.node, leaving.pool, -there, cause)


def _tell(
    connection: Connection, key: OrderKey, attempt: Row[Any], package: Package, extra: Counter[str], now: datetime
) -> None:
    units = ", ".join(f"{count} {sku}" for sku, count in sorted(extra.items()))
    entry = TimelineEntry(
        at=now,
        what="shipped_more",
        text=f"{attempt.node} reports {units} beyond what it was asked to ship; counted out as an adjustment",
        once=f"shipped_more:{attempt.dispatch_id}:{package.package_id}",
    )
    note(connection, str(key), entry)


def _attempt(connection: Connection, key: OrderKey, shipment: int, package_id: str) -> Row[Any]:
    """The attempt that the package was recorded under, else the shipment's latest."""
    mine = (shipments.c.order_key == str(key)) & (shipments.c.number == shipment)
    recorded = (packages.c.dispatch_id == shipments.c.dispatch_id) & (packages.c.package_id == package_id)
    statement = (
        select(shipments)
        .outerjoin(packages, recorded)
        .where(mine)
        .order_by(packages.c.package_id.is_(None), shipments.c.attempt.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise OrderUnknown(f"{key} with a shipment {shipment}")
    return row


def _is_first(connection: Connection, dispatch_id: str, package_id: str, now: datetime) -> bool:
    statement = insert_or(connection, departures).values(dispatch_id=dispatch_id, package_id=package_id, at=now)
    inserted = statement.on_conflict_do_nothing().returning(departures.c.package_id)
    return connection.execute(inserted).first() is not None


def _allocated(connection: Connection, dispatch_id: str) -> Counter[LinePlace]:
    columns = allocations.c
    live = columns.quantity - columns.shipped - columns.released
    rows = connection.execute(
        select(columns.line_id, columns.sku, live.label("live")).where(columns.dispatch_id == dispatch_id)
    )
    return Counter({(row.line_id, row.sku): row.live for row in rows})
