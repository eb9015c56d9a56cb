from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.facts import RoutingInput, read_facts
from orderloom.domain.routing.conditions import all_of, contradiction, implies, parts
from orderloom.domain.routing.reading import as_sentence, condition_in_words
from orderloom.domain.rulebook import Rule
from orderloom.domain.rules import Conditions
from tests.domain.routing.merchant import MASTERS, MONDAY_NOON, sold

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
        ("order.skus.exists(s, s in heavy) && order.prime", "`order.skus.exists(s, s in heavy)` and they are prime"),
        ('order.service_level == "a && b"', "their service level is a && b"),
    ],
)
def test_what_it_cannot_say_stays_as_it_was_written(condition: str, words: str) -> None:
    assert condition_in_words(condition) == words


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
