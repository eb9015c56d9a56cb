"""When an account was connected, from which moment on its orders are ours to ship, and since when it is paused.

An order that starts to wait for its account and the account's return may commit at the same time; each must see the
other. On SQLite writers take turns; on PostgreSQL the account's row is the lock, which the waiting side shares.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, literal, or_, select, update

from orderloom.domain.accounts import RECONNECTED, PausedAccount
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from orderloom.domain.orders import HoldReason
from orderloom.domain.records import LiveFrom
from orderloom.storage.database import Database, in_batches, insert_or
from orderloom.storage.tables import accounts, orders, timeline
from orderloom.storage.wakeups import wake

_HELD = f'"{HoldReason.ACCOUNT_PAUSED}"'


class SqlAccountBook:
    """Implements the port AccountBook."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def paused(self) -> Sequence[PausedAccount]:
        return self._database.read(paused_accounts)

    def pause(self, channel: Channel, account: str, at: datetime) -> bool:
        """Every open order of the account says so in its timeline."""

        def work(connection: Connection) -> bool:
            connect_account(connection, channel, account, self._clock())
            due = _place(channel, account) & accounts.c.paused_at.is_(None)
            due &= or_(accounts.c.resumed_at.is_(None), accounts.c.resumed_at < at)
            if not connection.execute(update(accounts).where(due).values(paused_at=at)).rowcount:
                return False
            paused = PausedAccount(channel=channel, account=account, since=at)
            _tell_open_orders(connection, paused, "paused", paused.text, self._clock())
            return True

        return self._database.write(work)

    def resume(self, channel: Channel, account: str) -> PausedAccount | None:
        def work(connection: Connection) -> PausedAccount | None:
            place, now = _place(channel, account), self._clock()
            row = connection.execute(select(accounts).where(place).with_for_update()).one_or_none()
            # Said also of one that was not paused: an uninstall of before, told late, is not to pause it.
            connection.execute(update(accounts).where(place).values(paused_at=None, resumed_at=now))
            if row is None or row.paused_at is None:
                return None
            was = _as_paused(row)
            _tell_open_orders(connection, was, "resumed", f"shop {account} is connected again", now)
            mine = _open_orders(channel, account) & orders.c.hold.contains(_HELD, autoescape=True)
            for batch in in_batches(connection.execute(select(orders.c.order_key).where(mine)).scalars().all()):
                wake(connection, batch, RECONNECTED, now)
            return was

        return self._database.write(work)


def paused_accounts(connection: Connection) -> list[PausedAccount]:
    columns = accounts.c
    rows = connection.execute(
        select(accounts).where(columns.paused_at.is_not(None)).order_by(columns.channel, columns.account)
    )
    return [_as_paused(row) for row in rows]


def wake_if_resumed(connection: Connection, key: OrderKey, now: datetime) -> None:
    """The order waits for its account from now on: wake it at once where that has come back meanwhile."""
    paused_at = select(accounts.c.paused_at).where(_place(key.channel, key.account)).with_for_update(read=True)
    if connection.execute(paused_at).scalar_one_or_none() is None:
        wake(connection, [str(key)], RECONNECTED, now)


def connect_account(
    connection: Connection, channel: Channel, account: str, now: datetime, live_from: datetime | None = None
) -> LiveFrom:
    """The account's row, made at its first call: live from then on, unless the configuration says otherwise."""
    place = _place(channel, account)
    columns = (accounts.c.channel, accounts.c.account, accounts.c.connected_at, accounts.c.live_from)
    row = connection.execute(select(*columns).where(place)).one_or_none()
    if row is None:
        known = LiveFrom(channel=channel, account=account, connected_at=now, live_from=live_from or now)
        connection.execute(insert(accounts), known.model_dump(mode="python"))
        return known
    known = LiveFrom(**row._mapping)
    if live_from is None or live_from == known.live_from:
        return known
    connection.execute(update(accounts).where(place).values(live_from=live_from))
    return known.model_copy(update={"live_from": live_from})


def connect_accounts(
    connection: Connection, configured: Iterable[AmazonAccount | ShopifyAccount], now: datetime
) -> None:
    for account in configured:
        connect_account(connection, account.channel, account.account, now, account.live_from)


def _tell_open_orders(connection: Connection, paused: PausedAccount, what: str, text: str, now: datetime) -> None:
    columns = ("order_key", "at", "what", "text", "once")
    once = f"{what}:{paused.since.isoformat()}"
    said = select(orders.c.order_key, literal(now, timeline.c.at.type), literal(what), literal(text), literal(once))
    mine = said.where(_open_orders(paused.channel, paused.account))
    connection.execute(insert_or(connection, timeline).from_select(columns, mine).on_conflict_do_nothing())


def _place(channel: Channel, account: str) -> ColumnElement[bool]:
    return (accounts.c.channel == channel) & (accounts.c.account == account)


def _open_orders(channel: Channel, account: str) -> ColumnElement[bool]:
    return orders.c.order_key.startswith(f"{channel}:{account}:", autoescape=True) & orders.c.closed_at.is_(None)


def _as_paused(row: Row[Any]) -> PausedAccount:
    return PausedAccount(channel=Channel(row.channel), account=row.account, since=row.paused_at)
