"""Measures the rules on invented orders. All contenders run in one process on the same orders, turn by turn."""

import ast
import importlib
import importlib.util
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from orderloom.domain.facts import RoutingInput, read_facts
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.money import Money
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.domain.orders import ChannelState, Component, Destination, Order, OrderLine, Story
from orderloom.domain.routing import Router
from orderloom.domain.rulebook import Rule
from orderloom.domain.rules import Conditions
from orderloom.domain.stock import SkuMaster, StockLevel

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROUNDS = 9
NOT_INSTALLED = "not installed; it is a development dependency"
STATES = ("NY", "CA", "TX", "WA", "FL")


class RuleSpeed(BaseModel):
    """Microseconds an order, the best of the rounds, so that what else the machine does counts little.

    None where a contender is not installed."""

    rules: int
    orders: int
    decide: float
    """A whole decision: facts, conditions, nodes, trace."""
    conditions: float
    """Asking all conditions, facts read."""
    python_eval: float
    """One `eval` of the same conditions as one compiled Python expression."""
    rule_engine: float | None
    """The same conditions by the package rule-engine."""
    conditions_to_python_eval: float
    conditions_to_rule_engine: float | None
    rule_engine_missing: str | None
    """Why there is no figure for it."""


def measure(rules: int, orders: int) -> RuleSpeed:
    """Every rule is asked: the last one alone takes the orders."""
    written = [*(_condition(n) for n in range(rules - 1)), "true"]
    made = tuple(Rule(name=f"rule {n}", when=when, send_to=("own",)) for n, when in enumerate(written))
    settings = NodeSettings.model_validate(
        {"node": "own", "kind": NodeKind.WAREHOUSE, "name": "Own", "pool": "own", "url": "http://127.0.0.1:1"}
    )
    router, conditions = Router(made, (settings,)), Conditions(made, {})
    sold = [_order(n) for n in range(orders)]
    masters = {"PAN": SkuMaster(sku="PAN", weight_grams=900, categories=("cookware",))}
    stock = (StockLevel(sku="PAN", node="own", on_hand=10_000, allocated=0),)
    facts = [read_facts(RoutingInput(order=order, masters=masters, now=NOW)) for order in sold]
    contenders: dict[str, Callable[[], Any]] = {
        "decide": lambda: [router.decide(order, masters, stock, NOW) for order in sold],
        "conditions": lambda: [[verdict.matched for _, verdict in conditions.judge(known)] for known in facts],
        "python_eval": _python_eval(written, facts),
    }
    by_package = _rule_engine(written, facts)
    if by_package:
        contenders["rule_engine"] = by_package
    took = _play(contenders, orders)
    other = took.get("rule_engine")
    return RuleSpeed(
        rules=rules,
        orders=orders,
        decide=took["decide"],
        conditions=took["conditions"],
        python_eval=took["python_eval"],
        rule_engine=other,
        conditions_to_python_eval=took["conditions"] / took["python_eval"],
        conditions_to_rule_engine=took["conditions"] / other if other else None,
        rule_engine_missing=None if other else NOT_INSTALLED,
    )


def _play(contenders: dict[str, Callable[[], Any]], orders: int) -> dict[str, float]:
    """Turn by turn, so that a slow moment of the machine meets all of them."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    answers = {name: play() for name, play in contenders.items() if name != "decide"}
    if any(answer != answers["conditions"] for answer in answers.values()):
        raise AssertionError("the contenders do not agree on what matches")
    for _ in range(ROUNDS):
        for name, play in contenders.items():
            begun = time.perf_counter()
            play()
            times[name].append((time.perf_counter() - begun) / orders * 1e6)
    return {name: round(min(each), 2) for name, each in times.items()}


def _condition(n: int) -> str:
    """Like a merchant's: a channel, a weight, a place or a tag. None of them takes an order of the bench."""
    return (
        f'order.channel == "shopify" && order.weight_lb > {n + 50}.5 && order.country == "US"',
        f'order.region == "AK" && order.value < {n + 10}.5',
        f'"tag-{n}" in order.tags || order.weight_kg > {n + 60}.5 && order.is_gift',
        f'order.channel == "amazon" && order.prime && order.quantity > {n + 5}',
    )[n % 4]


def _order(n: int) -> Order:
    line = OrderLine(
        line_id="1",
        listing="PAN",
        quantity=1 + n % 3,
        unit_weight_grams=900,
        components=(Component(sku="PAN"),),
    )
    return Order(
        key=OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id=str(n)),
        name=f"#{n}",
        placed_at=NOW,
        updated_at=NOW,
        state=ChannelState.OPEN,
        story=Story.SHIP,
        total=Money.from_minor_units(2_000 + n, "USD"),
        destination=Destination(country="US", region=STATES[n % len(STATES)]),
        has_address=True,
        is_gift=n % 7 == 0,
        tags=("web",),
        lines=(line,),
    )


def _flat(name: str) -> str:
    return name.replace(".", "_")


def _translated(condition: str) -> str:
    words = condition.replace("&&", "and").replace("||", "or").replace("order.", "order_")
    return "True" if words == "true" else words


def _python_eval(conditions: Sequence[str], facts: Sequence[dict[str, Any]]) -> Callable[[], Any]:
    text = "[" + ", ".join(f"bool({_translated(condition)})" for condition in conditions) + "]"
    code = compile(ast.parse(text, mode="eval"), "<rules>", "eval")
    names = [{_flat(name): value for name, value in known.items()} for known in facts]
    # The text is ours, from `_condition`: no rule of a merchant is ever evaluated as Python.
    return lambda: [eval(code, {"bool": bool}, known) for known in names]  # noqa: S307


def _rule_engine(conditions: Sequence[str], facts: Sequence[dict[str, Any]]) -> Callable[[], Any] | None:
    if importlib.util.find_spec("rule_engine") is None:
        return None
    engine: Any = importlib.import_module("rule_engine")
    made = [engine.Rule(_translated(condition).replace("True", "true")) for condition in conditions]
    names = [{_flat(name): value for name, value in known.items()} for known in facts]
    return lambda: [[rule.matches(known) for rule in made] for known in names]
