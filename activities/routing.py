"""Step 4: who ships it. The decision itself is pure (orderloom/domain/routing.py); here it meets the stock."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from temporalio import activity

from activities.books import Books, Channels
from activities.messages import Refusal, ShipmentState, ShipmentView
from activities.quoting import QuoteDesk
from activities.retries import step
from activities.rule_messages import ActionView, Routed, RouteRequest
from activities.rulings import Rulings, no_usable_rules
from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.actions import ActionBook
from orderloom.domain.answers import TO_DECIDE, inquiry
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import StockMoved
from orderloom.domain.keys import OrderKey
from orderloom.domain.mapping import component_skus
from orderloom.domain.node_profile import start_of_day
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from orderloom.domain.records import DispatchState
from orderloom.domain.ship_by import Deadline
from orderloom.domain.shipments import PlannedShipment
from orderloom.domain.stock import ReservedLine, StockLevel

UNDER_WAY = (DispatchState.SENDING, DispatchState.DISPATCHED, DispatchState.SHIPPED)
ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
DECIDE_AGAIN = 5
"""Stock moves between reading and allocating only while another order is routed at that moment."""
MOST_ATTEMPTS = 6
"""After that many rounds, some seconds apart, it is no race: what the ledger refuses is shown to a person."""


@dataclass(frozen=True)
class RoutingActivities:
    books: Books
    channels: Channels
    rulings: Rulings
    runs: ActionBook
    quotes: QuoteDesk | None = None
    """None: no node is asked beforehand."""

    @step("route")
    def route(self, asked: RouteRequest) -> Routed:
        for _ in range(DECIDE_AGAIN):
            try:
                return self._route(asked, self._decide(asked))
            except StockMoved as moved:
                last = moved
        if activity.in_activity() and activity.info().attempt < MOST_ATTEMPTS:
            raise last
        return self._route(asked, _for_want_of_stock(self._decide(asked), last))

    def _route(self, asked: RouteRequest, decision: Decision) -> Routed:
        self.books.ledger.decide(decision)
        acting = self._acting(decision)
        if decision.hold is None and (decision.plan or decision.observed):
            self.books.orders.advance(asked.key, OrderStatus.ROUTED, self._nodes(asked, decision))
            self.books.note(asked.key, "routed", decision.sentence, once=f"routed:{_shape(decision)}")
        due = self._deadline(decision)
        return Routed(
            plan=tuple(
                ShipmentView(
                    number=shipment.number,
                    node=shipment.node,
                    state=ShipmentState.PLANNED,
                    ask_after=self.channels.ask_after(shipment.node),
                    give_up_after=self.channels.give_up_after(shipment.node),
                )
                for shipment in decision.plan
            ),
            nodes=self._nodes(asked, decision),
            hold=None if decision.backorder_until or decision.cancel else decision.hold,
            backorder_until=decision.backorder_until,
            cancel=decision.cancel,
            sentence=decision.sentence,
            opens_at=decision.opens_at,
            lacks_units=bool(decision.inputs and decision.inputs.short),
            decision=_name_of(acting),
            asks=bool(acting.asks),
            decided_at=acting.decided_at if acting.then or acting.asks else None,
            actions=self._actions(acting),
            alert_at=due.alert_at if due else None,
            leaves_by=due.leaves_by if due else None,
        )

    def _acting(self, decision: Decision) -> Decision:
        """The decision whose actions are due: this one, or where all is at nodes the one that sent it there."""
        settled = decision.hold is None and not (decision.plan or decision.asks)
        is_all_sent = settled and decision.inputs and decision.inputs.dispatched
        return (self.books.ledger.last_plan(decision.key) if is_all_sent else None) or decision

    def _deadline(self, decision: Decision) -> Deadline | None:
        """Of what is planned and what is under way; None where no node is to ship it."""
        waiting = [shipment.node for shipment in decision.plan]
        if not waiting:
            return None
        for shipment in self.books.shipments.shipments(decision.key):
            waiting += [shipment.node] if shipment.state in (DispatchState.SENDING, DispatchState.DISPATCHED) else []
        return self.channels.deadline(self.books.orders.get(decision.key).order, waiting)

    def _actions(self, decision: Decision) -> tuple[ActionView, ...]:
        known = self.channels.config.actions
        acts = [inquiry(action) for action in decision.asks] or decision.then
        found = ((act, known.get(act.action) or ActionSettings()) for act in acts)
        return tuple(ActionView(act=act, give_up_after=settings.give_up_after) for act, settings in found)

    def _decide(self, asked: RouteRequest) -> Decision:
        order = self.books.ours_to_ship(asked.key)
        skus = component_skus(order)
        held = self.books.ledger.reservation(asked.key)
        now = max(self.books.clock(), asked.not_before or ANY_TIME)
        ruling = self.rulings.ruling(asked.key, now, in_force=asked.rules_in_force)
        if ruling.router is None:
            return no_usable_rules(asked.key, ruling, now)
        short: Counter[str] = Counter()
        for line in held.shortages:
            short[line.sku] += line.short
        decision = ruling.router.decide(
            order,
            self.books.catalog.masters(skus),
            self._levels(asked.key, skus, held.lines),
            now,
            taken_today=self._taken_today(asked, now),
            excluded=frozenset(refusal.node for refusal in asked.refusals),
            dispatched=[
                PlannedShipment(number=shipment.number, node=shipment.node, lines=shipment.lines)
                for shipment in self.books.shipments.shipments(asked.key)
                if shipment.state in UNDER_WAY
            ],
            short=short,
            pools={line.line_id: line.pool for line in held.lines},
            answers=self.runs.answers(asked.key),
            moved=self.channels.choice(order).nodes,
        )
        if self.quotes:
            decision = self.quotes.consult(ruling.router, decision, now)
        if decision.hold and asked.refusals:
            decision = _for_a_person(decision, asked.refusals)
        return decision.model_copy(update={"rules_version": ruling.version, "rules_book": ruling.book})

    def _levels(self, key: OrderKey, skus: Sequence[str], held: Sequence[ReservedLine]) -> list[StockLevel]:
        """What lies at nodes of the pools that the order's lines sell from: a listing may have a pool of its own."""
        pools = {(line.sku, line.pool) for line in held if line.reserved or line.short}
        pools |= {(sku, self.channels.account(key).pool) for sku in set(skus) - {sku for sku, _ in pools}}
        nodes = {n.node: n.pool for n in self.channels.config.nodes if n.takes_dispatches}
        levels = self.books.ledger.levels(skus, list(nodes), key)
        return [level for level in levels if (level.sku, nodes[level.node]) in pools]

    def _taken_today(self, asked: RouteRequest, now: datetime) -> dict[str, int]:
        """Counted for nodes with a daily capacity. Two orders that are decided at the same moment may both get its
        last place: a capacity is what a node bears, not a stock that can be oversold."""
        limited = [node for node in self.channels.config.nodes if node.daily_capacity is not None]
        since = {node.node: start_of_day(now, ZoneInfo(node.time_zone)) for node in limited}
        return self.books.shipments.taken_since(since, asked.key) if since else {}

    def _nodes(self, asked: RouteRequest, decision: Decision) -> tuple[str, ...]:
        """All nodes that ship the order: those under way, and the new ones."""
        shipments = self.books.shipments.shipments(asked.key)
        under_way = [shipment.node for shipment in shipments if shipment.state in UNDER_WAY]
        return tuple(dict.fromkeys([*under_way, *decision.nodes]))


