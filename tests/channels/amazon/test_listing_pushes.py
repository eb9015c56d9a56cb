"""A quantity is sent once, and whatever Amazon answers is told as what it may have done."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from orderloom.domain.errors import AccessDenied, OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.listing.offers import Batch, PushState
from tests.channels.amazon.conftest import TOKEN
from tests.channels.amazon.listing_answers import CANADA, ITEM, US, a_batch, issue, submitted
from tests.channels.amazon.payloads import ACCOUNT
from tests.channels.amazon.test_client import refused
from tests.channels.servers import Answer, ScriptedServer

WARNING = issue("18000", "title is long", "WARNING", "item_name")


def test_a_push_merges_the_merchants_quantity_and_nothing_else(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEM, submitted("ACCEPTED"))
    (answer,) = channel.listings.push(a_batch(quantity=0))
    (asked,) = server.asked_of(ITEM)
    assert (asked.method, asked.path) == ("PATCH", ITEM + "PAN-28")
    assert asked.query == {"marketplaceIds": [US], "includedData": ["issues"]}
    assert asked.json == {
        "productType": "COOKWARE",
        "patches": [
            {
                "op": "merge",
                "path": "/attributes/fulfillment_availability",
                "value": [{"fulfillment_channel_code": "DEFAULT", "quantity": 0}],
            }
        ],
    }
    assert (answer.push_id, answer.state, answer.reason) == (5, PushState.ACCEPTED, "")


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (submitted("ACCEPTED", WARNING), PushState.ACCEPTED, "18000: title is long (item_name)"),
        (
            submitted("INVALID", issue("99022", "is no number", "ERROR", "quantity", "a"), issue()),
            PushState.REFUSED,
            "99022: is no number (quantity, a); 90220: is required",
        ),
        (submitted("INVALID"), PushState.REFUSED, "no issue"),
        (submitted("VALID"), PushState.UNKNOWN, "VALID"),
        (refused(404, "NOT_FOUND", "no such SKU"), PushState.REFUSED, "no such SKU"),
        (refused(400, "INVALID_INPUT", "bad"), PushState.REFUSED, "bad"),
        (refused(413, "TOO_LARGE"), PushState.REFUSED, "TOO_LARGE"),
        (Answer({"status": 7}), PushState.UNKNOWN, "status"),
        (Answer({}), PushState.UNKNOWN, "status"),
        (Answer(b"<html>"), PushState.UNKNOWN, "no usable answer"),
        (Answer({"status": "ACCEPTED", "errors": [{"code": "x", "message": "y"}]}), PushState.UNKNOWN, "in part"),
        (refused(500, "InternalFailure"), PushState.UNKNOWN, "HTTP 500"),
        (Answer(b"", status=503), PushState.UNKNOWN, "HTTP 503"),
        (Answer(b"upstream timed out", status=504), PushState.UNKNOWN, "HTTP 504"),
        (Answer(lost=True), PushState.UNKNOWN, "RemoteProtocolError"),
    ],
)
def test_an_answer_is_told_as_what_it_says_of_the_write(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer, state: PushState, words: str
) -> None:
    server.on(ITEM, answer)
    (told,) = channel.listings.push(a_batch())
    assert told.state is state
    assert words in told.reason
    assert len(server.asked_of(ITEM)) == 1


def test_a_push_that_is_not_answered_in_time_is_unknown(hasty: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEM, Answer(silent=True))
    (told,) = hasty.listings.push(a_batch())
    assert told.state is PushState.UNKNOWN


@pytest.mark.parametrize(
    ("place", "answer", "error"),
    [
        (ITEM, refused(429, "QuotaExceeded", "allowed for the application"), Throttled),
        (ITEM, refused(403, "Unauthorized"), AccessDenied),
        ("/auth/o2/token", Answer(b"", status=503), Unavailable),
        ("/auth/o2/token", Answer(lost=True), Unavailable),
    ],
)
def test_what_provably_did_nothing_is_raised(
    channel: AmazonChannel, server: ScriptedServer, place: str, answer: Answer, error: type[OutsideError]
) -> None:
    server.on(place, answer)
    with pytest.raises(OutsideError) as caught:
        channel.listings.push(a_batch())
    assert type(caught.value) is error


def test_an_amazon_that_cannot_be_reached_got_no_push(server: ScriptedServer) -> None:
    server.on("/auth/o2/token", TOKEN)
    credentials = AmazonCredentials("client", "secret", "refresh")
    token_url = f"{server.url}/auth/o2/token"
    channel = AmazonChannel(ACCOUNT, credentials, endpoint="http://127.0.0.1:9", token_url=token_url, timeout=0.5)
    with closing(channel), pytest.raises(Unavailable, match="cannot be reached"):
        channel.listings.push(a_batch())


@pytest.mark.parametrize("reference", ["", f"@{CANADA}"])
def test_a_listing_that_amazon_fulfils_is_never_written(
    channel: AmazonChannel, server: ScriptedServer, reference: str
) -> None:
    (told,) = channel.listings.push(a_batch(reference=reference))
    assert told.state is PushState.REFUSED
    assert "Amazon fulfils" in told.reason
    assert server.asked == []


@pytest.mark.parametrize(
    ("sku", "path"),
    [("a/b c", "a%2Fb%20c"), ("Größe 3%", "Gr%C3%B6%C3%9Fe%203%25"), ("x,y?", "x%2Cy%3F"), ("{0}", "%7B0%7D")],
)
def test_a_sku_survives_its_way_into_the_path(
    channel: AmazonChannel, server: ScriptedServer, sku: str, path: str
) -> None:
    server.on(ITEM, submitted("ACCEPTED", sku=sku))
    channel.listings.push(a_batch(sku, reference=f"COOKWARE@{CANADA}"))
    (asked,) = server.asked_of(ITEM)
    assert asked.path == ITEM + path
    assert asked.query["marketplaceIds"] == [CANADA]


def test_parallel_pushes_do_not_mix(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(ITEM, submitted("ACCEPTED"))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: channel.listings.push(a_batch(f"SKU-{n}", quantity=n)), range(40)))
    sent = {a.path.rpartition("-")[2]: a.json["patches"][0]["value"][0]["quantity"] for a in server.asked_of(ITEM)}
    assert sent == {str(n): n for n in range(40)}


def test_a_batch_of_more_than_one_is_not_begun(channel: AmazonChannel, server: ScriptedServer) -> None:
    one = a_batch().pushes[0]
    with pytest.raises(Rejected, match="ONE_PUSH"):
        channel.listings.push(Batch(batch_key="b", pushes=(one, one)))
    assert server.asked == []
