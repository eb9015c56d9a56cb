from datetime import timedelta

import pytest

from orderloom.domain.keys import Channel
from orderloom.domain.listing.choice import ConfiguredPolicies
from orderloom.domain.listing.offers import ListingKey
from orderloom.domain.listing.policy import Strategy
from orderloom.domain.merchant import MerchantConfig

SWEEP = timedelta(minutes=3)


def book(speed: float = 1.0, listings: object = None, **shopify: object) -> ConfiguredPolicies:
    config = MerchantConfig.model_validate(
        {
            "merchant": "Test kitchen",
            "accounts": [
                {"channel": "shopify", "account": "kitchen", "shop": "kitchen.myshopify.com", **shopify},
                {"channel": "amazon", "account": "kitchen_us", "seller_id": "A1", "marketplaces": ["ATVPDKIKX0DER"]},
            ],
            "nodes": [
                {"node": "own", "kind": "warehouse", "name": "Own", "pool": "own", "url": "http://127.0.0.1:1"},
                {"node": "fba", "kind": "fba", "name": "FBA", "pool": "fba"},
            ],
            "rules": [{"name": "all", "when": "true", "send_to": ["own"]}],
            "listings": listings or {},
        }
    )
    return ConfiguredPolicies(config, SWEEP, speed)


def listing(name: str, channel: Channel = Channel.SHOPIFY, account: str = "kitchen") -> ListingKey:
    return ListingKey(channel=channel, account=account, listing=name)


def test_a_sku_takes_from_the_default_what_it_does_not_say_itself() -> None:
    policies = book(listings={"default": {"fixed": 2, "percent": 0.1}, "skus": {"PAN": {"percent": 0.3}}})
    assert (policies.policy("own", "PAN").fixed, policies.policy("own", "PAN").percent) == (2, 0.3)
    assert policies.policy("own", "LID").percent == 0.1


def test_stock_in_amazons_warehouses_is_shared_with_a_buffer_whatever_was_chosen() -> None:
    policies = book(listings={"default": {"strategy": "granted"}, "skus": {"PAN": {"percent": 0.4}}})
    assert policies.policy("own", "LID").strategy is Strategy.GRANTED
    assert (policies.policy("fba", "LID").strategy, policies.policy("fba", "LID").percent) == (Strategy.SHARED, 0.15)
    assert policies.policy("fba", "PAN").percent == 0.4


def test_a_share_of_an_account_goes_before_the_share_of_its_channel() -> None:
    shares = {"shopify": 0.5, "shopify:kitchen": 2}
    policy = book(listings={"default": {"shares": shares}}).policy("own", "PAN")
    assert policy.weight("shopify:kitchen:variant:17", Channel.SHOPIFY, 10) == 2
    assert policy.weight("shopify:outlet:PAN", Channel.SHOPIFY, 10) == 0.5
    assert policy.weight("amazon:kitchen_us:PAN", Channel.AMAZON, 10) == 1


def test_a_listing_sells_from_its_own_pool_where_it_has_one() -> None:
    policies = book(pools={"PAN-FBA": "fba"})
    assert policies.pool_of(listing("PAN-FBA")) == "fba"
    assert policies.pool_of(listing("PAN")) == "own"


def test_an_account_that_does_not_publish_or_is_gone_has_no_pool() -> None:
    policies = book(publish=False)
    assert policies.pool_of(listing("PAN")) is None
    assert policies.pool_of(listing("PAN", account="closed_shop")) is None
    assert policies.pool_of(listing("PAN", Channel.AMAZON, "kitchen_us")) == "own"


def test_amazons_orders_are_seen_within_a_sweep_and_what_it_withholds() -> None:
    lags = book().lags(Channel.AMAZON, "kitchen_us")
    assert (lags.effect, lags.sight, lags.staleness) == (300, 360, 2)


def test_a_faster_sandbox_shortens_its_waiting_times_and_not_the_settings() -> None:
    lags = book(speed=60).lags(Channel.AMAZON, "kitchen_us")
    assert (lags.effect, lags.sight) == (10.0, 190.0)


def test_a_bound_that_the_merchant_measured_counts() -> None:
    assert book(sight_bound="PT30S").lags(Channel.SHOPIFY, "kitchen").sight == 30


def test_lags_of_an_unknown_account_are_an_error() -> None:
    with pytest.raises(KeyError):
        book().lags(Channel.SHOPIFY, "closed_shop")
