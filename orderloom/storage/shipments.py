"""Shipments, dispatch attempts, packages and confirmations."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey, dispatch_id
from orderloom.domain.records import DispatchState, PackageRecord, ShipmentRecord
from orderloom.domain.shipments import ConfirmationReceipt, NodeShipment, NodeState, Package, ShipmentLine
from orderloom.storage.database import Database
from orderloom.storage.tables import allocations, orders, packages, shipments

_AFTER_SENDING = {
    NodeState.ACCEPTED: DispatchState.DISPATCHED,
    NodeState.SHIPPED: DispatchState.DISPATCHED,
    NodeState.REFUSED: DispatchState.REFUSED,
    NodeState.CANCELLED: DispatchState.CANCELLED,
}
"""What the node's answer makes of an attempt. It counts as shipped when its packages are recorded."""


class SqlShipmentBook:
    """Implements the port ShipmentBook."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def shipments(self, key: OrderKey) -> Sequence[ShipmentRecord]:
        """The latest attempt of each shipment, by number."""
        return self._database.read(lambda connection: shipments_of(connection, key))

    def taken_since(self, since: Mapping[str, datetime], besides: OrderKey) -> dict[str, int]:
        return self._database.read(lambda connection: _taken_since(connection, since, besides))

    def begin_dispatch(self, key: OrderKey, shipment: int) -> ShipmentRecord:
        """Raises OrderUnknown where no decision planned such a shipment."""
        return self._database.write(lambda connection: _begin(connection, key, shipment))

    def dispatched(self, key: OrderKey, shipment: int, state: NodeShipment) -> None:
        changed = {"state": _AFTER_SENDING[state.state], "reason": state.reason, "dispatched_at": self._clock()}
        being_sent = (DispatchState.PLANNED, DispatchState.SENDING)
        self._database.write(
            lambda connection: connection.execute(
                update(shipments)
                .where(shipments.c.dispatch_id == state.dispatch_id, shipments.c.state.in_(being_sent))
                .values(changed)
            )
        )

    def refused(self, key: OrderKey, shipment: int, reason: str) -> None:
        self._database.write(lambda connection: _end(connection, key, shipment, DispatchState.REFUSED, reason))

    def cancelled(self, key: OrderKey, shipment: int) -> None:
        self._database.write(lambda connection: _end(connection, key, shipment, DispatchState.CANCELLED, ""))

    def by_dispatch_id(self, dispatch_id: str) -> ShipmentRecord | None:
        """Any attempt, also one that was refused long ago."""

        def work(connection: Connection) -> ShipmentRecord | None:
            row = connection.execute(select(shipments).where(shipments.c.dispatch_id == dispatch_id)).one_or_none()
            return _as_shipment(row, _lines(connection, [row.dispatch_id])) if row else None

        return self._database.read(work)

    def lines_of(self, dispatch_id: str) -> tuple[ShipmentLine, ...] | None:
        """What was asked of a node under this id; None where it is none of ours."""
        known = self.by_dispatch_id(dispatch_id)
        return known.lines if known else None

    def packages_under(self, dispatch_id: str) -> list[Package]:
        """What has left under one dispatch id."""
        statement = select(packages).where(packages.c.dispatch_id == dispatch_id).order_by(packages.c.number)
        return self._database.read(lambda c: [_as_package(row).package for row in c.execute(statement)])

    def add_package(self, dispatch_id: str, package: Package) -> PackageRecord:
        """Raises OrderUnknown where no order has such a dispatch."""
        return self._database.write(lambda connection: _add(connection, dispatch_id, package, self._clock()))

    def packages(self, key: OrderKey) -> Sequence[PackageRecord]:
        return self._database.read(lambda connection: packages_of(connection, key))

    def confirmed(self, key: OrderKey, number: int, receipt: ConfirmationReceipt) -> None:
        """The first confirmation stands."""
        mine = (packages.c.order_key == str(key)) & (packages.c.number == number) & packages.c.confirmed_at.is_(None)
        statement = update(packages).where(mine).values(confirmed_at=self._clock(), reference=receipt.reference)
        self._database.write(lambda connection: connection.execute(statement))

    def delivered(self, dispatch_id: str, package_id: str, at: datetime) -> None:
        """A package reached its buyer; when all of the order did, the time of purging counts from the last."""

        def work(connection: Connection) -> None:
            mine = (packages.c.dispatch_id == dispatch_id) & (packages.c.package_id == package_id)
            connection.execute(update(packages).where(mine).values(delivered_at=at))
            order_key = connection.execute(select(packages.c.order_key).where(mine)).scalar_one_or_none()
            of_order = packages.c.order_key == order_key
            last, known, all_of_it = connection.execute(
                select(func.max(packages.c.delivered_at), func.count(packages.c.delivered_at), func.count()).where(
                    of_order
                )
            ).one()
            if all_of_it and known == all_of_it:
                connection.execute(update(orders).where(orders.c.order_key == order_key).values(delivered_at=last))

        self._database.write(work)


def shipments_of(connection: Connection, key: OrderKey) -> list[ShipmentRecord]:
    rows = connection.execute(
        select(shipments).where(shipments.c.order_key == str(key)).order_by(shipments.c.number, shipments.c.attempt)
    )
    latest = {row.number: row for row in rows}
    lines = _lines(connection, [row.dispatch_id for row in latest.values()])
    return [_as_shipment(row, lines) for row in latest.values()]


def packages_of(connection: Connection, key: OrderKey) -> list[PackageRecord]:
    statement = select(packages).where(packages.c.order_key == str(key)).order_by(packages.c.number)
    return [_as_package(row) for row in connection.execute(statement)]


def _taken_since(connection: Connection, since: Mapping[str, datetime], besides: OrderKey) -> dict[str, int]:
    """What is planned or being sent counts as today's: it has no other day yet."""
    columns, taken = shipments.c, {}
    under_way = (DispatchState.PLANNED, DispatchState.SENDING)
    given = (DispatchState.DISPATCHED, DispatchState.SHIPPED)
    for node, moment in since.items():
        is_todays = columns.state.in_(given) & (columns.dispatched_at >= moment)
        statement = select(func.count()).where(
            columns.node == node, columns.order_key != str(besides), columns.state.in_(under_way) | is_todays
        )
        taken[node] = connection.execute(statement).scalar_one()
    return taken


