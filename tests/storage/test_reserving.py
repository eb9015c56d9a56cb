"""Reserving and releasing units of a pool."""

from datetime import timedelta

from orderloom.domain.orders import Component, Order, TimeWindow
from orderloom.domain.stock import StockCount, StockReceipt
from orderloom.storage.store import Store
from tests.storage.shop import START, Clock, assert_balanced, event, key, levels, line, order, reading, stocked, woken


def held(store: Store, placed: Order) -> list[tuple[str, str, int, int]]:
    lines = store.ledger.reservation(placed.key).lines
    return [(row.line_id, row.sku, row.reserved, row.short) for row in lines]


def test_every_line_takes_what_there_is_and_the_rest_is_a_recorded_shortage(store: Store) -> None:
    stocked(store, PAN=3, LID=5)
    placed = order(1, line("1", "PAN", 2), line("2", "LID", 1), line("3", "PAN", 4), line("4", "POT", 1))
    reservation = store.ledger.reserve(placed, "own")
    assert held(store, placed) == [("1", "PAN", 2, 0), ("2", "LID", 1, 0), ("3", "PAN", 1, 3), ("4", "POT", 0, 1)]
    assert reservation == store.ledger.reservation(placed.key)
    assert [row.line_id for row in reservation.shortages] == ["3", "4"]
    assert levels(store, "PAN") == (3, 3, 3)
    assert store.ledger.short_units() == 4
    assert_balanced(store)


def test_reserving_again_changes_nothing(store: Store) -> None:
    stocked(store, PAN=5)
    placed = order(1, line("1", "PAN", 2))
    first = store.ledger.reserve(placed, "own")
    assert store.ledger.reserve(placed, "own") == first
    assert levels(store, "PAN") == (5, 2, 0)


def test_a_bundle_reserves_each_of_its_components_in_units(store: Store) -> None:
    stocked(store, PAN=10, LID=10)
    bundle = line("1", None, 2, 0, Component(sku="PAN", units=3), Component(sku="LID"), Component(sku="PAN", units=1))
    placed = order(1, bundle)
    store.ledger.reserve(placed, "own")
    assert held(store, placed) == [("1", "LID", 2, 0), ("1", "PAN", 8, 0)]
    assert_balanced(store)


def test_unmapped_and_stockless_lines_reserve_nothing(store: Store) -> None:
    stocked(store, PAN=1)
    gift_card = line("2", "PAN").model_copy(update={"needs_stock": False})
    assert store.ledger.reserve(order(1, line("1", None), gift_card), "own").lines == ()


def test_a_line_that_is_mapped_later_is_added_to_the_reservation(store: Store) -> None:
    stocked(store, PAN=2, LID=2)
    store.ledger.reserve(order(1, line("1", "PAN"), line("2", None)), "own")
    placed = order(1, line("1", "PAN"), line("2", "LID"))
    store.ledger.reserve(placed, "own")
    assert held(store, placed) == [("1", "PAN", 1, 0), ("2", "LID", 1, 0)]


def test_a_line_that_grows_shrinks_or_vanishes_is_followed(store: Store) -> None:
    stocked(store, PAN=10, LID=10)
    store.ledger.reserve(order(1, line("1", "PAN", 3), line("2", "LID", 2)), "own")
    for quantity in (5, 1, 4):
        placed = order(1, line("1", "PAN", quantity), line("2", "LID", 2))
        store.ledger.reserve(placed, "own")
        assert levels(store, "PAN") == (10, quantity, 0)
        assert_balanced(store)
    store.ledger.reserve(order(1, line("1", "PAN", 4)), "own")
    assert levels(store, "LID") == (10, 0, 0)
    assert_balanced(store)


def test_a_shrinking_order_gives_up_its_shortage_first(store: Store) -> None:
    stocked(store, PAN=2)
    store.ledger.reserve(order(1, line("1", "PAN", 5)), "own")
    store.ledger.reserve(order(1, line("1", "PAN", 3)), "own")
    assert levels(store, "PAN") == (2, 2, 1)
    store.ledger.reserve(order(1, line("1", "PAN", 1)), "own")
    assert levels(store, "PAN") == (2, 1, 0)
    assert_balanced(store)


def test_release_gives_everything_back_once_and_for_good(store: Store) -> None:
    stocked(store, PAN=2, LID=2)
    placed = order(1, line("1", "PAN", 3), line("2", "LID", 1))
    store.ledger.reserve(placed, "own")
    store.ledger.release(placed.key)
    store.ledger.release(placed.key)
    assert levels(store, "PAN") == (2, 0, 0)
    assert levels(store, "LID") == (2, 0, 0)
    late = store.ledger.reserve(placed, "own")
    assert [(row.reserved, row.short, row.released) for row in late.lines] == [(0, 0, 3), (0, 0, 1)]
    assert_balanced(store)


