"""The outbox of pushes on both databases: what is sent again, what never is, and what is heard meanwhile."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderloom.domain.listing.offers import PushState
from orderloom.storage.store import Store, open_store
from tests.storage.outbox import (
    PLACE,
    SELLER,
    SHOP,
    Policies,
    answer,
    carry_out,
    offer,
    rights,
    shows,
)
from tests.storage.shop import KEYS, NODES, Clock, stocked


@pytest.fixture
def policies() -> Policies:
    return Policies()


@pytest.fixture
def store(database_url: str, clock: Clock, policies: Policies) -> Iterator[Store]:
    opened = open_store(database_url, KEYS, nodes=NODES, clock=clock, policies=policies)
    yield opened
    opened.close()


def test_stale_says_what_it_found_and_is_tried_from_there(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    batch = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    answer(store, clock, batch, PushState.STALE, offer(clock, "PAN", 9))
    again = store.listings.next_batch(*SHOP, 10)
    assert again is not None
    assert [(push.change_from, push.quantity, push.places) for push in again.pushes] == [(9, 5, {PLACE: 9})]
    assert again.batch_key != batch.batch_key


def test_what_was_being_sent_to_shopify_goes_again_under_its_key_for_23_hours(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    batch = store.listings.next_batch(*SHOP, 10)
    clock.advance(hours=22)
    again = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    assert again is not None
    assert (again.batch_key, again.pushes) == (batch.batch_key, batch.pushes)
    assert again.sent_before is not None
    clock.advance(hours=2)
    assert store.listings.next_batch(*SHOP, 10) is None
    assert [due.key.listing for due in store.listings.due_reads(*SHOP, 10)] == ["PAN"]
    shows(store, clock, "PAN", 10)
    fresh = store.listings.next_batch(*SHOP, 10)
    assert fresh is not None
    assert fresh.batch_key != batch.batch_key
    assert [(push.change_from, push.quantity) for push in fresh.pushes] == [(10, 6)]


def test_what_was_being_sent_to_amazon_is_never_sent_again_and_its_charge_stays(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 0, SELLER)
    refill = store.listings.next_batch(*SELLER, 1)
    assert refill is not None
    assert refill.pushes[0].quantity == 10
    assert store.listings.next_batch(*SELLER, 1) is None
    store.listings.plan(100)
    assert rights(store, "PAN", SELLER) == 10
    assert store.listings.next_batch(*SELLER, 1) is None
    clock.advance(seconds=8)
    shows(store, clock, "PAN", 10, SELLER)
    assert store.listings.views()[0].pending is None


def test_an_answer_that_is_told_twice_counts_once(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    batch = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    for _ in range(2):
        answer(store, clock, batch, PushState.DONE)
    assert (rights(store, "PAN"), store.listings.views()[0].shown) == (6, 6)


def test_decreases_and_short_covers_go_first(store: Store, clock: Clock) -> None:
    stocked(store, PAN=50, POT=3, LID=2)
    for name, shown in (("PAN", 0), ("POT", 0), ("LID", 9)):
        shows(store, clock, name, shown)
    batch = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    assert [push.key.listing for push in batch.pushes] == ["LID", "POT", "PAN"]


def test_an_echo_above_what_we_believe_is_looked_at(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    for quantity in (10, 8):
        store.listings.heard(*SHOP, "ref-PAN", PLACE, quantity)
        assert store.listings.due_reads(*SHOP, 10) == []
    store.listings.heard(*SHOP, "ref-PAN", PLACE, 14)
    assert len(store.listings.due_reads(*SHOP, 10)) == 1


def test_the_channels_word_of_a_whole_listing_is_looked_at_unless_it_is_a_sale_to_come(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    key = store.listings.views()[0].key
    for quantity in (10, 8):
        store.listings.heard_quantity(key, quantity)
        assert store.listings.due_reads(*SHOP, 10) == []
    store.listings.heard_quantity(key.model_copy(update={"listing": "no-such-listing"}), 99)
    assert store.listings.due_reads(*SHOP, 10) == []
    store.listings.heard_quantity(key, 14)
    assert len(store.listings.due_reads(*SHOP, 10)) == 1


def test_finished_pushes_are_forgotten_after_30_days(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    carry_out(store, clock)
    clock.now += timedelta(days=29)
    assert store.listings.prune() == 0
    clock.now += timedelta(days=2)
    assert store.listings.prune() == 1
