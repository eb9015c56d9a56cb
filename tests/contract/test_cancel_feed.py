"""Cancelling by feed, whole: the outbox, the round that empties it, our adapter, and the sandbox's Feeds over HTTP."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.books import Books, Channels
from activities.cancelling import CancellingActivities
from activities.round_messages import AccountRef, CancellationRound
from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.channels.amazon.cancel_feed import read_report, written
from orderloom.domain.cancel_batches import CancelEntry
from orderloom.domain.cancellations import Cancellation, CancellationState, CancelReason
from orderloom.domain.events import EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import ChannelState
from orderloom.domain.rulebook import Rule
from orderloom.sandbox.knobs import Faults, FeedKnobs, Knobs
from orderloom.storage.store import Store, open_store
from tests.contract.test_amazon_model import Check, _checker
from tests.contract.test_our_clients import AMAZON, LIVE
from tests.sandbox.world import SELLER, World, order, package
from tests.storage import shop

CONFIG = MerchantConfig(
    merchant="Test kitchen",
    accounts=(AMAZON,),
    nodes=(shop.node("own"),),
    rules=(Rule(name="all", when="true", send_to=("own",)),),
)
ACCOUNT = AccountRef(channel=Channel.AMAZON, account=SELLER.account)


@dataclass
class Desk:
    """What cancels orders of one seller, on the sandbox's clock."""

    world: World
    store: Store
    channel: AmazonChannel
    sold: list[OrderKey] = field(default_factory=list)

    def now(self) -> datetime:
        return self.world.clock.now()

    def cancelled_order(self, *lines: str, reason: CancelReason = CancelReason.OUT_OF_STOCK) -> OrderKey:
        """Sold at Amazon, known to us, and to be cancelled."""
        order_id = self.world.control.place_amazon_order(SELLER.account, order())
        key = OrderKey(channel=Channel.AMAZON, account=SELLER.account, order_id=order_id)
        body = self.channel.fetch(order_id)
        event = NewEvent(
            origin=f"amazon:{SELLER.account}",
            topic="orders/reread",
            delivery_id=order_id,
            source=EventSource.REREAD,
            body=body,
            received_at=self.now(),
            order_key=key,
        )
        event_id = self.store.events.store(event).event_id
        self.store.orders.record(self.channel.read(body, LIVE), event_id)
        self.store.cancellations.ask(Cancellation(key=key, reason=reason, lines=lines))
        return key

    def round(self) -> CancellationRound:
        books = Books(
            self.store.events,
            self.store.orders,
            self.store.catalog,
            self.store.ledger,
            self.store.shipments,
            self.store.cancellations,
            clock=self.now,
        )
        steps = CancellingActivities(
            books,
            {(Channel.AMAZON, SELLER.account): self.channel.cancel_feed},
            Channels(CONFIG, {(Channel.AMAZON, SELLER.account): self.channel}),
            poll=timedelta(seconds=30),
            apart=timedelta(seconds=120),
        )
        done: CancellationRound = ActivityEnvironment().run(steps.cancellation_round, ACCOUNT)
        return done

    def state(self, key: OrderKey) -> CancellationState:
        found = self.store.cancellations.find(key)
        assert found
        return found.state

    def detail(self, key: OrderKey) -> str:
        found = self.store.cancellations.find(key)
        assert found
        return found.detail

    def at_amazon(self, key: OrderKey) -> str:
        return str(self.world.get_order(key.order_id)["fulfillment"]["fulfillmentStatus"])

    def feeds(self) -> list[dict[str, object]]:
        asked = {"feedTypes": "POST_ORDER_ACKNOWLEDGEMENT_DATA"}
        found: list[dict[str, object]] = self.world.amazon("GET", "/feeds/2021-06-30/feeds", params=asked).json()[
            "feeds"
        ]
        return found


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    credentials = AmazonCredentials(SELLER.client_id, SELLER.client_secret, SELLER.refresh_token)
    url = world.sandbox.url
    channel = AmazonChannel(AMAZON, credentials, endpoint=url, token_url=f"{url}/auth/o2/token", timeout=10.0)
    accounts = (AMAZON,)
    store = open_store(
        f"sqlite:///{tmp_path / 'orderloom.db'}", shop.KEYS, accounts=accounts, nodes=(), clock=world.clock.now
    )
    with closing(channel), closing(store):
        yield Desk(world, store, channel)


