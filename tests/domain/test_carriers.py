"""One table of carriers serves both channels."""

import pytest

from orderloom.domain.carriers import CARRIERS, CarrierSettings, CarrierTable, carrier_of


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
    assert (found.shopify, CarrierTable().amazon_code(written)) == (shopify, amazon)


def test_a_carrier_that_nobody_knows_is_none() -> None:
    assert carrier_of("Harbor Couriers") is None
    assert CarrierTable().amazon_code("Harbor Couriers") is None


def test_no_two_carriers_share_a_spelling() -> None:
    for carrier in CARRIERS:
        for name in (carrier.shopify, *carrier.spellings):
            assert carrier_of(name) is carrier


def test_a_merchant_adds_a_carrier_with_its_spellings_code_and_page() -> None:
    settings = CarrierSettings(
        spellings=("HC", "Harbor Courier Service"), amazon="HRBR", tracking_url="https://harbor.example/t?n={number}"
    )
    table = CarrierTable({"Harbor Couriers": settings})
    for written in ("harbor-couriers", "hc", "Harbor Courier Service"):
        found = table.find(written)
        assert found is not None
        assert (found.shopify, found.amazon) == ("Harbor Couriers", "HRBR")
        assert found.page("A 1/2") == "https://harbor.example/t?n=A%201%2F2"
    assert table.find("Bob's Bikes") is None


def test_a_merchant_says_more_of_a_built_in_carrier_and_the_rest_stays() -> None:
    table = CarrierTable(
        {
            "ups": CarrierSettings(spellings=("Brown",)),
            "FedEx": CarrierSettings(amazon="Other"),
            "DHL eCommerce": CarrierSettings(spellings=("DHL",), amazon="DHLECOM"),
        }
    )
    assert [table.amazon_code(name) for name in ("Brown", "FedEx", "DHL", "USPS")] == ["UPS", None, "DHLECOM", "USPS"]
    brown = table.find("brown")
    assert brown is not None
    assert (brown.shopify, brown.page("1Z")) == ("UPS", None)