def _begin(connection: Connection, key: OrderKey, shipment: int) -> ShipmentRecord:
    row = _latest(connection, key, shipment)
    if row.state in (DispatchState.REFUSED, DispatchState.CANCELLED):
        row = _next_attempt(connection, key, row)
    elif row.state == DispatchState.PLANNED:
        mine = shipments.c.dispatch_id == row.dispatch_id
        connection.execute(update(shipments).where(mine).values(state=DispatchState.SENDING))
    current = connection.execute(select(shipments).where(shipments.c.dispatch_id == row.dispatch_id)).one()
    return _as_shipment(current, _lines(connection, [row.dispatch_id]))


def _next_attempt(connection: Connection, key: OrderKey, before: Row[Any]) -> Row[Any]:
    """Ask the same node again under a new id: what the refused attempt still holds moves to the new one."""
    name = dispatch_id(key, before.number, before.attempt + 1)
    row = {
        "dispatch_id": name,
        "order_key": before.order_key,
        "number": before.number,
        "attempt": before.attempt + 1,
        "node": before.node,
        "state": DispatchState.SENDING,
        "reason": "",
    }
    connection.execute(insert(shipments), row)
    columns = allocations.c
    live = columns.quantity - columns.shipped - columns.released
    left = select(columns.line_id, columns.sku, columns.order_key, columns.node, live.label("live")).where(
        columns.dispatch_id == before.dispatch_id, live > 0
    )
    moved = [
        {"dispatch_id": name, "line_id": old.line_id, "sku": old.sku, "order_key": old.order_key, "node": old.node}
        | {"quantity": old.live, "shipped": 0, "released": 0}
        for old in connection.execute(left)
    ]
    ended = update(allocations).where(columns.dispatch_id == before.dispatch_id)
    connection.execute(ended.values(released=columns.quantity - columns.shipped))
    if moved:
        connection.execute(insert(allocations), moved)
    return connection.execute(select(shipments).where(shipments.c.dispatch_id == name)).one()