def test_all_that_wait_go_in_one_feed_and_each_is_answered_for_itself(desk: Desk) -> None:
    gone = desk.cancelled_order()
    items = {line.line_id: line.quantity for line in desk.world.control.truth().order(gone.order_id).lines}
    assert desk.world.confirm(gone.order_id, package(items)).status_code == 204
    taken = [desk.cancelled_order(), desk.cancelled_order()]
    assert desk.round() == CancellationRound(sent=3, wait_seconds=30)
    assert len(desk.feeds()) == 1
    assert desk.round() == CancellationRound(wait_seconds=30), "Amazon is not done yet"
    desk.world.clock.advance(5)
    assert desk.round() == CancellationRound(answered=3)
    assert {desk.state(key) for key in taken} == {CancellationState.ACCEPTED}
    assert [desk.at_amazon(key) for key in taken] == ["CANCELLED", "CANCELLED"]
    assert desk.state(gone) is CancellationState.REJECTED
    assert "18028" in desk.detail(gone)
    woken = desk.store.events.claim_wakeups(10, timedelta(seconds=30))
    assert {wakeup.order_key for wakeup in woken} == {gone, *taken}


def test_an_order_that_was_cancelled_there_meanwhile_is_done_and_no_hold(desk: Desk) -> None:
    """Amazon refuses to cancel it, as it does one that has shipped."""
    meanwhile = desk.cancelled_order()
    desk.round()
    assert desk.world.control.cancel_amazon_order(SELLER.account, meanwhile.order_id)
    desk.world.clock.advance(5)
    assert desk.round() == CancellationRound(answered=1)
    assert desk.state(meanwhile) is CancellationState.ACCEPTED
    handed_over = desk.store.events.claim(10, timedelta(seconds=30))
    readings = [desk.channel.read(desk.store.events.load(event.event_id).body, LIVE) for event in handed_over]
    assert [reading.order.state for reading in readings] == [ChannelState.OPEN, ChannelState.CANCELLED]
    assert {event.order_key for event in handed_over} == {meanwhile}


def test_what_comes_while_a_feed_is_under_way_gathers_for_the_next(desk: Desk) -> None:
    desk.world.control.set_knobs(Knobs(feeds=FeedKnobs(seconds=600)))
    desk.cancelled_order()
    desk.round()
    desk.cancelled_order()
    desk.cancelled_order()
    assert desk.round().sent == 0
    desk.world.clock.advance(120)
    assert desk.round().sent == 2
    assert len(desk.feeds()) == 2


@pytest.mark.parametrize("way", ["drop", "504"])
def test_a_feed_whose_answer_was_lost_is_found_and_not_sent_again(desk: Desk, way: str) -> None:
    key = desk.cancelled_order()
    lost = Faults.model_validate({"lost_answer_rate": 1.0, "lost_answer_as": way})
    desk.world.control.set_knobs(Knobs(faults={"amazon.createFeed": lost}))
    with pytest.raises(ApplicationError, match="amazon:kitchen_us"):
        desk.round()
    assert desk.state(key) is CancellationState.SENT
    desk.world.clock.advance(5)
    assert desk.round().answered == 1
    assert (len(desk.feeds()), desk.at_amazon(key)) == (1, "CANCELLED")


