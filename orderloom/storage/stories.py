"""Reading for people: lists and whole stories of orders, for the command line, the API and the console."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, literal, select, union_all

from orderloom.domain.decisions import Decision
from orderloom.domain.errors import OrderUnknown
from orderloom.domain.events import EventState
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, OrderStatus
from orderloom.domain.records import (
    OrderStory,
    OrderSummary,
    TimelineEntry,
    UnmappedListing,
    UnreadableRecord,
)
from orderloom.storage.database import Database
from orderloom.storage.ledger.rows import as_reservation, held_by
from orderloom.storage.order_rows import as_record
from orderloom.storage.packages import packages_of
from orderloom.storage.shipments import shipments_of
from orderloom.storage.tables import (
    backorders,
    decisions,
    orders,
    raw_events,
    timeline,
    waiting_listings,
    waiting_returns,
)

SETTLED = (EventState.REPLAYED, EventState.DROPPED)
"""What a person has made of an event that could not be read."""


class Stories:
    """Every answer is one consistent snapshot, free of personal data."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def list(
        self, status: OrderStatus | None = None, held: bool | None = None, limit: int = 100
    ) -> Sequence[OrderSummary]:
        """The orders that changed last, newest first."""
        columns = orders.c
        statement = select(
            columns.order_key,
            columns.name,
            columns.status,
            columns.hold,
            columns.nodes,
            columns.updated_at,
            backorders.c.until,
        ).outerjoin(backorders, (backorders.c.order_key == columns.order_key) & (columns.status == OrderStatus.WAITING))
        if status is not None:
            statement = statement.where(columns.status == status)
        if held is not None:
            statement = statement.where(columns.hold.is_not(None) if held else columns.hold.is_(None))
        statement = statement.order_by(columns.updated_at.desc(), columns.order_key).limit(limit)
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [
            OrderSummary(
                key=OrderKey.parse(row.order_key),
                name=row.name,
                status=OrderStatus(row.status),
                hold=Hold.model_validate_json(row.hold) if row.hold else None,
                nodes=tuple(json.loads(row.nodes)),
                updated_at=row.updated_at,
                backorder_until=row.until,
            )
            for row in rows
        ]

    def show(self, key: OrderKey) -> OrderStory:
        """Raises OrderUnknown."""
        return self._database.read(lambda connection: _story(connection, key))

    def unmapped(self) -> Sequence[UnmappedListing]:
        """Listings that open orders or returned units wait for, those with the most orders first."""
        either = union_all(_waiting_in(waiting_listings, 1, 0), _waiting_in(waiting_returns, 0, 1)).subquery()
        columns = either.c
        orders_wait = func.sum(columns.orders).label("orders_waiting")
        returns_wait = func.sum(columns.returns).label("returns_waiting")
        place = (columns.channel, columns.account, columns.listing)
        statement = (
            select(*place, func.max(columns.title).label("title"), orders_wait, returns_wait)
            .group_by(*place)
            .order_by(orders_wait.desc(), *place)
        )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [UnmappedListing(**row._mapping) for row in rows]

    def unreadable(self, limit: int = 100, *, settled: bool = False) -> Sequence[UnreadableRecord]:
        """Genuine events that could not be read, newest first; `settled` also those that a person has dealt with."""
        columns = raw_events.c
        states = [EventState.UNREADABLE, *(SETTLED if settled else ())]
        newest = _unreadable(columns.state.in_(states)).order_by(columns.received_at.desc(), columns.event_id)
        rows = self._database.read(lambda connection: connection.execute(newest.limit(limit)).all())
        return [_as_unreadable(row) for row in rows]

    def unreadable_event(self, event_id: str) -> UnreadableRecord | None:
        """None where there is no such event, or one that could be read."""
        mine = raw_events.c.event_id == event_id, raw_events.c.state.in_([EventState.UNREADABLE, *SETTLED])
        row = self._database.read(lambda connection: connection.execute(_unreadable(*mine)).one_or_none())
        return _as_unreadable(row) if row else None


def _unreadable(*which: ColumnElement[bool]) -> Select[Any]:
    columns = raw_events.c
    shown = (columns.event_id, columns.origin, columns.topic, columns.source, columns.order_key, columns.received_at)
    return select(*shown, columns.state, columns.detail).where(*which)


def _as_unreadable(row: Row[Any]) -> UnreadableRecord:
    key = OrderKey.parse(row.order_key) if row.order_key else None
    return UnreadableRecord(**row._asdict() | {"order_key": key})


def _waiting_in(table: Table, orders: int, returns: int) -> Select[Any]:
    columns = table.c
    counted = (literal(orders).label("orders"), literal(returns).label("returns"))
    return select(columns.channel, columns.account, columns.listing, columns.title, *counted)


def _story(connection: Connection, key: OrderKey) -> OrderStory:
    row = connection.execute(select(orders).where(orders.c.order_key == str(key))).one_or_none()
    if row is None:
        raise OrderUnknown(key)
    return OrderStory(
        record=as_record(row),
        reservation=as_reservation(held_by(connection, str(key))).lines,
        decision=_latest_decision(connection, key),
        shipments=tuple(shipments_of(connection, key)),
        packages=tuple(packages_of(connection, key)),
        timeline=_timeline(connection, key),
    )


def _latest_decision(connection: Connection, key: OrderKey) -> Decision | None:
    statement = (
        select(decisions.c.document)
        .where(decisions.c.order_key == str(key))
        .order_by(decisions.c.decided_at.desc())
        .limit(1)
    )
    document = connection.execute(statement).scalar_one_or_none()
    return Decision.model_validate_json(document) if document else None


def _timeline(connection: Connection, key: OrderKey) -> tuple[TimelineEntry, ...]:
    columns = timeline.c
    statement = (
        select(columns.at, columns.what, columns.text, columns.once)
        .where(columns.order_key == str(key))
        .order_by(columns.at, columns.entry_id)
    )
    return tuple(TimelineEntry(**row._mapping) for row in connection.execute(statement))
