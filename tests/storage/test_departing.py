"""Packages that leave: recorded, counted out and confirmed, each once."""

import pytest

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.orders import Order, PersonalData
from orderloom.domain.records import DispatchState
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, ConfirmedLine, Package
from orderloom.domain.stock import StockCount
from orderloom.storage.store import Store
from tests.storage.shop import (
    Clock,
    assert_balanced,
    decision,
    key,
    levels,
    line,
    order,
    package,
    planned,
    reading,
    stocked,
)


def dispatched(store: Store, clock: Clock, placed: Order) -> str:
    """Reserve the order, place all of it at `east` and dispatch it; returns the dispatch id."""
    store.orders.record(reading(placed), "none")
    store.ledger.reserve(placed, "own")
    lines = [(one.line_id, one.components[0].sku, one.open_quantity) for one in placed.lines if one.components]
    store.ledger.decide(decision(placed.key, clock.advance(seconds=1), planned(1, "east", *lines)))
    return store.shipments.begin_dispatch(placed.key, 1).dispatch_id


def ship(store: Store, placed: Order, name: str, box: Package) -> None:
    store.shipments.add_package(name, box)
    store.ledger.ship(placed.key, 1, box)


def confirmation(placed: Order, box: Package) -> Confirmation:
    return Confirmation(key=placed.key, number=1, package=box, lines=(ConfirmedLine(line_id="1", quantity=1),))


def row(store: Store, placed: Order) -> tuple[int, int, int, int]:
    first = store.ledger.reservation(placed.key).lines[0]
    return (first.reserved, first.short, first.shipped, first.released)


def test_a_package_moves_its_units_from_reserved_to_shipped_once(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5)
    placed = order(1, line("1", "PAN", 3))
    name = dispatched(store, clock, placed)
    for _ in range(2):
        ship(store, placed, name, package("A", ("1", "PAN", 1), ("1", "PAN", 1)))
    assert row(store, placed) == (1, 0, 2, 0)
    assert levels(store, "PAN") == (3, 1, 0)
    assert store.shipments.shipments(placed.key)[0].state is DispatchState.SENDING
    ship(store, placed, name, package("B", ("1", "PAN", 1)))
    assert levels(store, "PAN") == (2, 0, 0)
    assert store.shipments.shipments(placed.key)[0].state is DispatchState.SHIPPED
    assert store.ledger.oversold_units() == 0
    assert_balanced(store)


def test_what_is_confirmed_to_the_channel_is_not_taken_for_less_demand(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5)
    placed = order(1, line("1", "PAN", 3))
    name = dispatched(store, clock, placed)
    ship(store, placed, name, package("A", ("1", "PAN", 1)))
    confirmed = order(1, line("1", "PAN", 3, 1))
    store.ledger.sold_elsewhere(confirmed, "own", "east")
    store.ledger.reserve(confirmed, "own")
    assert row(store, placed) == (2, 0, 1, 0)
    assert levels(store, "PAN") == (4, 2, 0)
    assert_balanced(store)


def test_more_than_was_asked_for_is_counted_out_and_told(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5, LID=1)
    placed = order(1, line("1", "PAN", 2))
    name = dispatched(store, clock, placed)
    store.ledger.reserve(order(2, line("1", "PAN", 3)), "own")
    ship(store, placed, name, package("A", ("1", "PAN", 3), ("9", "LID", 4)))
    assert row(store, placed) == (0, 0, 2, 0)
    assert levels(store, "PAN") == (2, 2, 1), "another order lost a unit to the surplus"
    assert levels(store, "LID") == (0, 0, 0)
    told = [entry.text for entry in store.stories.show(placed.key).timeline if entry.what == "shipped_more"]
    assert told == ["east reports 4 LID, 1 PAN beyond what it was asked to ship; counted out as an adjustment"]
    assert_balanced(store)


def test_a_package_of_a_released_order_is_counted_out_all_the_same(store: Store, clock: Clock) -> None:
    stocked(store, PAN=5)
    placed = order(1, line("1", "PAN", 2))
    name = dispatched(store, clock, placed)
    store.ledger.release(placed.key)
    ship(store, placed, name, package("A", ("1", "PAN", 2)))
    assert row(store, placed) == (0, 0, 0, 2)
    assert levels(store, "PAN") == (3, 0, 0)
    assert_balanced(store)


def test_units_that_left_although_a_count_missed_them_leave_a_trace(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1, line("1", "PAN", 3))
    name = dispatched(store, clock, placed)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=1), by="ann", why="count")
    assert row(store, placed) == (1, 2, 0, 0)
    ship(store, placed, name, package("A", ("1", "PAN", 3)))
    assert row(store, placed) == (0, 0, 3, 0)
    assert levels(store, "PAN") == (0, 0, 0)
    assert store.ledger.oversold_units() == 2
    assert_balanced(store)


def test_a_package_keeps_its_number_within_the_order(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1, line("1", "PAN", 3))
    name = dispatched(store, clock, placed)
    first = store.shipments.add_package(name, package("B", ("1", "PAN", 1)))
    second = store.shipments.add_package(name, package("A", ("1", "PAN", 1)))
    again = store.shipments.add_package(name, package("B", ("1", "PAN", 1)))
    assert [(entry.number, entry.is_new) for entry in (first, second, again)] == [(1, True), (2, True), (1, False)]
    assert [entry.package.package_id for entry in store.shipments.packages(placed.key)] == ["B", "A"]


