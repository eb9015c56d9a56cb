"""What a followed node's answer reports, and when each dispatch has its turn to be asked about."""

from datetime import datetime, timedelta

from orderloom.domain.following import PARCELS_A_MINUTE, due_between, reports_of
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.records import PackageRecord
from orderloom.domain.shipments import Arrival, NodeShipment, NodeState, Package, ShipmentEventKind
from tests.domain.orders import NOW

KEY = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1")
HOUR = timedelta(hours=1)
SHIPPED, DELIVERED, LOST = ShipmentEventKind.SHIPPED, ShipmentEventKind.DELIVERED, ShipmentEventKind.LOST
BOX = Package(package_id="box", carrier="UPS", tracking_number="1Z", shipped_at=NOW, lines=())


def at(minute: int) -> datetime:
    return NOW + minute * HOUR / 60


def recorded(package: Package, label: int = 0) -> PackageRecord:
    return PackageRecord(key=KEY, number=1, shipment=1, package=package, label=label)


def told(package: Package, known: tuple[PackageRecord, ...] = (), **more: object) -> list[tuple[str, str, object]]:
    answer = NodeShipment(dispatch_id="d", state=NodeState.SHIPPED, packages=(package,)).model_copy(update=more)
    reports = reports_of("fba", answer, known, NOW + HOUR)
    return [(report.delivery_id, report.kind, report.occurred_at) for report in reports]


def test_a_package_is_the_same_news_however_often_it_is_told() -> None:
    first = [("d:box", SHIPPED, NOW)]
    assert told(BOX) == told(BOX, (recorded(BOX),)) == first


def test_each_label_that_differs_from_the_recorded_one_is_news_of_now() -> None:
    other = BOX.model_copy(update={"tracking_number": "2Z"})
    assert told(other, (recorded(BOX),)) == [("d:box:1", SHIPPED, NOW + HOUR)]
    assert told(BOX, (recorded(other, 1),)) == [("d:box:2", SHIPPED, NOW + HOUR)], "back to the first one"
    nameless = BOX.model_copy(update={"tracking_number": ""})
    assert told(nameless, (recorded(BOX),)) == [("d:box", SHIPPED, NOW)], "no number takes none back"


def test_the_end_of_a_package_s_way_is_told_with_the_package_and_as_of_its_own_time() -> None:
    for kind in (DELIVERED, LOST):
        arrival = Arrival(package_id="box", kind=kind, at=NOW + 2 * HOUR)
        assert told(BOX, arrivals=(arrival,))[1:] == [(f"d:box:{kind}", kind, NOW + 2 * HOUR)]


def test_each_dispatch_has_one_turn_in_a_stretch_and_no_two_sweeps_share_it() -> None:
    names = [f"d-{number}" for number in range(200)]
    turns = [name for minute in range(60) for name in due_between(names, at(minute), at(minute + 1), HOUR)]
    assert sorted(turns) == sorted(names)
    assert max(len(due_between(names, at(minute), at(minute + 1), HOUR)) for minute in range(60)) < len(names) / 4


def test_after_a_long_pause_all_have_their_turn_at_once() -> None:
    assert len(due_between(["a", "b"], at(0), at(61), HOUR)) == 2


def test_more_than_a_node_should_be_asked_in_a_stretch_are_asked_less_often() -> None:
    many = [f"d-{number}" for number in range(PARCELS_A_MINUTE * 60 + 1)]
    assert len(due_between(many, at(0), at(60), HOUR)) < len(many)
    assert len(due_between(many, at(0), at(120), HOUR)) == len(many)
