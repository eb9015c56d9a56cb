"""One table of carriers serves both channels."""

import pytest

from orderloom.domain.carriers import CARRIERS, carrier_of, known_carrier


@pytest.mark.parametrize(
    ("written", "shopify", "amazon"),
    [
        ("ups", "UPS", "UPS"),
        ("Fed-Ex", "FedEx", "FedEx"),
        ("DHL", "DHL", "DHL"),
        ("DHL EXPRESS", "DHL Express", "DHL"),
        ("dhl_ecommerce", "DHL eCommerce", None),
        ("United States Postal Service", "USPS", "USPS"),
        ("JAPAN POST", "Japan Post (EN)", "Japan Post"),
    ],
)
def test_a_carrier_is_known_however_a_node_writes_it(written: str, shopify: str, amazon: str | None) -> None:
    found = carrier_of(written)
    assert found is not None
    assert (found.shopify, known_carrier(written)) == (shopify, amazon)


def test_a_carrier_that_nobody_knows_is_none() -> None:
    assert carrier_of("Harbor Couriers") is None
    assert known_carrier("Harbor Couriers") is None


def test_no_two_carriers_share_a_spelling() -> None:
    for carrier in CARRIERS:
        for name in (carrier.shopify, *carrier.spellings):
            assert carrier_of(name) is carrier
