"""The yardstick on few seeds: what the protocol promises, what the baselines do, and the shape of its answer."""

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from starter.bench.flash_sale import policies, results, scenarios
from starter.bench.flash_sale.simulation import Outcome, run
from starter.bench.flash_sale.violations import Violations
from starter.cli.app import app

SEEDS = 6
CLI_PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


@cache
def played(scenario: str, policy: str, seeds: int = SEEDS) -> results.Row:
    (row,) = results.play([scenario], [policy], seeds, 1, lambda: None)
    return row


@pytest.mark.parametrize("policy", ["granted", "adaptive"])
@pytest.mark.parametrize("scenario", ["published", "published-swept", "ten-times", "flip", "slow-patches", "very-slow"])
def test_grants_sell_everything_and_nothing_twice(scenario: str, policy: str) -> None:
    row = played(scenario, policy)
    assert row.oversold_max == 0
    assert row.unsold_pct <= 0.1
    assert max(row.dark_pct.amazon, row.dark_pct.shopify) <= 15
    assert row.noticed_pct is None


def test_a_sale_under_grants_needs_no_push() -> None:
    assert played("published", "granted").pushes_per_order <= 0.05
    assert played("published", "shared").pushes_per_order > 1


@pytest.mark.parametrize(
    ("scenario", "policy", "at_least"),
    [("published", "raw", 20), ("published-swept", "shared", 3), ("published-swept", "rest15", 3)],
)
def test_the_baselines_oversell(scenario: str, policy: str, at_least: float) -> None:
    assert played(scenario, policy).oversold_mean >= at_least


def test_a_fixed_buffer_buys_its_safety_with_unsold_units() -> None:
    row = played("published", "fixed15")
    assert row.oversold_max == 0
    assert row.unsold_pct > 10


def test_nobody_is_turned_away_from_the_last_slow_units() -> None:
    assert played("long-tail", "adaptive").turned_away == 0
    assert played("long-tail", "granted").turned_away > 0


@pytest.mark.parametrize("scenario", ["late-5", "hand-edit", "old-patch", "wrong-bound", "second-writer"])
def test_a_violated_assumption_is_noticed(scenario: str) -> None:
    row = played(scenario, "granted")
    assert row.noticed_pct == 100
    assert row.oversold_mean <= 0.5


@pytest.mark.parametrize("policy", ["granted", "adaptive"])
@pytest.mark.parametrize("seed", [809, 1039])
def test_an_old_patch_that_our_own_write_erases_unmet_leaves_the_run_as_if_it_had_never_been(
    seed: int, policy: str
) -> None:
    disturbed = scenarios.BY_NAME["old-patch"]

    def outcome(scenario: scenarios.Scenario) -> Outcome:
        # The dark time is the market's own: for a second the listing did not stand at 0, and nobody came by.
        return replace(run(scenario, policies.BY_NAME[policy], seed), dark={})

    assert outcome(disturbed) == outcome(replace(disturbed, old_patch=False))
    assert not outcome(disturbed).violated


def test_a_foreign_figure_violates_an_assumption_when_it_is_met_and_not_before() -> None:
    met, erased, the_same = Violations(), Violations(), Violations()
    met.written("amazon", 3, 36)
    met.met("shopify")
    assert not met.found
    met.met("amazon")
    met.replaced("amazon")
    assert met.found, "what follows does not undo it"
    erased.written("amazon", 3, 36)
    erased.replaced("amazon")
    erased.met("amazon")
    the_same.written("amazon", 3, 3)
    the_same.met("amazon")
    assert not erased.found
    assert not the_same.found


def test_a_seed_always_plays_the_same() -> None:
    assert results.play(["flip"], ["adaptive"], 2, 1, lambda: None) == results.play(
        ["flip"], ["adaptive"], 2, 1, lambda: None
    )


def test_the_command_prints_the_fields_that_scripts_read() -> None:
    arguments = "bench flash-sale --seeds 2 --jobs 1 --scenario published --policy granted --json"
    (row,) = json.loads(CliRunner().invoke(app, arguments.split()).stdout)
    counts = "demand_units stock_units oversold_mean oversold_max unsold_pct turned_away pushes_per_order"
    assert (
        list(row) == f"scenario disturbed policy seeds {counts} dark_pct noticed_pct oversold_per_10000_orders".split()
    )
    assert row["dark_pct"].keys() == {"amazon", "shopify"}
    assert (row["demand_units"], row["stock_units"], row["seeds"]) == (233, 120, 2)


def test_every_field_is_explained_in_the_manual_in_the_words_of_the_command() -> None:
    section = CLI_PAGE.read_text(encoding="utf-8").split("## `orderloom bench flash-sale`\n")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+).*` \| (.+) \|$", section, re.MULTILINE))
    assert documented == {name: field.description for name, field in results.Row.model_fields.items()}
    told = CliRunner().invoke(app, ["bench", "flash-sale", "--help"], env={"COLUMNS": "200"}).stdout
    assert all(f"{name}: {words}" in told for name, words in documented.items())


def test_left_alone_it_plays_what_the_yardstick_lists_and_more_only_when_asked() -> None:
    standard = "published published-swept ten-times flip slow-patches very-slow long-tail".split()
    standard += "late-1 late-5 cancellations hand-edit old-patch several-units".split()
    extras = "no-history stale-reads second-writer open-end wrong-bound".split()
    assert scenarios.chosen([], extras=False) == standard
    assert scenarios.chosen([], extras=True) == standard + extras
    assert scenarios.chosen(["open-end"], extras=False) == ["open-end"]
    assert scenarios.chosen(["flip"], extras=True) == ["flip", *extras]


def test_an_unknown_policy_is_named_with_those_that_exist() -> None:
    result = CliRunner().invoke(app, ["bench", "flash-sale", "--policy", "wishful"])
    assert result.exit_code == 2
    assert "wishful" in result.output
