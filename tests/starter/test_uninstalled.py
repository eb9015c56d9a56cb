"""A shop uninstalls the app: it is left alone at once, everybody says so, and connecting it again takes it back."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

import httpx
import pytest

from activities.round_messages import ReconcileStart
from orderloom.domain.errors import AccountPaused, Unavailable
from orderloom.domain.keys import Channel, catch_up_id
from orderloom.domain.merchant import MerchantConfig, ShopifyAccount
from orderloom.sandbox.running import running_sandbox
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.clients import build_shopify
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.sandbox.world import CONFIG as WORLD
from tests.sandbox.world import KITCHEN
from tests.starter.commands import Orderloom
from tests.starter.deliveries import AT, SHOP, signed_by_shop
from tests.starter.servers import TemporalServer, serving
from workflows.connection import DATA_CONVERTER

BODY = json.dumps({"id": 1, "myshopify_domain": SHOP}).encode()
TODO = "run `orderloom connect shopify kitchen`"


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def tell(http: httpx.Client, body: bytes = BODY, delivery: str = "d1") -> str:
    headers = signed_by_shop(body, topic="app/uninstalled", delivery=delivery)
    answer = http.post("/webhooks/shopify/kitchen", content=body, headers=headers)
    assert answer.status_code == 200
    state: str = answer.json()["state"]
    return state


def test_an_uninstalled_shop_is_called_no_more(
    http: httpx.Client, settings: Settings, merchant: MerchantConfig, store: Store
) -> None:
    shop = merchant.account(Channel.SHOPIFY, "kitchen")
    assert isinstance(shop, ShopifyAccount)
    accounts = {"kitchen": settings.accounts["kitchen"].model_copy(update={"access_token": KITCHEN.access_token})}
    nowhere = settings.model_copy(update={"shopify_endpoint": "http://127.0.0.1:9", "accounts": accounts})
    nowhere = Settings.model_validate(nowhere.model_dump())
    channel = build_shopify(nowhere, merchant, shop, store.accounts)
    with pytest.raises(Unavailable):
        channel.fetch("1001")
    tell(http)
    with pytest.raises(AccountPaused, match=TODO):
        channel.fetch("1001")
    channel.close()


def test_the_page_the_api_and_the_metrics_say_so(http: httpx.Client) -> None:
    assert "Paused accounts" not in http.get("/").text
    tell(http)
    assert TODO in http.get("/").text
    assert 'orderloom_account_paused{account="shopify:kitchen"} 1.0' in http.get("/metrics").text
    (paused,) = http.get("/api/seller-health").json()["paused"]
    assert (paused["channel"], paused["account"], paused["since"]) == ("shopify", "kitchen", "2026-11-23T12:00:00Z")


def test_the_commands_say_so(orderloom: Orderloom, store: Store) -> None:
    store.accounts.pause(Channel.SHOPIFY, "kitchen", AT)
    assert [paused["account"] for paused in orderloom("health", "--json").json["paused"]] == ["kitchen"]
    assert TODO in orderloom("listings", "list").out
    doctor = {finding["what"]: finding for finding in orderloom("doctor", "--json").json}
    assert (doctor["shop kitchen"]["good"], TODO in doctor["shop kitchen"]["text"]) == (False, True)


def test_a_body_that_is_another_shop_s_or_no_shop_s_pauses_nothing(http: httpx.Client, store: Store) -> None:
    other = json.dumps({"myshopify_domain": "other.myshopify.com"}).encode()
    assert [tell(http, body, str(len(body))) for body in (other, b'{"id": 7}')] == ["unreadable"] * 2
    assert store.accounts.paused() == []


def test_the_old_uninstall_told_again_after_connecting_changes_nothing(http: httpx.Client, store: Store) -> None:
    tell(http)
    store.accounts.resume(Channel.SHOPIFY, "kitchen")
    tell(http)
    tell(http, delivery="d2")
    assert store.accounts.paused() == []


def test_only_a_working_token_takes_it_back_and_what_it_could_not_tell_of_is_read(
    orderloom: Orderloom, store: Store, temporal: TemporalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = datetime.now(UTC).replace(microsecond=0) - timedelta(days=2, hours=1)
    store.accounts.pause(Channel.SHOPIFY, "kitchen", since)
    account = {"webhook_secrets": ["hush"], "access_token": KITCHEN.access_token}
    monkeypatch.setenv("ORDERLOOM_ACCOUNTS", json.dumps({KITCHEN.account: account}))
    connect = ("connect", "shopify", KITCHEN.account, "--url", "https://orders.example.com", "--json")
    with running_sandbox(WORLD) as sandbox:
        monkeypatch.setenv("ORDERLOOM_SHOPIFY_ENDPOINT", f"{sandbox.url}/shopify")
        sandbox.control.shop(KITCHEN.account).uninstall()
        assert orderloom(*connect).status == 1
        sandbox.control.shop(KITCHEN.account).reinstall()
        planned = {step["what"]: step for step in orderloom(*connect, "--dry-run").json}
        assert planned["account"]["state"] == "would_make"
        assert store.accounts.paused(), "neither a dead token nor a dry run takes it back"
        monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
        waits = {step["what"]: step for step in orderloom(*connect).json}
        assert (waits["account"]["state"], "stays paused" in waits["account"]["text"]) == ("wrong", True)
        assert store.accounts.paused(), "it is taken back once somebody is sure to read what was sold meanwhile"
        monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
        done = {step["what"]: step for step in orderloom(*connect).json}
    assert (done["account"]["state"], store.accounts.paused()) == ("made", [])
    name = catch_up_id(Channel.SHOPIFY, "kitchen", since)
    assert name in done["account"]["text"]
    assert asyncio.run(_input_of(temporal, name)).changed_since == since


async def _input_of(temporal: TemporalServer, workflow_id: str) -> ReconcileStart:
    running = (await temporal.connect()).get_workflow_handle(workflow_id)
    (begun, *_) = (await running.fetch_history()).events
    given = begun.workflow_execution_started_event_attributes.input.payloads
    (start,) = await DATA_CONVERTER.decode(list(given), [ReconcileStart])
    await running.terminate("the test is over")
    return cast(ReconcileStart, start)
