"""When an account was connected, and from which moment on its orders are ours to ship."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.merchant import AmazonAccount, ShopifyAccount
from orderloom.domain.records import LiveFrom
from orderloom.storage.tables import accounts


def connect_account(
    connection: Connection, channel: Channel, account: str, now: datetime, live_from: datetime | None = None
) -> LiveFrom:
    """The account's row, made at its first call: live from then on, unless the configuration says otherwise."""
    place = (accounts.c.channel == channel) & (accounts.c.account == account)
    row = connection.execute(select(accounts).where(place)).one_or_none()
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
