from decimal import Decimal

import pytest

from orderloom.domain.distance import Atlas, kilometres
from orderloom.domain.exchange import Exchange
from orderloom.domain.money import Money
from orderloom.domain.node_profile import NodeAddress, Place
from orderloom.domain.orders import Destination


def to(country: str | None, region: str | None = None, prefix: str | None = None) -> Destination:
    return Destination(country=country, region=region, postal_prefix=prefix)


def test_the_earth_is_measured_along_its_surface() -> None:
    new_york, los_angeles = (40.71, -74.01), (34.05, -118.24)
    assert kilometres(new_york, los_angeles) == pytest.approx(3936, abs=10)
    assert kilometres((0.0, 0.0), (0.0, 180.0)) == pytest.approx(20015, abs=1)
    assert kilometres(new_york, new_york) == 0


def test_a_destination_is_at_the_centre_of_its_region_and_unknown_where_only_a_large_country_is_known() -> None:
    atlas = Atlas()
    assert atlas.of_destination(to("US", "NJ")) == (40.1, -74.4)
    assert atlas.of_destination(to("CA", "ON")) == (50.0, -85.0)
    assert atlas.of_destination(to("DE", "Bayern")) == (51.2, 10.4)
    assert [atlas.of_destination(d) for d in (to("US"), to("US", "ZZ"), to("BR"), to(None, "NJ"))] == [None] * 4


def test_the_merchants_own_places_come_first_and_the_longest_prefix_among_them() -> None:
    places = [
        Place(country="US", postal_prefix="9", latitude=1, longitude=1),
        Place(country="US", postal_prefix="941", latitude=2, longitude=2),
        Place(country="US", region="NV", latitude=3, longitude=3),
    ]
    atlas = Atlas(places)
    assert atlas.of_destination(to("US", "CA", "941")) == (2, 2)
    assert atlas.of_destination(to("US", "CA", "900")) == (1, 1)
    assert atlas.of_destination(to("US", "NV", "889")) == (3, 3)
    assert atlas.of_destination(to("US", "NJ", "070")) == (40.1, -74.4)


def test_an_address_may_name_its_coordinates() -> None:
    at = NodeAddress(country="US", region="NJ", latitude=40.7, longitude=-74.1)
    assert Atlas().of_address(at) == (40.7, -74.1)
    assert Atlas().of_address(NodeAddress(country="US", region="NJ")) == (40.1, -74.4)
    assert Atlas().of_address(None) is None


def test_an_amount_without_a_rate_is_unknown_and_never_taken_as_it_stands() -> None:
    exchange = Exchange(base="USD", rates={"CAD": Decimal("0.731")})
    assert exchange.in_base(Money(amount=Decimal("19.99"), currency="USD")) == Decimal("19.99")
    assert exchange.in_base(Money(amount=Decimal("10.05"), currency="CAD")) == Decimal("7.35")
    assert exchange.in_base(Money(amount=Decimal("10.00"), currency="EUR")) is None
    assert exchange.in_base(None) is None