def test_the_first_confirmation_of_a_package_stands(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1)
    store.shipments.add_package(dispatched(store, clock, placed), package("A", ("1", "PAN", 1)))
    told = confirmation(placed, package("A", ("1", "PAN", 1)))
    confirmed_at = clock.advance(seconds=5)
    store.shipments.confirmed(told, 0, ConfirmationReceipt(reference="F-1"))
    clock.advance(seconds=5)
    store.shipments.confirmed(told, 0, ConfirmationReceipt(reference="F-2"))
    entry = store.shipments.packages(placed.key)[0]
    assert (entry.reference, entry.confirmed_at, entry.told_lines) == ("F-1", confirmed_at, told.lines)


def test_a_package_takes_a_corrected_label_and_keeps_its_number_and_content(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1)
    name, box = dispatched(store, clock, placed), package("A", ("1", "PAN", 1))
    first = store.shipments.add_package(name, box, clock())
    store.shipments.confirmed(confirmation(placed, box), first.label, ConfirmationReceipt(reference="F-1"))
    relabelled = box.model_copy(update={"tracking_number": "D-77", "carrier": "DPD", "lines": ()})
    entry = store.shipments.add_package(name, relabelled, clock.advance(seconds=5))
    assert (entry.number, entry.label, entry.told_label, entry.needs_correction) == (1, 1, 0, True)
    assert (entry.package.tracking_number, entry.package.lines) == ("D-77", box.lines)
    store.shipments.corrected(placed.key, 1, 1)
    store.shipments.corrected(placed.key, 1, 0)
    assert [p.needs_correction for p in store.shipments.packages(placed.key)] == [False]


def test_a_report_that_was_overtaken_brings_no_old_label_back(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    name, box = dispatched(store, clock, order(1)), package("A", ("1", "PAN", 1))
    before = clock()
    newer = box.model_copy(update={"tracking_number": "D-77"})
    store.shipments.add_package(name, newer, clock.advance(seconds=5))
    assert store.shipments.add_package(name, box, before).package == newer
    nameless = box.model_copy(update={"tracking_number": ""})
    assert store.shipments.add_package(name, nameless).package == newer


def test_a_shipment_whose_rest_was_stopped_is_what_has_left_of_it(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1, line("1", "PAN", 3))
    name = dispatched(store, clock, placed)
    ship(store, placed, name, package("A", ("1", "PAN", 1)))
    for _ in range(2):
        store.ledger.shorten(placed.key, 1)
    (shipment,) = store.shipments.shipments(placed.key)
    assert (shipment.state, [each.quantity for each in shipment.lines]) == (DispatchState.SHIPPED, [1])
    assert row(store, placed) == (2, 0, 1, 0)
    assert_balanced(store)
    store.ledger.decide(decision(placed.key, clock.advance(seconds=1), planned(2, "east", ("1", "PAN", 2))))
    assert_balanced(store)


def test_a_shipment_knows_which_of_the_orders_addresses_it_goes_to(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1)
    dispatched(store, clock, placed)
    assert store.orders.get(placed.key).address_version == 0
    said = reading(placed)
    retold = said.personal.model_copy(update={"city": said.personal.city.upper() + " ", "phone": "+1 555"})
    assert store.orders.record(said.model_copy(update={"personal": retold}), "none").address_version == 0
    assert store.orders.record(said.model_copy(update={"personal": PersonalData()}), "none").address_version == 0
    store.orders.record(said, "none")
    elsewhere = said.personal.model_copy(update={"city": "Elsewhere"})
    assert store.orders.record(said.model_copy(update={"personal": elsewhere}), "none").address_version == 1
    store.shipments.refused(placed.key, 1, "stopped")
    assert store.shipments.begin_dispatch(placed.key, 1).address_version == 1


def test_a_package_is_lost_until_it_turns_up(store: Store, clock: Clock) -> None:
    stocked(store, PAN=3)
    placed = order(1)
    name = dispatched(store, clock, placed)
    store.shipments.add_package(name, package("A", ("1", "PAN", 1)))
    store.shipments.lost(name, "A", lost_at := clock.advance(seconds=5))
    assert store.shipments.packages(placed.key)[0].lost_at == lost_at
    store.shipments.delivered(name, "A", clock.advance(seconds=5))
    store.shipments.lost(name, None, clock.advance(seconds=5))
    assert store.shipments.packages(placed.key)[0].lost_at is None


def test_packages_and_shipments_of_nobody_are_refused(store: Store) -> None:
    with pytest.raises(OrderUnknown):
        store.shipments.add_package("nobody-1-1", package("A", ("1", "PAN", 1)))
    with pytest.raises(OrderUnknown):
        store.shipments.begin_dispatch(key(1), 1)
    with pytest.raises(OrderUnknown):
        store.ledger.ship(key(1), 1, package("A", ("1", "PAN", 1)))
    assert store.shipments.by_dispatch_id("nobody-1-1") is None
