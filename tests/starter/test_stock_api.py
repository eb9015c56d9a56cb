"""Stock over real HTTP: counts are all or none, and every change says who and why."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.stock import SkuMaster
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.temporal import connector
from tests.starter.servers import serving


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    store.catalog.import_skus([SkuMaster(sku="PAN-1"), SkuMaster(sku="PAN-2")])
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=f"{address}/api", timeout=20) as client:
        yield client


def counted(sku: str, node: str, on_hand: Any) -> dict[str, Any]:
    return {"sku": sku, "node": node, "on_hand": on_hand}


def named(answer: httpx.Response) -> list[list[Any]]:
    return [problem["loc"] for problem in answer.json()["detail"]]


def test_counts_are_set_and_remembered_with_who_and_why(http: httpx.Client) -> None:
    lines = [counted("PAN-1", "own_warehouse", 7), counted("PAN-1", "harbor_3pl", 2)]
    done = http.post("/inventory/counts", json={"by": "ana", "why": "cycle count", "counts": lines})
    assert [(row["node"], row["before"], row["after"]) for row in done.json()] == [
        ("own_warehouse", 0, 7),
        ("harbor_3pl", 0, 2),
    ]
    assert http.get("/inventory", params={"sku": "PAN-1"}).json()[0]["available"] == 9
    last, first = http.get("/inventory/PAN-1/movements").json()
    assert {(row["by"], row["why"], row["kind"]) for row in (last, first)} == {("ana", "cycle count", "count")}
    assert (first["node"], first["delta"]) == ("own_warehouse", 7)


def test_every_bad_line_is_named_by_index_and_field_and_nothing_is_applied(http: httpx.Client) -> None:
    lines = [
        counted("PAN-1", "own_warehouse", 7),
        counted("NOPE", "own_warehouse", 1),
        counted("PAN-2", "moon", 1),
        counted("PAN-2", "fba", 1),
        counted("PAN-1", "own_warehouse", 8),
    ]
    refused = http.post("/inventory/counts", json={"by": "ana", "why": "count", "counts": lines})
    assert refused.status_code == 422
    places = [["body", "counts", 1, "sku"], ["body", "counts", 2, "node"]]
    assert named(refused) == [*places, ["body", "counts", 3, "node"], ["body", "counts", 4, "sku"]]
    assert "is no SKU here" in refused.json()["detail"][0]["msg"]
    assert http.get("/inventory").json() == []


@pytest.mark.parametrize("on_hand", [-1, 1.5, "many", None])
def test_a_negative_or_unreadable_count_is_named(http: httpx.Client, on_hand: Any) -> None:
    lines = [counted("PAN-1", "own_warehouse", 7), counted("PAN-2", "own_warehouse", on_hand)]
    refused = http.post("/inventory/counts", json={"by": "ana", "why": "count", "counts": lines})
    assert (refused.status_code, named(refused)) == (422, [["body", "counts", 1, "on_hand"]])


def test_a_change_without_an_actor_or_a_reason_is_refused(http: httpx.Client) -> None:
    lines = [counted("PAN-1", "own_warehouse", 7)]
    assert named(http.post("/inventory/counts", json={"counts": lines})) == [["body", "by"], ["body", "why"]]
    blank = http.post("/inventory/counts", json={"by": "ana", "why": " ", "counts": lines})
    assert named(blank) == [["body", "why"]]


def test_movements_of_an_unknown_sku_are_refused(http: httpx.Client) -> None:
    answer = http.get("/inventory/NOPE/movements")
    assert (answer.status_code, answer.json()["error"]) == (400, "InputInvalid")


def test_receipts_add_up_and_are_all_or_none(http: httpx.Client) -> None:
    line = {"sku": "PAN-1", "node": "own_warehouse", "quantity": 4}
    done = http.post("/inventory/receipts", json={"by": "ana", "why": "PO 4711", "receipts": [line, line]})
    assert [(row["before"], row["after"]) for row in done.json()] == [(0, 4), (4, 8)]
    bad = [line, {**line, "quantity": 0}, {**line, "quantity": -1}]
    refused = http.post("/inventory/receipts", json={"by": "ana", "why": "PO 4712", "receipts": bad})
    assert named(refused) == [["body", "receipts", 1, "quantity"], ["body", "receipts", 2, "quantity"]]
    unknown = http.post("/inventory/receipts", json={"by": "ana", "why": "x", "receipts": [line, {**line, "sku": "N"}]})
    assert named(unknown) == [["body", "receipts", 1, "sku"]]
    assert http.get("/inventory", params={"sku": "PAN-1"}).json()[0]["on_hand"] == 8
    assert {row["kind"] for row in http.get("/inventory/PAN-1/movements").json()} == {"receipt"}
