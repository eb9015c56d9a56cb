"""The `orderloom` command as a person meets it: exit status, one clear line on stderr, tables and JSON on stdout."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.cli.app import app
from tests.starter.commands import Orderloom, written
from tests.starter.conftest import CONFIG
from tests.starter.deliveries import new_event
from tests.starter.orders import record

ROOT = CONFIG.parents[1]


MASTERS = (
    "sku,title,weight_lb,cost,currency,categories,barcode,hazmat\n"
    "PAN-1,Pan [28 cm],5,12.50,USD,cookware; pans,4006381333931,no\n"
    "LID-1,Lid,,,,,,\n"
)


def test_help_names_every_command() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    for command in ("dev", "worker", "starter", "demo", "doctor", "orders", "skus", "inventory", "rules"):
        assert command in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("orders", "show"),
        ("orders", "show", "no-key"),
        ("orders", "show", "ebay:kitchen:1"),
        ("orders", "list", "--status", "sold"),
        ("skus", "import"),
        ("skus", "import", "missing.csv"),
        ("inventory", "set", "PAN-1", "own_warehouse", "-1", "--why", "x"),
        ("inventory", "set", "PAN-1", "own_warehouse", "3"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_status_2(orderloom: Orderloom, arguments: tuple[str, ...]) -> None:
    result = orderloom(*arguments)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("orderloom: ")
    assert result.err.count("\n") == 1


def test_what_cannot_be_done_is_one_line_and_exit_status_1(orderloom: Orderloom) -> None:
    result = orderloom("orders", "show", "shopify:kitchen:404")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "no order shopify:kitchen:404 here" in result.err


def test_skus_are_imported_listed_and_kept_unknown_where_a_field_is_empty(orderloom: Orderloom) -> None:
    assert orderloom("skus", "import", written("skus.csv", MASTERS)).out == "2 SKUs imported\n"
    lid, pan = orderloom("skus", "list", "--json").json
    assert pan["weight_grams"] == 2268
    assert pan["categories"] == ["cookware", "pans"]
    assert pan["cost"] == {"amount": "12.50", "currency": "USD"}
    assert (lid["weight_grams"], lid["cost"], lid["hazmat"]) == (None, None, None)
    assert "Pan [28 cm]" in orderloom("skus", "list").out


BAD_MASTERS = (
    "sku,title,weight_lb,cost,currency\n"
    "PAN-1,zero weight,0,12.505,USD\n"
    ",no sku,heavy,3,\n"
    "PAN-2,fine,1,,\n"
    "PAN-2,twice,1,,\n"
    "PAN-3,short line\n"
)


def test_a_csv_with_bad_lines_names_file_line_and_field_and_applies_nothing(orderloom: Orderloom) -> None:
    result = orderloom("skus", "import", written("bad.csv", BAD_MASTERS))
    assert result.status == 1
    places = [line.rsplit(": ", 1)[0] for line in result.err.splitlines()[:-1]]
    assert [place.split(": ")[0:2] for place in places] == [
        ["bad.csv:2", "weight_lb"],
        ["bad.csv:2", "cost"],
        ["bad.csv:3", "sku"],
        ["bad.csv:3", "weight_lb"],
        ["bad.csv:3", "currency"],
        ["bad.csv:5", "sku"],
        ["bad.csv:6", "line"],
    ]
    assert orderloom("skus", "list", "--json").json == []


def test_skip_bad_applies_the_good_lines_only(orderloom: Orderloom) -> None:
    assert orderloom("skus", "import", written("bad.csv", BAD_MASTERS), "--skip-bad").status == 0
    assert [sku["title"] for sku in orderloom("skus", "list", "--json").json] == ["fine"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sku,wieght_lb\nA,1\n", "file.csv:1: wieght_lb"),
        ("title\nA\n", "file.csv:1: sku"),
        ("sku,sku\nA,B\n", "file.csv:1: sku"),
        ('sku,title\nA,"open\n', "file.csv:2: csv"),
        ("", "file.csv:1: sku"),
    ],
)
def test_a_file_that_is_no_such_csv_is_refused(orderloom: Orderloom, text: str, place: str) -> None:
    result = orderloom("skus", "import", written("file.csv", text))
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert place in result.err


def test_rows_of_one_listing_form_a_bundle_and_half_a_bundle_is_never_imported(
    orderloom: Orderloom, settings: Settings, store: Store
) -> None:
    orderloom("skus", "import", written("skus.csv", MASTERS))
    rows = (
        "channel,account,listing,sku,units\n"
        "shopify,kitchen,SET,PAN-1,1\n"
        "shopify,kitchen,SET,LID-1,2\n"
        "shopify,kitchen,HALF,PAN-1,1\n"
        "shopify,kitchen,HALF,NOPE,1\n"
        "shopify,nobody,SET,PAN-1,1\n"
    )
    result = orderloom("skus", "import", "--listings", written("listings.csv", rows), "--skip-bad")
    assert (result.status, result.out) == (0, "1 listings imported\n")
    assert "listings.csv:5: sku: NOPE is no SKU here" in result.err
    assert "listings.csv:6: account" in result.err
    mapped = store.catalog.components(Channel.SHOPIFY, "kitchen", ["SET", "HALF"])
    assert [(part.sku, part.units) for part in mapped["SET"]] == [("PAN-1", 1), ("LID-1", 2)]
    assert "HALF" not in mapped


def test_counts_are_set_one_by_one_and_from_a_file(orderloom: Orderloom) -> None:
    orderloom("skus", "import", written("skus.csv", MASTERS))
    set_one = orderloom("inventory", "set", "PAN-1", "own_warehouse", "7", "--why", "cycle count", "--json")
    assert set_one.json == {
        "sku": "PAN-1",
        "node": "own_warehouse",
        "before": 0,
        "after": 7,
        "shortages_served": 0,
    }
    counts = "sku,node,on_hand\nPAN-1,harbor_3pl,3\nLID-1,own_warehouse,4\n"
    assert orderloom("inventory", "import", written("counts.csv", counts)).status == 0
    (pan,) = orderloom("inventory", "show", "PAN-1", "--json").json
    assert (pan["on_hand"], pan["available"]) == (10, 10)
    assert {node["node"]: node["on_hand"] for node in pan["nodes"]} == {"own_warehouse": 7, "harbor_3pl": 3}
    verified = orderloom("inventory", "verify")
    assert (verified.status, verified.out.split(":")[0]) == (0, "balanced")


def test_bad_counts_are_named_and_refused(orderloom: Orderloom) -> None:
    orderloom("skus", "import", written("skus.csv", MASTERS))
    counts = "sku,node,on_hand\nPAN-1,moon,3\nNOPE,own_warehouse,4\nPAN-1,own_warehouse,-1\nPAN-1,fba,1\n"
    result = orderloom("inventory", "import", written("counts.csv", counts))
    assert result.status == 1
    for place in ("counts.csv:2: node", "counts.csv:3: sku", "counts.csv:4: on_hand", "counts.csv:5: node"):
        assert place in result.err
    assert orderloom("inventory", "show", "--json").json == []


def test_verify_says_unbalanced_by_its_exit_status(orderloom: Orderloom, store: Store) -> None:
    orderloom("skus", "import", written("skus.csv", MASTERS))
    orderloom("inventory", "set", "PAN-1", "own_warehouse", "7", "--why", "count")
    store.database.write(lambda c: c.exec_driver_sql("UPDATE node_stock SET on_hand = 9 WHERE sku = 'PAN-1'"))
    result = orderloom("inventory", "verify")
    assert result.status == 1
    assert "UNBALANCED" in result.out
    assert "PAN-1" in result.err


def test_orders_list_gives_programs_the_documented_fields(orderloom: Orderloom, store: Store) -> None:
    event = store.events.store(new_event(1001, "d")).event_id
    hold = Hold(reason=HoldReason.SKU_UNMAPPED, detail="SKU X is not mapped", fix="import it")
    record(store, 1001, event, OrderStatus.HELD, hold=hold)
    (row,) = orderloom("orders", "list", "--held", "--json").json
    assert list(row) == "key channel account order_id name status hold nodes updated_at".split()
    assert row["key"] == "shopify:kitchen:1001"
    assert row["hold"]["reason"] == "sku_unmapped"
    assert orderloom("orders", "list", "--status", "completed", "--json").json == []
    shown = orderloom("orders", "show", "shopify:kitchen:1001").out
    assert "to do: import it" in shown
    assert max(map(len, shown.splitlines())) <= 100


def test_an_operator_without_temporal_is_told_so(
    orderloom: Orderloom, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    event = store.events.store(new_event(1002, "d")).event_id
    record(store, 1002, event, OrderStatus.WAITING)
    result = orderloom("orders", "release", "shopify:kitchen:1002", "--why", "test")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "temporal: cannot be reached" in result.err


def test_rules_are_listed_and_a_wrong_file_is_named_with_line_and_field(orderloom: Orderloom) -> None:
    rules = orderloom("rules", "list", "--json").json
    assert rules[0]["name"] == "Amazon and Prime to FBA"
    misspelt = CONFIG.read_text(encoding="utf-8").replace("send_to: [fba]", "sent_to: [fba]")
    result = orderloom("rules", "check", written("misspelt.yaml", misspelt))
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "sent_to" in result.err
    assert "misspelt.yaml:" in result.err


def test_doctor_names_what_is_missing(orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    result = orderloom("doctor")
    assert result.status == 1
    lines = dict(line[5:].split(": ", 1) for line in result.out.splitlines())
    assert "cannot be reached" in lines["temporal"]
    assert "webhook_secrets" in lines["account shopify:kitchen"]
    assert "migrated" in lines["database"]


def test_doctor_calls_out_what_could_not_be_read(orderloom: Orderloom, store: Store) -> None:
    store.events.store(
        NewEvent(
            origin="amazon:kitchen_us",
            topic="notification",
            delivery_id="n-1",
            source=EventSource.NOTIFICATION,
            body=b"?",
            received_at=datetime.now(UTC),
            state=EventState.UNREADABLE,
            detail="body: is not JSON",
        )
    )
    lines = orderloom("doctor").out.splitlines()
    (line,) = (line for line in lines if " events: " in line)
    assert line.startswith("BAD  events: 1 could not be read, the last from amazon:kitchen_us")
    assert "body: is not JSON" in line


def test_a_wrong_setting_is_named(orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERLOOM_STARTER_PORT", "eighty")
    result = orderloom("rules", "list")
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "starter_port" in result.err


def test_the_command_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    environment = {**os.environ, "ORDERLOOM_CONFIG": str(CONFIG)}
    command = [sys.executable, "-m", "starter.cli.app", "orders", "show", "shopify:kitchen:1"]
    ended = subprocess.run(
        [*command, "--state-dir", str(tmp_path)], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == "orderloom: no order shopify:kitchen:1 here; `orderloom orders list` shows the keys\n"
