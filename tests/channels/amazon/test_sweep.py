"""Sweeping: one searchOrders call is one page of events, and nothing on it is lost."""

from datetime import UTC, datetime, timedelta

import pytest

from orderloom.channels.amazon import AmazonChannel
from orderloom.domain.errors import Throttled, Unavailable
from orderloom.domain.events import EventSource, EventState
from orderloom.domain.orders import Story
from tests.channels.amazon.payloads import LIVE_FROM, an_order
from tests.channels.servers import Answer, ScriptedServer

SEARCH = "/orders/2026-01-01/orders"
SINCE = datetime(2026, 11, 20, 9, tzinfo=UTC)
UNTIL = datetime(2026, 11, 20, 11, tzinfo=UTC)


def page(*orders: object, **more: object) -> Answer:
    return Answer({"orders": list(orders), "lastUpdatedBefore": "2026-11-20T11:00:00Z"} | more)


def test_a_page_gives_an_event_for_each_order(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(SEARCH, page(an_order(), an_order(orderId="114-0000000-0000001"), pagination={"nextToken": "tok=1/2"}))
    found = channel.changed_orders(SINCE, None)
    assert found.next_token == "tok=1/2"
    assert found.read_until == UNTIL
    first, second = found.events
    assert first.origin == "amazon:kitchen_us"
    assert first.topic == "orders"
    assert first.source is EventSource.SWEEP
    assert first.delivery_id == "114-1234567-7654321@2026-11-20T10:05:00.000Z"
    assert first.triggered_at == datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
    assert str(second.order_key) == "amazon:kitchen_us:114-0000000-0000001"
    assert channel.read(first.body, LIVE_FROM).order.story is Story.SHIP


def test_every_parameter_is_repeated_with_the_page_token(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(SEARCH, page())
    channel.changed_orders(SINCE, None)
    channel.changed_orders(SINCE, "next")
    first, second = (dict(asked.query) for asked in server.asked_of(SEARCH))
    assert second.pop("paginationToken") == ["next"]
    assert second == first
    assert first["lastUpdatedAfter"] == ["2026-11-20T09:00:00.000Z"]
    assert first["maxResultsPerPage"] == ["100"]
    assert first["marketplaceIds"] == ["ATVPDKIKX0DER,A2EUQ1WTGCTBG2"]
    assert "CANCELLATION" in first["includedData"][0]
    assert set(first) == {"lastUpdatedAfter", "maxResultsPerPage", "marketplaceIds", "includedData"}


def test_the_same_state_of_an_order_is_the_same_event_and_a_later_state_another(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    backwards = dict(reversed(an_order().items()))
    server.on(SEARCH, page(an_order()), page(backwards), page(an_order(lastUpdatedTime="2026-11-20T10:06:00Z")))
    first, again, later = (channel.changed_orders(SINCE, None).events[0] for _ in range(3))
    assert (again.delivery_id, again.body) == (first.delivery_id, first.body)
    assert later.delivery_id != first.delivery_id


@pytest.mark.parametrize(
    "broken",
    [{}, {"orderId": 7, "lastUpdatedTime": "2026-11-20T10:05:00Z"}, an_order(lastUpdatedTime=None), 12, None, "x"],
)
def test_an_order_that_cannot_be_named_is_kept_and_does_not_lose_the_page(
    channel: AmazonChannel, server: ScriptedServer, broken: object
) -> None:
    server.on(SEARCH, page(broken, an_order()))
    unreadable, fine = channel.changed_orders(SINCE, None).events
    assert unreadable.state is EventState.UNREADABLE
    assert unreadable.detail
    assert unreadable.order_key is None
    assert len(unreadable.delivery_id) == 64
    assert fine.state is EventState.STORED


def test_without_a_word_from_amazon_nothing_counts_as_read(channel: AmazonChannel, server: ScriptedServer) -> None:
    server.on(SEARCH, page(lastUpdatedBefore=None))
    assert channel.changed_orders(SINCE, None).read_until == SINCE


@pytest.mark.parametrize(
    "answer", [Answer({}), Answer({"orders": None}), page(lastUpdatedBefore="soon"), Answer(b"", status=503)]
)
def test_a_page_that_is_none_is_an_error_and_not_an_empty_page(
    channel: AmazonChannel, server: ScriptedServer, answer: Answer
) -> None:
    server.on(SEARCH, answer)
    with pytest.raises(Unavailable):
        channel.changed_orders(SINCE, None)


def test_a_throttled_sweep_waits_as_long_as_one_call_takes_to_come_back(
    channel: AmazonChannel, server: ScriptedServer
) -> None:
    server.on(SEARCH, Answer(b"", status=429))
    with pytest.raises(Throttled) as caught:
        channel.changed_orders(SINCE, None)
    assert timedelta(seconds=178) < timedelta(seconds=caught.value.wait_seconds) < timedelta(seconds=179)
