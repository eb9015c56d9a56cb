"""Boxes that an API names by their labels keep the names that they left with."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.shipments import Arrival, NodeShipment, NodeState, Package, ShipmentEventKind, ShipmentLine
from orderloom.fulfillment.renamed import renamed_back

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def a_box(label: str, **units: int) -> Package:
    lines = tuple(ShipmentLine(line_id=sku, sku=sku, quantity=count) for sku, count in units.items())
    return Package(package_id=label, carrier="ups", tracking_number=label, shipped_at=NOW, lines=lines)


def an_answer(*packages: Package, arrived: str = "") -> NodeShipment:
    arrivals = (Arrival(package_id=arrived, kind=ShipmentEventKind.DELIVERED, at=NOW),) if arrived else ()
    return NodeShipment(dispatch_id="d-1", state=NodeState.SHIPPED, packages=packages, arrivals=arrivals)


def names(answer: NodeShipment) -> list[tuple[str, str]]:
    return [(package.package_id, package.tracking_number) for package in answer.packages]


def test_a_box_that_is_missing_where_another_holds_the_same_is_that_one() -> None:
    answer = renamed_back(an_answer(a_box("A", PAN=1), a_box("C", PAN=2), arrived="C"), [a_box("B", PAN=2)])
    assert names(answer) == [("A", "A"), ("B", "C")]
    assert [arrival.package_id for arrival in answer.arrivals] == ["B"]


def test_a_box_that_is_still_there_stays_beside_a_new_one_that_holds_the_same() -> None:
    answer = an_answer(a_box("A", PAN=1), a_box("B", PAN=1))
    assert renamed_back(answer, [a_box("A", PAN=1)]) == answer


def test_a_box_that_holds_something_else_is_another_one() -> None:
    answer = an_answer(a_box("B", POT=1))
    assert renamed_back(answer, [a_box("A", PAN=1)]) == answer


@given(st.permutations(range(4)), st.integers(0, 4))
def test_told_again_in_any_order_each_label_stays_with_its_box(order: list[int], corrected: int) -> None:
    left = [a_box(f"old-{n}", PAN=1) for n in range(4)]
    now = [a_box(f"new-{n}" if n < corrected else f"old-{n}", PAN=1) for n in range(4)]
    first = renamed_back(an_answer(*now), left)
    assert sorted(package.package_id for package in first.packages) == [f"old-{n}" for n in range(4)]
    again = renamed_back(an_answer(*(now[n] for n in order)), first.packages)
    assert sorted(names(again)) == sorted(names(first))
