"""The event log: each delivery once, sealed, and claimed by one relay at a time."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from orderloom.domain.errors import OrderUnknown
from orderloom.domain.events import EventState, Watermark
from orderloom.domain.keys import Channel
from orderloom.storage.store import Store
from orderloom.storage.tables import raw_events
from tests.storage.shop import START, Clock, event, key

LEASE = timedelta(seconds=30)


def test_a_delivery_is_stored_once_however_often_it_comes(store: Store) -> None:
    first = store.events.store(event("d1"))
    again = store.events.store(event("d1", body=b"another body"))
    assert not first.duplicate
    assert (again.duplicate, again.event_id) == (True, first.event_id)
    assert not store.events.store(event("d1", topic="orders/cancelled")).duplicate
    assert not store.events.store(event("d1", origin="shopify:other")).duplicate


@pytest.mark.parametrize("number", [1001, None])
def test_a_body_comes_back_as_it_was_and_lies_sealed(store: Store, number: int | None) -> None:
    stored = store.events.store(event("d1", number))
    raw = store.events.load(stored.event_id)
    assert raw.body == b'{"name": "Ada Buyer"}'
    assert raw.order_key == (key(1001) if number else None)
    sealed = store.database.read(lambda c: c.execute(select(raw_events.c.body)).scalar_one())
    assert b"Ada" not in sealed


def test_an_unknown_event_is_said_to_be_unknown(store: Store) -> None:
    with pytest.raises(OrderUnknown):
        store.events.load("nothing")


def test_the_oldest_stored_events_of_orders_are_claimed_first(store: Store) -> None:
    for delivery, minutes in (("d1", 3), ("d2", 1), ("d3", 2)):
        store.events.store(event(delivery, delivery, received_at=START + timedelta(minutes=minutes)))
    store.events.store(event("kept", state=EventState.KEPT))
    store.events.store(event("nobody", None))
    assert [pending.order_key.order_id for pending in store.events.claim(2, LEASE)] == ["d2", "d3"]
    assert [pending.order_key.order_id for pending in store.events.claim(9, LEASE)] == ["d1"]


def test_a_claimed_event_comes_back_when_its_lease_has_ended(store: Store, clock: Clock) -> None:
    store.events.store(event())
    assert [pending.attempts for pending in store.events.claim(1, LEASE)] == [0]
    assert store.events.claim(1, LEASE) == []
    clock.advance(seconds=31)
    again = store.events.claim(1, LEASE)
    assert [pending.attempts for pending in again] == [1]
    store.events.mark(again[0].event_id, EventState.DELIVERED)
    clock.advance(seconds=31)
    assert store.events.claim(1, LEASE) == []


def test_an_unreadable_event_is_shown_with_its_reason(store: Store) -> None:
    stored = store.events.store(event())
    store.events.mark(stored.event_id, EventState.UNREADABLE, "line_items: is missing")
    shown = store.stories.unreadable()
    assert [(entry.event_id, entry.detail) for entry in shown] == [(stored.event_id, "line_items: is missing")]


def test_a_page_and_its_watermark_are_stored_together(store: Store) -> None:
    mark = Watermark(channel=Channel.AMAZON, account="us", read_until=START, page_token="next", sweep_from=START)
    assert store.events.watermark(Channel.AMAZON, "us") is None
    assert store.events.store_page([event("d1"), event("d2"), event("d1")], mark) == 2
    assert store.events.watermark(Channel.AMAZON, "us") == mark
    done = Watermark(channel=Channel.AMAZON, account="us", read_until=START + LEASE)
    assert store.events.store_page([event("d2")], done) == 0
    assert store.events.watermark(Channel.AMAZON, "us") == done


def test_a_page_that_fails_leaves_the_old_watermark_and_no_event(store: Store) -> None:
    broken = Watermark(channel=Channel.AMAZON, account="us", read_until=START).model_copy(update={"read_until": None})
    with pytest.raises(Exception, match=r"(?i)null"):
        store.events.store_page([event("d1")], broken)
    assert store.events.watermark(Channel.AMAZON, "us") is None
    assert not store.events.store(event("d1")).duplicate


def test_an_event_whose_order_is_not_known_is_claimed_apart_until_it_is_named(store: Store, clock: Clock) -> None:
    stored = store.events.store(event("d1", None, topic="fulfillment_orders/moved"))
    store.events.store(event("of-a-node", None, origin="node:own"))
    assert store.events.claim(9, LEASE) == []
    (nameless,) = store.events.claim_nameless(9, LEASE)
    assert (nameless.event_id, nameless.origin) == (stored.event_id, "shopify:kitchen")
    assert store.events.claim_nameless(9, LEASE) == []
    store.events.name_order(stored.event_id, key(1001))
    store.events.name_order(stored.event_id, key(1002))
    (pending,) = store.events.claim(9, LEASE)
    assert pending.order_key == key(1001)
    assert store.events.load(stored.event_id).body == b'{"name": "Ada Buyer"}'
    clock.advance(seconds=31)
    assert store.events.claim_nameless(9, LEASE) == []
