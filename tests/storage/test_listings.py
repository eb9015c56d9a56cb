"""The listing book on both databases: facts of the ledger become pushes, and answers become rights."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, Push, PushAnswer, PushState
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, Lags
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.storage.store import Store, open_store
from tests.storage.shop import KEYS, NODES, Clock, assert_balanced, event, key, line, order, reading, stocked

SHOP, SELLER = (Channel.SHOPIFY, "kitchen"), (Channel.AMAZON, "kitchen")
PLACE = "77"


class Policies:
    """Both accounts publish from the pool `own`."""

    def __init__(self) -> None:
        self.strategy = Strategy.GRANTED
        self.publishes = True

    def policy(self, pool: str, place: str) -> ListingPolicy:
        return ListingPolicy(strategy=self.strategy)

    def lags(self, channel: Channel, account: str) -> Lags:
        return Lags(effect=10.0, sight=20.0) if channel is Channel.AMAZON else Lags(effect=1.0, sight=5.0)

    def pool_of(self, of: ListingKey) -> str | None:
        return "own" if self.publishes else None


@pytest.fixture
def policies() -> Policies:
    return Policies()


@pytest.fixture
def store(database_url: str, clock: Clock, policies: Policies) -> Iterator[Store]:
    opened = open_store(database_url, KEYS, nodes=NODES, clock=clock, policies=policies)
    yield opened
    opened.close()


def listing(name: str, account: tuple[Channel, str] = SHOP) -> ListingKey:
    return ListingKey(channel=account[0], account=account[1], listing=name)


def offer(clock: Clock, name: str, quantity: int | None, account: tuple[Channel, str] = SHOP) -> Offer:
    places = {PLACE: quantity} if account[0] is Channel.SHOPIFY and quantity is not None else {}
    return Offer(
        key=listing(name, account), reference=f"ref-{name}", quantity=quantity, places=places, read_at=clock.now
    )


def shows(store: Store, clock: Clock, name: str, quantity: int | None, account: tuple[Channel, str] = SHOP) -> None:
    store.listings.record_offers([offer(clock, name, quantity, account)])
    store.listings.plan(100)


def next_push(store: Store, account: tuple[Channel, str] = SHOP) -> Push | None:
    batch = store.listings.next_batch(*account, 1)
    return batch.pushes[0] if batch else None


def answer(store: Store, clock: Clock, batch: Batch, state: PushState, found: Offer | None = None) -> None:
    answers = [PushAnswer(push_id=push.push_id, state=state, at=clock.now, found=found) for push in batch.pushes]
    store.listings.answered(batch, answers)
    store.listings.plan(100)


def carry_out(store: Store, clock: Clock, account: tuple[Channel, str] = SHOP) -> list[tuple[int | None, int]]:
    """Do what is ready, as a channel on which all goes well: (change_from, quantity) of each push."""
    done: list[tuple[int | None, int]] = []
    while batch := store.listings.next_batch(*account, 10):
        done += [(push.change_from, push.quantity) for push in batch.pushes]
        answer(store, clock, batch, PushState.DONE if account[0] is Channel.SHOPIFY else PushState.ACCEPTED)
        assert len(done) < 20, "it never comes to rest"
    return done


def rights(store: Store, name: str, account: tuple[Channel, str] = SHOP) -> int:
    return next(view.rights for view in store.listings.views() if view.key == listing(name, account))


def test_a_sku_that_nobody_counted_is_never_written(store: Store, clock: Clock) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN")])
    shows(store, clock, "PAN", 40)
    assert next_push(store) is None
    assert [view.state for view in store.listings.views()] == ["not counted"]
    assert store.listings.due_reads(*SHOP, 10) == []


def test_counting_it_reads_its_listings_again_and_then_sets_them(store: Store, clock: Clock) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN")])
    shows(store, clock, "PAN", 40)
    clock.advance(hours=1)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=9), "ana", "count")
    store.listings.plan(100)
    assert [due.key.listing for due in store.listings.due_reads(*SHOP, 10)] == ["PAN"]
    shows(store, clock, "PAN", 40)
    assert carry_out(store, clock) == [(40, 9)]
    assert rights(store, "PAN") == 9


def test_a_sale_on_its_own_listing_needs_no_push(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    clock.advance(seconds=5)
    store.ledger.reserve(order(1, line("1", "PAN", 3), placed_at=clock.now), "own")
    assert store.listings.accounts_with_work() == [SHOP]
    store.listings.plan(100)
    assert (rights(store, "PAN"), next_push(store)) == (7, None)
    store.ledger.reserve(order(1, line("1", "PAN", 3), placed_at=clock.now), "own")
    store.listings.plan(100)
    assert rights(store, "PAN") == 7


def test_a_sale_that_no_listing_made_lowers_what_the_listings_show(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    store.ledger.set_count(StockCount(sku="PAN", node="east", on_hand=6), "ana", "found missing")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(10, 6)]
    assert store.listings.wait(*SHOP) is not None


def test_a_cancellation_by_the_channel_stays_its_own_right_and_an_operators_does_not(
    store: Store, clock: Clock
) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    clock.advance(seconds=5)
    for number in (1, 2):
        store.ledger.reserve(order(number, placed_at=clock.now), "own")
    store.listings.plan(100)
    assert rights(store, "PAN") == 8
    store.ledger.release(key(1), cancelled_by_channel=True)
    store.listings.plan(100)
    assert (rights(store, "PAN"), next_push(store)) == (9, None)
    store.ledger.release(key(2))
    store.listings.plan(100)
    assert carry_out(store, clock) == [(9, 10)] or rights(store, "PAN") == 10


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


def test_a_refused_push_is_tried_again_later_and_shows_why(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    batch = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    refusal = PushAnswer(push_id=batch.pushes[0].push_id, state=PushState.REFUSED, at=clock.now, reason="NO_SUCH_ITEM")
    store.listings.answered(batch, [refusal])
    store.listings.plan(100)
    assert next_push(store) is None
    assert store.listings.views()[0].pending == "refused: NO_SUCH_ITEM"
    assert 25 < (store.listings.wait(*SHOP) or 0) <= 30
    clock.advance(seconds=31)
    store.listings.plan(100)
    assert carry_out(store, clock) == [(10, 6)]
    assert store.listings.views()[0].state == "published"


def test_decreases_and_short_covers_go_first(store: Store, clock: Clock) -> None:
    stocked(store, PAN=50, POT=3, LID=2)
    for name, shown in (("PAN", 0), ("POT", 0), ("LID", 9)):
        shows(store, clock, name, shown)
    batch = store.listings.next_batch(*SHOP, 10)
    assert batch is not None
    assert [push.key.listing for push in batch.pushes] == ["LID", "POT", "PAN"]


def test_the_same_unit_is_granted_to_one_listing_only(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    shows(store, clock, "PAN", 10, SELLER)
    carry_out(store, clock)
    carry_out(store, clock, SELLER)
    clock.advance(seconds=15)
    shows(store, clock, "PAN", 0, SELLER)
    for _ in range(3):
        clock.advance(seconds=30)
        store.listings.plan(100)
        carry_out(store, clock)
    assert rights(store, "PAN") + rights(store, "PAN", SELLER) <= 10


def test_a_bundle_sells_an_allotment_of_its_components(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10, LID=4)
    parts = (Component(sku="PAN"), Component(sku="LID", units=2))
    store.catalog.import_listings([Listing(channel="shopify", account="kitchen", listing="SET", components=parts)])
    for name in ("PAN", "LID", "SET"):
        shows(store, clock, name, 0)
    for _ in range(4):
        carry_out(store, clock)
        clock.advance(seconds=60)
        store.listings.plan(100)
    shown = {view.key.listing: view.shown or 0 for view in store.listings.views()}
    assert shown["SET"] >= 1
    assert shown["PAN"] + shown["SET"] <= 10
    assert shown["LID"] + 2 * shown["SET"] <= 4
    sold = line("1", "SET", 1, 0, *parts)
    store.ledger.reserve(order(1, sold, placed_at=clock.advance(seconds=1)), "own")
    store.listings.plan(100)
    assert rights(store, "SET") == shown["SET"] - 1
    assert_balanced(store)


def test_a_listing_that_an_order_waits_for_is_written_to_zero_once(store: Store, clock: Clock) -> None:
    shows(store, clock, "listing-1", 7)
    unmapped = order(1, line("1", None))
    store.orders.record(reading(unmapped), store.events.store(event()).event_id)
    store.orders.save_mapped(unmapped)
    store.listings.plan(100)
    assert carry_out(store, clock) == [(None, 0)]
    store.listings.plan(100)
    assert next_push(store) is None
    assert store.listings.views()[0].state == "unmapped"


def test_paused_offers_nothing_and_resumed_offers_all(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    store.listings.pause("PAN", "ana", "photo is wrong")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(10, 0)]
    assert store.listings.views()[0].state == "paused"
    store.listings.resume("PAN", "ana", "fixed")
    store.listings.plan(100)
    assert carry_out(store, clock) == [(0, 10)]
    with pytest.raises(InputInvalid, match="is not paused"):
        store.listings.resume("PAN", "ana", "again")
    with pytest.raises(InputInvalid, match="is no SKU here"):
        store.listings.pause("PAM", "ana", "typo")


def test_more_than_its_rights_raises_an_alarm_that_a_person_clears(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    shows(store, clock, "PAN", 10)
    clock.advance(seconds=60)
    shows(store, clock, "PAN", 25)
    assert carry_out(store, clock) == [(25, 10)]
    clock.advance(seconds=6)
    store.listings.plan(100)
    assert [(alarm.listing, alarm.kind) for alarm in store.listings.alarms()] == [
        ("shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS)
    ]
    store.listings.clear("own", "shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS, "ana")
    assert store.listings.alarms() == []
    assert [alarm.cleared_by for alarm in store.listings.alarms(open_only=False)] == ["ana"]
    with pytest.raises(InputInvalid, match="no open alarm"):
        store.listings.clear("own", "shopify:kitchen:PAN", AlertKind.BEYOND_RIGHTS, "ana")


def test_a_listing_that_is_gone_gives_its_rights_to_the_others(store: Store, clock: Clock) -> None:
    stocked(store, PAN=10)
    store.catalog.import_listings(
        [Listing(channel="shopify", account="kitchen", listing="PAN-2", components=(Component(sku="PAN"),))]
    )
    store.listings.record_offers([offer(clock, "PAN", 6), offer(clock, "PAN-2", 4)])
    store.listings.plan(100)
    assert next_push(store) is None
    moment = clock.advance(hours=1)
    shows(store, clock, "PAN", 6)
    assert store.listings.forget_offers_not_seen_since(*SHOP, moment) == 1
    store.listings.plan(100)
    assert carry_out(store, clock) == [(6, 10)]
    assert store.listings.catalogue_read_at(*SHOP) == moment
    store.listings.forget_offers_not_seen_since(*SHOP, clock.advance(hours=6))
    assert store.listings.catalogue_read_at(*SHOP) == moment, "its first one: a reconciliation begins no new wait"


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


def test_a_sku_whose_planning_fails_keeps_no_other_one_waiting(
    store: Store, clock: Clock, policies: Policies, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(store, PAN=10, POT=5)
    real = policies.policy

    def broken(pool: str, place: str) -> ListingPolicy:
        if place == "PAN":
            raise ValueError("a defect")
        return real(pool, place)

    monkeypatch.setattr(policies, "policy", broken)
    store.listings.record_offers([offer(clock, "PAN", 12), offer(clock, "POT", 12)])
    store.listings.plan(100)
    assert carry_out(store, clock) == [(12, 5)]
    monkeypatch.setattr(policies, "policy", real)
    clock.advance(seconds=6)
    store.listings.plan(100)
    assert carry_out(store, clock) == [(12, 10)]


def test_finished_pushes_are_forgotten_after_30_days(store: Store, clock: Clock) -> None:
    stocked(store, PAN=6)
    shows(store, clock, "PAN", 10)
    carry_out(store, clock)
    clock.now += timedelta(days=29)
    assert store.listings.prune() == 0
    clock.now += timedelta(days=2)
    assert store.listings.prune() == 1
