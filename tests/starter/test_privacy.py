"""Requests about a customer's data, from Shopify's delivery to the file that a person hands on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.orders import OrderReading, OrderStatus, PersonalData
from orderloom.domain.privacy import PrivacyKind
from orderloom.settings import Settings
from orderloom.storage.privacy_requests import PrivacyRequests
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.domain.orders import an_order
from tests.starter.commands import Orderloom
from tests.starter.deliveries import AT, SHOP, order_key, signed_by_shop
from tests.starter.servers import serving

ADA = PersonalData(name="Ada Buyer", email="ada@example.com")
SHOPIFY = (Channel.SHOPIFY, "kitchen")


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def bought(store: Store, number: int = 1001) -> None:
    sold = an_order(key=order_key(number), name=f"#{number}", placed_at=AT, updated_at=AT)
    store.orders.record(OrderReading(order=sold, personal=ADA), "none")


def test_what_shopify_asks_for_is_shown_with_its_due_date_and_names_nobody(http: httpx.Client, store: Store) -> None:
    bought(store)
    about = {"shop_id": 7, "shop_domain": SHOP, "customer": {"id": 1, "email": ADA.email}}
    for topic, more in (
        ("customers/data_request", {"orders_requested": [1001], "data_request": {"id": 9}}),
        ("customers/redact", {"orders_to_redact": [1001]}),
    ):
        body = json.dumps(about | more).encode()
        for _ in range(2):
            headers = signed_by_shop(body, topic=topic, delivery=topic)
            assert http.post("/webhooks/shopify/kitchen", content=body, headers=headers).status_code == 200
    tell, forget = http.get("/api/privacy/requests").json()
    assert (tell["kind"], tell["orders"], tell["done_at"]) == ("data_request", [order_key().model_dump()], None)
    assert (forget["kind"], forget["waiting"]) == ("customer_redact", 1)
    assert tell["due_at"] > tell["asked_at"]
    assert ADA.email not in str([tell, forget])
    assert "Requests about a customer's data</a>: 2" in http.get("/").text
    assert "orderloom_privacy_requests 2.0" in http.get("/metrics").text


def test_an_export_holds_the_person_is_readable_by_its_owner_alone_and_answers_the_request(
    orderloom: Orderloom, store: Store, tmp_path: Path
) -> None:
    bought(store)
    store.privacy_requests.asked(PrivacyKind.DATA_REQUEST, *SHOPIFY, "e1", [order_key()])
    (request,) = orderloom("privacy", "requests", "--json").json
    number, out = str(request["request_id"]), tmp_path / "ada.json"
    assert "orderloom privacy export ID" in orderloom("privacy", "requests").out
    done = orderloom("privacy", "export", number, "--out", str(out))
    assert (done.status, done.out, done.err) == (0, "", "")
    (told,) = json.loads(out.read_text())["orders"]
    assert (told["personal"]["name"], out.stat().st_mode & 0o777) == ("Ada Buyer", 0o600)
    assert orderloom("privacy", "requests", "--json").json == []
    assert "exported by" in orderloom("privacy", "requests", "--all").out
    assert "File exists" in orderloom("privacy", "export", number, "--out", str(out)).err


def test_an_order_is_forgotten_on_demand_and_its_export_says_so(orderloom: Orderloom, store: Store) -> None:
    bought(store)
    assert orderloom("privacy", "redact", str(order_key()), "--json").json == {"erased": 0, "waiting": 1}
    store.orders.set_status(order_key(), OrderStatus.COMPLETED)
    assert orderloom("privacy", "redact", str(order_key()), "--json").json == {"erased": 1, "waiting": 0}
    (told,) = orderloom("privacy", "export", "--order", str(order_key())).json["orders"]
    assert told["personal"] is None
    assert "nothing personal is held any more" in told["says"]


def test_a_wrong_number_or_a_wish_to_forget_cannot_be_exported(orderloom: Orderloom, store: Store) -> None:
    store.privacy_requests.asked(PrivacyKind.SHOP_REDACT, *SHOPIFY, "e1")
    (request,) = orderloom("privacy", "requests", "--all", "--json").json
    assert "asks us to forget everybody" in orderloom("privacy", "export", str(request["request_id"])).err
    assert "no request 99" in orderloom("privacy", "export", "99").err
    assert orderloom("privacy", "export").status == 2


def test_doctor_tells_of_open_requests_and_complains_once_their_time_is_over(
    orderloom: Orderloom, store: Store
) -> None:
    def found() -> dict[str, object]:
        return {finding["what"]: finding["good"] for finding in orderloom("doctor", "--json").json}

    assert "privacy requests" not in found()
    store.privacy_requests.asked(PrivacyKind.DATA_REQUEST, *SHOPIFY, "e1", [order_key()])
    assert found()["privacy requests"] is True
    long_ago = PrivacyRequests(store.database, lambda: AT - timedelta(days=31))
    long_ago.asked(PrivacyKind.DATA_REQUEST, *SHOPIFY, "e2", [order_key()])
    assert found()["privacy requests"] is False