def _end(connection: Connection, key: OrderKey, shipment: int, state: DispatchState, reason: str) -> None:
    row = _latest(connection, key, shipment)
    if row.state != DispatchState.SHIPPED:
        mine = shipments.c.dispatch_id == row.dispatch_id
        connection.execute(update(shipments).where(mine).values(state=state, reason=reason))


def _latest(connection: Connection, key: OrderKey, shipment: int) -> Row[Any]:
    statement = (
        select(shipments)
        .where(shipments.c.order_key == str(key), shipments.c.number == shipment)
        .order_by(shipments.c.attempt.desc())
        .limit(1)
        .with_for_update()
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise OrderUnknown(f"{key} with a shipment {shipment}")
    return row


def _add(connection: Connection, name: str, package: Package, now: datetime) -> PackageRecord:
    shipment = connection.execute(
        select(shipments).where(shipments.c.dispatch_id == name).with_for_update()
    ).one_or_none()
    if shipment is None:
        raise OrderUnknown(f"with the dispatch {name}")
    mine = (packages.c.dispatch_id == name) & (packages.c.package_id == package.package_id)
    known = connection.execute(select(packages).where(mine)).one_or_none()
    if known:
        return _as_package(known)
    highest = select(func.coalesce(func.max(packages.c.number), 0)).where(packages.c.order_key == shipment.order_key)
    row = {
        "dispatch_id": name,
        "package_id": package.package_id,
        "order_key": shipment.order_key,
        "number": connection.execute(highest).scalar_one() + 1,
        "shipment": shipment.number,
        "document": package.model_dump_json(),
        "recorded_at": now,
    }
    connection.execute(insert(packages), row)
    _mark_shipped_when_whole(connection, name)
    return _as_package(connection.execute(select(packages).where(mine)).one()).model_copy(update={"is_new": True})


def _mark_shipped_when_whole(connection: Connection, name: str) -> None:
    """The shipment is shipped when its packages hold all that was asked for."""
    asked = select(func.coalesce(func.sum(allocations.c.quantity), 0)).where(allocations.c.dispatch_id == name)
    documents = connection.execute(select(packages.c.document).where(packages.c.dispatch_id == name)).scalars()
    reported = sum(line.quantity for text in documents for line in Package.model_validate_json(text).lines)
    if reported >= connection.execute(asked).scalar_one():
        shipped = update(shipments).where(shipments.c.dispatch_id == name).values(state=DispatchState.SHIPPED)
        connection.execute(shipped)


def _lines(connection: Connection, names: list[str]) -> dict[str, list[ShipmentLine]]:
    columns = allocations.c
    rows = connection.execute(
        select(columns.dispatch_id, columns.line_id, columns.sku, columns.quantity)
        .where(columns.dispatch_id.in_(names))
        .order_by(columns.line_id, columns.sku)
    )
    lines: dict[str, list[ShipmentLine]] = {}
    for row in rows:
        line = ShipmentLine(line_id=row.line_id, sku=row.sku, quantity=row.quantity)
        lines.setdefault(row.dispatch_id, []).append(line)
    return lines


def _as_shipment(row: Row[Any], lines: dict[str, list[ShipmentLine]]) -> ShipmentRecord:
    return ShipmentRecord(
        key=OrderKey.parse(row.order_key),
        number=row.number,
        node=row.node,
        attempt=row.attempt,
        dispatch_id=row.dispatch_id,
        state=DispatchState(row.state),
        lines=tuple(lines.get(row.dispatch_id, ())),
        reason=row.reason,
        dispatched_at=row.dispatched_at,
    )


def _as_package(row: Row[Any]) -> PackageRecord:
    return PackageRecord(
        key=OrderKey.parse(row.order_key),
        number=row.number,
        shipment=row.shipment,
        package=Package.model_validate_json(row.document),
        confirmed_at=row.confirmed_at,
        reference=row.reference,
    )
