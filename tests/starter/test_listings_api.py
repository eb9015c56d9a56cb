"""Listings over real HTTP, on a real store, and on the front page."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.starter.offered import offered, sent
from tests.starter.servers import serving
from tests.storage.shop import line, order


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def test_listings_are_told_with_rights_and_paused_by_sku(http: httpx.Client, store: Store) -> None:
    assert http.get("/api/listings").json() == []
    offered(store)
    sent(store)
    rows = http.get("/api/listings", params={"sku": "PAN-1"}).json()
    assert sum(row["rights"] for row in rows) == 10
    assert [row["key"]["channel"] for row in http.get("/api/listings", params={"account": "kitchen_us"}).json()] == [
        "amazon"
    ]
    assert http.post("/api/listings/pause", json={"sku": "PAN-1", "by": "ana"}).status_code == 422
    assert http.post("/api/listings/pause", json={"sku": "PAN-1", "by": "ana", "why": "recall"}).status_code == 204
    assert {row["state"] for row in http.get("/api/listings", params={"sku": "PAN-1"}).json()} == {"paused"}
    assert http.post("/api/listings/resume", json={"sku": "PAN-1", "by": "ana", "why": "sound"}).status_code == 204
    unknown = http.post("/api/listings/pause", json={"sku": "NOPE", "by": "ana", "why": "x"})
    assert (unknown.status_code, unknown.json()["error"]) == (400, "InputInvalid")


def test_alarms_are_listed_and_one_that_is_not_there_cannot_be_cleared(http: httpx.Client) -> None:
    assert http.get("/api/listings/alarms").json() == []
    wish = {"by": "ana", "listing": "shopify:kitchen:PAN", "kind": "late_order"}
    missing = http.post("/api/listings/alarms/clear", json=wish)
    assert (missing.status_code, missing.json()["error"]) == (400, "InputInvalid")
    assert http.post("/api/listings/alarms/clear", json={**wish, "kind": "noise"}).status_code == 422


def test_stock_shows_how_fast_it_sells_and_how_long_it_lasts(http: httpx.Client, store: Store) -> None:
    offered(store)
    (row,) = http.get("/api/inventory", params={"sku": "PAN-1"}).json()
    assert (row["per_day"], row["cover_seconds"]) == (0, None), "it has not sold yet"
    sold = line("1", "PAN-1").model_copy(update={"listing": "PAN"})
    store.ledger.reserve(order(1, sold, placed_at=datetime.now(UTC)), "own")
    store.listings.plan(10)
    (row,) = http.get("/api/inventory", params={"sku": "PAN-1"}).json()
    assert row["per_day"] > 0
    assert row["cover_seconds"] > 0
    assert row["cover_is_low"] is False


def test_the_front_page_has_a_table_of_listings_once_there_are_some(http: httpx.Client, store: Store) -> None:
    assert "Rights" not in http.get("/").text
    offered(store)
    page = http.get("/").text
    assert '<th scope="row">PAN-1</th><td class="words">Shopify</td><td class="words">PAN</td>' in page
    assert '<th scope="col" class="number">Rights</th>' in page
