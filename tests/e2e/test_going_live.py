"""Connecting an account that has open orders from before."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import HoldReason, OrderStatus
from orderloom.domain.records import OrderStory
from tests.e2e.kitchen import Kitchen, until


def never_swept(kitchen: Kitchen) -> None:
    """As on the day of connecting: the account has sold for years and nobody has read its orders yet."""
    with closing(sqlite3.connect(kitchen.stack.state_dir / "orderloom.db")) as database, database:
        database.execute("DELETE FROM watermarks")


def waiting(kitchen: Kitchen, key: OrderKey) -> OrderStory:
    kitchen.wait_for(key, OrderStatus.WAITING)
    return until(lambda: story if (story := kitchen.story(key)).record.hold else None, f"{key} says why it waits")


def test_fifty_old_open_orders_are_watched_and_none_is_dispatched(kitchen: Kitchen) -> None:
    kitchen.stack.kill("worker")
    never_swept(kitchen)
    long_ago = datetime.now(UTC) - timedelta(days=5)
    old = [kitchen.sell_on_shopify("PAN", created_at=long_ago) for _ in range(25)]
    old += [kitchen.sell_on_amazon("PAN", created_at=long_ago) for _ in range(25)]
    kitchen.stack.restart("worker")
    for key in old:
        story = waiting(kitchen, key)
        assert story.record.hold is not None
        assert story.record.hold.reason is HoldReason.BEFORE_LIVE
        assert [line.reserved for line in story.reservation] == [1], "an open order reserves what it will take"
    kitchen.wait_for(kitchen.sell_on_shopify("PAN"), OrderStatus.COMPLETED)
    names = {kitchen.story(key).record.order.name for key in old}
    assert [sent for sent in kitchen.control.truth().dispatches if sent.order_name in names] == []
