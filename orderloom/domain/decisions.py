"""What routing decided, and the trace that says why."""

from pydantic import JsonValue

from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import Hold
from orderloom.domain.shipments import PlannedShipment


class NodeVerdict(Frozen):
    node: str
    taken: bool
    reason: str


class RuleVerdict(Frozen):
    """What one rule said. `matched` is None where it reads a fact that is unknown; `missing` names the facts."""

    rule: str
    matched: bool | None
    missing: tuple[str, ...] = ()
    error: str = ""
    """Why the condition gave no answer although all its facts are known, e.g. an index beyond a list's end."""
    nodes: tuple[NodeVerdict, ...] = ()


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
    trace: tuple[RuleVerdict, ...]
    facts: dict[str, JsonValue]
    """The facts as the rules saw them; an unknown fact is absent."""
    sentence: str
    """The decision as a merchant would say it."""

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that ship the order, each once, observed ones included."""
        planned = tuple(dict.fromkeys(shipment.node for shipment in self.plan))
        return planned or tuple(v.node for rule in self.trace for v in rule.nodes if v.taken)
