"""`orderloom connect shopify` against the sandbox: what a shop must have granted and subscribed."""

import json
from collections.abc import Iterator

import pytest

from orderloom.channels.shopify.connecting import TOPICS
from orderloom.sandbox.config import DEFAULT_SCOPES
from orderloom.sandbox.knobs import DeliveryKnobs, Knobs
from orderloom.sandbox.outbox import RETRIES
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from orderloom.sandbox.shopify.subscriptions import TOPICS as ALL_OF_THE_SANDBOX
from tests.sandbox.world import CONFIG as WORLD
from tests.sandbox.world import KITCHEN, order, running_receiver
from tests.starter.commands import Orderloom, Result
from tests.starter.servers import until

URL = "https://orders.example.com"


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    bare = KITCHEN.model_copy(update={"subscribed": False})
    with running_sandbox(WORLD.model_copy(update={"shopify": (bare,)})) as running:
        yield running


class Connect:
    def __init__(self, orderloom: Orderloom, environment: pytest.MonkeyPatch) -> None:
        self._orderloom, self._environment = orderloom, environment

    def __call__(self, running: RunningSandbox, *options: str, token: str = KITCHEN.access_token) -> Result:
        accounts = {KITCHEN.account: {"webhook_secrets": ["hush"], "access_token": token}}
        self._environment.setenv("ORDERLOOM_ACCOUNTS", json.dumps(accounts))
        self._environment.setenv("ORDERLOOM_SHOPIFY_ENDPOINT", f"{running.url}/shopify")
        return self._orderloom("connect", "shopify", KITCHEN.account, "--json", *options)


@pytest.fixture
def connect(orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch) -> Connect:
    return Connect(orderloom, monkeypatch)


def _states(result: Result) -> dict[str, str]:
    return {step["what"]: step["state"] for step in result.json}


def test_what_is_missing_is_subscribed_once_and_found_from_then_on(connect: Connect, sandbox: RunningSandbox) -> None:
    planned = _states(connect(sandbox, "--url", URL, "--dry-run"))
    assert {planned[topic] for topic in TOPICS} == {"would_make"}
    made = connect(sandbox, "--url", URL)
    assert (made.status, made.err) == (0, "")
    assert {_states(made)[topic] for topic in TOPICS} == {"made"}
    assert set(_states(connect(sandbox, "--url", URL)).values()) == {"found"}
    elsewhere = _states(connect(sandbox, "--url", "https://other.example.com", "--dry-run"))
    assert {elsewhere[topic] for topic in TOPICS} == {"would_make"}


def test_every_missing_scope_is_named_with_what_it_is_needed_for(connect: Connect) -> None:
    few = tuple(scope for scope in DEFAULT_SCOPES if scope not in ("read_returns", "write_inventory"))
    shop = KITCHEN.model_copy(update={"scopes": few})
    with running_sandbox(WORLD.model_copy(update={"shopify": (shop,)})) as running:
        result = connect(running, "--url", URL)
    assert result.status == 1
    wrong = {step["what"]: step["text"] for step in result.json if step["state"] == "wrong"}
    assert {what for what in wrong if what.startswith("scope ")} == {"scope read_returns", "scope write_inventory"}
    assert "keeping listings in step" in wrong["scope write_inventory"]


def test_a_topic_that_shopify_refuses_keeps_no_other_from_being_subscribed(connect: Connect) -> None:
    few = tuple(scope for scope in DEFAULT_SCOPES if scope != "read_returns")
    shop = KITCHEN.model_copy(update={"scopes": few, "subscribed": False})
    with running_sandbox(WORLD.model_copy(update={"shopify": (shop,)})) as running:
        result = connect(running, "--url", URL)
    steps = {step["what"]: step for step in result.json}
    refused = {topic for topic in TOPICS if topic.startswith("RETURNS_")}
    assert result.status == 1
    assert {topic for topic in TOPICS if steps[topic]["state"] == "wrong"} == refused
    assert {topic for topic in TOPICS if steps[topic]["state"] == "made"} == set(TOPICS) - refused
    assert "permission" in steps["RETURNS_APPROVE"]["text"]
    assert steps["scope read_returns"]["state"] == "wrong", "what is to be done about it"


def test_a_version_that_shopify_left_behind_and_an_unknown_address_are_said(
    connect: Connect, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "ORDERLOOM_PUBLIC_URL" in connect(sandbox).err
    monkeypatch.setenv("ORDERLOOM_PUBLIC_URL", URL)
    monkeypatch.setenv("ORDERLOOM_SHOPIFY_API_VERSION", "2025-01")
    result = connect(sandbox, "--dry-run")
    assert (result.status, _states(result)["API version"]) == (1, "wrong")


def test_an_unknown_account_and_a_refused_token_are_one_clear_line(
    connect: Connect, sandbox: RunningSandbox, orderloom: Orderloom
) -> None:
    refused = connect(sandbox, "--url", URL, token="shpat_wrong")
    assert (refused.status, refused.out) == (1, "")
    assert "does not accept our token" in refused.err
    assert "there are: kitchen" in orderloom("connect", "shopify", "nobody", "--url", URL).err


def test_the_sandbox_serves_the_topics_that_we_subscribe() -> None:
    assert set(TOPICS) == set(ALL_OF_THE_SANDBOX)


def test_a_subscription_that_shopify_dropped_is_seen_by_the_doctor_and_made_again(
    connect: Connect, sandbox: RunningSandbox, orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shopify deletes one whose address failed to take a delivery and eight retries of it."""
    with running_receiver() as receiver:
        monkeypatch.setenv("ORDERLOOM_PUBLIC_URL", receiver.url)
        monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
        assert connect(sandbox).status == 0
        sandbox.control.set_knobs(Knobs(webhooks=DeliveryKnobs(first_retry_seconds=0.001)))
        receiver.statuses = [503] * (1 + RETRIES)
        lost = sandbox.control.place_shopify_order(KITCHEN.account, order())
        until(lambda: _states(connect(sandbox, "--dry-run"))["ORDERS_CREATE"] == "would_make")
        assert len(receiver.wait(1 + RETRIES)) == 1 + RETRIES
        assert _shop_line(orderloom("doctor")).startswith("BAD  shop kitchen: ORDERS_CREATE is not subscribed")
        repaired = _states(connect(sandbox))
        assert [topic for topic, state in repaired.items() if state == "made"] == ["ORDERS_CREATE"]
        assert _shop_line(orderloom("doctor")).startswith("ok ")
        again = sandbox.control.place_shopify_order(KITCHEN.account, order())
        assert again != lost
        assert receiver.wait(2 + RETRIES)[-1].json["id"] == int(again)


def _shop_line(doctor: Result) -> str:
    return next(line for line in doctor.out.splitlines() if f"shop {KITCHEN.account}" in line)
