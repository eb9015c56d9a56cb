"""Orders that a rule has wait for stock: until when, and who wakes them.

Those short of units are woken by the transaction that serves them (balancing.py). Others have all their units reserved
and lack only a node that can ship them, so they look again whenever units come to their pool.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, delete, func, insert, select

from orderloom.storage.database import in_batches
from orderloom.storage.ledger.rows import PoolPlace
from orderloom.storage.tables import backorders, reservations
from orderloom.storage.wakeups import RESTOCKED, wake


def begin_backorder(connection: Connection, order_key: str, until: datetime, now: datetime) -> None:
    """`since` stays the first time, however often the order is decided again meanwhile."""
    columns = backorders.c
    since = connection.execute(select(columns.since).where(columns.order_key == order_key)).scalar_one_or_none()
    end_backorder(connection, order_key)
    connection.execute(insert(backorders), {"order_key": order_key, "until": until, "since": since or now})


def end_backorder(connection: Connection, order_key: str) -> None:
    connection.execute(delete(backorders).where(backorders.c.order_key == order_key))


def wake_backorders(connection: Connection, places: Iterable[PoolPlace], now: datetime) -> None:
    """Wake the backordered orders that hold units of these SKUs in these pools, in order of promise.

    The pools' rows are locked.
    """
    columns = reservations.c
    promise = (func.min(columns[name]).asc().nulls_last() for name in ("ship_by", "placed_at", "arrived_at"))
    in_order = (*promise, columns.order_key)
    waits = select(backorders.c.order_key).where(backorders.c.order_key == columns.order_key).exists()
    for pool, of_pool in groupby(sorted(set(places)), key=itemgetter(0)):
        for batch in in_batches([sku for _, sku in of_pool]):
            statement = select(columns.order_key).group_by(columns.order_key).order_by(*in_order)
            statement = statement.where(columns.pool == pool, columns.sku.in_(batch), columns.reserved > 0, waits)
            wake(connection, connection.execute(statement).scalars(), RESTOCKED, now)