def _name_of(decision: Decision) -> str:
    """The same for the same rule and plan, so that what was done for it is not done again."""
    if decision.asks:
        return TO_DECIDE
    if not decision.then:
        return ""
    said = json.dumps([decision.rule, [shipment.model_dump(mode="json") for shipment in decision.plan]])
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _shape(decision: Decision) -> str:
    return ",".join(f"{shipment.number}@{shipment.node}" for shipment in decision.plan) or ",".join(decision.nodes)


def _for_want_of_stock(decision: Decision, moved: StockMoved) -> Decision:
    """The ledger refuses every plan, although the stock that it was made of is there to be read."""
    hold = Hold(
        reason=HoldReason.NO_ROUTE,
        detail=f"{moved}, again and again",
        fix="`orderloom inventory verify` and the node's stock say what is there; then `orderloom orders retry KEY`",
    )
    none_taken = tuple(
        rule.model_copy(update={"nodes": tuple(node.model_copy(update={"taken": False}) for node in rule.nodes)})
        for rule in decision.trace
    )
    held: dict[str, Any] = {"hold": hold, "sentence": f"No node can ship this order now: {hold.detail}."}
    held |= {"plan": (), "rule": None, "cost": None, "arrives_on": None, "trace": none_taken}
    return decision.model_copy(update=held | {"backorder_until": None, "cancel": False, "then": (), "observed": False})


def _for_a_person(decision: Decision, refusals: tuple[Refusal, ...]) -> Decision:
    """What nodes refused is settled with them: neither new stock nor a cancellation by rule answers it."""
    sentence = "No node can ship this order now."
    held = {"hold": _all_refused(refusals), "backorder_until": None, "cancel": False, "sentence": sentence}
    return decision.model_copy(update=held)


def _all_refused(refusals: tuple[Refusal, ...]) -> Hold:
    return Hold(
        reason=HoldReason.NODE_REFUSED,
        detail="; ".join(f"{refusal.node} refused: {refusal.reason}" for refusal in refusals),
        fix="settle it with a node, then `orderloom orders retry KEY` asks all of them again",
    )
