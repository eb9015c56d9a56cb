from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.money import Money


@given(units=st.integers(-(10**12), 10**12), currency=st.sampled_from(["USD", "EUR", "JPY", "KWD"]))
def test_money_survives_its_way_through_minor_units(units: int, currency: str) -> None:
    assert Money.from_minor_units(units, currency).minor_units == units


def test_yen_have_no_cents_and_dinars_have_three_digits() -> None:
    assert Money(amount=Decimal("1200"), currency="JPY").minor_units == 1200
    assert Money(amount=Decimal("1.234"), currency="KWD").minor_units == 1234


def test_a_fraction_of_a_cent_is_refused_rather_than_rounded() -> None:
    with pytest.raises(ValueError, match="finer"):
        _ = Money(amount=Decimal("0.005"), currency="USD").minor_units
