"""Late orders and Amazon's targets: by command, by API, on the front page and as metrics."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import ChannelState, Order, OrderReading, PersonalData, Story, TimeWindow
from orderloom.domain.records import TimelineEntry
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.starter.commands import Orderloom
from tests.starter.servers import serving


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def a_late_order(store: Store) -> OrderKey:
    now = datetime.now(UTC)
    key = OrderKey(channel=Channel.AMAZON, account="kitchen_us", order_id="111-1")
    order = Order(
        key=key,
        name="111-1",
        placed_at=now,
        updated_at=now,
        state=ChannelState.OPEN,
        story=Story.SHIP,
        ship_by=TimeWindow(latest=now - timedelta(hours=1)),
        lines=(),
    )
    store.orders.live_from(Channel.AMAZON, "kitchen_us")
    store.orders.record(OrderReading(order=order, personal=PersonalData()), "e1")
    store.orders.adopt(key)
    store.orders.note(key, TimelineEntry(at=now, what="ship_by_late", text="is late"))
    return key


def test_a_late_order_shows_everywhere(http: httpx.Client, store: Store) -> None:
    before = http.get("/").text
    assert "Late orders:" not in before
    assert "no orders yet" in before
    key = a_late_order(store)
    found = http.get("/api/seller-health").json()
    assert ([late["key"]["order_id"] for late in found["late"]], found["late_count"]) == ([key.order_id], 1)
    (account,) = found["accounts"]
    assert account["late_shipments"] == {"part": 1, "whole": 1, "rate": 1.0, "target": 0.04, "grade": "bad"}
    page = http.get("/").text
    assert "Late orders: 1" in page
    assert f'<th scope="row">{key}</th>' in page
    assert "100.0 % of 1 (under 4 %)" in page
    assert "BAD: a target is missed" in page
    metrics = http.get("/metrics").text
    assert "orderloom_orders_late 1.0" in metrics
    assert 'orderloom_seller_rate{account="kitchen_us",rate="late_shipments"} 1.0' in metrics
    assert 'orderloom_seller_grade{account="kitchen_us",rate="late_shipments"} 2.0' in metrics
    assert 'orderloom_seller_rate{account="kitchen_us",rate="valid_tracking"}' not in metrics, "nothing to count"


def test_the_command_tells_what_is_late_and_how_the_accounts_stand(orderloom: Orderloom, store: Store) -> None:
    key = a_late_order(store)
    told = orderloom("health")
    assert told.status == 0
    for words in ("kitchen_us", "100.0 % of 1", "Late now: 1", str(key)):
        assert words in told.out
    assert orderloom("health", "--json").json["late_count"] == 1
