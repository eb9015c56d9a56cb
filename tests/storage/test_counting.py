"""Counts, and what a verified ledger notices."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.stock import MovementKind, SkuMaster, StockCount, StockReceipt
from orderloom.storage.store import Store
from orderloom.storage.tables import node_stock, pool_stock
from tests.storage.shop import assert_balanced, decision, key, levels, line, order, planned, stocked, woken


def count(store: Store, units: int, node: str = "east") -> None:
    store.ledger.set_count(StockCount(sku="PAN", node=node, on_hand=units), by="ann", why="shelf count")


def test_a_count_writes_the_difference_and_says_what_it_did(store: Store) -> None:
    stocked(store, PAN=4)
    receipt = store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=7), by="ann", why="found a box")
    assert (receipt.before, receipt.after, receipt.shortages_served) == (4, 7, 0)
    count(store, 2, "west")
    assert levels(store, "PAN") == (9, 0, 0)
    assert [(row.node, row.on_hand) for row in store.ledger.show_nodes("PAN")] == [("east", 7), ("west", 2)]
    assert_balanced(store)


def test_the_history_of_a_sku_is_its_movements_the_last_first_in_pages(store: Store) -> None:
    stocked(store, PAN=4)
    count(store, 7)
    count(store, 5)
    last, second, first = store.ledger.history("PAN")
    assert [(row.delta, row.kind, row.by, row.why) for row in (second, last)] == [
        (3, "count", "ann", "shelf count"),
        (-2, "count", "ann", "shelf count"),
    ]
    assert store.ledger.history("PAN", limit=1) == [last]
    assert store.ledger.history("PAN", before=last.movement_id) == [second, first]
    with pytest.raises(InputInvalid, match="PANN: is no SKU"):
        store.ledger.history("PANN")


def test_an_import_with_one_wrong_line_changes_nothing(store: Store) -> None:
    stocked(store, PAN=4)
    good = StockCount(sku="PAN", node="east", on_hand=9)
    with pytest.raises(InputInvalid, match="PANN: is no SKU"):
        store.ledger.import_counts([good, StockCount(sku="PANN", node="east", on_hand=1)], by="ann", why="import")
    with pytest.raises(InputInvalid, match="north"):
        store.ledger.import_counts([good, StockCount(sku="PAN", node="north", on_hand=1)], by="ann", why="import")
    assert levels(store, "PAN") == (4, 0, 0)


def test_what_comes_in_adds_up_and_serves_who_waits(store: Store) -> None:
    stocked(store, PAN=1)
    store.ledger.reserve(order(1, line("1", "PAN", 3)), "own")
    came = StockReceipt(sku="PAN", node="east", quantity=3)
    first, second = store.ledger.import_receipts([came, came], by="ann", why="PO 4711")
    assert (first.before, first.after, first.shortages_served) == (1, 4, 2)
    assert (second.before, second.after, second.shortages_served) == (4, 7, 0)
    assert levels(store, "PAN") == (7, 3, 0)
    assert {row.kind for row in store.ledger.history("PAN", limit=2)} == {MovementKind.RECEIPT}
    assert store.ledger.receive(came, by="ann", why="PO 4712").after == 10
    with pytest.raises(InputInvalid, match="PANN: is no SKU"):
        store.ledger.import_receipts([came, came.model_copy(update={"sku": "PANN"})], by="ann", why="PO 4713")
    assert levels(store, "PAN") == (10, 3, 0)
    assert_balanced(store)


def test_a_shortage_found_by_counting_falls_on_the_order_that_came_last(store: Store) -> None:
    stocked(store, PAN=5)
    for number in (1, 2, 3):
        store.ledger.reserve(order(number, line("1", "PAN", 1 if number == 3 else 2)), "own")
    count(store, 2)
    got = [store.ledger.reservation(key(number)).lines[0].reserved for number in (1, 2, 3)]
    assert got == [2, 0, 0]
    assert levels(store, "PAN") == (2, 2, 3)
    assert woken(store) == [("3", "stock_lost"), ("2", "stock_lost")]
    assert_balanced(store)


def test_units_that_a_node_was_asked_to_ship_are_the_last_to_become_short(store: Store) -> None:
    stocked(store, PAN=2)
    store.ledger.reserve(order(1), "own")
    store.ledger.reserve(order(2), "own")
    store.ledger.decide(decision(key(2), order(2).placed_at, planned(1, "east", ("1", "PAN", 1))))
    count(store, 1)
    assert [store.ledger.reservation(key(number)).lines[0].reserved for number in (1, 2)] == [0, 1]
    assert_balanced(store)


def test_verify_names_every_counter_that_its_rows_do_not_add_up_to(store: Store) -> None:
    stocked(store, PAN=4)
    store.ledger.reserve(order(1, line("1", "PAN", 2)), "own")
    store.database.write(lambda c: c.execute(update(node_stock).values(on_hand=5, allocated=1)))
    store.database.write(lambda c: c.execute(update(pool_stock).values(reserved=6, short=1)))
    report = store.ledger.verify()
    assert not report.is_balanced
    assert {violation.invariant: violation.place for violation in report.violations} == {
        "node on_hand is the sum of its movements": "PAN at east",
        "node allocated is the sum of live allocations": "PAN at east",
        "pool on_hand is the sum over its nodes": "PAN at own",
        "pool reserved is the sum of live reservations": "PAN at own",
        "pool short is the sum of recorded shortages": "PAN at own",
        "live reservations are on hand": "PAN at own",
    }


def test_verify_notices_a_released_order_that_still_holds_units(store: Store) -> None:
    stocked(store, PAN=4)
    store.ledger.reserve(order(1), "own")
    store.database.write(lambda c: c.execute(text("UPDATE ledger_orders SET ended_at = arrived_at")))
    assert [violation.invariant for violation in store.ledger.verify().violations] == ["a released order holds nothing"]


def test_oversold_units_are_found_from_the_rows_and_not_from_the_counters(store: Store) -> None:
    stocked(store, PAN=4)
    store.ledger.reserve(order(1, line("1", "PAN", 3)), "own")
    assert store.ledger.oversold_units() == 0
    store.database.write(lambda c: c.execute(text("UPDATE movements SET delta = 1")))
    assert store.ledger.oversold_units() == 2


def test_hundreds_of_skus_are_counted_in_one_import(store: Store) -> None:
    names = [f"SKU-{number:05}" for number in range(600)]
    store.catalog.import_skus([SkuMaster(sku=name) for name in names], by="test")
    receipts = store.ledger.import_counts(
        [StockCount(sku=name, node="east", on_hand=3) for name in names], by="test", why="opening stock"
    )
    assert len(receipts) == 600
    assert_balanced(store)


def test_a_delivery_with_a_reference_is_received_once(store: Store) -> None:
    stocked(store, PAN=1)
    came = [StockReceipt(sku="PAN", node=node, quantity=3) for node in ("east", "west")]
    store.ledger.import_receipts(came, by="ann", why="PO 4711", once="DN 88")
    with pytest.raises(InputInvalid, match=r"DN 88: was received already, on 2026-11-23 12:00 UTC by ann; nothing was"):
        store.ledger.import_receipts(came[1:], by="bob", why="PO 4711", once="DN 88")
    store.ledger.import_receipts(came, by="ann", why="PO 4711", once="DN 89")
    assert levels(store, "PAN") == (13, 0, 0)


def test_of_two_who_receive_one_delivery_at_once_only_one_does(store: Store) -> None:
    stocked(store, PAN=1)
    came = [StockReceipt(sku="PAN", node="east", quantity=3)]

    def receive(by: str) -> bool:
        try:
            return bool(store.ledger.import_receipts(came, by=by, why="PO 4711", once="DN 88"))
        except InputInvalid:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(receive, "abcd")) == [False, False, False, True]
    assert levels(store, "PAN") == (4, 0, 0)
