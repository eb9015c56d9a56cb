"""A week without a worker, and no message of Amazon's: once it is swept again, every order is a workflow, and ships."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from orderloom.domain.keys import Channel
from orderloom.domain.orders import OrderStatus
from orderloom.storage.tables import accounts, watermarks
from tests.e2e.kitchen import SELLER, Kitchen
from tests.e2e.test_same_event import run_of

WEEK = timedelta(days=7)


@contextmanager
def connected_since(kitchen: Kitchen, moment: datetime) -> Iterator[None]:
    """As if the account had been connected, and swept for the last time, at this moment."""
    mine = (accounts.c.channel == Channel.AMAZON) & (accounts.c.account == SELLER)
    swept = (watermarks.c.channel == Channel.AMAZON) & (watermarks.c.account == SELLER)
    before = kitchen.store.orders.live_from(Channel.AMAZON, SELLER).live_from
    fresh = {"read_until": moment, "page_token": None, "sweep_from": None}
    write = kitchen.store.database.write
    write(lambda connection: connection.execute(update(watermarks).where(swept).values(fresh)))
    write(lambda connection: connection.execute(update(accounts).where(mine).values(live_from=moment)))
    try:
        yield
    finally:
        write(lambda connection: connection.execute(update(accounts).where(mine).values(live_from=before)))


def test_a_week_of_downtime_loses_no_order_of_amazon(kitchen: Kitchen) -> None:
    kitchen.stack.kill("worker")
    now = datetime.now(UTC)
    with connected_since(kitchen, now - WEEK - timedelta(hours=1)):
        sold = [kitchen.sell_on_amazon("LID", created_at=now - WEEK + timedelta(days=day)) for day in range(7)]
        kitchen.stack.restart("worker")
        for key in sold:
            kitchen.wait_for(key, OrderStatus.COMPLETED)
    assert all(run_of(kitchen, key) for key in sold)
    truth = kitchen.control.truth()
    assert [len(truth.dispatches_of(kitchen.story(key).record.order.name)) for key in sold] == [1] * 7
    assert [[told.creations for told in truth.confirmations_of(key.order_id)] for key in sold] == [[1]] * 7
