"""Orders that wait for stock: who is served when it comes, and who is woken to look again."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderloom.domain.decisions import Decision, Inputs
from orderloom.domain.errors import StockMoved
from orderloom.domain.orders import Order, OrderStatus, TimeWindow
from orderloom.domain.stock import StockCount, StockReceipt
from orderloom.storage.store import Store, open_store
from tests.exploring import examples
from tests.storage.shop import (
    KEYS,
    NODES,
    START,
    Clock,
    assert_balanced,
    decision,
    key,
    levels,
    line,
    order,
    reading,
    stocked,
    woken,
)

FRIDAY = START + timedelta(days=4)
TWO_PANS = order(1, line("1", "PAN", 2))
numbers = count(1)


def wait(store: Store, clock: Clock, placed: Order) -> Decision:
    """What routing stores of an order that a rule has wait: no plan, and the stock that it saw."""
    stock = store.ledger.levels(["PAN"], ["east", "west"], placed.key)
    made = decision(placed.key, clock.advance(seconds=1)).model_copy(
        update={"backorder_until": FRIDAY, "inputs": Inputs(order=placed, masters=(), stock=tuple(stock))}
    )
    store.ledger.decide(made)
    return made


def test_a_backorder_whose_units_lie_apart_looks_again_when_more_come(store: Store, clock: Clock) -> None:
    stocked(store, PAN=1)
    store.ledger.set_count(StockCount(sku="PAN", node="west", on_hand=1), "ann", "count")
    store.ledger.reserve(TWO_PANS, "own")
    wait(store, clock, TWO_PANS)
    assert levels(store, "PAN") == (2, 2, 0)
    store.ledger.receive(StockReceipt(sku="PAN", node="west", quantity=1), "ann", "one came")
    assert woken(store) == [("1", "restocked")]
    store.ledger.decide(decision(TWO_PANS.key, clock.advance(seconds=1)))
    store.ledger.receive(StockReceipt(sku="PAN", node="west", quantity=1), "ann", "one more")
    assert woken(store) == [], "it waits no longer"
    assert_balanced(store)


def test_backorders_whose_units_lie_apart_are_woken_in_order_of_promise(store: Store, clock: Clock) -> None:
    stocked(store, PAN=20)
    days = {1: 3, 2: None, 3: 1, 4: 2}
    for number, day in days.items():
        ship_by = TimeWindow(latest=None if day is None else START + timedelta(days=day))
        placed = order(number, line("1", "PAN", 2), ship_by=ship_by)
        store.ledger.reserve(placed, "own")
        wait(store, clock, placed)
    store.ledger.receive(StockReceipt(sku="PAN", node="west", quantity=1), "ann", "one came")
    assert [number for number, _ in woken(store)] == ["3", "4", "1", "2"]


def test_a_backorder_decided_on_stock_that_has_grown_since_is_decided_again(store: Store, clock: Clock) -> None:
    stocked(store, PAN=2)
    store.ledger.reserve(TWO_PANS, "own")
    made = wait(store, clock, TWO_PANS)
    store.ledger.receive(StockReceipt(sku="PAN", node="west", quantity=2), "ann", "two came")
    woken(store)
    later = made.model_copy(update={"decided_at": clock.advance(seconds=1)})
    with pytest.raises(StockMoved):
        store.ledger.decide(later)
    wait(store, clock, TWO_PANS)


def test_a_list_says_until_when_a_backorder_waits(store: Store, clock: Clock) -> None:
    stocked(store, PAN=1)
    store.orders.record(reading(TWO_PANS), "event")
    store.ledger.reserve(TWO_PANS, "own")
    wait(store, clock, TWO_PANS)
    store.orders.set_status(TWO_PANS.key, OrderStatus.WAITING)
    assert [row.backorder_until for row in store.stories.list()] == [FRIDAY]
    store.ledger.release(TWO_PANS.key)
    assert [row.backorder_until for row in store.stories.list()] == [None]


@pytest.fixture(scope="module")
def shop(sqlite_migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("backorders") / "shop.db"
    path.write_bytes(sqlite_migrated.read_bytes())
    store = open_store(f"sqlite:///{path}", KEYS, nodes=NODES)
    stocked(store, PAN=0)
    return store


promises = st.tuples(st.none() | st.integers(0, 3), st.integers(0, 3), st.integers(1, 3))
"""Days until ship-by, hours since it was placed, units."""


@settings(max_examples=examples(25))
@given(st.lists(promises, min_size=1, max_size=6), st.lists(st.integers(1, 4), max_size=4))
def test_restocks_serve_in_order_of_promise_and_never_release_more_than_came(
    shop: Store, asked: list[tuple[int | None, int, int]], restocks: list[int]
) -> None:
    waiting: list[tuple[bool, datetime, datetime, int, int, int]] = []
    for days, hours, units in asked:
        ship_by = None if days is None else START + timedelta(days=days)
        number, placed_at = next(numbers), START - timedelta(hours=hours)
        placed = order(number, line("1", "PAN", units), placed_at=placed_at, ship_by=TimeWindow(latest=ship_by))
        shop.ledger.reserve(placed, "own")
        arrival = len(waiting)
        waiting.append((ship_by is None, ship_by or START, placed_at, arrival, number, units))
    for units in restocks:
        shop.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=units), "ann", "some came")
    left = sum(restocks)
    for *_, number, units in sorted(waiting):
        row = shop.ledger.reservation(key(number)).lines[0]
        assert row.reserved == min(units, left), "the earlier promise takes all it needs first"
        left -= row.reserved
    assert_balanced(shop)
    for *_, number, _ in waiting:
        shop.ledger.release(key(number))
    shop.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=0), "ann", "start again")
