"""Orders and plans at once: each sale is folded exactly once, with the ledger's figures of its own transaction."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from orderloom.domain.orders import Order
from orderloom.storage.store import Store
from tests.storage.listings import SHOP, facts_left, listing, offer, pool_state, publishing, state_of
from tests.storage.shop import Clock, assert_balanced, levels, line, order, stocked


@pytest.fixture
def store(database_url: str, clock: Clock) -> Iterator[Store]:
    opened = publishing(database_url, clock)
    yield opened
    opened.close()


def sold(number: int, clock: Clock) -> Order:
    """One unit of each SKU; every second order names them the other way round."""
    skus = ("PAN", "LID") if number % 2 else ("LID", "PAN")
    return order(number, *(line(str(place), sku) for place, sku in enumerate(skus)), placed_at=clock())


def test_hundreds_of_orders_beside_two_planners_are_each_told_once(store: Store, clock: Clock) -> None:
    stocked(store, PAN=300, LID=300)
    store.listings.record_offers([offer(300), offer(300, "LID")])
    store.listings.plan(10)
    clock.advance(seconds=1)
    done = threading.Event()
    plans: list[int] = []

    def planner() -> None:
        while not done.is_set():
            plans.append(store.listings.plan(10).planned)

    def reserve(number: int) -> None:
        store.ledger.reserve(sold(number, clock), "own")
        if number % 10 == 0:
            store.ledger.reserve(sold(number, clock), "own")
        if number % 4 == 0:
            store.ledger.release(sold(number, clock).key, cancelled_by_channel=True)

    planners = [threading.Thread(target=planner) for _ in range(2)]
    for thread in planners:
        thread.start()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(reserve, range(120)))
    done.set()
    for thread in planners:
        thread.join()
    store.listings.plan(10)
    assert sum(plans) > 0
    assert facts_left(store) == []
    for sku in ("PAN", "LID"):
        one = state_of(store, listing(sku), sku)
        assert (one.rights, one.unexplained, pool_state(store, sku).available) == (210, 0, 210)
        assert levels(store, sku) == (300, 90, 0)
    assert store.listings.next_batch(*SHOP, 250) is None
    assert_balanced(store)


def test_two_publishers_never_send_the_same_push_under_two_keys(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, LID=10, POT=10)
    store.listings.record_offers([offer(0, sku) for sku in ("PAN", "LID", "POT")])
    store.listings.plan(10)
    start = threading.Barrier(4)

    def publisher(_: int) -> dict[int, str]:
        start.wait(10)
        batches = [store.listings.next_batch(*SHOP, 1) for _ in range(4)]
        return {push.push_id: batch.batch_key for batch in batches if batch for push in batch.pushes}

    with ThreadPoolExecutor(4) as threads:
        taken = [item for mine in threads.map(publisher, range(4)) for item in mine.items()]
    assert len(set(taken)) == len({push_id for push_id, _ in taken})
