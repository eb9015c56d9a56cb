"""Deliveries over real HTTP into a real store: what is kept, what is refused, and how the sender is answered."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import Connection, func, insert, select

from orderloom.domain.events import EventState
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import OrderReading, OrderStatus, PersonalData
from orderloom.settings import Settings
from orderloom.storage.store import Store
from orderloom.storage.tables import listing_alerts, listing_pushes, raw_events
from starter.http import create_app
from starter.http.body import BODY_LIMIT
from starter.services import join
from tests.starter.deliveries import AT, SHOP, callback_body, order_body, order_key, signed_by_node, signed_by_shop
from tests.starter.orders import record
from tests.starter.servers import serving
from tests.workflows.fake_listings import KITCHEN, FakeListingBook


async def no_temporal() -> None:
    raise RuntimeError("Failed client connect: nobody listens there")


@pytest.fixture
def listings(store: Store, monkeypatch: pytest.MonkeyPatch) -> FakeListingBook:
    book = FakeListingBook()
    monkeypatch.setattr(store, "listings", book, raising=False)
    return book


@pytest.fixture
def http(
    settings: Settings, merchant: MerchantConfig, store: Store, listings: FakeListingBook
) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, no_temporal)  # type: ignore[arg-type]
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def stored(store: Store) -> int:
    count = store.database.read(lambda connection: connection.execute(select(func.count()).select_from(raw_events)))
    return int(count.scalar_one())


def post(http: httpx.Client, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return http.post("/webhooks/shopify/kitchen", content=body, headers=headers)


def test_a_signed_webhook_is_stored_and_acknowledged_while_temporal_is_away(http: httpx.Client, store: Store) -> None:
    body = order_body()
    answer = post(http, body, signed_by_shop(body))
    assert answer.status_code == 200
    event = store.events.load(answer.json()["event_id"])
    assert (event.body, event.order_key, event.topic) == (body, order_key(), "orders/create")


def test_the_older_secret_signs_too_while_a_rotation_is_under_way(http: httpx.Client) -> None:
    body = order_body()
    assert post(http, body, signed_by_shop(body, secret="an-older-secret")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Shopify-Hmac-Sha256": ""},
        {"X-Shopify-Hmac-Sha256": "bm90IHRoaXM="},
        signed_by_shop(order_body(), secret="another"),
    ],
)
def test_a_wrong_signature_is_refused_and_nothing_is_stored(
    http: httpx.Client, store: Store, headers: dict[str, str]
) -> None:
    answer = post(http, order_body(), headers)
    assert answer.status_code == 401
    assert answer.json()["error"] == "WrongSignature"
    assert stored(store) == 0


def inventory_body(**changes: object) -> bytes:
    level = {"inventory_item_id": 31, "location_id": 7, "available": 4, "updated_at": "2026-11-24T09:00:00-05:00"}
    return json.dumps(level | changes).encode()


def test_what_a_shop_says_of_its_stock_is_held_against_our_books_and_enters_no_order(
    http: httpx.Client, store: Store, listings: FakeListingBook
) -> None:
    for body in (inventory_body(), inventory_body(available=None)):
        answer = post(http, body, signed_by_shop(body, topic="inventory_levels/update"))
        assert (answer.status_code, answer.json()) == (200, {"inventory_item_id": "31", "location_id": "7"})
    assert listings.heard_of == [(*KITCHEN, "31", "7", 4), (*KITCHEN, "31", "7", 0)]
    assert stored(store) == 0


def test_stock_that_nobody_signed_is_not_listened_to(http: httpx.Client, listings: FakeListingBook) -> None:
    body = inventory_body()
    headers = signed_by_shop(body, topic="inventory_levels/update", secret="another")
    assert post(http, body, headers).status_code == 401
    assert listings.heard_of == []


def test_an_order_under_the_topic_of_stock_is_kept(http: httpx.Client, store: Store, listings: FakeListingBook) -> None:
    body = order_body()
    answer = post(http, body, signed_by_shop(body, topic="inventory_levels/update"))
    assert (answer.status_code, answer.json()["state"]) == (200, EventState.KEPT)
    assert (stored(store), listings.heard_of) == (1, [])


def test_a_changed_body_does_not_fit_its_signature(http: httpx.Client, store: Store) -> None:
    assert post(http, order_body(2), signed_by_shop(order_body(1))).status_code == 401
    assert stored(store) == 0


def test_an_unknown_account_or_node_is_not_found(http: httpx.Client) -> None:
    body = order_body()
    assert http.post("/webhooks/shopify/nobody", content=body, headers=signed_by_shop(body)).status_code == 404
    assert http.post("/webhooks/fulfillment/nobody", content=body, headers=signed_by_node(body)).status_code == 404


def test_the_same_delivery_twice_is_one_event(http: httpx.Client, store: Store) -> None:
    body = order_body()
    first, second = (post(http, body, signed_by_shop(body)).json() for _ in range(2))
    assert (first["duplicate"], second["duplicate"]) == (False, True)
    assert first["event_id"] == second["event_id"]
    assert stored(store) == 1


def test_a_topic_that_no_order_acts_on_is_kept(http: httpx.Client) -> None:
    body = b'{"id": 7}'
    answer = post(http, body, signed_by_shop(body, topic="products/update"))
    assert (answer.status_code, answer.json()["state"]) == (200, EventState.KEPT)


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe\x00", b"[]", b'{"id": null}'])
def test_a_genuine_body_that_cannot_be_read_is_kept_and_shown(http: httpx.Client, body: bytes) -> None:
    answer = post(http, body, signed_by_shop(body))
    assert (answer.status_code, answer.json()["state"]) == (200, EventState.UNREADABLE)
    shown = http.get("/api/unreadable").json()
    assert [event["event_id"] for event in shown] == [answer.json()["event_id"]]
    assert shown[0]["detail"]


def test_an_announced_body_over_the_limit_is_refused(http: httpx.Client, store: Store) -> None:
    body = b"x" * (BODY_LIMIT + 1)
    assert post(http, body, signed_by_shop(body)).status_code == 413
    assert stored(store) == 0


def test_a_body_that_never_ends_is_refused_at_the_limit(http: httpx.Client) -> None:
    """The answer comes although the sender has not ended its body: nobody waited for the rest of it."""
    address = (http.base_url.host, http.base_url.port or 0)
    chunk = b"x" * 65_536
    head = b"POST /webhooks/shopify/kitchen HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(address, timeout=20) as sender:
        sender.sendall(head)
        for _ in range(BODY_LIMIT // len(chunk) + 1):
            sender.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        assert b"413" in sender.recv(4096).split(b"\r\n")[0]


def test_a_body_of_exactly_the_limit_is_taken(http: httpx.Client) -> None:
    body = order_body().ljust(BODY_LIMIT)
    assert post(http, body, signed_by_shop(body)).status_code == 200


def test_with_the_database_gone_the_sender_is_told_to_come_again(
    http: httpx.Client, settings: Settings, store: Store
) -> None:
    store.database.close()
    database = settings.state_dir / "orderloom.db"
    database.rename(settings.state_dir / "gone")
    database.mkdir()
    body = order_body()
    answer = post(http, body, signed_by_shop(body))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert http.get("/readyz").status_code == 503
    assert http.get("/readyz").json()["database"].startswith("down")
    assert http.get("/healthz").status_code == 200


def test_a_callback_about_an_unknown_dispatch_is_shown_to_an_operator(http: httpx.Client) -> None:
    body = callback_body("0123456789-1001-1-1")
    answer = http.post("/webhooks/fulfillment/own_warehouse", content=body, headers=signed_by_node(body))
    assert (answer.status_code, answer.json()["state"]) == (200, EventState.UNREADABLE)
    assert "dispatch id" in http.get("/api/unreadable").json()[0]["detail"]


def test_a_callback_with_a_wrong_signature_is_refused(http: httpx.Client, store: Store) -> None:
    body = callback_body("0123456789-1001-1-1")
    headers = signed_by_node(body, secret="another")
    assert http.post("/webhooks/fulfillment/own_warehouse", content=body, headers=headers).status_code == 401
    assert stored(store) == 0


def test_metrics_count_what_came_in_and_what_waits(http: httpx.Client) -> None:
    body = order_body()
    post(http, body, signed_by_shop(body))
    post(http, body, signed_by_shop(body))
    post(http, body, {})
    text = http.get("/metrics").text
    assert 'orderloom_events_total{origin="shopify:kitchen",state="stored",topic="orders/create"} 1.0' in text
    assert 'orderloom_events_duplicate_total{origin="shopify:kitchen"} 1.0' in text
    assert 'orderloom_webhooks_refused_total{status="401"} 1.0' in text
    assert "orderloom_relay_backlog_events 1.0" in text
    assert 'orderloom_webhook_answer_seconds_count{kind="shopify"} 3.0' in text


def test_metrics_tell_of_quantities_that_wait_and_of_alarms(http: httpx.Client, store: Store) -> None:
    then = datetime.now(UTC) - timedelta(minutes=10)
    listing = {"channel": "shopify", "account": "kitchen", "listing": "PAN"}
    push = {"reference": "31", "quantity": 4, "places": "{}", "risk": 1.0, "state": "ready", "reason": ""}
    alarm = {"pool": "own", "place": "PAN", "listing": "shopify:kitchen:PAN", "kind": "late_order", "since": then}

    def work(connection: Connection) -> None:
        connection.execute(insert(listing_pushes), [{**listing, **push, "created_at": then, "answered_at": None}])
        connection.execute(insert(listing_pushes), [{**listing, **push, "created_at": then, "answered_at": then}])
        connection.execute(insert(listing_alerts), [{**alarm, "cleared_at": None}, {**alarm, "cleared_at": then}])

    store.database.write(work)
    found = dict(line.rsplit(" ", 1) for line in http.get("/metrics").text.splitlines() if line[0] != "#")
    assert (found["orderloom_listing_pushes_waiting"], found["orderloom_listing_alarms"]) == ("1.0", "1.0")
    assert 600 <= float(found["orderloom_listing_pushes_age_seconds"]) < 700


def test_readiness_says_which_part_is_away(http: httpx.Client) -> None:
    answer = http.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"] == "up"
    assert answer.json()["temporal"].startswith("down")


def test_shopify_s_wish_to_forget_is_carried_out_before_it_is_acknowledged(http: httpx.Client, store: Store) -> None:
    key = record(store, 1001, "none", OrderStatus.ARRIVED)
    changed = store.orders.get(key).order.model_copy(update={"updated_at": AT + timedelta(seconds=1)})
    store.orders.record(OrderReading(order=changed, personal=PersonalData(name="Ada")), "none")
    store.orders.set_status(key, OrderStatus.COMPLETED)
    body = json.dumps({"shop_id": 7, "shop_domain": SHOP, "orders_to_redact": [1001]}).encode()
    assert post(http, body, signed_by_shop(body, topic="customers/redact", secret="wrong")).status_code == 401
    assert store.orders.personal(key).name == "Ada"
    assert post(http, body, signed_by_shop(body, topic="customers/redact")).status_code == 200
    assert store.orders.personal(key) == PersonalData()