def test_a_draft_that_was_never_submitted_is_submitted_then(desk: Desk) -> None:
    key = desk.cancelled_order()
    lines = tuple(line.line_id for line in desk.store.orders.get(key).order.lines)
    entry = CancelEntry(order_id=key.order_id, reason=CancelReason.BUYER, lines=lines)
    draft = desk.channel.cancel_feed.prepare([entry])
    desk.store.cancellations.sent([key], f"draft:{draft}")
    assert desk.round().wait_seconds == 30
    desk.world.clock.advance(5)
    assert desk.round().answered == 1
    assert (len(desk.feeds()), desk.at_amazon(key)) == (1, "CANCELLED")


def test_a_throttled_feed_was_not_taken_and_waits_for_its_turn(desk: Desk) -> None:
    key = desk.cancelled_order()
    desk.world.control.set_knobs(Knobs(faults={"amazon.createFeed": Faults(throttle_rate=1.0)}))
    with pytest.raises(ApplicationError) as throttled:
        desk.round()
    delay = throttled.value.next_retry_delay
    assert delay
    assert delay > timedelta(seconds=100)
    assert desk.state(key) is CancellationState.ASKED
    desk.world.control.set_knobs(Knobs())
    assert desk.round().sent == 1


@pytest.mark.parametrize(
    ("end", "state"), [("FATAL", CancellationState.REJECTED), ("CANCELLED", CancellationState.SENT)]
)
def test_a_feed_that_failed_is_said_so_and_one_that_was_withdrawn_goes_again(
    desk: Desk, end: str, state: CancellationState
) -> None:
    desk.world.control.set_knobs(Knobs(feeds=FeedKnobs.model_validate({"ends_as": end})))
    key = desk.cancelled_order()
    desk.round()
    desk.world.clock.advance(5)
    desk.round()
    assert desk.state(key) is state
    assert len(desk.feeds()) == (2 if end == "CANCELLED" else 1)


def test_a_part_of_an_order_is_refused_before_amazon_would_cancel_all_of_it(desk: Desk) -> None:
    key = desk.cancelled_order("another-line")
    assert desk.round() == CancellationRound(answered=0)
    assert desk.state(key) is CancellationState.REJECTED
    assert "whole orders only" in desk.detail(key)
    assert desk.feeds() == []


def test_feeds_are_written_as_the_model_says(desk: Desk, shared: Path) -> None:
    feeds: Check = _checker(shared / "contracts/spapi/feeds_2021-06-30.json")
    desk.cancelled_order()
    desk.round()
    feeds({"feeds": desk.feeds()}, "GetFeedsResponse")
    desk.world.clock.advance(5)
    (feed,) = desk.feeds()
    feeds(feed, "Feed")
    document = desk.world.amazon("GET", f"/feeds/2021-06-30/documents/{feed['resultFeedDocumentId']}").json()
    feeds(document, "FeedDocument")
    asked = {"contentType": "text/xml"}
    made = desk.world.amazon("POST", "/feeds/2021-06-30/documents", json=asked)
    feeds(made.json(), "CreateFeedDocumentResponse")
    feeds(desk.world.amazon("POST", "/feeds/2021-06-30/feeds", json={}).json(), "ErrorList")


def test_a_message_is_named_by_its_order() -> None:
    entry = CancelEntry(order_id="011-2222222-3333333", reason=CancelReason.BUYER, lines=("9",))
    text = written("A3", [entry]).decode()
    assert "<MessageID>01122222223333333</MessageID>" in text
    assert "<CancelReason>BuyerCanceled</CancelReason>" in text
    result = (
        "<Result><MessageID>1122222223333333</MessageID><ResultCode>Error</ResultCode>"
        "<ResultMessageCode>1</ResultMessageCode><ResultDescription>no</ResultDescription></Result>"
        "<Result><MessageID>5</MessageID><ResultCode>Warning</ResultCode></Result>"
    )
    assert read_report(f"<R>{result}</R>".encode()) == {"011-2222222-3333333": "1: no"}
