"""`orderloom inventory` where it changes stock, and what it remembers of that."""

import pytest

from orderloom.domain.stock import SkuMaster
from orderloom.storage.store import Store
from tests.starter.commands import Orderloom, written


@pytest.fixture(autouse=True)
def known_skus(store: Store) -> None:
    store.catalog.import_skus([SkuMaster(sku="PAN-1"), SkuMaster(sku="LID-1")])


def test_history_says_who_changed_what_when_and_why_the_last_first(orderloom: Orderloom) -> None:
    orderloom("inventory", "set", "PAN-1", "own_warehouse", "7", "--why", "cycle count")
    orderloom("inventory", "set", "PAN-1", "own_warehouse", "5", "--why", "two broke")
    last, first = orderloom("inventory", "history", "PAN-1", "--json").json
    assert [(row["kind"], row["delta"], row["why"]) for row in (first, last)] == [
        ("count", 7, "cycle count"),
        ("count", -2, "two broke"),
    ]
    assert last["by"]
    assert last["at"] >= first["at"]
    assert orderloom("inventory", "history", "PAN-1", "--json", "--before", str(last["movement_id"])).json == [first]
    shown = orderloom("inventory", "history", "PAN-1").out
    assert "two broke" in shown
    assert "-2" in shown
    assert orderloom("inventory", "history", "LID-1").out == "LID-1 never moved\n"


def test_an_unknown_sku_or_node_is_named(orderloom: Orderloom) -> None:
    unknown = orderloom("inventory", "history", "NOPE")
    assert (unknown.status, unknown.err) == (1, "orderloom: stock: NOPE: is no SKU here; import it first\n")
    nowhere = orderloom("inventory", "set", "PAN-1", "moon", "3", "--why", "x")
    assert (nowhere.status, nowhere.err.count("\n")) == (1, 1)
    assert "'moon' is no node that we count; nodes are harbor_3pl, own_warehouse" in nowhere.err
    assert "NOPE is no SKU here" in orderloom("inventory", "set", "NOPE", "own_warehouse", "3", "--why", "x").err


def test_a_count_that_is_in_its_file_twice_is_a_contradiction(orderloom: Orderloom) -> None:
    counts = "sku,node,on_hand\nPAN-1,own_warehouse,3\nPAN-1,harbor_3pl,1\nPAN-1,own_warehouse,4\n"
    result = orderloom("inventory", "import", written("counts.csv", counts))
    assert result.status == 1
    assert "counts.csv:4: sku: PAN-1 at own_warehouse is there twice" in result.err
    assert orderloom("inventory", "import", "counts.csv", "--skip-bad").out.startswith("2 counts set")
