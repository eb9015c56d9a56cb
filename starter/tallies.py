"""Counts over the whole store, for the front page and the metrics."""

from datetime import UTC, datetime

from sqlalchemy import func, select

from orderloom.domain.events import EventState
from orderloom.domain.model import Frozen
from orderloom.domain.orders import OrderStatus
from orderloom.storage.database import Database
from orderloom.storage.tables import listing_alerts, listing_pushes, orders, raw_events


class Backlog(Frozen):
    """Events that are stored and not handed to their orders yet."""

    events: int
    oldest_seconds: float


class PushBacklog(Frozen):
    """Quantities that a channel has not been told yet, and alerts about listings that nobody has looked at."""

    pushes: int
    oldest_seconds: float
    alarms: int


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
    return Backlog(events=waiting, oldest_seconds=_age(oldest))


def events_unreadable(database: Database) -> int:
    """Genuine deliveries that nobody could read."""
    statement = select(func.count()).select_from(raw_events).where(raw_events.c.state == EventState.UNREADABLE)
    return database.read(lambda connection: connection.execute(statement).scalar_one())


def push_backlog(database: Database) -> PushBacklog:
    unanswered = select(func.count(), func.min(listing_pushes.c.created_at)).where(
        listing_pushes.c.answered_at.is_(None)
    )
    alarmed = select(func.count()).select_from(listing_alerts).where(listing_alerts.c.cleared_at.is_(None))
    waiting, oldest = database.read(lambda connection: connection.execute(unanswered).one())
    alarms = database.read(lambda connection: connection.execute(alarmed).scalar_one())
    return PushBacklog(pushes=waiting, oldest_seconds=_age(oldest), alarms=alarms)


def _age(moment: datetime | None) -> float:
    return max((datetime.now(UTC) - moment).total_seconds(), 0.0) if moment else 0.0
