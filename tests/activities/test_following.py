"""A node that calls nobody back: what a sweep finds reaches the order's log as callbacks would, each once."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.books import Books
from activities.following import OVERLAP, FollowedReports, FollowingActivities
from activities.messages import Heard, LateEvent
from activities.recording import RecordingActivities
from activities.round_messages import FollowStart, Swept
from orderloom.domain.errors import Throttled
from orderloom.domain.nodes import ChangedShipments
from orderloom.domain.records import ShipmentRecord
from orderloom.domain.shipments import DispatchRequest, NodeShipment, NodeState, Package
from orderloom.storage.store import Store, open_store
from tests.storage import shop

LEASE = timedelta(seconds=30)


@dataclass
class FollowedFake:
    """Speaks for Amazon: says what changed, and what became of it."""

    changed_ids: list[str] = field(default_factory=list)
    answers: dict[str, NodeShipment] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    since: list[datetime] = field(default_factory=list)
    throttles: int = 0

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
        steps = FollowingActivities(self.books, {"east": self.node}, pause=self.waited.append)
        done: Swept = ActivityEnvironment().run(steps.follow, FollowStart(node="east"))
        return done

    def record(self) -> list[Heard]:
        """What the order hears of the events that the relay would hand to it."""
        steps = RecordingActivities(self.books, {"east": FollowedReports()})
        pending = self.store.events.claim(10, LEASE)
        arrived = [LateEvent(key=event.order_key, event_id=event.event_id) for event in pending]
        return [ActivityEnvironment().run(steps.record_shipment, event).heard for event in arrived]

    def says(self, state: NodeState, *packages: Package, reason: str = "") -> None:
        name = self.shipment.dispatch_id
        self.node.changed_ids = [name]
        self.node.answers[name] = NodeShipment(dispatch_id=name, state=state, packages=packages, reason=reason)


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
