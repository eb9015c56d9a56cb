"""Which orders, and which units that came back, wait for which listing to be mapped.

What starts to wait and an import that maps its listing may commit at the same time; each must see the other.
On SQLite writers take turns; on PostgreSQL both hold the lock named here, the waiting side shared.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, insert, select, text

from orderloom.domain.changes import GoodsBack
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Order, OrderLine
from orderloom.storage.database import in_batches, insert_or
from orderloom.storage.tables import goods_back, listings, skus, waiting_listings, waiting_returns
from orderloom.storage.wakeups import MAPPED, RETURN_MAPPED, wake

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
    if _mapped_meanwhile(connection, waiting_listings, waiting_listings.c.order_key == key):
        wake(connection, [key], MAPPED, now)


def lock_for_mapping(connection: Connection) -> None:
    """To be held by a transaction that adds mappings, before it looks who waits."""
    _lock(connection, "pg_advisory_xact_lock")


def wake_waiting(
    connection: Connection, channel: str | None, account: str | None, names: Sequence[str], now: datetime
) -> None:
    """Wake the orders that wait for these listings; without an account, those of every account (a new SKU)."""
    for batch in in_batches(names):
        for table, reason in ((waiting_listings, MAPPED), (waiting_returns, RETURN_MAPPED)):
            columns = table.c
            statement = select(columns.order_key).where(columns.listing.in_(batch)).distinct()
            if account is not None:
                statement = statement.where(columns.channel == channel, columns.account == account)
            wake(connection, connection.execute(statement).scalars(), reason, now)


def return_waits(connection: Connection, key: OrderKey, line: OrderLine, goods: GoodsBack, now: datetime) -> bool:
    """What came back waits for its line to be mapped; whether that is new. Nothing waits that was taken before."""
    taken = select(goods_back.c.change_id).where(_is_change(goods_back, key, goods.change_id))
    if connection.execute(taken).first():
        return False
    _lock(connection, "pg_advisory_xact_lock_shared")
    row = {
        "order_key": str(key),
        "change_id": goods.change_id,
        "listing": line.listing,
        "channel": key.channel,
        "account": key.account,
        "title": line.title,
        "document": goods.model_dump_json(),
    }
    fresh = insert_or(connection, waiting_returns).values(row).on_conflict_do_nothing()
    if connection.execute(fresh.returning(waiting_returns.c.change_id)).first() is None:
        return False
    if _mapped_meanwhile(connection, waiting_returns, _is_change(waiting_returns, key, goods.change_id)):
        wake(connection, [str(key)], RETURN_MAPPED, now)
    return True


def returns_of(connection: Connection, key: OrderKey) -> list[GoodsBack]:
    columns = waiting_returns.c
    statement = select(columns.document).where(columns.order_key == str(key)).order_by(columns.change_id)
    return [GoodsBack.model_validate_json(document) for document in connection.execute(statement).scalars()]


def return_is_taken(connection: Connection, key: OrderKey, change_id: str) -> None:
    connection.execute(delete(waiting_returns).where(_is_change(waiting_returns, key, change_id)))


def _is_change(table: Table, key: OrderKey, change_id: str) -> ColumnElement[bool]:
    return (table.c.order_key == str(key)) & (table.c.change_id == change_id)


def _mapped_meanwhile(connection: Connection, table: Table, mine: ColumnElement[bool]) -> bool:
    waiting = table.c
    mapped = exists().where(
        listings.c.channel == waiting.channel,
        listings.c.account == waiting.account,
        listings.c.listing == waiting.listing,
    )
    is_sku = exists().where(skus.c.sku == waiting.listing)
    statement = select(waiting.listing).where(mine, mapped | is_sku).limit(1)
    return connection.execute(statement).first() is not None


def _lock(connection: Connection, function: str) -> None:
    if connection.dialect.name != "sqlite":
        connection.execute(text(f"SELECT {function}(:lock)"), {"lock": _POSTGRES_LOCK})
