"""Purging: when a data key is due, and what is left when it is gone."""

from datetime import timedelta

import pytest

from orderloom.domain.events import EventState
from orderloom.domain.orders import OrderStatus, PersonalData, TimeWindow
from orderloom.storage.events import PURGED_BODY
from orderloom.storage.store import Store
from tests.storage.shop import BUYER, START, Clock, decision, event, key, order, package, planned, reading, stocked


def days(count: float) -> timedelta:
    return timedelta(days=count)


def test_an_order_is_purged_thirty_days_after_its_closing(store: Store, clock: Clock) -> None:
    stored = store.events.store(event("d1"))
    store.orders.record(reading(order()), stored.event_id)
    assert store.privacy.purge(START + days(400)) == 0, "an open order keeps what it needs"
    store.orders.set_status(key(), OrderStatus.COMPLETED)
    assert store.privacy.purge(START + days(29.9)) == 0
    assert store.orders.personal(key()) == BUYER
    assert store.privacy.purge(START + days(30)) == 1
    assert store.orders.personal(key()) == PersonalData()
    assert store.events.load(stored.event_id).body == PURGED_BODY
    assert store.stories.show(key()).record.order == order()


def test_the_latest_deliver_by_counts_before_the_closing(store: Store) -> None:
    store.orders.record(reading(order(deliver_by=TimeWindow(latest=START + days(10)))), "none")
    store.orders.set_status(key(), OrderStatus.COMPLETED)
    assert store.privacy.purge(START + days(39.9)) == 0
    assert store.privacy.purge(START + days(40)) == 1


def test_a_delivery_counts_before_everything_else(store: Store, clock: Clock) -> None:
    stocked(store, PAN=1)
    placed = order(deliver_by=TimeWindow(latest=START + days(10)))
    store.orders.record(reading(placed), "none")
    store.ledger.reserve(placed, "own")
    store.ledger.decide(decision(key(), START, planned(1, "east", ("1", "PAN", 1))))
    name = store.shipments.begin_dispatch(key(), 1).dispatch_id
    for box in ("A", "B"):
        store.shipments.add_package(name, package(box, ("1", "PAN", 1)))
    store.orders.set_status(key(), OrderStatus.COMPLETED)
    store.shipments.delivered(name, "A", START + days(2))
    assert store.privacy.purge(START + days(33)) == 0, "one package is still under way"
    store.shipments.delivered(name, "B", START + days(3))
    assert store.privacy.purge(START + days(33)) == 1


@pytest.mark.parametrize("number", [None, 1001])
def test_events_that_became_no_order_are_purged_after_thirty_days(store: Store, number: int | None) -> None:
    kept = store.events.store(event("d1", number, state=EventState.KEPT))
    assert store.privacy.purge(START + days(29)) == 0
    assert store.privacy.purge(START + days(31)) == 1
    assert store.events.load(kept.event_id).body == PURGED_BODY


def test_an_event_that_still_waits_for_its_order_is_not_purged(store: Store) -> None:
    store.events.store(event("d1"))
    assert store.privacy.purge(START + days(31)) == 0


def test_an_event_that_comes_after_the_purge_is_purged_in_its_turn(store: Store, clock: Clock) -> None:
    store.orders.record(reading(order()), "none")
    store.orders.set_status(key(), OrderStatus.COMPLETED)
    clock.advance(days=31)
    assert store.privacy.purge() == 1
    late = store.events.store(event("refund"))
    assert store.events.load(late.event_id).body == event().body
    assert store.orders.personal(key()) == PersonalData()
    assert store.privacy.purge() == 1
    assert store.events.load(late.event_id).body == PURGED_BODY


def test_a_closed_order_is_forgotten_at_once_and_an_open_one_at_its_end(store: Store) -> None:
    for number in (1001, 1002):
        store.events.mark(store.events.store(event(f"d{number}", number)).event_id, EventState.DELIVERED)
        store.orders.record(reading(order(number)), "none")
    store.orders.set_status(key(1001), OrderStatus.COMPLETED)
    done = store.privacy.forget([key(1001), key(1002)])
    assert (done.erased, done.waiting) == (1, 1)
    assert store.orders.personal(key(1001)) == PersonalData()
    assert store.orders.personal(key(1002)) == BUYER
    store.orders.set_status(key(1002), OrderStatus.COMPLETED)
    assert store.privacy.purge(START) == 1
    assert store.orders.personal(key(1002)) == PersonalData()
    again = store.events.store(event("late", 1001, state=EventState.KEPT))
    assert store.privacy.purge(START) == 1, "what comes later is forgotten too"
    assert store.events.load(again.event_id).body == PURGED_BODY


def test_a_shop_s_orders_are_forgotten_and_no_other_account_s(store: Store) -> None:
    other = key(1001).model_copy(update={"account": "kitchen2"})
    for placed in (order(1001), order(1001).model_copy(update={"key": other})):
        store.orders.record(reading(placed), "none")
        store.orders.set_status(placed.key, OrderStatus.COMPLETED)
    assert store.privacy.forget_account(key().channel, key().account).erased == 1
    assert store.orders.personal(key()) == PersonalData()
    assert store.orders.personal(other) == BUYER
