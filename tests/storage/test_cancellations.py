"""The outbox of cancellations: asked once, sent in a batch, answered one by one."""

from datetime import timedelta

import pytest
from alembic import command
from sqlalchemy import Connection, insert

from orderloom.domain.cancellations import Cancellation, CancellationState, CancelReason, CancelWish
from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import OrderStatus
from orderloom.storage.database import Database
from orderloom.storage.migrating import alembic_config
from orderloom.storage.store import Store, open_store
from orderloom.storage.tables import shipments
from tests.storage.shop import KEYS, NODES, Clock, key, order, reading

LEASE = timedelta(seconds=30)
FIRST = OrderKey(channel=Channel.AMAZON, account="us", order_id="111-1111111-1111111")
SECOND = OrderKey(channel=Channel.AMAZON, account="us", order_id="222-2222222-2222222")


def _cancelled(order_key: OrderKey, reason: CancelReason = CancelReason.BUYER) -> Cancellation:
    return Cancellation(key=order_key, reason=reason, lines=("7001",))


def test_a_cancellation_is_asked_for_once(store: Store, clock: Clock) -> None:
    book = store.cancellations
    asked = book.ask(_cancelled(FIRST))
    clock.advance(minutes=1)
    assert book.ask(_cancelled(FIRST, CancelReason.RISK)) == asked
    assert (asked.state, asked.cancellation) == (CancellationState.ASKED, _cancelled(FIRST))
    assert book.find(FIRST) == asked
    assert book.find(SECOND) is None


def test_a_batch_takes_what_is_asked_for_oldest_first(store: Store, clock: Clock) -> None:
    book = store.cancellations
    book.ask(_cancelled(SECOND))
    clock.advance(minutes=1)
    book.ask(_cancelled(FIRST))
    waiting = book.waiting(Channel.AMAZON, "us", CancellationState.ASKED)
    assert [record.cancellation.key for record in waiting] == [SECOND, FIRST]
    book.sent([SECOND], "feed-1")
    assert [r.reference for r in book.waiting(Channel.AMAZON, "us", CancellationState.SENT)] == ["feed-1"]
    book.sent([SECOND, FIRST], "feed-2")
    sent = book.waiting(Channel.AMAZON, "us", CancellationState.SENT)
    assert {r.cancellation.key: r.reference for r in sent} == {SECOND: "feed-1", FIRST: "feed-2"}
    assert book.accounts() == [(Channel.AMAZON, "us")]
    assert book.waiting(Channel.AMAZON, "eu", CancellationState.SENT) == []


@pytest.mark.parametrize("answer", [CancellationState.ACCEPTED, CancellationState.REJECTED])
def test_an_answer_wakes_the_order(store: Store, answer: CancellationState) -> None:
    store.cancellations.ask(_cancelled(FIRST))
    store.cancellations.sent([FIRST], "feed-1")
    store.cancellations.answered(FIRST, answer, "the order is shipped")
    (wakeup,) = store.events.claim_wakeups(9, LEASE)
    assert (wakeup.order_key, wakeup.reason) == (FIRST, "cancellation_answered")
    found = store.cancellations.find(FIRST)
    assert found
    assert (found.state, found.reference, found.detail) == (answer, "feed-1", "the order is shipped")
    assert store.cancellations.accounts() == []


def test_what_was_rejected_can_be_asked_for_again_and_what_was_accepted_cannot(store: Store) -> None:
    for one, answer in ((FIRST, CancellationState.REJECTED), (SECOND, CancellationState.ACCEPTED)):
        store.cancellations.ask(_cancelled(one))
        store.cancellations.sent([one], "feed-1")
        store.cancellations.answered(one, answer)
    again = store.cancellations.ask(_cancelled(FIRST))
    assert (again.state, again.reference) == (CancellationState.ASKED, "")
    assert store.cancellations.ask(_cancelled(SECOND)).state is CancellationState.ACCEPTED


def test_the_reason_that_was_recorded_first_stays(store: Store) -> None:
    store.cancellations.ask(_cancelled(FIRST, CancelReason.BUYER))
    store.cancellations.sent([FIRST], "feed-1")
    store.cancellations.answered(FIRST, CancellationState.REJECTED)
    again = store.cancellations.ask(_cancelled(FIRST, CancelReason.MERCHANT))
    assert again.cancellation.reason is CancelReason.BUYER


def test_the_first_wish_to_cancel_stands(store: Store) -> None:
    book = store.cancellations
    first = CancelWish(key=FIRST, why="kim: the buyer called", reason=CancelReason.BUYER)
    assert book.wish(first) == first
    assert book.wish(CancelWish(key=FIRST, why="cancelled at the channel")) == first
    assert (book.wished(FIRST), book.wished(SECOND)) == (first, None)
    assert book.accounts() == [], "a wish alone is nothing to tell a channel"


def test_a_batch_that_failed_as_a_whole_is_asked_for_again_and_wakes_nobody(store: Store) -> None:
    store.cancellations.ask(_cancelled(FIRST))
    store.cancellations.sent([FIRST], "feed-1")
    store.cancellations.answered(FIRST, CancellationState.ASKED, "the feed was FATAL")
    (asked,) = store.cancellations.waiting(Channel.AMAZON, "us", CancellationState.ASKED)
    assert (asked.reference, asked.detail) == ("", "the feed was FATAL")
    assert not store.events.claim_wakeups(9, LEASE)


def test_an_answer_to_what_was_never_asked_is_refused(store: Store) -> None:
    with pytest.raises(OrderUnknown):
        store.cancellations.answered(FIRST, CancellationState.ACCEPTED)


def test_open_orders_that_were_being_cancelled_before_have_a_wish_after_the_migration(blank_url: str) -> None:
    opened = open_store(blank_url, KEYS, nodes=NODES)
    for number in (1, 2, 3):
        opened.orders.record(reading(order(number)), f"e{number}")
    opened.cancellations.ask(Cancellation(key=key(1), reason=CancelReason.BUYER))
    opened.orders.set_status(key(2), OrderStatus.CANCELLED)
    opened.close()
    database = Database(blank_url)

    def take_back(connection: Connection) -> None:
        rows = [_stopped(key(number)) for number in (1, 2)]
        connection.execute(insert(shipments), rows)
        command.downgrade(alembic_config(connection), "0019")

    database.write(take_back)
    database.close()
    again = open_store(blank_url, KEYS, nodes=NODES)
    wishes = [again.cancellations.wished(key(number)) for number in (1, 2, 3)]
    again.close()
    assert [wish and wish.reason for wish in wishes] == [CancelReason.BUYER, None, None]
    assert [wish is not None for wish in wishes] == [True, False, False], "one has ended, of one nothing was stopped"


def _stopped(order_key: OrderKey) -> dict[str, object]:
    facts = {"number": 1, "attempt": 1, "node": "east", "state": "cancelled", "reason": "", "address_version": 0}
    return facts | {"dispatch_id": f"d-{order_key.order_id}", "order_key": str(order_key)}
