from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.orders import Component, OrderLine
from orderloom.domain.shipments import ConfirmedLine, Package, ShipmentLine, confirmable_lines
from tests.domain.orders import NOW, line

SET = (Component(sku="PAN"), Component(sku="LID", units=2))
BUNDLE = line("1", sku=None, quantity=2, parts=SET)


def a_package(name: str, *items: tuple[str, str, int]) -> Package:
    lines = tuple(ShipmentLine(line_id=line_id, sku=sku, quantity=quantity) for line_id, sku, quantity in items)
    return Package(package_id=name, carrier="UPS", tracking_number=f"T-{name}", shipped_at=NOW, lines=lines)


def test_a_package_with_whole_units_confirms_them() -> None:
    package = a_package("a", ("1", "PAN", 2))
    assert confirmable_lines((line("1", quantity=3),), (), package) == (ConfirmedLine(line_id="1", quantity=2),)


def test_half_a_bundle_confirms_nothing_and_the_other_half_confirms_the_bundle() -> None:
    pan, lids = a_package("a", ("1", "PAN", 1)), a_package("b", ("1", "LID", 2))
    assert confirmable_lines((BUNDLE,), (), pan) == ()
    assert confirmable_lines((BUNDLE,), (pan,), lids) == (ConfirmedLine(line_id="1", quantity=1),)


def test_two_lines_of_one_sku_are_told_apart_by_their_line() -> None:
    lines = (line("1"), line("2"))
    assert confirmable_lines(lines, (), a_package("a", ("2", "PAN", 1))) == (ConfirmedLine(line_id="2", quantity=1),)


def test_more_than_was_ordered_is_never_confirmed() -> None:
    assert confirmable_lines((line("1"),), (), a_package("a", ("1", "PAN", 5))) == (
        ConfirmedLine(line_id="1", quantity=1),
    )


@given(st.lists(st.tuples(st.sampled_from(["PAN", "LID"]), st.integers(1, 4)), max_size=8))
def test_packages_together_confirm_exactly_the_whole_units_that_left(items: list[tuple[str, int]]) -> None:
    packages = [a_package(str(n), ("1", sku, quantity)) for n, (sku, quantity) in enumerate(items)]
    confirmed = sum(
        gained.quantity
        for n, package in enumerate(packages)
        for gained in confirmable_lines((BUNDLE,), tuple(packages[:n]), package)
    )
    assert confirmed == _whole_units(BUNDLE, items)


def _whole_units(bundle: OrderLine, items: Sequence[tuple[str, int]]) -> int:
    pans = sum(quantity for sku, quantity in items if sku == "PAN")
    lids = sum(quantity for sku, quantity in items if sku == "LID")
    return min(pans, lids // 2, bundle.quantity)
