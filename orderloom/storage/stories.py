"""Reading for people: lists and whole stories of orders, for the command line, the API and the console."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

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
from orderloom.storage.orders import as_record
from orderloom.storage.packages import packages_of
from orderloom.storage.shipments import shipments_of
from orderloom.storage.tables import backorders, decisions, orders, raw_events, timeline, waiting_listings


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
        """Listings that open orders wait for, those with the most orders first."""
        columns = waiting_listings.c
        waiting = func.count().label("orders_waiting")
        statement = (
            select(columns.channel, columns.account, columns.listing, func.max(columns.title).label("title"), waiting)
            .group_by(columns.channel, columns.account, columns.listing)
            .order_by(waiting.desc(), columns.channel, columns.account, columns.listing)
        )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [UnmappedListing(**row._mapping) for row in rows]

    def unreadable(self, limit: int = 100) -> Sequence[UnreadableRecord]:
        """Genuine events that could not be read, newest first."""
        columns = raw_events.c
        statement = (
            select(columns.event_id, columns.origin, columns.topic, columns.received_at, columns.detail)
            .where(columns.state == EventState.UNREADABLE)
            .order_by(columns.received_at.desc(), columns.event_id)
            .limit(limit)
        )
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [UnreadableRecord(**row._mapping) for row in rows]


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
