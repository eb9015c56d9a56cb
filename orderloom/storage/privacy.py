"""Purging personal data: deleting data keys whose time has come."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, select

from orderloom.domain.events import EventState
from orderloom.storage.database import Database
from orderloom.storage.tables import data_keys, orders, raw_events

KEPT_FOR = timedelta(days=30)


class Privacy:
    """What must be forgotten, and when."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def purge(self, now: datetime | None = None) -> int:
        """Delete every data key that is due; returns how many. What they sealed can never be read again.

        An order's key is due 30 days after its delivery, else after its latest deliver-by, else after its closing,
        and never while the order is open. What belongs to no order here goes 30 days after it came, unless it still
        waits to be handed on.
        """
        before = (now or self._clock()) - KEPT_FOR
        return self._database.write(
            lambda connection: _purge_orders(connection, before) + _purge_rest(connection, before)
        )


def _purge_orders(connection: Connection, before: datetime) -> int:
    counts_from = func.coalesce(orders.c.delivered_at, orders.c.deliver_by, orders.c.closed_at)
    due = exists().where(
        orders.c.order_key == data_keys.c.order_key, orders.c.closed_at.is_not(None), counts_from <= before
    )
    return connection.execute(delete(data_keys).where(data_keys.c.order_key.is_not(None), due)).rowcount


def _purge_rest(connection: Connection, before: datetime) -> int:
    has_order = select(orders.c.order_key).where(orders.c.order_key == data_keys.c.order_key).exists()
    is_waited_for = (
        select(raw_events.c.event_id)
        .where(raw_events.c.data_key_id == data_keys.c.data_key_id, raw_events.c.state == EventState.STORED)
        .exists()
    )
    due = delete(data_keys).where(data_keys.c.created_at <= before, ~has_order, ~is_waited_for)
    return connection.execute(due).rowcount
