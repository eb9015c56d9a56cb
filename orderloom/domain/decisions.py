"""What routing decided, and the trace that says why."""

from datetime import date

from pydantic import Field, JsonValue

from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.money import Money
from orderloom.domain.orders import Hold, HoldReason, Order
from orderloom.domain.quotes import Quote
from orderloom.domain.rulebook import RuleAction
from orderloom.domain.shipments import PlannedShipment
from orderloom.domain.stock import SkuMaster, StockLevel


class NodeVerdict(Frozen):
    """What was found about one node of a rule. None is unknown."""

    node: str
    taken: bool
    reason: str
    cost: Money | None = None
    """Of what it ships, or would ship if it shipped everything."""
    distance_km: float | None = None
    service: str | None = None
    leaves_at: Utc | None = None
    arrives_on: date | None = None
    """A day on the node's own calendar."""
    opens_at: Utc | None = None
    """When the day begins on which it may ship again, where its capacity or its last departure of today stops it."""
    unanswered: str = ""
    """Why the node did not say what it would cost there and when it arrives, although it was asked."""

    @property
    def known(self) -> tuple[str, ...]:
        """What is known of it beside the reason, as a merchant would say it; what is not known is left out."""
        cost = f"{self.cost.amount} {self.cost.currency} to ship" if self.cost else ""
        away = f"{self.distance_km:.0f} km away" if self.distance_km is not None else ""
        by = f"by {self.service}" if self.service else ""
        leaves = f"leaves {self.leaves_at:%Y-%m-%d %H:%M} UTC" if self.leaves_at else ""
        arrives = f"arrives {self.arrives_on}" if self.arrives_on else ""
        asked = f"asked for its price, it did not answer: {self.unanswered}" if self.unanswered else ""
        return tuple(filter(None, (cost, away, by, leaves, arrives, asked)))


class RuleVerdict(Frozen):
    """What one rule said. `matched` is None where it reads a fact that is unknown; `missing` names the facts."""

    rule: str
    matched: bool | None
    missing: tuple[str, ...] = ()
    error: str = ""
    """Why the condition gave no answer although all its facts are known, e.g. an index beyond a list's end."""
    nodes: tuple[NodeVerdict, ...] = ()
    note: str = ""
    """Why its nodes together could not ship the order although some have stock."""

    @property
    def said(self) -> str:
        if self.matched is None:
            return f"does not match: {', '.join(self.missing)} unknown" if self.missing else self.error
        return "matches" if self.matched else "does not match"


class Inputs(Frozen):
    """All that a decision rests on besides the configuration and the moment: deciding again gives the same."""

    order: Order
    masters: tuple[SkuMaster, ...]
    stock: tuple[StockLevel, ...]
    excluded: tuple[str, ...] = ()
    dispatched: tuple[PlannedShipment, ...] = ()
    taken_today: dict[str, int] = Field(default_factory=dict)
    """Shipments that each node with a daily capacity has taken today, without this order's."""
    short: dict[str, int] = Field(default_factory=dict)
    """Units by SKU that were sold to it and are not there. Then no node can ship it, whatever is on its shelves:
    that is reserved for others."""
    answers: dict[str, dict[str, JsonValue]] = Field(default_factory=dict)
    """By action what its service answered before this decision; one without a field gave no answer that fits."""
    pools: dict[str, str] = Field(default_factory=dict)
    """By line the pool that it sold from: only that pool's nodes ship it. A line that is not named has any node."""
    moved: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """By line the nodes that the merchant moved it to at its channel: no other ships it."""
    quotes: tuple[Quote, ...] = ()
    """What nodes answered when they were asked beforehand for price and promise."""


class Decision(Frozen):
    """One routing decision: a plan or a hold, and how it came about."""

    key: OrderKey
    decided_at: Utc
    rules_hash: str
    rule: str | None
    """The rule that took the order; None where none did."""
    plan: tuple[PlannedShipment, ...]
    observed: bool = False
    """True where the taken node ships by itself (FBA for an AFN order): nothing is dispatched."""
    hold: Hold | None = None
    """Set wherever there is no plan, also for a backorder or a cancellation that a rule asks for."""
    backorder_until: Utc | None = None
    opens_at: Utc | None = None
    """Within a backorder: when the next day of a node begins whose present day is why it may not ship."""
    cancel: bool = False
    asks: tuple[str, ...] = ()
    """Actions whose answers a rule hangs on: it is decided again when they are there, and nothing is planned yet."""
    trace: tuple[RuleVerdict, ...]
    facts: dict[str, JsonValue]
    """The facts and answers as the rules saw them; an unknown one is absent."""
    sentence: str
    """The decision as a merchant would say it."""
    cost: Money | None = None
    """Of shipping the plan, in the base currency; None where a part of it is unknown."""
    arrives_on: date | None = None
    """When the last shipment arrives, where all of them are known."""
    then: tuple[RuleAction, ...] = ()
    """What else the rule has done for the plan."""
    inputs: Inputs | None = None
    """None in decisions from before inputs were kept."""
    rules_version: int | None = None
    """The version of the rules that decided; 0 for the configuration file's own (domain/rule_versions.py)."""
    rules_book: str | None = None
    """The content of those rules by its hash."""

    @property
    def keeps_its_rules(self) -> bool:
        """Whether a later decision about the order is made by the same rules. Where they gave no answer it is not, so
        that better rules may."""
        no_answer = self.hold is not None and self.hold.reason is HoldReason.NO_ROUTE
        return not no_answer or self.backorder_until is not None

    def in_words(self) -> tuple[str, ...]:
        """Why it was decided so: each rule that was asked, and under it each of its nodes."""
        lines = [self.sentence]
        for rule in self.trace:
            lines.append(f"Rule “{rule.rule}” {rule.said}.")
            for node in rule.nodes:
                verdict = "ships it" if node.taken else "was passed over"
                facts = [node.reason, *node.known, *self._stock_at(node.node)]
                lines.append(f"- {node.node} {verdict}: {'; '.join(facts)}.")
            lines += [f"- Together: {rule.note}."] if rule.note else []
        return tuple(lines)

    def _stock_at(self, node: str) -> list[str]:
        """Units that it could have shipped then, by SKU; nothing in decisions that kept no inputs."""
        levels = self.inputs.stock if self.inputs else ()
        free = [f"{level.on_hand - level.allocated} {level.sku}" for level in levels if level.node == node]
        return [f"free there: {', '.join(free)}"] if free else []

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that ship the order, each once, observed ones included."""
        planned = tuple(dict.fromkeys(shipment.node for shipment in self.plan))
        return planned or tuple(v.node for rule in self.trace for v in rule.nodes if v.taken)
