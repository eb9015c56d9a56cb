"""The order book: one row per order, guarded against older readings and against being opened again."""

from datetime import timedelta

import pytest

from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import OrderClosed, OrderUnknown
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.orders import Hold, HoldReason, OrderStatus, PersonalData
from orderloom.domain.records import TimelineEntry
from orderloom.storage.store import Store, open_store
from tests.storage.shop import BUYER, KEYS, START, Clock, event, key, line, order, reading

HOLD = Hold(reason=HoldReason.OUT_OF_STOCK, detail="2 PAN are missing", fix="restock")


def timeline(store: Store) -> list[str]:
    return [entry.what for entry in store.stories.show(key()).timeline]


def test_an_order_arrives_with_its_first_event(store: Store, clock: Clock) -> None:
    store.events.store(event("d1", received_at=START - timedelta(minutes=2)))
    second = store.events.store(event("d2"))
    clock.advance(minutes=5)
    record = store.orders.record(reading(order()), second.event_id)
    assert (record.arrived_at, record.status) == (START - timedelta(minutes=2), OrderStatus.ARRIVED)
    assert store.orders.get(key()) == record
    assert store.orders.personal(key()) == BUYER
    assert timeline(store) == ["arrived"]


def test_an_older_reading_changes_nothing_and_an_equal_or_newer_one_does(store: Store) -> None:
    newer = order(updated_at=START + timedelta(minutes=1), tags=("new",))
    store.orders.record(reading(newer), "none")
    moved = BUYER.model_copy(update={"city": "Utica"})
    assert store.orders.record(reading(order(tags=("old",)), moved), "none").order == newer
    assert store.orders.personal(key()) == BUYER
    same_time = newer.model_copy(update={"tags": ("same",)})
    assert store.orders.record(reading(same_time, moved), "none").order.tags == ("same",)
    assert store.orders.personal(key()) == moved


def test_a_new_reading_keeps_the_mapping_of_the_listings_it_still_has(store: Store) -> None:
    unmapped = order(1001, line("1", None), line("2", None))
    store.orders.record(reading(unmapped), "none")
    mapped = [line("1", "PAN").model_copy(update={"listing": "listing-1", "unit_weight_grams": 900}), line("2", None)]
    store.orders.save_mapped(order(1001, *mapped))
    again = store.orders.record(reading(unmapped), "none").order
    assert again.lines[0].components == mapped[0].components
    assert again.lines[0].unit_weight_grams == 900
    assert again.unmapped_listings == ("listing-2",)


def test_what_a_reading_does_not_know_stays_as_another_one_said_it(store: Store) -> None:
    back = [GoodsBack(change_id=f"refund:{n}", line_id="1", quantity=1, at=START) for n in (1, 2)]
    store.orders.record(reading(order(on_hold="HIGH_RISK_OF_FRAUD", is_business=True, came_back=(back[0],))), "none")
    kept = store.orders.record(reading(order(came_back=(back[1],))), "none").order
    assert (kept.on_hold, kept.is_business, kept.came_back) == ("HIGH_RISK_OF_FRAUD", True, tuple(back))
    freed = store.orders.record(reading(order(on_hold="", is_business=False, came_back=(back[1],))), "none").order
    assert (freed.on_hold, freed.is_business, freed.came_back) == ("", False, tuple(back))


def test_a_status_says_where_the_order_stands_and_holds_are_told_once(store: Store, clock: Clock) -> None:
    store.orders.record(reading(order()), "none")
    clock.advance(seconds=3)
    for _ in range(2):
        store.orders.set_status(key(), OrderStatus.HELD, hold=HOLD, nodes=["east"])
    record = store.orders.get(key())
    assert (record.status, record.hold, record.nodes, record.updated_at) == (
        OrderStatus.HELD,
        HOLD,
        ("east",),
        clock.now,
    )
    store.orders.set_status(key(), OrderStatus.RESERVED)
    assert store.orders.get(key()).hold is None
    assert store.orders.get(key()).nodes == ("east",)
    assert timeline(store) == ["arrived", "held"]


