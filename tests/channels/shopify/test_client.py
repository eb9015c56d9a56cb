"""The GraphQL client: every way in which Shopify says no is told as what it is."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orderloom.channels.shopify import ClientCredentials, FixedToken, ShopifyChannel
from orderloom.domain.errors import (
    AccessDenied,
    ConfigInvalid,
    OutsideError,
    Rejected,
    ScopeMissing,
    Throttled,
    Unavailable,
)
from tests.channels.servers import Answer, ScriptedServer
from tests.channels.shopify import graphql_answers as gql
from tests.channels.shopify.conftest import connect
from tests.channels.shopify.payloads import ACCOUNT, SHOP

ORDER_ID = "820982911946154508"
TOKENS = "/admin/oauth/access_token"
WRONG_TOKEN = Answer({"errors": "[API] Invalid API key or access token"}, status=401)


def test_a_call_goes_to_the_shop_and_version_with_the_token(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on("ReadOrder", gql.data(order=gql.an_order()))
    channel.fetch(ORDER_ID)
    (asked,) = server.asked
    assert asked.path == f"/shopify/{SHOP}/admin/api/2026-10/graphql.json"
    assert asked.headers["X-Shopify-Access-Token"] == "shpat_secret"
    assert asked.json["variables"] == {"id": f"gid://shopify/Order/{ORDER_ID}", "after": None}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"<html>Bad Gateway</html>", status=502), Unavailable),
        (Answer(b"", status=503), Unavailable),
        (Answer(b"", status=200), Unavailable),
        (Answer([], status=200), Unavailable),
        (Answer({"data": None}), Unavailable),
        (Answer({"data": {"order": {"id": "gid://shopify/Order/x"}}}), Unavailable),
        (Answer(lost=True), Unavailable),
        (Answer({"errors": "Not Found"}, status=404), Unavailable),
        (Answer(b"", status=429, headers={"Retry-After": "3.0"}), Throttled),
        (Answer({"errors": "x"}, status=430), Throttled),
        (WRONG_TOKEN, AccessDenied),
        (Answer({"errors": "Unavailable Shop"}, status=402), AccessDenied),
        (Answer({"errors": "x"}, status=422), Rejected),
        (gql.error("THROTTLED"), Throttled),
        (gql.error("ACCESS_DENIED"), ScopeMissing),
        (gql.error("INTERNAL_SERVER_ERROR"), Unavailable),
        (gql.error("MAX_COST_EXCEEDED"), Rejected),
        (Answer({"errors": [{"message": "Field 'x' doesn't exist"}]}), Rejected),
        (Answer({"errors": "odd"}), Rejected),
    ],
)
def test_no_failure_of_a_read_passes_for_a_success(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on("ReadOrder", answer)
    with pytest.raises(OutsideError) as caught:
        channel.fetch(ORDER_ID)
    assert type(caught.value) is error
    assert caught.value.system == "shopify:kitchen"
    assert "shpat_secret" not in repr(caught.value) + str(caught.value)


def test_a_silent_shopify_is_given_up_on(hasty: ShopifyChannel, server: ScriptedServer) -> None:
    server.on("ReadOrder", Answer(silent=True))
    with pytest.raises(Unavailable, match="ReadTimeout") as caught:
        hasty.fetch(ORDER_ID)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_an_unknown_order_is_said_to_be_unknown(channel: ShopifyChannel, server: ScriptedServer) -> None:
    server.on("ReadOrder", gql.data(order=None))
    with pytest.raises(Rejected) as caught:
        channel.fetch(ORDER_ID)
    assert caught.value.code == "ORDER_UNKNOWN"


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (Answer(b"", status=429, headers={"Retry-After": "3.5"}), 3.5),
        (Answer(b"", status=429), 2.0),
        (gql.error("THROTTLED", extensions=gql.cost(requested=500, available=100, rate=100)), 4.0),
        (gql.error("THROTTLED", extensions=gql.cost(requested=10, available=1999)), 0.5),
        (Answer({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]}), 2.0),
    ],
)
def test_a_throttled_call_says_how_long_to_stay_away(
    channel: ShopifyChannel, server: ScriptedServer, answer: Answer, wait: float
) -> None:
    server.on("ReadOrder", answer)
    with pytest.raises(Throttled) as caught:
        channel.fetch(ORDER_ID)
    assert caught.value.wait_seconds == pytest.approx(wait)


def test_a_call_that_shopify_would_throttle_is_not_made(channel: ShopifyChannel, server: ScriptedServer) -> None:
    short = gql.cost(requested=300, available=0, rate=0.001)
    server.on("ReadOrder", gql.data(extensions=short, order=gql.an_order()))
    channel.fetch(ORDER_ID)
    with pytest.raises(Throttled):
        channel.fetch(ORDER_ID)
    assert len(server.asked) == 1


def credentials(server: ScriptedServer, **changes: Any) -> ClientCredentials:
    return ClientCredentials(SHOP, "app", "app-secret", endpoint=f"{server.url}/shopify", **changes)


def test_an_app_fetches_one_token_for_all_threads(server: ScriptedServer) -> None:
    server.on(TOKENS, Answer({"access_token": "one", "scope": "read_orders", "expires_in": 86399}))
    server.on("ReadOrder", gql.data(order=gql.an_order()))
    tokens = credentials(server)
    channel = connect(server, tokens)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(channel.fetch, [ORDER_ID] * 32))
    (asked,) = server.asked_of(TOKENS)
    assert asked.path == f"/shopify/{SHOP}/admin/oauth/access_token"
    assert asked.form == {"grant_type": ["client_credentials"], "client_id": ["app"], "client_secret": ["app-secret"]}
    assert {a.headers["X-Shopify-Access-Token"] for a in server.asked_of("ReadOrder")} == {"one"}
    channel.close()
    tokens.close()


def test_a_token_that_went_stale_is_renewed_once(server: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderloom.channels.tokens.JUST_FETCHED_SECONDS", 0.0)
    server.on(TOKENS, Answer({"access_token": "one"}), Answer({"access_token": "two"}))
    server.on("ReadOrder", WRONG_TOKEN, gql.data(order=gql.an_order()), WRONG_TOKEN)
    tokens = credentials(server)
    channel = connect(server, tokens)
    channel.fetch(ORDER_ID)
    assert [a.headers["X-Shopify-Access-Token"] for a in server.asked_of("ReadOrder")] == ["one", "two"]
    with pytest.raises(AccessDenied):
        channel.fetch(ORDER_ID)
    assert len(server.asked_of("ReadOrder")) == 4
    channel.close()
    tokens.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer({"error": "invalid_client"}, status=400), AccessDenied),
        (Answer(b"", status=401), AccessDenied),
        (Answer(b"", status=503), Unavailable),
        (Answer(b"<html>", status=200), Unavailable),
        (Answer({"scope": "x"}), Unavailable),
        (Answer(lost=True), Unavailable),
        (Answer(b"", status=429), Throttled),
    ],
)
def test_a_failure_of_the_token_endpoint_is_told_as_what_it_is(
    server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(TOKENS, answer)
    tokens = credentials(server)
    with pytest.raises(OutsideError) as caught:
        tokens.token()
    assert type(caught.value) is error
    assert "app-secret" not in repr(caught.value) + str(caught.value) + repr(tokens)
    tokens.close()


def test_a_version_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConfigInvalid, match="shopify_api_version"):
        ShopifyChannel(ACCOUNT, FixedToken("t"), api_version="latest", endpoint=None, timeout=1)
