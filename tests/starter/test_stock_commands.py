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


def test_a_negative_quantity_is_named_as_one_and_a_change_needs_a_reason(orderloom: Orderloom) -> None:
    below = orderloom("inventory", "set", "PAN-1", "own_warehouse", "-5", "--why", "cycle count")
    assert below.status == 2
    assert "QTY" in below.err
    assert "greater than or equal to" in below.err
    less = orderloom("inventory", "receive", "PAN-1", "own_warehouse", "-5", "--why", "PO 4711")
    assert (less.status, "greater than or equal to" in less.err) == (2, True)
    for change in (("set", "PAN-1", "own_warehouse", "5"), ("receive", "PAN-1", "own_warehouse", "5")):
        silent = orderloom("inventory", *change, "--why", "  ")
        assert (silent.status, "say why" in silent.err) == (2, True)
    assert orderloom("inventory", "history", "PAN-1").out == "PAN-1 never moved\n"


def test_stock_of_a_sku_that_is_none_here_or_was_never_counted_is_said(orderloom: Orderloom) -> None:
    unknown = orderloom("inventory", "show", "NOPE")
    assert (unknown.status, "NOPE is no SKU here" in unknown.err) == (1, True)
    assert orderloom("inventory", "show", "PAN-1").out == "PAN-1 was never counted; `orderloom inventory set` does\n"


def test_a_count_that_is_in_its_file_twice_is_a_contradiction(orderloom: Orderloom) -> None:
    counts = "sku,node,on_hand\nPAN-1,own_warehouse,3\nPAN-1,harbor_3pl,1\nPAN-1,own_warehouse,4\n"
    result = orderloom("inventory", "import", written("counts.csv", counts))
    assert result.status == 1
    assert "counts.csv:4: sku: PAN-1 at own_warehouse is there twice" in result.err
    assert orderloom("inventory", "import", "counts.csv", "--skip-bad").out.startswith("2 counts set")


def test_bad_counts_are_named_by_line_and_field_and_the_good_ones_offered(orderloom: Orderloom) -> None:
    counts = (
        "sku,node,on_hand\n"
        "PAN-1,own_warehouse,-3\n"
        "PAN-1,harbor_3pl,2\n"
        "NOPE,own_warehouse,1\n"
        "LID-1,moon,1\n"
        "LID-1,own_warehouse,many\n"
        "LID-1,harbor_3pl,5\n"
    )
    refused = orderloom("inventory", "import", written("counts.csv", counts))
    *named, last = refused.err.splitlines()
    places = [f"counts.csv:{place}: " for place in ("2: on_hand", "4: sku", "5: node", "6: on_hand")]
    assert [place in line for place, line in zip(places, named, strict=True)] == [True] * 4
    assert refused.status == 1
    assert last.endswith("4 bad lines, nothing was applied; --skip-bad applies the other 2")
    assert orderloom("inventory", "show", "--json").json == []
    assert orderloom("inventory", "import", "counts.csv", "--skip-bad").out.startswith("2 counts set")
    assert [(row["sku"], row["on_hand"]) for row in orderloom("inventory", "show", "--json").json] == [
        ("LID-1", 5),
        ("PAN-1", 2),
    ]


def test_one_count_below_nothing_is_refused(orderloom: Orderloom) -> None:
    refused = orderloom("inventory", "set", "PAN-1", "own_warehouse", "--why", "x", "--", "-3")
    assert refused.status == 2
    assert refused.err.endswith("'QTY': Input should be greater than or equal to 0\n")
    assert orderloom("inventory", "show", "--json").json == []


def test_what_came_in_adds_to_what_is_there_and_the_history_says_so(orderloom: Orderloom) -> None:
    orderloom("inventory", "set", "PAN-1", "own_warehouse", "7", "--why", "cycle count")
    received = orderloom("inventory", "receive", "PAN-1", "own_warehouse", "40", "--why", "PO 4711")
    assert received.out == "PAN-1 at own_warehouse: 7 -> 47\n"
    last = orderloom("inventory", "history", "PAN-1", "--json").json[0]
    assert (last["kind"], last["delta"], last["why"]) == ("receipt", 40, "PO 4711")


def test_receipts_of_a_file_add_up_and_a_bad_line_refuses_all_of_them(orderloom: Orderloom) -> None:
    lines = "sku,node,quantity\nPAN-1,own_warehouse,3\nPAN-1,own_warehouse,4\nLID-1,harbor_3pl,1\n"
    done = orderloom("inventory", "receive", "--file", written("po.csv", lines), "--why", "PO 4711")
    assert done.out.startswith("8 units in 3 lines received")
    assert orderloom("inventory", "show", "PAN-1", "--json").json[0]["on_hand"] == 7
    bad = lines + "NOPE,own_warehouse,1\nPAN-1,moon,1\nPAN-1,own_warehouse,-2\nPAN-1,own_warehouse,0\nPAN-1,fba,\n"
    refused = orderloom("inventory", "receive", "--file", written("bad.csv", bad), "--why", "PO 4712")
    assert refused.status == 1
    for place in ("5: sku: NOPE", "6: node: 'moon'", "7: quantity", "8: quantity", "9: quantity: is empty"):
        assert f"bad.csv:{place}" in refused.err
    assert orderloom("inventory", "show", "PAN-1", "--json").json[0]["on_hand"] == 7
    again = orderloom("inventory", "receive", "--file", "po.csv", "--why", "PO 4711")
    assert (again.status, again.err.count("\n")) == (1, 1)
    assert "was received already, on " in again.err
    assert orderloom("inventory", "show", "PAN-1", "--json").json[0]["on_hand"] == 7
    rest = orderloom("inventory", "receive", "--file", "bad.csv", "--why", "PO 4712", "--skip-bad")
    assert rest.out.startswith("8 units in 3 lines received")


def test_a_delivery_that_is_named_is_received_once_and_another_name_adds_it_again(orderloom: Orderloom) -> None:
    one = ("inventory", "receive", "PAN-1", "own_warehouse", "4", "--why", "PO 4711", "--reference")
    assert orderloom(*one, "DN 88").out == "PAN-1 at own_warehouse: 0 -> 4\n"
    again = orderloom(*one, "DN 88")
    assert (again.status, again.err[:48]) == (1, "orderloom: stock: DN 88: was received already, o")
    assert orderloom(*one, "DN 89").out == "PAN-1 at own_warehouse: 4 -> 8\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("PAN-1", "own_warehouse", "--why", "x"),
        ("PAN-1", "own_warehouse", "0", "--why", "x"),
        ("PAN-1", "own_warehouse", "-3", "--why", "x"),
        ("PAN-1", "own_warehouse", "3"),
        ("--why", "x"),
    ],
)
def test_half_a_receipt_is_wrong_usage(orderloom: Orderloom, arguments: tuple[str, ...]) -> None:
    result = orderloom("inventory", "receive", *arguments)
    assert (result.status, result.err.count("\n")) == (2, 1)
