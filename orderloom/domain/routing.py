"""Who ships an order: a pure function of the order, the SKU masters, the stock and the rules.

The same function runs live, in dry runs and over history. Its trace says of every rule whether it matched, and of
every node of a matching rule why it was taken or passed over.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderloom.domain.decisions import Decision, NodeVerdict, RuleVerdict
from orderloom.domain.facts import RoutingInput, read_facts
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import NodeKind, NodeSettings, Otherwise, Rule
from orderloom.domain.orders import Hold, HoldReason, Order, counted
from orderloom.domain.rules import CompiledRule, bind
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from orderloom.domain.stock import SkuMaster, StockLevel

Free = dict[tuple[str, str], int]
"""Free units by (node, sku)."""


@dataclass(frozen=True)
class _Question:
    """One order to place: what is to be shipped, and where it could come from."""

    order: Order
    demand: tuple[ShipmentLine, ...]
    free: Free
    excluded: frozenset[str]
    first_numbers: tuple[int, ...]


@dataclass(frozen=True)
class _Answer:
    plan: tuple[PlannedShipment, ...] | None
    """None where the rule's nodes cannot ship the order; empty where a node ships it by itself."""
    nodes: tuple[NodeVerdict, ...] = field(default=())


class Router:
    """The merchant's rules, compiled. Raises RuleInvalid for a condition that is no well-typed yes or no."""

    def __init__(self, rules: tuple[Rule, ...], nodes: tuple[NodeSettings, ...]) -> None:
        self._rules = tuple(CompiledRule(rule) for rule in rules)
        self._nodes = {node.node: node for node in nodes}
        canonical = json.dumps([rule.model_dump(mode="json") for rule in rules], sort_keys=True)
        self.rules_hash = hashlib.sha256(canonical.encode()).hexdigest()[:16]

    def decide(
        self,
        order: Order,
        masters: Mapping[str, SkuMaster],
        stock: Sequence[StockLevel],
        now: datetime,
        *,
        excluded: frozenset[str] = frozenset(),
        dispatched: Sequence[PlannedShipment] = (),
    ) -> Decision:
        """Plan all that is open and not in `dispatched`, passing over `excluded` nodes; a hold where nothing can.

        New shipments take the smallest unused numbers, so what replaces a refused shipment keeps its number.
        """
        facts = read_facts(RoutingInput(order=order, masters=masters, now=now))
        question = _Question(
            order=order,
            demand=_demand(order, dispatched),
            free={(level.node, level.sku): level.on_hand - level.allocated for level in stock},
            excluded=excluded,
            first_numbers=tuple(shipment.number for shipment in dispatched),
        )
        trace, taken, answer = self._ask_rules(facts, question)
        return Decision(
            key=order.key,
            decided_at=now,
            rules_hash=self.rules_hash,
            rule=taken.name if taken and answer.plan is not None else None,
            plan=answer.plan or (),
            observed=order.fulfilled_by_channel and answer.plan is not None,
            hold=_no_route(taken, trace) if answer.plan is None else None,
            trace=trace,
            facts=_as_json(facts),
            sentence=self._sentence(taken, answer),
        )

    def _ask_rules(
        self, facts: dict[str, Any], question: _Question
    ) -> tuple[tuple[RuleVerdict, ...], Rule | None, _Answer]:
        bound = bind(facts)
        trace: list[RuleVerdict] = []
        for compiled in self._rules:
            verdict = compiled.judge(bound, facts)
            if not verdict.matched:
                trace.append(verdict)
                continue
            answer = self._place(compiled.rule, question)
            trace.append(verdict.model_copy(update={"nodes": answer.nodes}))
            if answer.plan is not None or compiled.rule.otherwise is Otherwise.HOLD:
                return tuple(trace), compiled.rule, answer
        return tuple(trace), None, _Answer(plan=None)

    def _place(self, rule: Rule, question: _Question) -> _Answer:
        """One node for everything if there is one; else the fewest of the rule's nodes in their order."""
        fences = {node: self._fence(node, question) for node in rule.send_to}
        open_nodes = [node for node in rule.send_to if fences[node] is None]
        if question.order.fulfilled_by_channel:
            plan: tuple[PlannedShipment, ...] | None = () if open_nodes else None
            chosen = open_nodes[:1]
        else:
            whole = next((n for n in open_nodes if not _lacking(n, question)), None)
            plan = _split([whole] if whole else open_nodes, question)
            chosen = [shipment.node for shipment in plan or ()]
        verdicts = tuple(
            NodeVerdict(node=n, taken=n in chosen, reason=fences[n] or _stock_reason(n, n in chosen, question))
            for n in rule.send_to
        )
        return _Answer(plan=plan, nodes=verdicts)

    def _fence(self, node: str, question: _Question) -> str | None:
        """Why this node must not ship this order, whatever its stock; None where it may."""
        is_fba = self._nodes[node].kind is NodeKind.FBA
        by_multi_channel = (
            is_fba and self._nodes[node].takes_dispatches and question.order.key.channel is Channel.SHOPIFY
        )
        if node in question.excluded:
            return "refused this order before"
        if is_fba and not (question.order.fulfilled_by_channel or by_multi_channel):
            return "ships only what Amazon fulfils itself (AFN)"
        if question.order.fulfilled_by_channel and not is_fba:
            return "Amazon ships this order from its own stock"
        return None

    def _sentence(self, rule: Rule | None, answer: _Answer) -> str:
        if answer.plan is None:
            return "No node can ship this order now."
        because = f"because of the rule “{rule.name}”" if rule else ""
        if not any(verdict.taken for verdict in answer.nodes):
            return "Nothing of this order needs shipping."
        if not answer.plan:
            taken = next(verdict.node for verdict in answer.nodes if verdict.taken)
            return f"{self._nodes[taken].name} ships it by itself, {because}; it is only observed here."
        parts = [
            f"{self._nodes[s.node].name} ships {counted(sum(line.quantity for line in s.lines))}" for s in answer.plan
        ]
        return f"{' and '.join(parts)}, {because}."


