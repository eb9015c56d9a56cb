"""Rules tried on orders by the command line, on a real store."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from orderloom.configuration import load_config
from orderloom.domain.decisions import Decision
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import OrderReading, PersonalData
from orderloom.domain.routing import Router
from orderloom.domain.stock import SkuMaster, StockCount, StockLevel
from orderloom.storage import tables
from orderloom.storage.store import Store
from tests.domain.orders import an_order, line
from tests.starter.commands import Orderloom, written
from tests.starter.conftest import CONFIG

TEXT = CONFIG.read_text(encoding="utf-8")
OTHER = TEXT.replace("order.weight_lb > 5.0", "order.weight_lb > 1.0").replace("weight_lb <= 5.0", "weight_lb <= 1.0")
MASTERS = {"PAN": SkuMaster(sku="PAN", weight_grams=900)}
LEVELS = [StockLevel(sku="PAN", node=node, on_hand=50_000, allocated=0) for node in ("own_warehouse", "harbor_3pl")]
HOURS_AGO = datetime.now(UTC) - timedelta(hours=3)


def decisions(numbers: Sequence[int], at: datetime = HOURS_AGO) -> list[Decision]:
    """Orders of two pounds, as the shipped rules decide them: from the own warehouse."""
    config = load_config(CONFIG)
    router = Router.of(config)
    order = an_order(line(grams=900))
    orders = (
        order.model_copy(update={"key": OrderKey(channel=order.key.channel, account="kitchen", order_id=str(n))})
        for n in numbers
    )
    return [router.decide(order, MASTERS, LEVELS, at) for order in orders]


@pytest.fixture
def decided(store: Store) -> OrderKey:
    """One decided order in the store."""
    (made,) = decisions([1001])
    assert made.inputs
    store.catalog.import_skus(list(MASTERS.values()))
    store.ledger.set_count(StockCount(sku="PAN", node="own_warehouse", on_hand=5), "test", "count")
    store.orders.record(OrderReading(order=made.inputs.order, personal=PersonalData()), "event")
    store.ledger.reserve(made.inputs.order, "own")
    store.ledger.decide(made)
    return made.key


def test_a_decided_order_is_explained_as_it_was_then_and_by_other_rules(
    orderloom: Orderloom, decided: OrderKey
) -> None:
    orderloom("inventory", "set", "PAN", "own_warehouse", "0", "--why", "all gone")
    said = orderloom("rules", "explain", str(decided)).out
    assert "Own warehouse ships 1 unit, because of the rule “Shopify up to 5 lb from the own warehouse”." in said
    assert "Rule “Shopify over 5 lb to the 3PL” does not match." in said
    assert "  - own_warehouse ships it: has all of it; free there: 50000 PAN." in said
    again = orderloom("rules", "explain", str(decided), "--rules", written("other.yaml", OTHER), "--json").json
    assert [shipment["node"] for shipment in again["plan"]] == ["harbor_3pl"]
    shown = written("order.json", orderloom("orders", "show", str(decided), "--json").out)
    assert orderloom("rules", "explain", shown).out == said


def test_an_order_in_a_file_is_explained_and_a_wrong_one_is_named_by_its_field(orderloom: Orderloom) -> None:
    order = json.loads(an_order(line(grams=900)).model_dump_json())
    held = orderloom("rules", "explain", written("order.json", json.dumps(order)))
    assert held.status == 0
    assert "Held: own_warehouse has only 0 of 1 PAN" in held.out
    for text, words in (
        ("{", "is not JSON"),
        ("[]", "must hold one order"),
        (json.dumps({**order, "key": 3}), "key: "),
    ):
        wrong = orderloom("rules", "explain", written("wrong.json", text))
        assert (wrong.status, wrong.err.count("\n")) == (1, 1)
        assert words in wrong.err
    assert orderloom("rules", "explain", "nonsense").status == 2


def test_recorded_orders_are_decided_again_and_the_ten_biggest_differences_told(
    orderloom: Orderloom, store: Store
) -> None:
    old = decisions([1], HOURS_AGO - timedelta(days=40))
    made = [*old, *decisions(range(2, 202))]
    rows = [
        {
            "order_key": str(d.key),
            "decided_at": d.decided_at,
            "rules_hash": d.rules_hash,
            "rule": d.rule,
            "document": d.model_dump_json(),
        }
        for d in made
    ]
    store.database.write(lambda connection: connection.execute(insert(tables.decisions), rows))
    found = orderloom("rules", "backtest", "--rules", written("other.yaml", OTHER), "--since", "30d", "--json").json
    assert (found["orders"], found["moved"], len(found["biggest"])) == (200, 200, 10)
    assert found["biggest"][0]["before"] == "own_warehouse"
    assert found["biggest"][0]["after"] == "harbor_3pl"


def test_a_backtest_of_the_same_rules_says_that_nothing_would_change(orderloom: Orderloom, decided: OrderKey) -> None:
    said = orderloom("rules", "backtest", "--rules", str(CONFIG), "--since", "12h").out
    assert "1 orders decided again" in said
    assert "no order would go otherwise" in said
    assert "0 orders decided again" in orderloom("rules", "backtest", "--rules", str(CONFIG), "--since", "1h").out
    wrong = orderloom("rules", "backtest", "--rules", str(CONFIG), "--since", "soon")
    assert (wrong.status, "write e.g. 30d or 12h" in wrong.err) == (2, True)


def test_checking_shows_the_place_of_an_error_and_warns_of_what_cannot_be_meant(orderloom: Orderloom) -> None:
    wrong = TEXT.replace("order.weight_lb > 5.0", "order.wieght_lb > 5.0")
    refused = orderloom("rules", "check", written("wrong.yaml", wrong))
    assert (refused.status, refused.err.count("\n")) == (1, 1)
    shown, mark = refused.out.splitlines()
    assert shown[mark.index("^") :].startswith(".wieght_lb > 5.0")
    doubtful = TEXT.replace("order.weight_lb > 5.0", "order.weight_lb > 5.0 && order.weight_lb < 5.0")
    warned = orderloom("rules", "check", written("doubtful.yaml", doubtful))
    assert (warned.status, "exclude each other" in warned.err) == (0, True)
    assert "doubtful.yaml is good" in warned.out
    assert orderloom("rules", "check", "doubtful.yaml", "--json").json["warnings"][0]["field"] == "rules[1].when"


def test_the_bench_of_rules_prints_times_and_ratios(orderloom: Orderloom) -> None:
    found = orderloom("bench", "rules", "--rules", "100", "--orders", "3", "--json").json
    assert found["decide"] > found["conditions"] > found["python_eval"] > 0
    assert found["conditions_to_python_eval"] == pytest.approx(found["conditions"] / found["python_eval"])
    assert "a whole decision" in orderloom("bench", "rules", "--rules", "4", "--orders", "1").out
