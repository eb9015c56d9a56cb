"""`orderloom events`: what could not be read is shown, read again by today's code, or dropped with a reason."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import delete

from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import OrderStatus
from orderloom.storage.store import Store
from orderloom.storage.tables import data_keys
from starter.notified import UNREADABLE_TOPIC
from tests.channels.amazon.notices import order_change
from tests.starter.commands import Orderloom
from tests.starter.deliveries import AT, SHOP, order_body
from tests.starter.orders import record

LEASE = timedelta(seconds=30)
KEY = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1001")
READABLE = order_body()


def unread(store: Store, body: bytes = READABLE, topic: str = "orders/create", **facts: object) -> str:
    """As a version stored it that could not read it."""
    event = NewEvent(
        origin="shopify:kitchen",
        topic=topic,
        delivery_id=f"d-{len(store.stories.unreadable())}",
        source=EventSource.WEBHOOK,
        body=body,
        received_at=AT,
        state=EventState.UNREADABLE,
        detail="line_items: is of a new kind",
    )
    return store.events.store(event.model_copy(update=facts)).event_id


def test_what_could_not_be_read_is_listed_and_shown_with_its_body_only_when_asked(
    orderloom: Orderloom, store: Store
) -> None:
    event_id = unread(store, b"no JSON at all")
    (listed,) = orderloom("events", "list", "--json").json
    assert (listed["event_id"], listed["origin"], listed["state"]) == (event_id, "shopify:kitchen", "unreadable")
    shown = orderloom("events", "show", event_id)
    assert "is of a new kind" in shown.out
    assert "no JSON at all" not in shown.out
    assert orderloom("events", "show", event_id, "--body", "--json").json["body"] == "no JSON at all"
    assert "orderloom events list" in orderloom("doctor").out


def test_an_event_that_can_be_read_now_goes_to_its_order_once(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store)
    done = orderloom("events", "replay", event_id, "--by", "kim")
    assert (done.status, "goes to shopify:kitchen:1001" in done.out) == (0, True)
    (pending,) = store.events.claim(10, LEASE)
    assert (pending.order_key, pending.topic, store.events.load(pending.event_id).body) == (
        KEY,
        "orders/create",
        READABLE,
    )
    assert pending.event_id != event_id, "a workflow that has seen the first one takes it as new"
    assert orderloom("events", "list", "--json").json == []
    again = orderloom("events", "replay", event_id)
    assert (again.status, "read again by kim" in again.err) == (1, True)
    assert store.events.claim(10, LEASE) == []


def test_an_event_that_still_cannot_be_read_stays_with_the_new_reason(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store, b"[]")
    done = orderloom("events", "replay", event_id)
    assert (done.status, "still cannot be read" in done.out) == (1, True)
    (listed,) = orderloom("events", "list", "--json").json
    assert listed["state"] == "unreadable"
    assert listed["detail"] != "line_items: is of a new kind"


def test_what_only_its_order_can_read_is_put_before_it_again(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store, b"rows", "returns/report", source=EventSource.SWEEP, order_key=KEY)
    assert orderloom("events", "replay", event_id).status == 0
    (pending,) = store.events.claim(10, LEASE)
    assert (pending.order_key, pending.topic) == (KEY, "returns/report")


def test_a_poison_message_of_amazons_queue_is_read_again(orderloom: Orderloom, store: Store) -> None:
    amazon = {"origin": "amazon:kitchen_us", "source": EventSource.NOTIFICATION, "delivery_id": "n-1"}
    poison = unread(store, b"this is no JSON", UNREADABLE_TOPIC, **amazon)
    notice = json.dumps(order_change("n-2", seller="A3ORDERLOOMDEMO")).encode()
    mended = unread(store, notice, UNREADABLE_TOPIC, **amazon | {"delivery_id": "n-2"})
    assert orderloom("events", "replay", mended).status == 0
    (pending,) = store.events.claim(10, LEASE)
    assert (pending.topic, pending.order_key.channel) == ("ORDER_CHANGE", Channel.AMAZON)
    details = {one["event_id"]: one["detail"] for one in orderloom("events", "list", "--all", "--json").json}
    assert details[mended].startswith("read again by")
    assert orderloom("events", "replay", poison).status == 1
    assert [one["event_id"] for one in orderloom("events", "list", "--json").json] == [poison]


def test_what_a_shop_asks_is_done_when_it_can_be_read(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store, json.dumps({"id": 1, "myshopify_domain": SHOP}).encode(), "app/uninstalled")
    assert orderloom("events", "replay", event_id).status == 0
    assert [paused.since for paused in store.accounts.paused()] == [AT]


def test_dropping_takes_a_reason_and_says_for_good_who_did_it(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store, order_key=KEY)
    record(store, 1001, event_id, OrderStatus.WAITING)
    assert orderloom("events", "drop", event_id).status == 2
    assert orderloom("events", "drop", event_id, "--by", "kim", "--why", "a test of the vendor's").status == 0
    assert orderloom("events", "list", "--json").json == []
    (settled,) = orderloom("events", "list", "--all", "--json").json
    assert settled["state"] == "dropped"
    assert "dropped by kim: a test of the vendor's" in settled["detail"]
    assert "is of a new kind" in settled["detail"]
    assert "dropped by kim: a test of the vendor's" in store.stories.show(KEY).timeline[-1].text
    assert store.events.claim(10, LEASE) == []
    assert orderloom("events", "drop", event_id, "--why", "twice").status == 1


def test_what_was_purged_cannot_be_read_again(orderloom: Orderloom, store: Store) -> None:
    event_id = unread(store)
    store.database.write(lambda connection: connection.execute(delete(data_keys)))
    refused = orderloom("events", "replay", event_id)
    assert (refused.status, "was purged" in refused.err) == (1, True)


@pytest.mark.parametrize("command", [("show",), ("replay",), ("drop", "--why", "x")])
def test_an_event_that_is_unknown_or_could_be_read_is_refused(
    orderloom: Orderloom, store: Store, command: tuple[str, ...]
) -> None:
    fine = unread(store, state=EventState.STORED)
    for event_id in (fine, "nothing"):
        refused = orderloom("events", *command, event_id)
        assert (refused.status, "events list" in refused.err) == (1, True)
