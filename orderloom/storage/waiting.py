"""Which orders wait for which listing to be mapped.

An order that starts to wait and an import that maps its listing may commit at the same time; each must see the other.
On SQLite writers take turns; on PostgreSQL both hold the lock named here, the waiting side shared.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, insert, select, text

from orderloom.domain.orders import Order
from orderloom.storage.database import in_batches
from orderloom.storage.tables import listings, skus, waiting_listings
from orderloom.storage.wakeups import MAPPED, wake

_POSTGRES_LOCK = 0x0DE71004


def wait_for_listings(connection: Connection, order: Order, now: datetime) -> None:
    """Replace what the order waits for by its unmapped listings; one that was mapped meanwhile wakes it at once."""
    key = str(order.key)
    connection.execute(delete(waiting_listings).where(waiting_listings.c.order_key == key))
    titles = {line.listing: line.title for line in reversed(order.lines)}
    rows = [
        {
            "order_key": key,
            "listing": listing,
            "channel": order.key.channel,
            "account": order.key.account,
            "title": titles[listing],
        }
        for listing in order.unmapped_listings
    ]
    if not rows:
        return
    _lock(connection, "pg_advisory_xact_lock_shared")
    connection.execute(insert(waiting_listings), rows)
    if _mapped_meanwhile(connection, key):
        wake(connection, [key], MAPPED, now)


def lock_for_mapping(connection: Connection) -> None:
    """To be held by a transaction that adds mappings, before it looks who waits."""
    _lock(connection, "pg_advisory_xact_lock")


def wake_waiting(
    connection: Connection, channel: str | None, account: str | None, names: Sequence[str], now: datetime
) -> None:
    """Wake the orders that wait for these listings; without an account, those of every account (a new SKU)."""
    for batch in in_batches(names):
        statement = select(waiting_listings.c.order_key).where(waiting_listings.c.listing.in_(batch)).distinct()
        if account is not None:
            statement = statement.where(waiting_listings.c.channel == channel, waiting_listings.c.account == account)
        wake(connection, connection.execute(statement).scalars(), MAPPED, now)


def _mapped_meanwhile(connection: Connection, key: str) -> bool:
    waiting = waiting_listings.c
    mapped = exists().where(
        listings.c.channel == waiting.channel,
        listings.c.account == waiting.account,
        listings.c.listing == waiting.listing,
    )
    is_sku = exists().where(skus.c.sku == waiting.listing)
    statement = select(waiting.listing).where(waiting.order_key == key, mapped | is_sku).limit(1)
    return connection.execute(statement).first() is not None


def _lock(connection: Connection, function: str) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SELECT {function}(:lock)"), {"lock": _POSTGRES_LOCK})
