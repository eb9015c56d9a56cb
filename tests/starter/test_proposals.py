"""Proposed counts by command and over HTTP, and counts that are refused where another system keeps them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_api import NodeApi, NodeCall
from orderloom.domain.node_profile import StockReading
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.domain.stock_reading import NodeLevel
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.http import create_app
from starter.services import join
from starter.stock_lines import line_problems
from starter.temporal import connector
from tests.starter.commands import Orderloom
from tests.starter.servers import serving

NODE = "harbor_3pl"


@pytest.fixture(autouse=True)
def proposed(store: Store) -> None:
    """The node tells 7 of the 10 pans and 5 of the 4 lids."""
    store.catalog.import_skus([SkuMaster(sku="PAN-1"), SkuMaster(sku="LID-1")])
    counts = [StockCount(sku="PAN-1", node=NODE, on_hand=10), StockCount(sku="LID-1", node=NODE, on_hand=4)]
    store.ledger.import_counts(counts, "ana", "cycle count")
    read_at = datetime.now(UTC) + timedelta(milliseconds=1)
    told = {"PAN-1": NodeLevel(sku="PAN-1", on_hand=7), "LID-1": NodeLevel(sku="LID-1", on_hand=5)}
    store.counts.record_reading(NODE, told, read_at, StockReading(), is_master=False)


@pytest.fixture
def http(settings: Settings, merchant: MerchantConfig, store: Store) -> Iterator[httpx.Client]:
    services = join(settings, merchant, store, connector(settings))
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def test_a_proposal_is_listed_accepted_and_rejected_with_who_and_why(orderloom: Orderloom, store: Store) -> None:
    shown = {row["sku"]: row for row in orderloom("inventory", "proposals", "list", "--json").json["proposals"]}
    assert (shown["PAN-1"]["expected"], shown["PAN-1"]["said"], shown["LID-1"]["difference"]) == (10, 7, 1)
    pan, lid = (str(shown[sku]["proposal_id"]) for sku in ("PAN-1", "LID-1"))
    done = orderloom("inventory", "proposals", "accept", pan, "--why", "recounted")
    assert done.out == f"PAN-1 at {NODE}: 10 -> 7\n"
    assert (
        orderloom("inventory", "proposals", "reject", lid, "--why", "theirs is wrong").out == "1 proposals rejected\n"
    )
    last = orderloom("inventory", "history", "PAN-1", "--json").json[0]
    assert (last["kind"], last["delta"]) == ("count", -3)
    assert "recounted" in last["why"]
    kept = orderloom("inventory", "proposals", "list", "--all", "--json").json["proposals"]
    assert {(row["sku"], row["state"], row["why"]) for row in kept} == {
        ("PAN-1", "accepted", "recounted"),
        ("LID-1", "rejected", "theirs is wrong"),
    }
    assert all(row["decided_by"] for row in kept)
    again = orderloom("inventory", "proposals", "accept", pan, "--why", "twice")
    assert (again.status, again.err.count("\n")) == (1, 1)
    assert "is accepted already" in again.err


def test_all_of_a_node_may_be_decided_at_once_and_wrong_usage_says_what_to_give(orderloom: Orderloom) -> None:
    assert orderloom("inventory", "proposals", "accept", "--why", "x").status == 2
    assert "has no open proposal" in orderloom("inventory", "proposals", "accept", "--node", "moon", "--why", "x").err
    done = orderloom("inventory", "proposals", "accept", "--node", NODE, "--why", "all good", "--json").json
    assert {row["sku"]: row["after"] for row in done} == {"PAN-1": 7, "LID-1": 5}
    assert "no count is proposed" in orderloom("inventory", "proposals", "list").out


def test_a_node_that_could_not_be_read_is_called_out(orderloom: Orderloom, store: Store, http: httpx.Client) -> None:
    assert f"{NODE}: 2 SKUs read at" in orderloom("inventory", "proposals", "list").out
    store.counts.reading_failed(NODE, f"node:{NODE}: its stock cannot be used: PAN-1 is told twice")
    shown = orderloom("inventory", "proposals", "list")
    assert "its stock cannot be read since" in shown.err
    assert "PAN-1 is told twice" in shown.err
    (reading,) = http.get("/api/inventory/readings").json()
    assert "told twice" in reading["trouble"]
    metrics = http.get("/metrics").text
    assert "orderloom_stock_unread_nodes 1.0" in metrics
    assert "orderloom_count_proposals 2.0" in metrics


def test_the_api_decides_all_or_none(http: httpx.Client, store: Store) -> None:
    numbers = [row["proposal_id"] for row in http.get("/api/inventory/proposals", params={"node": NODE}).json()]
    who = {"by": "ana", "why": "recounted"}
    refused = http.post("/api/inventory/proposals/accept", json={**who, "proposals": [*numbers, 10**6]})
    assert refused.status_code == 400
    assert len(store.counts.proposals()) == 2
    assert http.post("/api/inventory/proposals/accept", json={"proposals": numbers}).status_code == 422
    done = http.post("/api/inventory/proposals/accept", json={**who, "proposals": numbers[:1]})
    assert done.status_code == 200
    assert http.post("/api/inventory/proposals/reject", json={**who, "proposals": numbers[1:]}).status_code == 204
    assert http.get("/api/inventory/proposals").json() == []


def test_stock_that_is_mastered_elsewhere_is_not_counted_here(merchant: MerchantConfig, store: Store) -> None:
    call = NodeCall(path="x")
    api = NodeApi(dispatch=call, find=call, found="[]", stock=call, levels="[]")
    read = {"api": api, "stock": StockReading(), "mastered": "elsewhere"}
    nodes = tuple(n.model_copy(update=read) if n.node == NODE else n for n in merchant.nodes)
    config = merchant.model_copy(update={"nodes": nodes})
    line = StockCount(sku="PAN-1", node=NODE, on_hand=3)
    (problem,) = line_problems([line], config, store.catalog, each_once=True)
    assert (problem.field, problem.why) == (
        "node",
        f"{NODE} is mastered elsewhere: its own system keeps the count, which is read and never set here",
    )
