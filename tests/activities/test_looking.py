"""A shop's open orders are read again in turn, because no word may come of a hold or a move that was lost."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.housekeeping import LOOK_EVERY, LOOKS_A_MINUTE, HousekeepingActivities, stretch_of
from orderloom.domain.events import LOOK, is_hint
from orderloom.domain.keys import Channel
from orderloom.domain.orders import Order, OrderStatus
from orderloom.storage.store import Store, open_store
from tests.storage import shop

ORDERS = 12
QUARTERS = 16
"""Of an hour, in LOOK_EVERY."""


@pytest.fixture
def clock() -> shop.Clock:
    return shop.Clock()


@pytest.fixture
def store(tmp_path: Path, clock: shop.Clock) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=clock)
    yield store
    store.close()


def _arrived(store: Store, order: Order) -> None:
    store.orders.record(
        shop.reading(order), store.events.store(shop.event(str(order.key), order_key=order.key)).event_id
    )


def _janitor(store: Store, clock: shop.Clock) -> HousekeepingActivities:
    books = Books(
        store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations, clock=clock
    )
    return HousekeepingActivities(books, cast(Any, None), cast(Any, None))


def _looked_at(store: Store, clock: shop.Clock) -> Counter[str]:
    """By order over one stretch, a quarter of an hour at a time; each round is repeated as by a second janitor."""
    janitor = _janitor(store, clock)
    for _ in range(QUARTERS):
        clock.advance(minutes=15)
        ActivityEnvironment().run(janitor.look_at_open_orders)
        assert ActivityEnvironment().run(janitor.look_at_open_orders) == 0
    claimed = store.events.claim(1000, timedelta(hours=9))
    return Counter(event.order_key.order_id for event in claimed if event.topic == LOOK and is_hint(event.topic))


def test_each_open_order_of_a_shop_is_looked_at_once_in_a_stretch_and_again_in_the_next(
    store: Store, clock: shop.Clock
) -> None:
    for number in range(ORDERS):
        _arrived(store, shop.order(number))
    clock.now += LOOK_EVERY - timedelta(seconds=clock.now.timestamp() % LOOK_EVERY.total_seconds())
    clock.advance(minutes=-5)
    assert _looked_at(store, clock) == Counter({str(number): 1 for number in range(ORDERS)})
    assert _looked_at(store, clock) == Counter({str(number): 1 for number in range(ORDERS)})


def test_orders_that_have_ended_and_amazon_s_are_left_alone(store: Store, clock: shop.Clock) -> None:
    _arrived(store, shop.order(1))
    store.orders.set_status(shop.key(1), OrderStatus.COMPLETED)
    _arrived(store, shop.order(2, key=shop.key(2, Channel.AMAZON)))
    assert _looked_at(store, clock) == Counter()


def test_a_shop_with_many_open_orders_is_looked_at_no_faster_and_each_of_them_less_often() -> None:
    assert [stretch_of(orders) / LOOK_EVERY for orders in (0, 2_400, 2_401, 4_801, 10_000, 100_000)] == [
        1,
        1,
        2,
        4,
        8,
        64,
    ]
    for orders in (2_400, 10_000, 100_000):
        assert orders / (stretch_of(orders) / timedelta(minutes=1)) <= LOOKS_A_MINUTE


def test_what_is_due_all_at_once_is_looked_at_in_several_rounds(
    store: Store, clock: shop.Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("activities.housekeeping.LOOKS_A_ROUND", 5)
    for number in range(ORDERS):
        _arrived(store, shop.order(number))
    clock.now += LOOK_EVERY - timedelta(seconds=clock.now.timestamp() % LOOK_EVERY.total_seconds() + 1)
    clock.advance(hours=4)
    janitor = _janitor(store, clock)
    assert [ActivityEnvironment().run(janitor.look_at_open_orders) for _ in range(4)] == [5, 5, 2, 0]