def _demand(order: Order, dispatched: Sequence[PlannedShipment]) -> tuple[ShipmentLine, ...]:
    """Component units that are still to be sent, by line and SKU."""
    wanted: dict[tuple[str, str], int] = {}
    for line in order.lines:
        for part in line.components or ():
            place = (line.line_id, part.sku)
            wanted[place] = wanted.get(place, 0) + line.open_quantity * part.units
    for shipment in dispatched:
        for sent in shipment.lines:
            place = (sent.line_id, sent.sku)
            wanted[place] = wanted.get(place, 0) - sent.quantity
    return tuple(
        ShipmentLine(line_id=line_id, sku=sku, quantity=quantity)
        for (line_id, sku), quantity in wanted.items()
        if quantity > 0
    )


def _lacking(node: str, question: _Question) -> list[str]:
    """What this node would be short of if it had to ship everything."""
    wanted: dict[str, int] = {}
    for line in question.demand:
        wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
    return [
        f"{max(question.free.get((node, sku), 0), 0)} of {quantity} {sku}"
        for sku, quantity in sorted(wanted.items())
        if question.free.get((node, sku), 0) < quantity
    ]


def _stock_reason(node: str, taken: bool, question: _Question) -> str:
    if question.order.fulfilled_by_channel:
        return "Amazon ships it" if taken else "not needed"
    lacking = _lacking(node, question)
    if taken:
        return "has a part of it" if lacking else "has all of it"
    return f"has only {', '.join(lacking)}" if lacking else "an earlier node has all of it"


def _split(nodes: Sequence[str], question: _Question) -> tuple[PlannedShipment, ...] | None:
    """Fill from the nodes in their order; None where together they lack something."""
    free = dict(question.free)
    taken: dict[str, list[ShipmentLine]] = {}
    for line in question.demand:
        missing = line.quantity
        for node in nodes:
            units = min(missing, max(free.get((node, line.sku), 0), 0))
            if units:
                free[(node, line.sku)] -= units
                taken.setdefault(node, []).append(line.model_copy(update={"quantity": units}))
                missing -= units
        if missing:
            return None
    numbers = (n for n in range(1, 1 + len(taken) + len(question.first_numbers)) if n not in question.first_numbers)
    in_order = [node for node in nodes if node in taken]
    return tuple(
        PlannedShipment(number=number, node=node, lines=tuple(taken[node]))
        for number, node in zip(numbers, in_order, strict=False)
    )


def _no_route(rule: Rule | None, trace: tuple[RuleVerdict, ...]) -> Hold:
    missing = sorted({name for verdict in trace for name in verdict.missing})
    passed = [f"{v.node} {v.reason}" for verdict in trace for v in verdict.nodes]
    detail = "; ".join(passed) or "no routing rule matches this order"
    if missing:
        detail += f"; unknown: {', '.join(missing)}"
    where = f"rule “{rule.name}”" if rule else "the rules"
    return Hold(
        reason=HoldReason.NO_ROUTE,
        detail=detail,
        fix=f"move stock to a node that {where} may use, complete the SKU master or change the rules, then "
        "`orderloom orders retry KEY`",
    )


def _as_json(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()}