def test_an_order_released_before_it_reserved_stays_released(store: Store) -> None:
    stocked(store, PAN=2)
    store.ledger.release(key(1))
    assert store.ledger.reserve(order(1), "own").lines == ()
    assert levels(store, "PAN") == (2, 0, 0)


def test_released_units_serve_who_waits_for_them(store: Store) -> None:
    stocked(store, PAN=2)
    store.ledger.reserve(order(1, line("1", "PAN", 2)), "own")
    waiting = order(2, line("1", "PAN", 1))
    store.ledger.reserve(waiting, "own")
    store.ledger.release(key(1))
    assert held(store, waiting) == [("1", "PAN", 1, 0)]
    assert woken(store) == [("2", "restocked")]
    assert_balanced(store)


def test_a_restock_serves_the_order_promised_first_then_the_one_placed_first(store: Store) -> None:
    stocked(store, PAN=0)
    promised = {1: None, 2: START + timedelta(days=3), 3: START + timedelta(days=1), 4: START + timedelta(days=3)}
    for number, ship_by in promised.items():
        placed_at = START - timedelta(hours=number)
        store.ledger.reserve(order(number, placed_at=placed_at, ship_by=TimeWindow(latest=ship_by)), "own")
    woken(store)
    for number in (3, 4, 2, 1):
        store.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=1), "ann", "one came")
        assert woken(store) == [(str(number), "restocked")]
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=2), "ann", "two are broken")
    assert sorted(woken(store)) == [("1", "stock_lost"), ("2", "stock_lost")], "the last promises are broken first"


def test_a_promise_that_moves_changes_who_is_served(store: Store) -> None:
    stocked(store, PAN=0)
    for number in (1, 2):
        store.ledger.reserve(order(number, ship_by=TimeWindow(latest=START + timedelta(days=number))), "own")
    store.ledger.reserve(order(2, ship_by=TimeWindow(latest=START)), "own")
    store.ledger.receive(StockReceipt(sku="PAN", node="east", quantity=1), "ann", "one came")
    assert woken(store) == [("2", "restocked")]


def test_a_restock_serves_orders_without_a_promise_by_their_arrival(store: Store, clock: Clock) -> None:
    stocked(store, PAN=0)
    for number, minutes in ((1, 10), (2, 5), (3, 20)):
        received = event(f"d{number}", number, received_at=clock.now.replace(minute=minutes))
        stored = store.events.store(received)
        store.orders.record(reading(order(number)), stored.event_id)
        store.ledger.reserve(order(number, line("1", "PAN", 2)), "own")
    receipt = store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=3), by="ann", why="delivery")
    assert receipt.shortages_served == 3
    assert held(store, order(2)) == [("1", "PAN", 2, 0)]
    assert held(store, order(1)) == [("1", "PAN", 1, 1)]
    assert held(store, order(3)) == [("1", "PAN", 0, 2)]
    assert woken(store) == [("2", "restocked"), ("1", "restocked")], "in the order in which they were served"
    assert_balanced(store)


def test_what_the_channel_counts_as_fulfilled_is_not_reserved(store: Store) -> None:
    stocked(store, PAN=5)
    store.ledger.reserve(order(1, line("1", "PAN", 3, 2)), "own")
    assert levels(store, "PAN") == (5, 1, 0)


def test_units_sold_elsewhere_are_counted_out_once(store: Store) -> None:
    stocked(store, PAN=5)
    placed = order(1, line("1", "PAN", 3, 2))
    for _ in range(2):
        store.ledger.sold_elsewhere(placed, "own", "east")
        store.ledger.reserve(placed, "own")
    assert levels(store, "PAN") == (3, 1, 0)
    placed = order(1, line("1", "PAN", 3, 3))
    store.ledger.sold_elsewhere(placed, "own", "east")
    store.ledger.reserve(placed, "own")
    assert levels(store, "PAN") == (2, 0, 0)
    assert_balanced(store)


def test_a_till_may_sell_what_the_ledger_does_not_have(store: Store) -> None:
    stocked(store, PAN=1)
    store.ledger.sold_elsewhere(order(1, line("1", "PAN", 3, 3)), "own", "west")
    assert levels(store, "PAN") == (1, 0, 0)
    assert store.ledger.oversold_units() == 0
    assert_balanced(store)
