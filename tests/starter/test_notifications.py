"""Notifications from a real queue (moto's SQS server) into a real store: stored, then deleted, each once."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from orderloom.channels.amazon.queue import QueueMessage, SqsQueue
from orderloom.domain.errors import AccessDenied, Rejected, Unavailable
from orderloom.domain.events import EventState, NewEvent, StoredEvent
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.merchant import NotificationQueue
from orderloom.storage.store import Store
from orderloom.storage.tables import raw_events
from starter.metrics import Meters
from starter.notifications import NotificationReader
from starter.notified import NotificationIntake, Taken
from tests.channels.amazon.notices import fulfillment_change, order_change, quantity_change
from tests.channels.amazon.payloads import ACCOUNT
from tests.sqs import QueueServer, TestQueue
from tests.starter.servers import PATIENCE_SECONDS, until


@dataclass
class Desk:
    """A reader of one queue, and what it told the rest of the starter."""

    store: Store
    queue: TestQueue
    source: SqsQueue
    heard: list[tuple[ListingKey, int]] = field(default_factory=list)
    followed: list[str] = field(default_factory=list)
    woken: int = 0

    def reader(self, source: Any = None, events: Any = None) -> NotificationReader:
        intake = NotificationIntake(
            ACCOUNT,
            events or self.store.events,
            lambda key, quantity: self.heard.append((key, quantity)),
            lambda dispatch: "fba_us" if dispatch.startswith("ours") else None,
        )
        return NotificationReader(ACCOUNT.account, source or self.source, intake, Meters())

    def wake(self) -> None:
        self.woken += 1

    def take(self) -> list[Taken]:
        """Everything that the queue has, batch after batch."""
        reader, taken = self.reader(), []
        while batch := reader.take_batch(self.wake, self.followed.append):
            taken += batch
        return taken

    def rows(self) -> list[Any]:
        columns = raw_events.c
        statement = select(columns.topic, columns.delivery_id, columns.state, columns.detail, columns.order_key)
        return list(self.store.database.read(lambda c: c.execute(statement.order_by(columns.received_at)).all()))


@pytest.fixture
def desk(store: Store, queue_server: QueueServer) -> Iterator[Desk]:
    queue = queue_server.queue()
    source = SqsQueue(ACCOUNT.account, queue.settings, endpoint=queue_server.endpoint, poll_seconds=0)
    yield Desk(store, queue, source)
    source.close()


def test_a_change_of_an_order_is_stored_for_the_order_and_then_deleted(desk: Desk) -> None:
    desk.queue.send(order_change("n-1"))
    assert desk.take() == [Taken.STORED]
    (row,) = desk.rows()
    assert (row.topic, row.delivery_id, row.state) == ("ORDER_CHANGE", "n-1", EventState.STORED)
    assert row.order_key == f"amazon:{ACCOUNT.account}:111-1234567-7654321"
    assert (desk.queue.left(), desk.woken) == (0, 1)


def test_a_notification_that_comes_again_is_stored_once(desk: Desk) -> None:
    desk.queue.send(order_change("n-1"))
    assert desk.take() == [Taken.STORED]
    desk.queue.send(order_change("n-1"))
    assert desk.take() == [Taken.DUPLICATE]
    assert len(desk.rows()) == 1
    assert desk.queue.left() == 0


def test_several_changes_of_one_order_in_a_batch_cost_one_reading(desk: Desk) -> None:
    for number in range(4):
        desk.queue.send(order_change(f"n-{number}"))
    desk.queue.send(order_change("n-9", "222-1234567-7654321"))
    desk.take()
    handed_on = [row.order_key for row in desk.rows() if row.state == EventState.STORED]
    assert len(desk.rows()) == 5
    assert len(handed_on) == 2, "one for each order"
    assert len(set(handed_on)) == 2


def test_what_nobody_can_read_is_parked_with_the_reason_and_leaves_the_queue(desk: Desk) -> None:
    desk.queue.send("this is no JSON")
    desk.queue.send(order_change("n-2", seller="A-STRANGER"))
    desk.queue.send({**order_change("n-3"), "NotificationType": "BRAND_NEW_TYPE"})
    desk.queue.send(order_change("n-4"))
    assert sorted(desk.take()) == [Taken.PARKED, Taken.PARKED, Taken.PARKED, Taken.STORED]
    assert desk.queue.left() == 0
    shown = {record.detail for record in desk.store.stories.unreadable()}
    assert any("is not JSON" in detail for detail in shown)
    assert any("another seller" in detail for detail in shown)
    assert any("BRAND_NEW_TYPE is no type" in detail for detail in shown)


def test_a_tip_is_kept_and_wakes_nobody(desk: Desk) -> None:
    desk.queue.send(order_change("n-1", change="DeliveryTipChange"))
    assert desk.take() == [Taken.KEPT]
    assert (desk.rows()[0].state, desk.woken) == (EventState.KEPT, 0)


def test_a_fulfillment_order_of_ours_wakes_its_nodes_sweep_once(desk: Desk) -> None:
    for number, dispatch in enumerate(("ours-1", "ours-2", "somebody-elses")):
        desk.queue.send(fulfillment_change(dispatch, f"f-{number}"))
    assert desk.take() == [Taken.KEPT] * 3
    assert set(desk.followed) == {"fba_us"}
    assert desk.queue.left() == 0


def test_a_changed_quantity_is_heard_by_the_listings_and_no_event(desk: Desk) -> None:
    desk.queue.send(quantity_change("PAN-28", 7))
    assert desk.take() == [Taken.HEARD]
    assert [(key.listing, quantity) for key, quantity in desk.heard] == [("PAN-28", 7)]
    assert (desk.rows(), desk.queue.left()) == ([], 0)


class AwayFor:
    """An event log whose database is away for the first calls."""

    def __init__(self, store: Store, calls: int) -> None:
        self._store, self._left = store, calls

    def store(self, event: NewEvent) -> StoredEvent:
        if self._left:
            self._left -= 1
            raise Unavailable("database", "is away")
        return self._store.events.store(event)


def test_nothing_is_deleted_before_the_database_has_it(desk: Desk) -> None:
    desk.queue.send(order_change("n-1"))
    reader = desk.reader(events=AwayFor(desk.store, 1))
    assert reader.take_batch(desk.wake, desk.followed.append) == [Taken.STORED]
    assert (len(desk.rows()), desk.queue.left()) == (1, 0)


def test_a_reader_that_dies_after_storing_and_before_deleting_loses_and_doubles_nothing(desk: Desk) -> None:
    class Dies(SqsQueue):
        def delete(self, messages: Sequence[QueueMessage]) -> int:
            self.hide(messages, 0)
            raise Unavailable(self.system, "the process is gone")

    dying = Dies(ACCOUNT.account, desk.queue.settings, endpoint=desk.queue.server.endpoint, poll_seconds=0)
    desk.queue.send(order_change("n-1"))
    with pytest.raises(Unavailable):
        desk.reader(dying).take_batch(desk.wake, desk.followed.append)
    dying.close()
    assert (len(desk.rows()), desk.queue.left()) == (1, 1)
    assert desk.take() == [Taken.DUPLICATE]
    assert (len(desk.rows()), desk.queue.left()) == (1, 0)


def test_a_reader_stopped_while_the_database_is_away_gives_the_messages_back(desk: Desk) -> None:
    desk.queue.send(order_change("n-1"))
    reader = desk.reader(events=AwayFor(desk.store, 1_000_000))
    reader.start(desk.wake, desk.followed.append)
    until(lambda: reader._backoff > 0.5)
    reader.stop()
    assert reader.join(PATIENCE_SECONDS)
    assert desk.reader(
        SqsQueue(ACCOUNT.account, desk.queue.settings, endpoint=desk.queue.server.endpoint, poll_seconds=0)
    ).take_batch(desk.wake, desk.followed.append) == [Taken.STORED]


def test_a_started_reader_takes_what_comes_and_ends_when_it_is_told(desk: Desk, queue_server: QueueServer) -> None:
    source = SqsQueue(ACCOUNT.account, desk.queue.settings, endpoint=queue_server.endpoint, poll_seconds=1)
    reader, stored = desk.reader(source), threading.Event()
    reader.start(stored.set, desk.followed.append)
    desk.queue.send(order_change("n-1"))
    assert stored.wait(PATIENCE_SECONDS)
    until(lambda: desk.queue.left() == 0)
    reader.stop()
    assert reader.join(PATIENCE_SECONDS)


def test_a_queue_that_is_not_there_says_so(queue_server: QueueServer) -> None:
    missing = NotificationQueue(queue_url=f"{queue_server.endpoint}/123456789012/nowhere", region="us-east-1")
    source = SqsQueue("kitchen_us", missing, endpoint=queue_server.endpoint, poll_seconds=0)
    with pytest.raises(Rejected, match="sqs:kitchen_us"):
        source.receive()
    source.close()


def test_an_address_where_nobody_listens_is_unavailable(desk: Desk) -> None:
    source = SqsQueue("kitchen_us", desk.queue.settings, endpoint="http://127.0.0.1:9", poll_seconds=0)
    with pytest.raises(Unavailable):
        source.receive()
    source.close()


def test_without_credentials_it_says_what_to_set(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    source = SqsQueue("kitchen_us", desk.queue.settings, endpoint=desk.queue.server.endpoint, poll_seconds=0)
    with pytest.raises(AccessDenied, match="AWS_ACCESS_KEY_ID"):
        source.receive()
    source.close()