def test_a_closed_order_is_not_opened_again(store: Store) -> None:
    store.orders.record(reading(order()), "none")
    store.orders.set_status(key(), OrderStatus.CANCELLED)
    with pytest.raises(OrderClosed):
        store.orders.set_status(key(), OrderStatus.RESERVED)
    later = order(updated_at=START + timedelta(days=1), tags=("late",))
    record = store.orders.record(reading(later, PersonalData(name="Somebody else")), "none")
    assert (record.status, record.order.tags) == (OrderStatus.CANCELLED, ("late",))
    assert store.orders.personal(key()) == BUYER
    assert timeline(store) == ["arrived"]


def test_a_step_noted_twice_is_one_line(store: Store) -> None:
    store.orders.record(reading(order()), "none")
    for text in ("first", "again"):
        store.orders.note(key(), TimelineEntry(at=START, what="dispatched", text=text, once="dispatched:1-1"))
        store.orders.note(key(), TimelineEntry(at=START, what="asked", text=text))
    entries = [(entry.what, entry.text) for entry in store.stories.show(key()).timeline]
    assert entries == [("arrived", "#1001 arrived"), ("dispatched", "first"), ("asked", "first"), ("asked", "again")]


def test_an_unknown_order_is_said_to_be_unknown(store: Store) -> None:
    assert store.orders.find(key()) is None
    for ask in (store.orders.get, store.orders.personal, store.orders.adopt, store.stories.show):
        with pytest.raises(OrderUnknown):
            ask(key())
    with pytest.raises(OrderUnknown):
        store.orders.set_status(key(), OrderStatus.HELD)
    with pytest.raises(OrderUnknown):
        store.orders.save_mapped(order())


def test_an_operator_adopts_an_order(store: Store) -> None:
    assert not store.orders.record(reading(order()), "none").adopted
    store.orders.adopt(key())
    assert store.orders.get(key()).adopted


def test_an_account_is_live_from_the_moment_it_was_connected_unless_configured(database_url: str, clock: Clock) -> None:
    earlier = START - timedelta(days=3)
    shops = [
        ShopifyAccount(channel=Channel.SHOPIFY, account="kitchen", shop="kitchen.myshopify.com"),
        ShopifyAccount(channel=Channel.SHOPIFY, account="garden", shop="g.myshopify.com", live_from=earlier),
    ]
    for _ in range(2):
        store = open_store(database_url, KEYS, accounts=shops, clock=clock)
        kitchen = store.orders.live_from(Channel.SHOPIFY, "kitchen")
        assert (kitchen.connected_at, kitchen.live_from) == (START, START)
        assert store.orders.live_from(Channel.SHOPIFY, "garden").live_from == earlier
        store.close()
        clock.advance(hours=1)


def test_lists_show_the_newest_first_and_what_waits(store: Store, clock: Clock) -> None:
    for number in (1, 2, 3):
        clock.advance(minutes=10)
        store.orders.record(reading(order(number)), "none")
    store.orders.set_status(key(1), OrderStatus.HELD, hold=HOLD)
    store.orders.set_status(key(3), OrderStatus.COMPLETED)
    shown = store.stories.list()
    assert [entry.key.order_id for entry in shown] == ["1", "3", "2"]
    assert shown[0].hold == HOLD
    assert [entry.key.order_id for entry in store.stories.list(held=True)] == ["1"]
    assert [entry.key.order_id for entry in store.stories.list(OrderStatus.COMPLETED)] == ["3"]
    assert [entry.key.order_id for entry in store.stories.list(held=False, limit=1)] == ["3"]
    assert store.orders.open_keys(clock() - timedelta(minutes=5)) == [key(2)]
    assert store.orders.open_keys(clock()) == [key(2), key(1)]
