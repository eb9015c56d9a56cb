from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.configuration import load_config
from orderloom.domain.facts import RoutingInput, read_facts
from orderloom.domain.routing.condition_words import condition_in_words
from orderloom.domain.routing.conditions import all_of, contradiction, implies, parts
from orderloom.domain.routing.reading import as_sentence
from orderloom.domain.rulebook import Rule
from orderloom.domain.rules import Conditions
from tests.domain.routing.merchant import MASTERS, MONDAY_NOON, sold
from tests.house.documented import documented_conditions

SHIPPED = Path(__file__).parents[3] / "config" / "orderloom.yaml"
NAMES = {"own": "Own warehouse", "west": "West 3PL", "east": "East 3PL"}


def said(**rule: Any) -> str:
    return as_sentence(Rule.model_validate({"name": "x", "when": "true", "send_to": "own", **rule}), NAMES)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, "All orders go from Own warehouse; where it cannot ship, the next rule is asked."),
        (
            {"when": 'order.channel == "shopify" && order.weight_lb > 5.0', "otherwise": "hold"},
            "Orders where their channel is shopify and their weight in pounds is over 5 go from Own warehouse; "
            "where it cannot ship, the order is held.",
        ),
        (
            {"send_to": ["own", "west", "east"], "choose": "cheapest", "split": {"up_to": 2, "above": 50}},
            "All orders go from the cheapest of Own warehouse, West 3PL and East 3PL, in at most 2 shipments, split "
            "only from a value of 50; where none of them can ship, the next rule is asked.",
        ),
        (
            {"send_to": "coast", "choose": "nearest", "service": "fastest", "split": "never"},
            "All orders go from the nearest of the group coast by the fastest service, in one shipment; "
            "where none of them can ship, the next rule is asked.",
        ),
        (
            {"require": {"leaves_today": True, "hazmat": "ground_only", "countries": ["US", "CA"]}},
            "All orders go from Own warehouse, only where it leaves today, it goes to US or CA and hazmat does not "
            "fly; where it cannot ship, the next rule is asked.",
        ),
        (
            {"accounts": {"kitchen_us": {"send_to": ["west", "own"]}}, "otherwise": {"backorder_until": "ship_by"}},
            "All orders go from Own warehouse; where it cannot ship, the order waits for stock until its ship-by time, "
            "then the order is held. For kitchen_us: from West 3PL, else Own warehouse; where none of them can ship, "
            "the order waits for stock until its ship-by time, then the order is held.",
        ),
    ],
)
def test_a_rule_is_read_back_as_a_plain_sentence(rule: dict[str, Any], sentence: str) -> None:
    assert said(**rule) == sentence


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            '"vip" in order.tags || order.prime && order.is_gift',
            "their tags include vip or (they are prime and they are a gift)",
        ),
        (
            "!order.is_business && 3.5 <= order.margin",
            "they are not bought by a business and their margin is at least 3.5",
        ),
        ("(order.country in north_america)", "their country is one of north america"),
        ("order.skus.exists_one(s, s in a) && order.prime", "`order.skus.exists_one(s, s in a)` and they are prime"),
        ("order.value - order.shipping_cost > 5.0", "`order.value - order.shipping_cost > 5.0`"),
        (
            "order.lines.exists(l, l.quantity > 2 && order.prime)",
            "`order.lines.exists(l, l.quantity > 2 && order.prime)`",
        ),
        ('order.service_level == "a && b"', "their service level is a && b"),
    ],
)
def test_what_it_cannot_say_stays_as_it_was_written(condition: str, words: str) -> None:
    assert condition_in_words(condition) == words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            'order.skus.exists(sku, sku in heavy_skus) && order.zone["own"] == "near"',
            "they have a SKU that is one of heavy skus and their zone from own is near",
        ),
        (
            'order.lines.exists(line, "fuel" in line.categories && line.quantity > 2)',
            "they have a line whose categories include fuel and whose quantity is over 2",
        ),
        (
            'order.lines.exists(l, l.listing == "a l l" && has(l.weight_kg))',
            "they have a line whose listing is a l l and whose weight in kilograms is known",
        ),
        ("!order.lines.exists(l, l.hazmat)", "they have no line that is hazmat"),
        (
            "order.lines.all(l, l.weight_kg > 2.0 || !l.hazmat)",
            "each of their lines is one whose weight in kilograms is over 2 or that is not hazmat",
        ),
        ("!order.skus.all(s, s in a)", "it is not so that each of their SKUs is one that is one of a"),
        ('order.skus.exists(s, s.startsWith("KNIFE-"))', "they have a SKU that starts with KNIFE-"),
        ('order.postal_prefix.startsWith("10")', "their postal prefix starts with 10"),
        ('order.distance_km["own"] < 500.0', "their distance from own in kilometres is under 500"),
        ('order.ship_by < now + duration("24h")', "their ship-by time is before 24h from now"),
        (
            'order.placed_at >= timestamp("2026-12-01T00:00:00Z")',
            "their time of purchase is not before 2026-12-01T00:00:00Z",
        ),
        ("order.skus.size() > 3", "the number of their SKUs is over 3"),
        ("!(order.prime || order.is_gift)", "it is not so that they are prime or they are a gift"),
        (
            "answers.fraud.risk > 0.8 && !answers.fraud.known",
            "the risk that fraud answers is over 0.8 and the known that fraud answers is false",
        ),
    ],
)
def test_lists_places_times_and_texts_are_said_in_words(condition: str, words: str) -> None:
    assert condition_in_words(condition) == words


def test_no_shipped_or_documented_rule_needs_cel_to_be_read() -> None:
    rules = [*documented_conditions(), *(rule.when for rule in load_config(SHIPPED).rules)]
    conditions = [condition for condition in rules if condition != "true"]
    assert len(conditions) >= 10
    assert [condition for condition in conditions if "`" in condition_in_words(condition)] == []


def test_conditions_are_cut_outside_of_brackets_and_texts() -> None:
    assert parts('a == "x || y" || (b || c)', "||") == ['a == "x || y"', "(b || c)"]
    assert all_of("((a && b)) && (c)") == ["a", "b", "c"]
    assert all_of("a || b && c") == ["a || b && c"]
    assert all_of("a && b ? c : d") == ["a && b ? c : d"]


atoms = st.builds(
    lambda fact, sign, value: f"order.{fact} {sign} {value}.0",
    st.sampled_from(["weight_kg", "value"]),
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
    st.integers(0, 3),
) | st.sampled_from(["order.prime", "!order.prime", 'order.region == "NY"', 'order.region != "NY"', "true"])
conditions = st.lists(atoms, min_size=1, max_size=3).map(" && ".join)
orders = st.builds(
    lambda units, total, region, prime: sold(
        ("PAN", units), total=str(total), to=region, programs=("PRIME",) if prime else ()
    ),
    st.integers(1, 3),
    st.integers(0, 4),
    st.sampled_from(["NY", "CA"]),
    st.booleans(),
)


def holds(order: Any) -> Callable[[str], bool | None]:
    facts = read_facts(RoutingInput(order=order, masters=MASTERS, now=MONDAY_NOON))

    def ask(condition: str) -> bool | None:
        rules = (Rule(name="x", when=condition, send_to=("own",)),)
        return next(verdict.matched for _, verdict in Conditions(rules, {}).judge(facts))

    return ask


@given(conditions, conditions, orders)
def test_no_rule_is_wrongly_called_impossible_or_shadowed(one: str, other: str, order: Any) -> None:
    ask = holds(order)
    if ask(one):
        assert contradiction(one) is None
        assert ask(other) or not implies(one, other)
