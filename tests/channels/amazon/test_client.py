"""The calls behind the library: each of its defects that could lose an order or a confirmation is shown closed."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.domain.errors import AccessDenied, OutsideError, Rejected, Throttled, Unavailable
from tests.channels.amazon.conftest import TOKEN, connect
from tests.channels.amazon.payloads import ACCOUNT, LIVE_FROM, an_order
from tests.channels.servers import Answer, ScriptedServer

ORDER_ID = "114-1234567-7654321"
ORDERS = "/orders/2026-01-01/orders"


def refused(status: int, code: str, message: str = "no") -> Answer:
    return Answer({"errors": [{"code": code, "message": message, "details": ""}]}, status=status)


def test_a_read_asks_for_all_data_and_gives_a_body_that_can_be_read(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ORDERS, Answer({"order": an_order()}))
    body = channel.fetch(ORDER_ID)
    assert channel.read(body, LIVE_FROM).order.key.order_id == ORDER_ID
    (asked,) = server.asked_of(ORDERS)
    assert asked.path == f"{ORDERS}/{ORDER_ID}"
    assert set(asked.query) == {"includedData"}
    assert "RECIPIENT" in asked.query["includedData"][0].split(",")
    assert asked.headers["x-amz-access-token"] == "Atza|first"


def test_the_host_header_is_that_of_the_endpoint(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ORDERS, Answer({"order": an_order()}))
    channel.fetch(ORDER_ID)
    assert [asked.headers["Host"] for asked in server.asked] == [server.netloc, server.netloc]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"", status=503), Unavailable),
        (Answer(b"<html>Service Unavailable</html>", status=503), Unavailable),
        (Answer(b"", status=200), Unavailable),
        (Answer([], status=200), Unavailable),
        (Answer({}, status=200), Unavailable),
        (Answer({"order": None}, status=200), Unavailable),
        (Answer({"order": an_order(), "errors": [{"code": "Partial", "message": "x"}]}), Unavailable),
        (Answer(b"moved", status=301), Unavailable),
        (Answer({"message": "Too Many Requests"}, status=429), Throttled),
        (Answer(b"", status=429), Throttled),
        (refused(429, "QuotaExceeded"), Throttled),
        (refused(500, "InternalFailure"), Unavailable),
        (refused(401, "Unauthorized"), AccessDenied),
        (refused(403, "Unauthorized"), AccessDenied),
        (Answer(b"", status=403), AccessDenied),
        (refused(403, "OrderNotAccessible"), Rejected),
        (refused(400, "InvalidInput"), Rejected),
        (refused(404, "NotFound"), Rejected),
        (Answer(b"<html>Not Found</html>", status=404), Unavailable),
        (Answer(lost=True), Unavailable),
    ],
)
def test_no_failure_of_a_read_passes_for_a_success(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(ORDERS, answer)
    with pytest.raises(OutsideError) as caught:
        channel.fetch(ORDER_ID)
    assert type(caught.value) is error
    assert caught.value.system == "amazon:kitchen_us"


@pytest.mark.parametrize(("header", "wait"), [("0.5", 2.0), (None, 2.0), ("nonsense", 2.0), ("0", 2.0), ("20", 0.05)])
def test_a_throttled_read_waits_by_the_rate_amazon_tells(
    channel: AmazonChannel, server: ScriptedServer, header: str | None, wait: float
) -> None:
    answer = refused(429, "QuotaExceeded")
    answer.headers = {"x-amzn-RateLimit-Limit": header} if header else {}
    server.on(ORDERS, answer)
    with pytest.raises(Throttled) as caught:
        channel.fetch(ORDER_ID)
    assert caught.value.wait_seconds == pytest.approx(wait)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(b"<html>Oops</html>", status=500), Unavailable),
        (Answer(b"<html>OK</html>", status=200), Unavailable),
        (Answer({"token_type": "bearer"}), Unavailable),
        (Answer(lost=True), Unavailable),
        (Answer({"error": "slow_down"}, status=429), Throttled),
        (Answer({"error": "invalid_grant", "error_description": "x"}, status=400), AccessDenied),
        (Answer({"error": "invalid_client"}, status=401), AccessDenied),
    ],
)
def test_a_failure_of_lwa_is_told_as_what_it_is(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, error: type[OutsideError]
) -> None:
    server.on("/auth/o2/token", answer)
    with pytest.raises(OutsideError) as caught:
        channel.fetch(ORDER_ID)
    assert type(caught.value) is error
    assert "lwa-secret" not in repr(caught.value) + str(caught.value)
    assert len(server.asked) == 1


def test_an_endpoint_that_cannot_be_reached_is_unavailable() -> None:
    credentials = AmazonCredentials("client", "secret", "refresh")
    channel = AmazonChannel(
        ACCOUNT, credentials, endpoint="http://127.0.0.1:9", token_url="http://127.0.0.1:9/auth/o2/token", timeout=0.5
    )
    with pytest.raises(Unavailable):
        channel.fetch(ORDER_ID)
    channel.close()


def test_one_token_serves_many_threads(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ORDERS, Answer({"order": an_order()}))
    with ThreadPoolExecutor(16) as threads:
        bodies = set(threads.map(channel.fetch, [ORDER_ID] * 64))
    assert len(bodies) == 1
    assert len(server.asked_of("/auth/")) == 1
    assert len(server.asked_of(ORDERS)) == 64


def test_two_sellers_with_the_same_refresh_token_do_not_share_an_access_token(server: ScriptedServer) -> None:
    server.on(ORDERS, Answer({"order": an_order()}))
    server.on("/auth/o2/token", Answer({"access_token": "one"}), Answer({"access_token": "two"}))
    for client_id in ("app-one", "app-two"):
        channel = connect(server, client_id=client_id)
        channel.fetch(ORDER_ID)
        channel.close()
    assert [asked.headers["x-amz-access-token"] for asked in server.asked_of(ORDERS)] == ["one", "two"]


def test_a_token_that_went_stale_is_renewed_once_and_the_call_repeated(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on("/auth/o2/token", TOKEN, Answer({"access_token": "Atza|second"}))
    server.on(ORDERS, Answer({"order": an_order()}), refused(403, "Unauthorized"), Answer({"order": an_order()}))
    channel.fetch(ORDER_ID)
    channel.fetch(ORDER_ID)
    assert [asked.headers["x-amz-access-token"] for asked in server.asked_of(ORDERS)] == [
        "Atza|first",
        "Atza|first",
        "Atza|second",
    ]


def test_a_seller_that_refuses_every_token_is_not_offered_one_after_the_other(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(ORDERS, refused(403, "Unauthorized"))
    for _ in range(4):
        with pytest.raises(AccessDenied):
            channel.fetch(ORDER_ID)
    assert len(server.asked_of("/auth/")) == 2


def test_neither_tokens_nor_buyers_reach_a_log_even_at_debug(
    channel: AmazonChannel, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.on(ORDERS, Answer({"order": an_order()}))
    with caplog.at_level(logging.DEBUG):
        channel.fetch(ORDER_ID)
    for secret in ("Atza|first", "lwa-secret", "Atzr|refresh", "Quillfeather", "Larkspur"):
        assert secret not in caplog.text


@pytest.mark.parametrize("place", ["/auth/o2/token", ORDERS])
def test_a_silent_amazon_is_given_up_on(hasty: AmazonChannel, server: ScriptedServer, place: str) -> None:
    server.on(place, Answer(silent=True))
    with pytest.raises(Unavailable, match="ReadTimeout") as caught:
        hasty.fetch(ORDER_ID)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_marketplace_in_the_environment_changes_nothing(
    channel: AmazonChannel, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SP_API_DEFAULT_MARKETPLACE", "JP")
    server.on(ORDERS, Answer({"order": an_order()}))
    channel.fetch(ORDER_ID)
    assert len(server.asked_of(ORDERS)) == 1
