"""How Amazon accounts stand against their published targets, and which orders are late now. docs/operations.md defines
every figure; the SQL here is that definition."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)

from orderloom.domain.cancellations import CancellationState, CancelReason
from orderloom.domain.carriers import CarrierTable
from orderloom.domain.health import (
    WINDOW,
    AccountHealth,
    Health,
    LateOrder,
    Rate,
    cancellations,
    late_shipments,
    valid_tracking,
)
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import Hold, OrderStatus
from orderloom.domain.records import DispatchState
from orderloom.domain.ship_by import Alarm
from orderloom.storage.accounts import paused_accounts
from orderloom.storage.database import Database
from orderloom.storage.tables import (
    accounts,
    channel_cancellations,
    orders,
    packages,
    reservations,
    shipments,
    timeline,
)

SHOWN = 100
_ENDED = [status for status in OrderStatus if status.is_end]
_NOT_OURS = (OrderStatus.SKIPPED, OrderStatus.OBSERVED)


class SellerHealth:
    """Every answer is one consistent snapshot, free of personal data."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def carriers(self) -> dict[str, int]:
        """Packages of the last 30 days by the name of their carrier, as their nodes wrote it."""
        since = self._clock() - WINDOW

        def work(connection: Connection) -> dict[str, int]:
            name = _document(connection)["carrier"].as_string().label("carrier")
            statement = select(name, func.count()).where(packages.c.recorded_at >= since).group_by("carrier")
            return {row[0]: row[1] for row in connection.execute(statement.order_by("carrier"))}

        return self._database.read(work)

    def measure(self, amazon_accounts: Sequence[str], carriers: CarrierTable | None = None) -> Health:
        """`carriers` are the merchant's, which say whom Amazon follows; without them the built-in ones do."""
        now, table = self._clock(), carriers or CarrierTable()

        def work(connection: Connection) -> Health:
            late = _late_now(now)
            shown = connection.execute(late.order_by(orders.c.ship_by, orders.c.order_key).limit(SHOWN))
            found = tuple(_as_late(row) for row in shown)
            count = connection.execute(select(func.count()).select_from(late.subquery())).scalar_one()
            measured = tuple(_account(connection, account, now, table) for account in amazon_accounts)
            paused = tuple(paused_accounts(connection))
            return Health(accounts=measured, late=found, late_count=count, paused=paused)

        return self._database.read(work)


def _account(connection: Connection, account: str, now: datetime, carriers: CarrierTable) -> AccountHealth:
    since = now - WINDOW
    ours = _ours(account)
    return AccountHealth(
        account=account,
        since=since,
        until=now,
        late_shipments=late_shipments(*_late(connection, ours, since, now)),
        cancellations=cancellations(*_cancelled(connection, ours, since, now)),
        valid_tracking=_tracking(connection, ours, since, now, carriers),
    )


def _ours(account: str) -> ColumnElement[bool]:
    """The account's orders that are ours to ship: not Amazon's own, not skipped, not from before it went live."""
    place = (accounts.c.channel == Channel.AMAZON) & (accounts.c.account == account)
    live_from = select(accounts.c.live_from).where(place).scalar_subquery()
    return and_(
        orders.c.order_key.startswith(f"{Channel.AMAZON}:{account}:", autoescape=True),
        orders.c.status.not_in(_NOT_OURS),
        or_(orders.c.adopted, orders.c.placed_at >= live_from),
    )


def _late(connection: Connection, ours: ColumnElement[bool], since: datetime, now: datetime) -> tuple[int, int]:
    """Of what had to ship in the window: confirmed after its time, or not at all yet.

    One that is held for what came after its confirmation, as a package that was lost, is as late as that was.
    """
    confirmed_at = func.coalesce(_last(packages.c.confirmed_at), _last(packages.c.recorded_at), orders.c.closed_at)
    mine = packages.c.order_key == orders.c.order_key
    untold = exists().where(mine, packages.c.confirmed_at.is_(None))
    all_told = and_(exists().where(mine), ~untold, ~_waits())
    in_time = and_(or_(orders.c.status == OrderStatus.COMPLETED, all_told), confirmed_at <= orders.c.ship_by)
    due = and_(ours, orders.c.ship_by >= since, orders.c.ship_by < now, orders.c.status != OrderStatus.CANCELLED)
    return _count(connection, and_(due, ~in_time)), _count(connection, due)


