"""Counts over the whole store, for the front page and the metrics."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from orderloom.domain.events import EventState
from orderloom.domain.model import Frozen
from orderloom.domain.orders import OrderStatus
from orderloom.storage.database import Database
from orderloom.storage.tables import orders, raw_events


class Backlog(Frozen):
    """Events that are stored and not handed to their orders yet."""

    events: int
    oldest_seconds: float


def orders_by_status(database: Database) -> dict[OrderStatus, int]:
    """Every status, in the order of an order's life; 0 where no order stands there."""
    statement = select(orders.c.status, func.count()).group_by(orders.c.status)
    found = {row[0]: row[1] for row in database.read(lambda connection: connection.execute(statement).all())}
    return {status: found.get(status.value, 0) for status in OrderStatus}


def relay_backlog(database: Database) -> Backlog:
    statement = select(func.count(), func.min(raw_events.c.received_at)).where(
        raw_events.c.state == EventState.STORED, raw_events.c.order_key.is_not(None)
    )
    waiting, oldest = database.read(lambda connection: connection.execute(statement).one())
    age = (datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0
    return Backlog(events=waiting, oldest_seconds=max(age, 0.0))
