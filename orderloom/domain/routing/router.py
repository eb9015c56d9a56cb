"""The merchant's rules asked in turn: the first that matches and whose nodes can ship the order decides."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from orderloom.domain.answers import Answers, Declared, action_of
from orderloom.domain.answers import known as known_answers
from orderloom.domain.decisions import Decision, Inputs, RuleVerdict
from orderloom.domain.distance import Atlas
from orderloom.domain.exchange import Exchange
from orderloom.domain.facts import RoutingInput, goods_cost, read_facts
from orderloom.domain.mapping import component_skus
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.money import Money
from orderloom.domain.network import Network
from orderloom.domain.node_profile import Place
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.orders import Order
from orderloom.domain.quotes import Unquoted
from orderloom.domain.routing.ending import End, next_opening, otherwise_of
from orderloom.domain.routing.fences import Parcel, total_cost
from orderloom.domain.routing.placing import NOTHING, place
from orderloom.domain.routing.question import Question, demand_of
from orderloom.domain.routing.words import asking, sentence, unroutable
from orderloom.domain.rulebook import Otherwise, Rule
from orderloom.domain.rules import Conditions
from orderloom.domain.shipments import PlannedShipment
from orderloom.domain.stock import SkuMaster, StockLevel

Names = Mapping[str, tuple[str, ...]]


class Router:
    """The merchant's rules, compiled. Raises RuleInvalid for a condition that is no well-typed yes or no."""

    def __init__(
        self,
        rules: tuple[Rule, ...],
        nodes: tuple[NodeSettings, ...],
        *,
        sets: Names | None = None,
        groups: Names | None = None,
        exchange: Exchange | None = None,
        places: tuple[Place, ...] = (),
        answers: Declared | None = None,
    ) -> None:
        self._answers = answers or {}
        self._conditions = Conditions(rules, sets or {}, self._answers)
        self._groups = groups or {}
        self._rules = rules
        self._network = Network({node.node: node for node in nodes}, exchange or Exchange(), Atlas(places))
        said: dict[str, Any] = {"rules": [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]}
        said |= {"sets": dict(sets or {}), "groups": dict(self._groups)}
        said |= {"exchange": self._network.exchange.model_dump(mode="json")}
        said |= {"places": [place.model_dump(mode="json") for place in places]}
        said |= {"nodes": [_profile(node) for node in nodes]}
        said |= {"answers": self._answers} if self._answers else {}
        self.rules_hash = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]

    @classmethod
    def of(cls, config: MerchantConfig) -> "Router":
        return cls(
            config.rules,
            config.nodes,
            sets=config.sets,
            groups=config.node_groups,
            exchange=config.exchange,
            places=config.places,
            answers={name: action.answers for name, action in config.actions.items() if action.answers},
        )

    def decide(
        self,
        order: Order,
        masters: Mapping[str, SkuMaster],
        stock: Sequence[StockLevel],
        now: datetime,
        *,
        excluded: frozenset[str] = frozenset(),
        dispatched: Sequence[PlannedShipment] = (),
        taken_today: Mapping[str, int] | None = None,
        short: Mapping[str, int] | None = None,
        pools: Mapping[str, str] | None = None,
        moved: Mapping[str, tuple[str, ...]] | None = None,
        answers: Answers | None = None,
    ) -> Decision:
        """Plan all that is open and not in `dispatched`, passing over `excluded` nodes; a hold where nothing can.

        Where a rule hangs on the answer of an action that is not in `answers`, the decision only `asks` for it.

        New shipments take the smallest unused numbers, so what replaces a refused shipment keeps its number.
        """
        given = Inputs(
            order=order,
            masters=tuple(masters[sku] for sku in component_skus(order) if sku in masters),
            stock=tuple(stock),
            excluded=tuple(sorted(excluded)),
            dispatched=tuple(dispatched),
            taken_today=dict(taken_today or {}),
            short=dict(short or {}),
            pools=dict(pools or {}),
            moved=dict(moved or {}),
            answers={action: dict(fields) for action, fields in (answers or {}).items()},
        )
        return self.decide_again(given, now)

    def decide_again(self, given: Inputs, now: datetime) -> Decision:
        """The same from recorded inputs."""
        facts, asked = self._ask(given, now)
        trace, end = self._ask_rules(facts, asked)
        decision = self._decision(given, now, facts, trace, end)
        if asked.moved_to and end.placed.parcels:
            said = f"{decision.sentence.removesuffix('.')}; moved by the merchant in Shopify."
            decision = decision.model_copy(update={"sentence": said})
        return decision

    def _ask(self, given: Inputs, now: datetime) -> tuple[dict[str, Any], Question]:
        order, masters = given.order, {master.sku: master for master in given.masters}
        exchange = self._network.exchange
        asked = Question(
            order=order,
            masters=masters,
            demand=demand_of(order, given.dispatched),
            free={(level.node, level.sku): level.on_hand - level.allocated for level in given.stock},
            excluded=frozenset(given.excluded),
            dispatched_numbers=tuple(shipment.number for shipment in given.dispatched),
            taken_today=given.taken_today,
            network=self._network,
            now=now,
            value=exchange.in_base(order.total),
            goods_cost=goods_cost(order, masters, exchange),
            short=given.short,
            pools=given.pools,
            moved=given.moved,
            quotes=given.quotes,
            answers=given.answers,
        )
        facts = read_facts(RoutingInput(order=order, masters=masters, now=now, network=self._network))
        return facts | known_answers(self._answers, given.answers), asked

    def unquoted(self, given: Inputs, now: datetime) -> tuple[Unquoted, ...]:
        """What nodes are to be asked before deciding from these inputs: parcels whose quote could change the decision.

        Conditions read no quotes (`order.shipping_cost` is by the nodes' cost tables), so nobody is asked for an order
        that no rule would send there.
        """
        return self._ask_rules(*self._ask(given, now))[1].unquoted

    def _ask_rules(self, facts: dict[str, Any], asked: Question) -> tuple[tuple[RuleVerdict, ...], End]:
        if not asked.demand and not asked.order.fulfilled_by_channel:
            return (), End(placed=NOTHING)
        trace: list[RuleVerdict] = []
        unquoted: dict[Unquoted, None] = {}
        for position, verdict in self._conditions.judge(facts):
            if not verdict.matched:
                trace.append(verdict)
                if asks := _not_asked(verdict, asked.answers):
                    return tuple(trace), End(unquoted=tuple(unquoted), asks=asks)
                continue
            rule = self._for(self._rules[position], asked.order.key.account)
            placed = place(*_with_chosen(rule, asked))
            unquoted |= dict.fromkeys(placed.unquoted)
            trace.append(verdict.model_copy(update={"nodes": placed.nodes, "note": placed.note}))
            otherwise, until = otherwise_of(rule, asked.order, asked.now)
            if placed.parcels is not None or until or otherwise is not Otherwise.NEXT_RULE:
                return tuple(trace), End(rule, placed, otherwise, until, tuple(unquoted))
        return tuple(trace), End(unquoted=tuple(unquoted))

    def _for(self, rule: Rule, account: str) -> Rule:
        """The rule as this account has it, its node groups written out."""
        rule = rule.for_account(account)
        nodes = [node for target in rule.send_to for node in self._groups.get(target, (target,))]
        return rule.model_copy(update={"send_to": tuple(dict.fromkeys(nodes))})

    def _decision(
        self, given: Inputs, now: datetime, facts: dict[str, Any], trace: tuple[RuleVerdict, ...], end: End
    ) -> Decision:
        order, placed = given.order, end.placed
        ships = placed.parcels is not None
        cost = total_cost(placed.parcels) if placed.parcels else None
        until = None if ships else end.until
        # What a node may be packing is not cancelled by a rule: a person decides.
        cancel = not (ships or until or given.dispatched) and end.otherwise is Otherwise.CANCEL
        said = asking(end.asks) if end.asks else sentence(end.rule, placed, self._network.nodes, until, cancel=cancel)
        return Decision(
            key=order.key,
            decided_at=now,
            rules_hash=self.rules_hash,
            rule=end.rule.name if end.rule and ships else None,
            plan=placed.plan([shipment.number for shipment in given.dispatched]),
            observed=order.fulfilled_by_channel and ships,
            hold=None if ships or end.asks else unroutable(end.rule, trace, given.short),
            backorder_until=until,
            opens_at=next_opening(trace, until) if until and not given.short else None,
            cancel=cancel,
            asks=end.asks,
            trace=trace,
            facts={name: value.isoformat() if isinstance(value, datetime) else value for name, value in facts.items()},
            sentence=said,
            cost=None if cost is None else Money(amount=cost, currency=self._network.exchange.base),
            arrives_on=_arrival(placed.parcels or ()),
            then=end.rule.then if end.rule and placed.parcels else (),
            inputs=given,
        )


def _with_chosen(rule: Rule, asked: Question) -> tuple[Rule, Question]:
    """With the nodes that the merchant chose himself, whether the rule sends to them or not."""
    by_choice = [node for node in asked.moved_to if node not in rule.send_to]
    chosen = rule.model_copy(update={"send_to": (*rule.send_to, *by_choice)})
    return chosen, replace(asked, by_choice=frozenset(by_choice))


def _profile(node: NodeSettings) -> dict[str, Any]:
    """What a decision reads of a node; where it listens is not part of the rules."""
    names = {"node", "kind", "pool", "time_zone", "address", "daily_capacity", "calendar", "zones", "services"}
    names |= {"multi_channel"}
    return node.model_dump(mode="json", include=names, exclude_defaults=True)


def _not_asked(verdict: RuleVerdict, answers: Answers) -> tuple[str, ...]:
    """Actions whose answers the rule hangs on and that nobody has asked for yet."""
    wanted = (action_of(name) for name in verdict.missing)
    return tuple(dict.fromkeys(action for action in wanted if action and action not in answers))


def _arrival(parcels: Sequence[Parcel]) -> date | None:
    days = [one.way.arrives_on if one.way else None for one in parcels]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None
