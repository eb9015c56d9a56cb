"""Connecting an account that has open orders from before."""

from datetime import UTC, datetime, timedelta

from orderloom.domain.orders import HoldReason, OrderStatus
from tests.e2e.kitchen import Kitchen, until


def test_fifty_old_open_orders_are_watched_and_none_is_dispatched(kitchen: Kitchen) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=5)
    old = [kitchen.sell_on_shopify("PAN", created_at=long_ago) for _ in range(25)]
    old += [kitchen.sell_on_amazon("PAN", created_at=long_ago) for _ in range(25)]
    for key in old:
        story = kitchen.wait_for(key, OrderStatus.WAITING, OrderStatus.HELD)
        until(lambda key=key: kitchen.story(key).record.hold, "it says why it waits")  # type: ignore[misc]
        assert kitchen.story(key).record.hold.reason is HoldReason.BEFORE_LIVE  # type: ignore[union-attr]
        assert not story.shipments
    fresh = kitchen.sell_on_shopify("PAN")
    kitchen.wait_for(fresh, OrderStatus.COMPLETED)
    truth = kitchen.control.truth()
    names = {kitchen.story(key).record.order.name for key in old}
    assert [dispatch for dispatch in truth.dispatches if dispatch.order_name in names] == []
