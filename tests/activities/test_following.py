"""A node that calls nobody back: what a sweep finds reaches the order's log as callbacks would, each once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.following import GIVEN_UP_AFTER, OVERLAP, FollowingActivities
from activities.messages import Heard, LateEvent
from activities.recording import RecordingActivities
from activities.round_messages import FollowStart, Swept
from orderloom.domain.errors import Throttled, Unavailable
from orderloom.domain.nodes import ChangedShipments
from orderloom.domain.records import PackageRecord, ShipmentRecord
from orderloom.domain.shipments import Arrival, DispatchRequest, NodeShipment, NodeState, Package, ShipmentEventKind
from orderloom.storage.store import Store, open_store
from tests.storage import shop

LEASE = timedelta(seconds=30)
EVERY = timedelta(hours=4)


@dataclass
class FollowedFake:
    """Speaks for Amazon: says what changed, and what became of it."""

    changed_ids: list[str] = field(default_factory=list)
    answers: dict[str, NodeShipment] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    since: list[datetime] = field(default_factory=list)
    throttles: int = 0
    broken: set[str] = field(default_factory=set)
    """Dispatches that it answers badly for."""

    def changed(self, since: datetime, page_token: str | None) -> ChangedShipments:
        self.since.append(since)
        first = page_token is None
        return ChangedShipments(
            dispatch_ids=("of-somebody-else",) if first else tuple(self.changed_ids), next_token="2" if first else None
        )

    def find(self, dispatch_id: str) -> NodeShipment | None:
        if self.throttles:
            self.throttles -= 1
            raise Throttled("amazon:us", 0.5)
        self.asked.append(dispatch_id)
        return self.answers.get(dispatch_id)

    def track(self, dispatch_id: str) -> NodeShipment | None:
        if dispatch_id in self.broken:
            raise Unavailable("amazon:us", "answered badly")
        return self.find(dispatch_id)

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        raise NotImplementedError

    def cancel(self, dispatch_id: str) -> NodeShipment:
        raise NotImplementedError


@dataclass
class Followed:
    """One order dispatched to a followed node."""

    store: Store
    books: Books
    clock: shop.Clock
    shipment: ShipmentRecord
    node: FollowedFake
    waited: list[float] = field(default_factory=list)

    def follow(self) -> Swept:
        steps = FollowingActivities(
            self.books,
            {"east": self.node},
            feeds={"east": self.node},
            parcels_every={"east": EVERY},
            pause=self.waited.append,
        )
        done: Swept = ActivityEnvironment().run(steps.follow, FollowStart(node="east"))
        return done

    def record(self) -> list[Heard]:
        """What the order hears of the events that the relay would hand to it."""
        steps = RecordingActivities(self.books, {})
        pending = self.store.events.claim(10, LEASE)
        arrived = [LateEvent(key=event.order_key, event_id=event.event_id) for event in pending]
        return [ActivityEnvironment().run(steps.record_shipment, event).heard for event in arrived]

    def says(self, state: NodeState, *packages: Package, reason: str = "", arrivals: tuple[Arrival, ...] = ()) -> None:
        name = self.shipment.dispatch_id
        self.node.changed_ids = [name]
        answer = NodeShipment(dispatch_id=name, state=state, packages=packages, reason=reason, arrivals=arrivals)
        self.node.answers[name] = answer

    def both_left(self) -> None:
        """Both packages are recorded; from now on no list says anything of them."""
        self.says(NodeState.SHIPPED, FIRST, SECOND)
        self.follow()
        self.record()
        self.node.changed_ids = []

    def packages(self) -> Sequence[PackageRecord]:
        """Of those that were told together, either may have been recorded first."""
        recorded = self.store.shipments.packages(self.shipment.key)
        return sorted(recorded, key=lambda entry: entry.package.package_id)


@pytest.fixture
def followed(tmp_path: Path) -> Iterator[Followed]:
    clock = shop.Clock()
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=clock)
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations, clock)
    order = shop.order(1001, shop.line("1", "PAN", 2))
    shop.stocked(store, PAN=5)
    store.orders.record(shop.reading(order), "event")
    store.ledger.reserve(order, "own")
    store.ledger.decide(shop.decision(order.key, clock(), shop.planned(1, "east", ("1", "PAN", 2))))
    shipment = store.shipments.begin_dispatch(order.key, 1)
    yield Followed(store, books, clock, shipment, FollowedFake())
    store.close()


FIRST, SECOND = shop.package("D1-1", ("1", "PAN", 1)), shop.package("D1-2", ("1", "PAN", 1))


def test_each_package_reaches_the_order_once_however_often_it_is_swept(followed: Followed) -> None:
    followed.says(NodeState.ACCEPTED, FIRST)
    assert followed.follow() == Swept(pages=2, events=1, new=1)
    assert followed.record() == [Heard.SHIPPED]
    followed.says(NodeState.SHIPPED, FIRST, SECOND)
    assert followed.follow() == Swept(pages=2, events=2, new=1)
    assert followed.record() == [Heard.SHIPPED]
    packages = followed.store.shipments.packages(followed.shipment.key)
    assert [entry.package for entry in packages] == [FIRST, SECOND]
    assert shop.levels(followed.store, "PAN") == (3, 0, 0)


def test_a_dispatch_that_is_over_or_not_ours_is_not_asked_about(followed: Followed) -> None:
    followed.says(NodeState.SHIPPED, FIRST, SECOND)
    followed.follow()
    followed.record()
    assert followed.node.asked == [followed.shipment.dispatch_id]
    followed.follow()
    assert followed.node.asked == [followed.shipment.dispatch_id]


def test_a_package_that_arrives_or_gets_lost_is_found_out_in_its_turn(followed: Followed) -> None:
    followed.both_left()
    followed.clock.advance(hours=5)
    delivered, lost = followed.clock.advance(minutes=-30), followed.clock.advance(minutes=30)
    arrivals = (
        Arrival(package_id="D1-1", kind=ShipmentEventKind.DELIVERED, at=delivered),
        Arrival(package_id="D1-2", kind=ShipmentEventKind.LOST, at=lost),
    )
    followed.says(NodeState.SHIPPED, FIRST, SECOND, arrivals=arrivals)
    followed.node.changed_ids = []
    assert followed.follow().new == 2
    followed.record()
    assert [(one.delivered_at, one.lost_at) for one in followed.packages()] == [(delivered, None), (None, lost)]
    followed.clock.advance(minutes=3)
    assert followed.follow().events == 0, "its turn is over"
    followed.clock.advance(hours=5)
    assert followed.follow().new == 0, "nothing new is told twice"


def test_a_package_that_goes_under_another_label_is_relabelled_each_time(followed: Followed) -> None:
    followed.both_left()
    other = FIRST.model_copy(update={"tracking_number": "T-2"})
    for told, label in ((other, 1), (FIRST, 2), (other, 3)):
        followed.clock.advance(hours=5)
        followed.says(NodeState.SHIPPED, told, SECOND)
        assert followed.follow().new == 1
        followed.record()
        first, second = followed.packages()
        assert (first.package.tracking_number, first.label) == (told.tracking_number, label)
        assert second.label == 0
    assert shop.levels(followed.store, "PAN") == (3, 0, 0), "no second shipment"


def test_what_has_arrived_or_was_sent_long_ago_is_not_asked_about(followed: Followed) -> None:
    followed.both_left()
    arrived = [
        Arrival(package_id=p.package_id, kind=ShipmentEventKind.DELIVERED, at=shop.START) for p in (FIRST, SECOND)
    ]
    followed.clock.advance(hours=5)
    followed.says(NodeState.SHIPPED, FIRST, SECOND, arrivals=tuple(arrived[:1]))
    followed.follow()
    followed.record()
    followed.node.asked.clear()
    followed.clock.advance(hours=5)
    followed.says(NodeState.SHIPPED, FIRST, SECOND, arrivals=tuple(arrived))
    followed.follow()
    followed.record()
    assert followed.node.asked == [followed.shipment.dispatch_id], "one of the two is still on its way"
    followed.clock.advance(hours=5)
    followed.follow()
    assert len(followed.node.asked) == 1


def test_one_of_which_nothing_is_heard_is_given_up(followed: Followed) -> None:
    followed.both_left()
    followed.node.asked.clear()
    followed.clock.advance(days=GIVEN_UP_AFTER.days + 1)
    followed.follow()
    assert followed.node.asked == []


def test_a_package_that_cannot_be_asked_about_has_its_next_turn(followed: Followed) -> None:
    followed.both_left()
    followed.node.broken = {followed.shipment.dispatch_id}
    followed.clock.advance(hours=5)
    assert followed.follow() == Swept(pages=2, events=0, new=0)
    followed.node.broken = set()
    followed.clock.advance(hours=5)
    assert followed.follow().events == 2


def test_a_refusal_that_comes_later_is_a_refusal(followed: Followed) -> None:
    followed.says(NodeState.REFUSED, reason="unfulfillable")
    followed.follow()
    assert followed.record() == [Heard.REFUSED]
    (refused,) = followed.store.shipments.shipments(followed.shipment.key)
    assert (refused.state, refused.reason) == ("refused", "unfulfillable")


def test_what_is_merely_accepted_or_not_there_tells_nothing(followed: Followed) -> None:
    followed.says(NodeState.ACCEPTED)
    assert followed.follow().events == 0
    followed.node.answers.clear()
    assert followed.follow().events == 0


def test_a_sweep_goes_on_from_the_one_before(followed: Followed) -> None:
    followed.follow()
    began = followed.clock()
    followed.clock.advance(minutes=3)
    followed.follow()
    assert followed.node.since[-1] == began - OVERLAP


def test_a_limit_is_waited_out_within_the_sweep(followed: Followed) -> None:
    followed.says(NodeState.SHIPPED, FIRST, SECOND)
    followed.node.throttles = 2
    assert followed.follow().new == 2
    assert followed.waited == [0.5, 0.5]
