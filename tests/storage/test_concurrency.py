"""Many at once: no unit is reserved twice, no event is handed out twice."""

import multiprocessing
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from orderloom.domain.errors import StockMoved
from orderloom.domain.orders import TimeWindow
from orderloom.domain.stock import StockCount, StockReceipt
from orderloom.storage.store import Store, open_store
from tests.storage.shop import (
    KEYS,
    NODES,
    START,
    assert_balanced,
    decision,
    event,
    key,
    levels,
    line,
    order,
    planned,
    stocked,
)


def test_two_hundred_orders_at_once_never_get_the_same_unit(store: Store) -> None:
    stocked(store, PAN=120)
    with ThreadPoolExecutor(16) as threads:
        got = list(threads.map(lambda number: store.ledger.reserve(order(number), "own").lines[0].reserved, range(200)))
    assert Counter(got) == {1: 120, 0: 80}
    assert levels(store, "PAN") == (120, 120, 80)
    assert store.ledger.oversold_units() == 0
    assert_balanced(store)


def test_restocks_at_once_serve_the_earliest_promises_and_no_unit_twice(store: Store) -> None:
    stocked(store, PAN=0)
    days = random.Random(7).sample(range(60), 40)
    for number, day in enumerate(days):
        store.ledger.reserve(order(number, ship_by=TimeWindow(latest=START + timedelta(days=day))), "own")

    def live(number: int) -> None:
        store.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=1), "ann", "one came")
        if number % 5 == 0:
            store.ledger.reserve(order(1000 + number, ship_by=TimeWindow(latest=START + timedelta(days=90))), "own")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(live, range(25)))
    served = {day for number, day in enumerate(days) if not store.ledger.reservation(key(number)).shortages}
    assert served == set(sorted(days)[:25])
    assert levels(store, "PAN") == (25, 25, 20)
    assert_balanced(store)


def test_orders_that_name_their_skus_in_opposite_order_do_not_block_each_other(store: Store) -> None:
    stocked(store, PAN=100, LID=100, POT=100)
    forward, backward = ("PAN", "LID", "POT"), ("POT", "LID", "PAN")

    def live(number: int) -> None:
        skus = forward if number % 2 else backward
        placed = order(number, *(line(str(i), sku) for i, sku in enumerate(skus)))
        store.ledger.reserve(placed, "own")
        if number % 3 == 0:
            store.ledger.release(placed.key)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(live, range(60)))
    assert [levels(store, sku) for sku in forward] == [(100, 40, 0)] * 3
    assert_balanced(store)


def test_one_order_reserved_by_many_at_once_is_reserved_once(store: Store) -> None:
    stocked(store, PAN=10)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.ledger.reserve(order(1, line("1", "PAN", 2)), "own"), range(16)))
    assert levels(store, "PAN") == (10, 2, 0)


def test_counts_releases_and_decisions_at_once_leave_a_balanced_ledger(store: Store) -> None:
    stocked(store, PAN=20)

    def live(number: int) -> None:
        placed = order(number, line("1", "PAN", 2))
        reservation = store.ledger.reserve(placed, "own")
        if number % 4 == 0:
            store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=20 + number), by="ann", why="count")
        elif number % 4 == 1:
            store.ledger.release(placed.key)
        elif not reservation.shortages:
            # A count may take the units away again before they are placed; then nothing is placed.
            with suppress(StockMoved):
                store.ledger.decide(decision(placed.key, placed.placed_at, planned(1, "east", ("1", "PAN", 2))))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(live, range(48)))
    assert_balanced(store)


def test_two_relays_never_get_the_same_event(store: Store) -> None:
    store_all = [event(f"d{number}", number) for number in range(60)]
    for one in store_all:
        store.events.store(one)
    start = threading.Barrier(4)

    def relay(_: int) -> list[str]:
        start.wait(10)
        taken: list[str] = []
        empty = 0
        while empty < 3:
            batch = store.events.claim(5, timedelta(minutes=5))
            empty = 0 if batch else empty + 1
            taken += [pending.event_id for pending in batch]
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [name for names in threads.map(relay, range(4)) for name in names]
    assert len(taken) == len(set(taken)) == 60


def test_one_delivery_that_comes_many_times_at_once_is_stored_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda _: store.events.store(event("d1")), range(16)))
    assert len({entry.event_id for entry in stored}) == 1
    assert Counter(entry.duplicate for entry in stored) == {True: 15, False: 1}


def _reserve_in_a_process(url: str, numbers: list[int]) -> int:
    store = open_store(url, KEYS, nodes=NODES)
    units = sum(store.ledger.reserve(order(number), "own").lines[0].reserved for number in numbers)
    store.close()
    return units


def test_two_processes_never_get_the_same_unit_of_a_sqlite_file(tmp_path: Path) -> None:
    database_url = f"sqlite:///{tmp_path / 'orderloom.db'}"
    store = open_store(database_url, KEYS, nodes=NODES)
    stocked(store, PAN=50)
    with multiprocessing.get_context("spawn").Pool(2) as processes:
        shares = [(database_url, list(range(start, start + 40))) for start in (0, 40)]
        units = processes.starmap(_reserve_in_a_process, shares)
    assert sum(units) == 50
    assert levels(store, "PAN") == (50, 50, 30)
    assert_balanced(store)
    store.close()


def _reserve_until_killed(url: str, started: Path) -> None:
    store = open_store(url, KEYS, nodes=NODES)
    number = 0
    while True:
        store.ledger.reserve(order(number, line("1", "PAN"), line("2", "LID")), "own")
        started.touch()
        number += 1


def test_a_process_killed_between_two_statements_leaves_a_balanced_ledger(database_url: str, tmp_path: Path) -> None:
    store = open_store(database_url, KEYS, nodes=NODES)
    stocked(store, PAN=10_000, LID=10_000)
    started = tmp_path / "started"
    process = multiprocessing.get_context("spawn").Process(target=_reserve_until_killed, args=(database_url, started))
    process.start()
    while not started.exists():
        process.join(0.01)
        assert process.is_alive()
    process.kill()
    process.join()
    assert_balanced(store)
    store.ledger.reserve(order("after"), "own")
    assert store.ledger.reservation(key("after")).lines[0].reserved == 1
    store.close()
