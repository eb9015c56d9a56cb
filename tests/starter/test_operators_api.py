"""The operator's API over real HTTP, a real store and a workflow that answers updates."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import select
from temporalio.worker import Worker

from activities.queues import ORDERS
from orderloom.domain.decisions import Decision, NodeVerdict, RuleVerdict
from orderloom.domain.events import EventState
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.settings import Settings
from orderloom.storage.store import Store
from orderloom.storage.tables import raw_events
from starter.http import create_app
from starter.operators import Operators
from starter.services import join
from tests.starter.deliveries import new_event, order_body, signed_by_shop
from tests.starter.orders import record
from tests.starter.recording import RecordingFollowUp, RecordingOrder
from tests.starter.servers import TemporalServer, serving, until

HOLD = Hold(reason=HoldReason.SKU_UNMAPPED, detail="1 listing has no SKU", fix="map it")


@pytest.fixture
def http(
    settings: Settings, merchant: MerchantConfig, store: Store, temporal: TemporalServer
) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, temporal.connect)
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
def impatient_http(
    settings: Settings, merchant: MerchantConfig, store: Store, temporal: TemporalServer
) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, temporal.connect)
    services.operators = Operators(store.orders, services.temporal, answer_seconds=0.5)
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


@pytest.fixture
def worker(temporal: TemporalServer) -> Iterator[None]:
    """A worker in a loop of its own, since the tests here block."""
    stop, loop = asyncio.Event(), asyncio.new_event_loop()

    async def work() -> None:
        client = await temporal.connect()
        async with Worker(client, task_queue=ORDERS, workflows=[RecordingOrder, RecordingFollowUp]):
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(work(),))
    thread.start()
    yield
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def arrived(store: Store, number: int, status: OrderStatus = OrderStatus.HELD) -> str:
    event = store.events.store(new_event(number, f"api {number}")).event_id
    return str(record(store, number, event, status, hold=HOLD if status is OrderStatus.HELD else None))


def test_orders_are_listed_filtered_and_shown(http: httpx.Client, store: Store) -> None:
    held, done = arrived(store, 20001), arrived(store, 20002, OrderStatus.COMPLETED)
    rows = http.get("/api/orders").json()
    assert {row["key"] for row in rows} == {held, done}
    assert [row["key"] for row in http.get("/api/orders", params={"held": True}).json()] == [held]
    (row,) = http.get("/api/orders", params={"status": "completed"}).json()
    assert (row["channel"], row["account"], row["order_id"], row["hold"]) == ("shopify", "kitchen", "20002", None)
    assert http.get("/api/counts").json()["held"] == 1
    assert http.get(f"/api/orders/{held}").json()["record"]["hold"]["fix"] == "map it"


def test_the_front_page_counts_orders_and_links_to_them(http: httpx.Client, store: Store) -> None:
    arrived(store, 20003)
    page = http.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert '<a href="/api/orders?status=held">Held</a></th><td>1</td>' in page.text
    assert "Copper &amp; Oak Kitchen" in page.text


def test_inventory_shows_pools_and_for_one_sku_its_nodes(http: httpx.Client, store: Store) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN-1"), SkuMaster(sku="PAN-2")])
    store.ledger.set_count(StockCount(sku="PAN-1", node="own_warehouse", on_hand=7), "ana", "count")
    (row,) = http.get("/api/inventory", params={"sku": "PAN-1"}).json()
    assert (row["on_hand"], row["available"]) == (7, 7)
    assert [(node["node"], node["on_hand"]) for node in row["nodes"]] == [("own_warehouse", 7)]


def test_an_operator_is_answered_by_the_order(http: httpx.Client, store: Store, worker: None) -> None:
    body = order_body(20004)
    event = http.post("/webhooks/shopify/kitchen", content=body, headers=signed_by_shop(body)).json()
    until(lambda: _state(store, event["event_id"]) is EventState.DELIVERED)
    key = str(record(store, 20004, event["event_id"], OrderStatus.HELD, hold=HOLD))
    answer = http.post(f"/api/orders/{key}/release", json={"by": "ana", "why": "found"})
    assert answer.json() == {"done": True, "text": "released for ana: found"}
    refused = http.post(f"/api/orders/{key}/cancel", json={"by": "ana"})
    assert (refused.status_code, refused.json()["error"]) == (409, "Rejected")
    assert "it has left already" in refused.json()["detail"]


def test_an_order_that_cannot_answer_says_why(http: httpx.Client, store: Store) -> None:
    asks = {"by": "ana", "why": "test"}
    assert http.post("/api/orders/shopify:kitchen:404/retry", json=asks).status_code == 404
    closed = arrived(store, 20005, OrderStatus.COMPLETED)
    assert http.post(f"/api/orders/{closed}/retry", json=asks).json()["error"] == "OrderClosed"
    assert http.post("/api/orders/not-a-key/retry", json=asks).status_code == 400
    assert http.post(f"/api/orders/{closed}/explode", json=asks).status_code == 422
    assert http.post(f"/api/orders/{closed}/retry", json={"by": ""}).status_code == 422


def test_without_a_worker_the_operator_is_told_within_the_time_limit(
    impatient_http: httpx.Client, store: Store
) -> None:
    body = order_body(20006)
    event = impatient_http.post("/webhooks/shopify/kitchen", content=body, headers=signed_by_shop(body)).json()
    key = record(store, 20006, event["event_id"], OrderStatus.WAITING)
    until(lambda: _state(store, event["event_id"]) is EventState.DELIVERED)
    answer = impatient_http.post(f"/api/orders/{key}/release", json={"by": "ana"})
    assert (answer.status_code, answer.json()["error"]) == (504, "OutcomeUnknown")
    assert "is a worker running?" in answer.json()["detail"]


def test_every_route_of_the_api_is_described(http: httpx.Client) -> None:
    paths = http.get("/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all(operation.get("summary") and operation.get("tags") for operation in operations)
    assert "/api/orders/{key}/{request}" in paths


def _state(store: Store, event_id: str) -> EventState:
    state = select(raw_events.c.state).where(raw_events.c.event_id == event_id)
    return EventState(store.database.read(lambda connection: connection.execute(state).scalar_one()))


def test_why_an_order_goes_where_it_goes_is_told_in_words(http: httpx.Client, store: Store) -> None:
    event = store.events.store(new_event(1009, "why")).event_id
    key = record(store, 1009, event, OrderStatus.ROUTED)
    assert http.get(f"/api/orders/{key}/why").json() == [], "nothing is decided yet"
    taken = NodeVerdict(node="own_warehouse", taken=True, reason="has all of it", distance_km=12)
    rule = RuleVerdict(rule="All", matched=True, nodes=(taken,))
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    facts = {"rules_hash": "x", "rule": "All", "plan": (), "facts": {}, "sentence": "Ours ships it."}
    store.ledger.decide(Decision(key=key, decided_at=moment, trace=(rule,), observed=True, **facts))
    told = http.get(f"/api/orders/{key}/why").json()
    assert told == [
        "Ours ships it.",
        "Rule “All” matches.",
        "- own_warehouse ships it: has all of it; 12 km away.",
    ]
    assert http.get("/api/orders/shopify:kitchen:404/why").status_code == 404
