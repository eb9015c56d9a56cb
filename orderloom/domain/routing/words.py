"""A decision as a merchant would say it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from orderloom.domain.decisions import RuleVerdict
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.orders import Hold, HoldReason, counted, out_of_stock
from orderloom.domain.routing.placing import Placement
from orderloom.domain.rulebook import Rule


def sentence(
    rule: Rule | None, placed: Placement, nodes: Mapping[str, NodeSettings], until: datetime | None, *, cancel: bool
) -> str:
    if placed.parcels is None:
        if until is not None:
            return f"No node can ship this order now; it waits for stock until {until:%Y-%m-%d %H:%M} UTC."
        asks = " The rule asks to cancel it." if cancel else ""
        return f"No node can ship this order now.{asks}"
    because = f"because of the rule “{rule.name}”" if rule else ""
    if not any(verdict.taken for verdict in placed.nodes):
        return "Nothing of this order needs shipping."
    if not placed.parcels:
        taken = next(verdict.node for verdict in placed.nodes if verdict.taken)
        return f"{nodes[taken].name} ships it by itself, {because}; it is only observed here."
    parts = []
    for one in placed.parcels:
        service = f" by {one.way.service}" if one.way and one.way.service else ""
        parts.append(f"{nodes[one.node].name} ships {counted(sum(line.quantity for line in one.lines))}{service}")
    return f"{' and '.join(parts)}, {because}."


def asking(actions: Sequence[str]) -> str:
    return f"{' and '.join(actions)} is asked before this order is decided."


def unroutable(rule: Rule | None, trace: tuple[RuleVerdict, ...], short: Mapping[str, int]) -> Hold:
    """Why a person has to look at it: it lacks units, or no rule has a node for it."""
    return out_of_stock(short) if short else _no_route(rule, trace)


def _no_route(rule: Rule | None, trace: tuple[RuleVerdict, ...]) -> Hold:
    missing = sorted({name for verdict in trace for name in verdict.missing})
    passed = [f"{v.node} {v.reason}" for verdict in trace for v in verdict.nodes]
    passed += [verdict.note for verdict in trace if verdict.note]
    detail = "; ".join(dict.fromkeys(passed)) or "no routing rule matches this order"
    if missing:
        detail += f"; unknown: {', '.join(missing)}"
    where = f"rule “{rule.name}”" if rule else "the rules"
    return Hold(
        reason=HoldReason.NO_ROUTE,
        detail=detail,
        fix=f"move stock to a node that {where} may use, complete the SKU master or change the rules, then "
        "`orderloom orders retry KEY`",
    )
