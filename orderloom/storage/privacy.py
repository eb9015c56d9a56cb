"""Purging personal data: deleting data keys whose time has come."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, exists, func, select, update

from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen
from orderloom.storage.database import Database, insert_or
from orderloom.storage.tables import data_keys, erasures, orders, raw_events

KEPT_FOR = timedelta(days=30)


class Erasure(Frozen):
    """What became of a wish to forget: orders forgotten now, and orders that are shipped first."""

    erased: int
    waiting: int


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
            lambda connection: (
                _erase(connection, self._clock()) + _purge_orders(connection, before) + _purge_rest(connection, before)
            )
        )

    def forget(self, keys: Sequence[OrderKey]) -> Erasure:
        """A channel asks us to forget the people of these orders: at once, or at its end for an order that is open.

        Whatever arrives for them later is forgotten by the next `purge`. Safe to repeat.
        """
        return self._database.write(lambda connection: self._forget(connection, [str(key) for key in keys]))

    def forget_account(self, channel: Channel, account: str) -> Erasure:
        """The same for every order of an account."""

        def work(connection: Connection) -> Erasure:
            mine = orders.c.order_key.startswith(f"{channel}:{account}:", autoescape=True)
            found = connection.execute(select(orders.c.order_key).where(mine)).scalars().all()
            return self._forget(connection, found)

        return self._database.write(work)

    def _forget(self, connection: Connection, keys: Sequence[str]) -> Erasure:
        now = self._clock()
        for key in dict.fromkeys(keys):
            statement = insert_or(connection, erasures).values(order_key=key, asked_at=now)
            connection.execute(statement.on_conflict_do_nothing(index_elements=["order_key"]))
        _erase(connection, now)
        is_open = select(orders.c.order_key).where(orders.c.closed_at.is_(None), orders.c.order_key.in_(keys))
        waiting = connection.execute(is_open).scalars().all()
        return Erasure(erased=len(set(keys)) - len(waiting), waiting=len(waiting))


def _erase(connection: Connection, now: datetime) -> int:
    """Delete the keys of all that is to be forgotten and not open any more; returns how many."""
    is_open = exists().where(orders.c.order_key == erasures.c.order_key, orders.c.closed_at.is_(None))
    is_waited_for = exists().where(
        raw_events.c.order_key == erasures.c.order_key, raw_events.c.state == EventState.STORED
    )
    due = select(erasures.c.order_key).where(~is_open, ~is_waited_for)
    erased = connection.execute(delete(data_keys).where(data_keys.c.order_key.in_(due))).rowcount
    first = update(erasures).where(erasures.c.erased_at.is_(None), erasures.c.order_key.in_(due))
    connection.execute(first.values(erased_at=now))
    return erased


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
