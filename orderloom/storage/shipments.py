"""Shipments and their dispatch attempts; what left in packages is in `packages`."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey, dispatch_id
from orderloom.domain.records import DispatchState, PackageRecord, ShipmentRecord
from orderloom.domain.shipments import (
    Confirmation,
    ConfirmationReceipt,
    NodeShipment,
    NodeState,
    Package,
    ShipmentLine,
)
from orderloom.storage.database import Database
from orderloom.storage.packages import (
    add,
    as_package,
    confirm,
    correct,
    deliver,
    dispatches_on_the_way,
    lose,
    packages_of,
)
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
        return [entry.package for entry in self.recorded_under(dispatch_id)]

    def recorded_under(self, dispatch_id: str) -> Sequence[PackageRecord]:
        """The packages that left under one dispatch id, with what became of them."""
        statement = select(packages).where(packages.c.dispatch_id == dispatch_id).order_by(packages.c.number)
        return self._database.read(lambda connection: [as_package(row) for row in connection.execute(statement)])

    def on_the_way(self, node: str, left_since: datetime) -> Sequence[str]:
        """Dispatch ids of a node's packages that are not known to have arrived. One that is lost may turn up."""
        return self._database.read(lambda connection: dispatches_on_the_way(connection, node, left_since))

    def add_package(self, dispatch_id: str, package: Package, told_at: datetime | None = None) -> PackageRecord:
        """Raises OrderUnknown where no order has such a dispatch."""
        now = self._clock()
        return self._database.write(lambda connection: add(connection, dispatch_id, package, now, told_at))

    def packages(self, key: OrderKey) -> Sequence[PackageRecord]:
        return self._database.read(lambda connection: packages_of(connection, key))

    def confirmed(self, told: Confirmation, label: int, receipt: ConfirmationReceipt) -> None:
        """The first confirmation stands."""
        self._database.write(lambda connection: confirm(connection, told, label, receipt, self._clock()))

    def corrected(self, key: OrderKey, number: int, label: int) -> None:
        """A later label stands."""
        self._database.write(lambda connection: correct(connection, key, number, label))

    def delivered(self, dispatch_id: str, package_id: str, at: datetime) -> None:
        """A package reached its buyer; when all of the order did, the time of purging counts from the last."""
        self._database.write(lambda connection: deliver(connection, dispatch_id, package_id, at))

    def lost(self, dispatch_id: str, package_id: str | None, at: datetime) -> None:
        """One that has been delivered is not lost."""
        self._database.write(lambda connection: lose(connection, dispatch_id, package_id, at))


def shipments_of(connection: Connection, key: OrderKey) -> list[ShipmentRecord]:
    rows = connection.execute(
        select(shipments).where(shipments.c.order_key == str(key)).order_by(shipments.c.number, shipments.c.attempt)
    )
    latest = {row.number: row for row in rows}
    lines = _lines(connection, [row.dispatch_id for row in latest.values()])
    return [_as_shipment(row, lines) for row in latest.values()]


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
        sending = {"state": DispatchState.SENDING, "address_version": _address_version(connection, key)}
        connection.execute(update(shipments).where(mine).values(sending))
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
        "address_version": _address_version(connection, key),
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


def _address_version(connection: Connection, key: OrderKey) -> int:
    """Read before the address itself is: an address that changes in between counts as another one."""
    statement = select(orders.c.address_version).where(orders.c.order_key == str(key))
    return connection.execute(statement).scalar_one_or_none() or 0


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
        address_version=row.address_version,
    )
