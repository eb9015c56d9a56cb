"""Packages that left: their labels, what the channel was told of them, and whether they arrived."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, insert, select, update

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import OrderKey
from orderloom.domain.records import DispatchState, PackageRecord
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, ConfirmedLine, Package, relabelled
from orderloom.storage.tables import allocations, orders, packages, shipments

_LINES = TypeAdapter(tuple[ConfirmedLine, ...])


def packages_of(connection: Connection, key: OrderKey) -> list[PackageRecord]:
    statement = select(packages).where(packages.c.order_key == str(key)).order_by(packages.c.number)
    return [as_package(row) for row in connection.execute(statement)]


def add(connection: Connection, name: str, package: Package, now: datetime, told_at: datetime | None) -> PackageRecord:
    shipment = connection.execute(
        select(shipments).where(shipments.c.dispatch_id == name).with_for_update()
    ).one_or_none()
    if shipment is None:
        raise OrderUnknown(f"with the dispatch {name}")
    mine = (packages.c.dispatch_id == name) & (packages.c.package_id == package.package_id)
    known = connection.execute(select(packages).where(mine)).one_or_none()
    if known:
        _relabel(connection, known, package, told_at)
        return as_package(connection.execute(select(packages).where(mine)).one())
    highest = select(func.coalesce(func.max(packages.c.number), 0)).where(packages.c.order_key == shipment.order_key)
    row = {
        "dispatch_id": name,
        "package_id": package.package_id,
        "order_key": shipment.order_key,
        "number": connection.execute(highest).scalar_one() + 1,
        "shipment": shipment.number,
        "document": package.model_dump_json(),
        "recorded_at": now,
        "label": 0,
        "labelled_at": told_at,
    }
    connection.execute(insert(packages), row)
    _mark_shipped_when_whole(connection, name)
    return as_package(connection.execute(select(packages).where(mine)).one()).model_copy(update={"is_new": True})


def _mark_shipped_when_whole(connection: Connection, name: str) -> None:
    """The shipment is shipped when its packages hold all that was asked for."""
    asked = select(func.coalesce(func.sum(allocations.c.quantity), 0)).where(allocations.c.dispatch_id == name)
    documents = connection.execute(select(packages.c.document).where(packages.c.dispatch_id == name)).scalars()
    reported = sum(line.quantity for text in documents for line in Package.model_validate_json(text).lines)
    if reported >= connection.execute(asked).scalar_one():
        shipped = update(shipments).where(shipments.c.dispatch_id == name).values(state=DispatchState.SHIPPED)
        connection.execute(shipped)


def _relabel(connection: Connection, known: Row[Any], package: Package, told_at: datetime | None) -> None:
    """Both times are the node's own, so that its clock and ours may differ."""
    if told_at and known.labelled_at and told_at < known.labelled_at:
        return
    changed = relabelled(Package.model_validate_json(known.document), package)
    if changed is None:
        return
    mine = (packages.c.dispatch_id == known.dispatch_id) & (packages.c.package_id == known.package_id)
    row = {"document": changed.model_dump_json(), "label": known.label + 1, "labelled_at": told_at or known.labelled_at}
    connection.execute(update(packages).where(mine).values(row))


def confirm(
    connection: Connection, told: Confirmation, label: int, receipt: ConfirmationReceipt, now: datetime
) -> None:
    mine = _numbered(told.key, told.number) & packages.c.confirmed_at.is_(None)
    row = {
        "confirmed_at": now,
        "reference": receipt.reference,
        "told_label": label,
        "told_lines": _LINES.dump_json(told.lines).decode(),
    }
    connection.execute(update(packages).where(mine).values(row))


def correct(connection: Connection, key: OrderKey, number: int, label: int) -> None:
    earlier = func.coalesce(packages.c.told_label, 0) < label
    connection.execute(update(packages).where(_numbered(key, number), earlier).values(told_label=label))


def deliver(connection: Connection, dispatch_id: str, package_id: str, at: datetime) -> None:
    mine = (packages.c.dispatch_id == dispatch_id) & (packages.c.package_id == package_id)
    connection.execute(update(packages).where(mine).values(delivered_at=at, lost_at=None))
    order_key = connection.execute(select(packages.c.order_key).where(mine)).scalar_one_or_none()
    of_order = packages.c.order_key == order_key
    last, known, all_of_it = connection.execute(
        select(func.max(packages.c.delivered_at), func.count(packages.c.delivered_at), func.count()).where(of_order)
    ).one()
    if all_of_it and known == all_of_it:
        connection.execute(update(orders).where(orders.c.order_key == order_key).values(delivered_at=last))


def lose(connection: Connection, dispatch_id: str, package_id: str | None, at: datetime) -> None:
    mine = (packages.c.dispatch_id == dispatch_id) & packages.c.delivered_at.is_(None) & packages.c.lost_at.is_(None)
    if package_id is not None:
        mine &= packages.c.package_id == package_id
    connection.execute(update(packages).where(mine).values(lost_at=at))


def dispatches_on_the_way(connection: Connection, node: str, left_since: datetime) -> list[str]:
    columns = packages.c
    statement = (
        select(columns.dispatch_id)
        .distinct()
        .join(shipments, shipments.c.dispatch_id == columns.dispatch_id)
        .where(shipments.c.node == node, columns.delivered_at.is_(None), columns.recorded_at >= left_since)
        .order_by(columns.dispatch_id)
    )
    return list(connection.execute(statement).scalars())


def as_package(row: Row[Any]) -> PackageRecord:
    return PackageRecord(
        key=OrderKey.parse(row.order_key),
        number=row.number,
        shipment=row.shipment,
        package=Package.model_validate_json(row.document),
        confirmed_at=row.confirmed_at,
        reference=row.reference,
        label=row.label,
        told_label=row.told_label or 0,
        told_lines=_LINES.validate_json(row.told_lines) if row.told_lines else (),
        delivered_at=row.delivered_at,
        lost_at=row.lost_at,
    )


def _numbered(key: OrderKey, number: int) -> Any:
    return (packages.c.order_key == str(key)) & (packages.c.number == number)
