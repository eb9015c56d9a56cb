"""What other rules would have done with orders that were decided: differences, and their sum."""

from collections.abc import Iterable
from decimal import Decimal

from pydantic import NonNegativeInt

from orderloom.domain.decisions import Decision
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Frozen
from orderloom.domain.routing.router import Router

MOST_DIFFERENCES = 10


class Difference(Frozen):
    """One order that would go otherwise. Costs are in the base currency, days are transit days; None is unknown."""

    key: OrderKey
    before: str
    after: str
    rule_before: str | None
    rule_after: str | None
    cost_change: Decimal | None
    days_change: int | None
    shipments_before: NonNegativeInt
    shipments_after: NonNegativeInt


class Comparison(Frozen):
    """What would have been otherwise over all orders."""

    rules_hash: str
    orders: NonNegativeInt = 0
    not_comparable: NonNegativeInt = 0
    """Decided before inputs were recorded."""
    moved: NonNegativeInt = 0
    """Orders that other nodes would ship."""
    splits_before: NonNegativeInt = 0
    splits_after: NonNegativeInt = 0
    unroutable_before: NonNegativeInt = 0
    unroutable_after: NonNegativeInt = 0
    cost_change: Decimal = Decimal()
    """In the base currency, over the orders whose cost is known under both sets of rules."""
    orders_with_cost: NonNegativeInt = 0
    days_change: int = 0
    """Later arrivals less earlier ones, over the orders whose arrival is known under both."""
    orders_with_arrival: NonNegativeInt = 0
    biggest: tuple[Difference, ...] = ()


def difference(before: Decision, after: Decision) -> Difference:
    cost = None if before.cost is None or after.cost is None else after.cost.amount - before.cost.amount
    if before.cost and after.cost and before.cost.currency != after.cost.currency:
        cost = None
    known = before.arrives_on is not None and after.arrives_on is not None
    days = (after.arrives_on - before.arrives_on).days if known and after.arrives_on and before.arrives_on else None
    return Difference(
        key=before.key,
        before=_went(before),
        after=_went(after),
        rule_before=before.rule,
        rule_after=after.rule,
        cost_change=cost,
        days_change=days,
        shipments_before=len(before.plan),
        shipments_after=len(after.plan),
    )


def compare(router: Router, recorded: Iterable[Decision]) -> Comparison:
    """Decide every recorded order again, at its moment and from its inputs, by these rules."""
    found = Comparison(rules_hash=router.rules_hash)
    counts = dict.fromkeys(Comparison.model_fields.keys() - {"rules_hash", "cost_change", "biggest"}, 0)
    cost, biggest = Decimal(), list[Difference]()
    for before in recorded:
        if before.inputs is None:
            counts["not_comparable"] += 1
            continue
        other = difference(before, router.decide_again(before.inputs, before.decided_at))
        _count(counts, other)
        cost += other.cost_change or 0
        if _weight(other)[0]:
            biggest = sorted([*biggest, other], key=_weight, reverse=True)[:MOST_DIFFERENCES]
    return found.model_copy(update={**counts, "cost_change": cost, "biggest": tuple(biggest)})


def _count(counts: dict[str, int], other: Difference) -> None:
    counts["orders"] += 1
    counts["moved"] += other.before != other.after
    counts["splits_before"] += other.shipments_before > 1
    counts["splits_after"] += other.shipments_after > 1
    counts["unroutable_before"] += other.before in _NOWHERE
    counts["unroutable_after"] += other.after in _NOWHERE
    counts["orders_with_cost"] += other.cost_change is not None
    counts["orders_with_arrival"] += other.days_change is not None
    counts["days_change"] += other.days_change or 0


_HELD, _CANCELLED, _WAITING = "held", "cancelled", "backordered"
_NOWHERE = frozenset({_HELD, _CANCELLED, _WAITING})


def _went(decision: Decision) -> str:
    """The nodes that ship it, or what becomes of it where none does."""
    if decision.asks:
        return f"asks {' and '.join(decision.asks)}"
    if decision.hold is None:
        return " + ".join(decision.nodes) or "nothing to ship"
    if decision.cancel:
        return _CANCELLED
    return _WAITING if decision.backorder_until else _HELD


def _weight(other: Difference) -> tuple[float, ...]:
    """Orders that would stop or start being shipped first, then by cost, then by days, then those that merely move."""
    stops = (other.before in _NOWHERE) != (other.after in _NOWHERE)
    moved = other.before != other.after or other.shipments_before != other.shipments_after
    cost, days = float(abs(other.cost_change or Decimal())), float(abs(other.days_change or 0))
    return (float(stops or moved or cost > 0 or days > 0), float(stops), cost, days)
