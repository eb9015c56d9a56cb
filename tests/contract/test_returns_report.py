"""Amazon's report of returns, whole: our steps, our adapter, the sandbox's Reports over HTTP, and a real store."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sp_api.api import Reports
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.reading_returns import ReturnsActivities
from activities.round_messages import ReturnsAsked, ReturnsRead, ReturnsStart
from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.amazon.errors import GET_REPORT_DOCUMENT
from orderloom.domain.events import RETURNS_REPORT, EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.sandbox.knobs import Faults, Knobs, ReportKnobs
from orderloom.sandbox.order_wishes import AmazonReturnWish
from orderloom.storage.store import Store, open_store
from tests.contract.test_our_clients import AMAZON, LIVE
from tests.sandbox.world import SELLER, World, order
from tests.storage import shop

POLL = timedelta(seconds=60)
REPORTS = "/reports/2021-06-30/reports"
TYPE = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"


@dataclass
class Desk:
    """What reads the returns of one seller, on the sandbox's clock."""

    world: World
    store: Store
    channel: AmazonChannel

    @property
    def steps(self) -> ReturnsActivities:
        store = self.store
        books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
        return ReturnsActivities(books, {SELLER.account: self.channel.returns}, poll=POLL, clock=self.world.clock.now)

    def known_order(self, quantity: int = 2) -> OrderKey:
        key = self.sold(quantity)
        body = self.channel.fetch(key.order_id)
        event = NewEvent(
            origin=f"amazon:{SELLER.account}",
            topic="orders/reread",
            delivery_id=key.order_id,
            source=EventSource.REREAD,
            body=body,
            received_at=self.world.clock.now(),
            order_key=key,
            state=EventState.DELIVERED,
        )
        event_id = self.store.events.store(event).event_id
        self.store.orders.record(self.channel.read(body, LIVE), event_id)
        return key

    def sold(self, quantity: int = 1) -> OrderKey:
        order_id = self.world.control.place_amazon_order(SELLER.account, order(quantity=quantity))
        return OrderKey(channel=Channel.AMAZON, account=SELLER.account, order_id=order_id)

    def sent_back(self, key: OrderKey, **wish: Any) -> str:
        asked = AmazonReturnWish.model_validate({"sku": "PAN-28", **wish})
        return self.world.control.ask_amazon_return(SELLER.account, key.order_id, asked)

    def received(self, key: OrderKey, **wish: Any) -> str:
        rma = self.sent_back(key, **wish)
        self.world.control.receive_amazon_return(SELLER.account, rma)
        return rma

    def ask(self) -> ReturnsAsked:
        self.world.clock.advance(1)
        return self.ask_again(self.world.clock.now())

    def ask_again(self, began: datetime) -> ReturnsAsked:
        start = ReturnsStart(account=SELLER.account, began=began)
        asked: ReturnsAsked = ActivityEnvironment().run(self.steps.ask_for_returns, start)
        return asked

    def read(self, asked: ReturnsAsked) -> ReturnsRead:
        done: ReturnsRead = ActivityEnvironment().run(self.steps.read_returns, asked)
        return done

    def report(self) -> ReturnsRead:
        """One whole run."""
        asked = self.ask()
        self.world.clock.advance(5)
        return self.read(asked)

    def handed_over(self) -> dict[OrderKey, tuple[int, ...]]:
        """What the relay gives its orders, as the order reads it: units that came back."""
        found: dict[OrderKey, tuple[int, ...]] = {}
        for event in self.store.events.claim(100, timedelta(seconds=30)):
            assert event.topic == RETURNS_REPORT
            body = self.store.events.load(event.event_id).body
            goods = self.channel.read_returns(body, self.store.orders.get(event.order_key).order)
            found[event.order_key] = (*found.get(event.order_key, ()), *(each.quantity for each in goods))
            self.store.events.mark(event.event_id, EventState.DELIVERED)
        return found

    def made(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.amazon("GET", REPORTS, params={"reportTypes": TYPE}).json()["reports"]
        return found


def connected(world: World) -> AmazonChannel:
    credentials = AmazonCredentials(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token)
    url = world.sandbox.url
    return AmazonChannel(AMAZON, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=20.0)


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    database = f"sqlite:///{tmp_path / 'orderloom.db'}"
    store = open_store(database, shop.KEYS, accounts=(AMAZON,), nodes=(), clock=world.clock.now)
    desk = Desk(world, store, connected(world))
    with closing(store):
        yield desk
        desk.channel.close()


def test_what_came_back_reaches_its_order_once_however_often_it_is_reported(desk: Desk) -> None:
    key = desk.known_order()
    desk.received(key, quantity=2, reason="CR-DEFECTIVE")
    asked = desk.ask()
    assert desk.read(asked).wait_seconds == POLL.total_seconds()
    desk.world.clock.advance(5)
    assert desk.read(asked) == ReturnsRead(rows=1, new=1, came_back=1)
    assert desk.handed_over() == {key: (2,)}
    assert desk.report() == ReturnsRead(rows=1)
    assert desk.handed_over() == {}


def test_a_return_that_is_asked_for_waits_until_its_parcel_is_there(desk: Desk) -> None:
    key = desk.known_order()
    rma = desk.sent_back(key)
    assert desk.report() == ReturnsRead(rows=1, new=1)
    assert desk.handed_over() == {}
    desk.world.clock.advance(45 * 24 * 3600)
    desk.world.control.receive_amazon_return(SELLER.account, rma)
    assert desk.report() == ReturnsRead(rows=1, new=1, came_back=1), "it is told by the day it was asked for"
    assert desk.handed_over() == {key: (1,)}


def test_two_parcels_of_one_order_are_two(desk: Desk) -> None:
    key = desk.known_order()
    desk.received(key)
    desk.received(key)
    desk.received(key, returnless=True)
    desk.received(key, status="Rejected")
    assert desk.report() == ReturnsRead(rows=4, new=4, came_back=2)
    assert desk.handed_over() == {key: (1, 1)}


def test_an_order_that_is_not_here_yet_has_its_row_in_the_next_report(desk: Desk) -> None:
    key = desk.sold()
    desk.received(key)
    assert desk.report() == ReturnsRead(rows=1, unknown=1)
    body = desk.channel.fetch(key.order_id)
    event = NewEvent(
        origin="amazon:kitchen_us",
        topic="orders",
        delivery_id="late",
        source=EventSource.SWEEP,
        body=body,
        received_at=desk.world.clock.now(),
        order_key=key,
        state=EventState.DELIVERED,
    )
    desk.store.orders.record(desk.channel.read(body, LIVE), desk.store.events.store(event).event_id)
    assert desk.report() == ReturnsRead(rows=1, new=1, came_back=1)


def test_rows_that_nobody_can_read_are_shown_once_and_the_good_ones_taken(desk: Desk) -> None:
    key = desk.known_order()
    desk.received(key)
    desk.world.control.set_knobs(Knobs(reports=ReportKnobs(damaged_rows=2, gzipped=False, charset="cp1252")))
    assert desk.report() == ReturnsRead(rows=3, new=3, came_back=1, unreadable=2)
    assert {record.detail for record in desk.store.stories.unreadable()} == {
        "line 3, row: has 4 of 32 cells",
        "line 4, row: has 4 of 32 cells",
    }
    assert desk.report().new == 0


def test_a_report_whose_answer_was_lost_is_found_and_not_asked_for_again(desk: Desk) -> None:
    key = desk.known_order()
    desk.received(key)
    desk.world.clock.advance(1)
    began = desk.world.clock.now()
    desk.world.control.set_knobs(Knobs(faults={"amazon.createReport": Faults(lost_answer_rate=1.0)}))
    with pytest.raises(ApplicationError):
        desk.ask_again(began)
    desk.world.clock.advance(30)
    asked = desk.ask_again(began)
    assert [report["reportId"] for report in desk.made()] == [asked.report]
    assert desk.read(asked).came_back == 1


def test_a_report_of_an_earlier_run_is_not_taken_for_todays(desk: Desk) -> None:
    key = desk.known_order()
    desk.report()
    desk.received(key)
    assert desk.report().came_back == 1
    assert len(desk.made()) == 2


def test_a_report_without_data_is_cancelled_by_amazon_and_tells_of_nothing(desk: Desk) -> None:
    assert desk.report() == ReturnsRead()
    assert [report["processingStatus"] for report in desk.made()] == ["CANCELLED"]


def test_a_report_that_amazon_could_not_make_fails_for_good(desk: Desk) -> None:
    desk.received(desk.known_order())
    desk.world.control.set_knobs(Knobs(reports=ReportKnobs(ends_as="FATAL")))
    with pytest.raises(ApplicationError, match="could not make the report") as failed:
        desk.report()
    assert failed.value.non_retryable


def test_a_throttled_report_waits_for_its_turn(desk: Desk) -> None:
    desk.world.control.set_knobs(Knobs(faults={"amazon.createReport": Faults(throttle_rate=1.0)}))
    with pytest.raises(ApplicationError) as throttled:
        desk.ask()
    assert throttled.value.next_retry_delay == timedelta(seconds=1 / 0.0167)


def test_the_public_client_reads_what_the_sandbox_writes(desk: Desk) -> None:
    """python-amazon-sp-api's own method takes the document apart: names of fields, compression and charset."""
    key = desk.known_order()
    desk.received(key)
    asked = desk.ask()
    desk.world.clock.advance(5)
    report = desk.world.amazon("GET", f"{REPORTS}/{asked.report}").json()
    read = desk.channel._partner.call(
        Reports,
        GET_REPORT_DOCUMENT,
        lambda client: client.get_report_document(report["reportDocumentId"], download=True),
    )
    header, row, *_ = read.payload["document"].split("\n")
    assert header.startswith("Order ID\tOrder date\tReturn request date")
    assert row.startswith(f"{key.order_id}\t23-Nov-2026\t23-Nov-2026\tApproved")
    listed = desk.channel._partner.call(
        Reports, GET_REPORT_DOCUMENT, lambda client: client.get_reports(reportTypes=[TYPE])
    )
    assert [each["reportId"] for each in listed.payload["reports"]] == [asked.report]
    body = {
        "reportType": TYPE,
        "marketplaceIds": list(AMAZON.marketplaces),
        "dataStartTime": "2026-09-01T00:00:00Z",
        "dataEndTime": "2026-11-23T00:00:00Z",
    }
    refused = desk.world.amazon("POST", REPORTS, json=body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "InvalidInput"), "longer than 60 days"
