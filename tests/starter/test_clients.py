"""The clients are built as the configuration says."""

import re
from typing import Any

import pytest

from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig, ShopifyAccount
from orderloom.settings import Settings
from starter.clients import build_actions, build_clients, stock_locations

SHOP = {"channel": "shopify", "account": "kitchen", "shop": "kitchen.myshopify.com"}
SELLER = {"channel": "amazon", "account": "kitchen_us", "seller_id": "A1", "marketplaces": ["ATVPDKIKX0DER"]}


def a_config(shop: dict[str, Any], **locations: tuple[str, str | None]) -> MerchantConfig:
    """`locations`: pool and Shopify location by node."""
    nodes = [
        {"node": node, "kind": "warehouse", "name": node, "pool": pool, "url": "http://node", "shopify_location": place}
        for node, (pool, place) in locations.items()
    ]
    rule = {"name": "all", "when": "true", "send_to": list(locations)}
    return MerchantConfig.model_validate(
        {"merchant": "Kitchen", "accounts": [SHOP | shop, SELLER], "nodes": nodes, "rules": [rule]}
    )


@pytest.mark.parametrize(
    ("shop", "locations"),
    [
        ({}, ("12", "11")),
        ({"pool": "spare"}, ()),
        ({"pool": "abroad"}, ("13",)),
        ({"pool": "abroad", "pools": {"PAN-28": "own"}}, ("13", "12", "11")),
    ],
)
def test_a_shop_writes_stock_at_the_locations_of_the_nodes_it_sells_from(
    shop: dict[str, Any], locations: tuple[str, ...]
) -> None:
    config = a_config(
        shop, a=("own", "12"), b=("abroad", "13"), c=("own", "11"), d=("own", None), e=("own", "12"), f=("spare", None)
    )
    account = config.account(Channel.SHOPIFY, "kitchen")
    assert isinstance(account, ShopifyAccount)
    assert stock_locations(config, account) == locations


@pytest.mark.parametrize(
    ("declared", "secrets", "why"),
    [
        ({"auth": "bearer"}, {"token": "t"}, "ask.url: is missing, and the configuration has none"),
        ({"auth": "bearer"}, {"url": "https://chat.example.com"}, "ask.token: is missing; the action has auth: bearer"),
        (
            {"body": "personal.name", "personal": True},
            {"url": "http://chat.example.com"},
            "ask.url: would get personal data; write an https address",
        ),
    ],
)
def test_an_action_that_could_not_be_called_or_would_tell_all_the_world_is_refused_at_the_start(
    declared: dict[str, Any], secrets: dict[str, str], why: str
) -> None:
    config = a_config({}, a=("own", None))
    config = config.model_copy(update={"actions": {"ask": ActionSettings.model_validate(declared)}})
    settings = Settings.model_validate({"actions": {"ask": secrets}})
    with pytest.raises(ConfigInvalid, match=re.escape(why)):
        build_actions(settings, config)


def test_an_action_has_its_address_from_the_environment_where_it_is_a_secret() -> None:
    config = a_config({}, a=("own", None)).model_copy(update={"actions": {"ask": ActionSettings()}})
    settings = Settings.model_validate({"actions": {"ask": {"url": "http://127.0.0.1:9/secret"}}})
    for action in build_actions(settings, config).values():
        assert action.system == "action:ask"
        action.close()


def test_every_account_has_its_listings() -> None:
    secrets = {"client_id": "c", "client_secret": "s", "refresh_token": "r"}
    settings = Settings.model_validate({"accounts": {"kitchen": secrets, "kitchen_us": secrets}})
    clients = build_clients(settings, a_config({}, a=("own", None)))
    at_once = {str(channel): (one.pushes_at_once, one.reads_at_once) for (channel, _), one in clients.listings.items()}
    assert at_once == {"amazon": (1, 20), "shopify": (250, 25)}
    clients.close()
