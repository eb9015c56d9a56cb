"""Notes that an order should look again, left by the transaction that gave it a reason."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select

from orderloom.storage.tables import wakeups

RESTOCKED = "restocked"
"""It has units now that it was short of."""
MAPPED = "mapped"
"""A listing that it waits for has components now."""
RETURN_MAPPED = "return_mapped"
"""A listing of which something came back has components now; the order may have ended long ago."""
STOCK_LOST = "stock_lost"
"""A count or a package showed that units it had reserved are not there."""

REOPENED = "reopened"
"""It was completed, and its channel added to it."""
CANCELLATION_ANSWERED = "cancellation_answered"
"""Its channel said whether it takes the cancellation."""


def wake(connection: Connection, order_keys: Iterable[str], reason: str, now: datetime) -> None:
    """Leave one note per order, in the order given; the relay hands them on once this transaction has committed.

    An equal note that nobody has taken yet serves as well.
    """
    wanted = list(dict.fromkeys(order_keys))
    free = select(wakeups.c.order_key).where(
        wakeups.c.order_key.in_(wanted), wakeups.c.reason == reason, wakeups.c.leased_until.is_(None)
    )
    waiting = set(connection.execute(free).scalars())
    rows = [{"order_key": key, "reason": reason, "created_at": now} for key in wanted if key not in waiting]
    if rows:
        connection.execute(insert(wakeups), rows)
