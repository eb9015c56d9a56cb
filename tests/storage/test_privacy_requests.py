"""Requests about a customer's data: each once, open until it is done, and what is told to the customer."""

from datetime import timedelta

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.events import EventState
from orderloom.domain.keys import Channel
from orderloom.domain.orders import OrderStatus
from orderloom.domain.privacy import PrivacyKind, PrivacyRequest
from orderloom.storage.store import Store
from tests.storage.shop import BUYER, START, Clock, event, key, order, reading

SHOP = (Channel.SHOPIFY, "kitchen")


def only(store: Store) -> PrivacyRequest:
    (found,) = store.privacy_requests.all(open_only=False)
    return found


def test_a_data_request_is_one_however_often_it_comes_and_open_until_it_is_answered(store: Store, clock: Clock) -> None:
    for _ in range(2):
        store.privacy_requests.asked(PrivacyKind.DATA_REQUEST, *SHOP, "e1", [key(1001), key(1002)])
        clock.advance(hours=1)
    (asked,) = store.privacy_requests.all()
    assert (asked.orders, asked.asked_at, asked.due_at) == ((key(1001), key(1002)), START, START + timedelta(days=30))
    store.privacy_requests.answered(asked.request_id, "ann")
    clock.advance(hours=1)
    store.privacy_requests.answered(asked.request_id, "bob")
    assert store.privacy_requests.all() == []
    assert (only(store).done_at, only(store).done_by) == (START + timedelta(hours=2), "ann")
    with pytest.raises(InputInvalid, match="no request 99"):
        store.privacy_requests.get(99)


def test_a_wish_to_forget_is_open_until_the_last_of_its_orders_is_forgotten(store: Store, clock: Clock) -> None:
    for number in (1001, 1002):
        store.orders.record(reading(order(number)), "none")
    store.orders.set_status(key(1001), OrderStatus.COMPLETED)
    store.privacy_requests.asked(PrivacyKind.CUSTOMER_REDACT, *SHOP, "e1", [key(1001), key(1002)])
    store.privacy.forget([key(1001), key(1002)])
    assert (only(store).forgotten, only(store).waiting, only(store).done_at) == (1, 1, None)
    clock.advance(days=2)
    store.orders.set_status(key(1002), OrderStatus.COMPLETED)
    store.privacy.purge()
    assert (only(store).forgotten, only(store).waiting, only(store).done_at) == (2, 0, START + timedelta(days=2))
    assert store.privacy_requests.all() == []


def test_a_shop_s_wish_counts_its_own_orders_and_is_done_at_once_where_there_are_none(store: Store) -> None:
    store.privacy.forget([key(1001).model_copy(update={"account": "kitchen2"})])
    store.privacy_requests.asked(PrivacyKind.SHOP_REDACT, *SHOP, "e1")
    store.privacy.forget_account(*SHOP)
    assert (only(store).forgotten, only(store).waiting, only(store).done_at) == (0, 0, START)


def test_what_is_held_of_an_order_is_told_and_after_its_purge_that_nothing_is(store: Store) -> None:
    store.events.store(event("d1"))
    store.orders.record(reading(order()), "none")
    told = store.personal_export.of(key())
    assert (told.personal, told.order, told.deliveries[0].body) == (BUYER, order(), {"name": "Ada Buyer"})
    store.events.mark(store.events.store(event("d1")).event_id, EventState.DELIVERED)
    store.orders.set_status(key(), OrderStatus.COMPLETED)
    store.privacy.forget([key()])
    told = store.personal_export.of(key())
    assert (told.personal, told.order, told.deliveries[0].body) == (None, order(), None)
    assert "can never be read again (its channel asked for it; done 2026-11-23 12:00 UTC)" in told.says
    assert "no such order has reached us" in store.personal_export.of(key(4711)).says