def _cancelled(connection: Connection, ours: ColumnElement[bool], since: datetime, now: datetime) -> tuple[int, int]:
    """Of what was placed in the window: cancelled before anything left, and not for the buyer."""
    columns = channel_cancellations.c
    told = columns.order_key == orders.c.order_key
    by_us = exists().where(told, columns.reason != CancelReason.BUYER, columns.state != CancellationState.REJECTED)
    by_amazon_as_late = and_(
        orders.c.status == OrderStatus.CANCELLED,
        ~exists().where(told),
        orders.c.closed_at > orders.c.ship_by,
    )
    nothing_left = ~exists().where(packages.c.order_key == orders.c.order_key)
    placed = and_(ours, orders.c.placed_at >= since, orders.c.placed_at < now)
    cancelled = and_(placed, nothing_left, or_(by_us, by_amazon_as_late))
    return _count(connection, cancelled), _count(connection, placed)


def _tracking(
    connection: Connection, ours: ColumnElement[bool], since: datetime, now: datetime, carriers: CarrierTable
) -> Rate:
    """Of the packages of the window: Amazon took the number, and follows the carrier."""
    document = _document(connection)
    carrier, number = document["carrier"].as_string(), document["tracking_number"].as_string()
    was_taken = packages.c.confirmed_at.is_not(None)
    statement = (
        select(carrier.label("carrier"), was_taken.label("taken"), (number != "").label("numbered"), func.count())
        .join(orders, orders.c.order_key == packages.c.order_key)
        .where(ours, packages.c.recorded_at >= since, packages.c.recorded_at < now)
        .where(or_(was_taken, orders.c.hold.is_not(None)))
        .group_by("carrier", "taken", "numbered")
    )
    rows = connection.execute(statement).all()
    valid = sum(count for name, taken, numbered, count in rows if taken and numbered and carriers.amazon_code(name))
    return valid_tracking(valid, sum(row[-1] for row in rows))


def _document(connection: Connection) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return type_coerce(packages.c.document, JSON)
    return cast(packages.c.document, JSON)


def _last(column: ColumnElement[Any]) -> ScalarSelect[Any]:
    return select(func.max(column)).where(packages.c.order_key == orders.c.order_key).scalar_subquery()


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(orders).where(condition)).scalar_one())


def _waits() -> ColumnElement[bool]:
    """Something of the order has not left."""
    mine = reservations.c.order_key == orders.c.order_key
    return exists().where(mine, or_(reservations.c.reserved > 0, reservations.c.short > 0))


def _late_now(now: datetime) -> Select[Any]:
    """What was called out as late and still has something to leave."""
    columns = orders.c
    has_left = exists().where(shipments.c.order_key == columns.order_key, shipments.c.state == DispatchState.SHIPPED)
    called_out = exists().where(timeline.c.order_key == columns.order_key, timeline.c.what == Alarm.LATE.value)
    return select(columns.order_key, columns.name, columns.status, columns.ship_by, columns.nodes, columns.hold).where(
        columns.ship_by < now, columns.status.not_in(_ENDED), called_out, or_(_waits(), ~has_left)
    )


def _as_late(row: Row[Any]) -> LateOrder:
    return LateOrder(
        key=OrderKey.parse(row.order_key),
        name=row.name,
        status=OrderStatus(row.status),
        ship_by=row.ship_by,
        nodes=tuple(json.loads(row.nodes)),
        waits_for=Hold.model_validate_json(row.hold).detail if row.hold else "",
    )
