"""An account whose app was uninstalled: since when it is paused, what its orders are told, and what ends it."""

from datetime import timedelta

import pytest

from orderloom.domain.accounts import RECONNECTED
from orderloom.domain.errors import AccountPaused
from orderloom.domain.keys import Channel
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.storage.store import Store
from tests.storage.listings import Market, Policies, listing, publishing
from tests.storage.shop import START, Clock, key, order, reading, stocked, woken

SHOP = (Channel.SHOPIFY, "kitchen")
PAUSED = Hold(reason=HoldReason.ACCOUNT_PAUSED, detail="the app was uninstalled", fix="connect it")


def said(store: Store, number: int) -> list[str]:
    return [entry.text for entry in store.stories.show(key(number)).timeline if entry.what in ("paused", "resumed")]


def test_its_open_orders_say_what_happened_and_what_to_do_once(store: Store) -> None:
    for number in (1001, 1002):
        store.orders.record(reading(order(number)), "none")
    store.orders.set_status(key(1002), OrderStatus.COMPLETED)
    assert [store.accounts.pause(*SHOP, START) for _ in range(2)] == [True, False]
    text = "the app was uninstalled from shop kitchen: run `orderloom connect shopify kitchen`"
    assert (said(store, 1001), said(store, 1002)) == ([text], [])
    (paused,) = store.accounts.paused()
    assert (paused.since, str(paused.refusal)) == (START, f"shopify:kitchen: {text}")
    with pytest.raises(AccountPaused):
        raise paused.refusal


def test_connecting_wakes_the_orders_that_wait_for_it_and_no_other(store: Store, clock: Clock) -> None:
    for number in (1001, 1002):
        store.orders.record(reading(order(number)), "none")
    store.accounts.pause(*SHOP, START)
    store.orders.set_status(key(1001), OrderStatus.HELD, hold=PAUSED)
    assert woken(store) == []
    clock.advance(hours=1)
    was = store.accounts.resume(*SHOP)
    assert was is not None
    assert was.since == START
    assert woken(store) == [("1001", RECONNECTED)]
    assert (store.accounts.paused(), said(store, 1002)[1:]) == ([], ["shop kitchen is connected again"])
    assert store.accounts.resume(*SHOP) is None


def test_an_order_that_starts_to_wait_after_its_account_has_come_back_is_woken_at_once(store: Store) -> None:
    store.orders.record(reading(order()), "none")
    store.accounts.pause(*SHOP, START - timedelta(hours=1))
    store.accounts.resume(*SHOP)
    store.orders.set_status(key(), OrderStatus.HELD, hold=PAUSED)
    assert woken(store) == [("1001", RECONNECTED)]


def test_an_uninstall_of_before_is_not_heard_after_the_account_was_connected(store: Store, clock: Clock) -> None:
    store.accounts.pause(*SHOP, START)
    clock.advance(minutes=5)
    store.accounts.resume(*SHOP)
    assert not store.accounts.pause(*SHOP, START)
    clock.advance(minutes=5)
    store.accounts.resume(*SHOP)
    assert not store.accounts.pause(*SHOP, START + timedelta(minutes=7)), "told late, and connected since"
    assert store.accounts.pause(*SHOP, clock.advance(minutes=1)), "the next uninstall is another one"


def test_a_paused_account_has_no_work_and_its_listings_say_so_until_it_is_connected(
    sqlite_url: str, clock: Clock
) -> None:
    store = publishing(sqlite_url, clock, Policies())
    stocked(store, PAN=10)
    Market(store, clock, {listing(): 3}).read()
    assert store.listings.accounts_with_work() == [SHOP]
    store.accounts.pause(*SHOP, START)
    assert store.listings.accounts_with_work() == []
    assert [view.state for view in store.listings.views()] == ["account paused"]
    store.accounts.resume(*SHOP)
    assert store.listings.accounts_with_work() == [SHOP]
    store.close()
