"""Which of several nodes comes first, by what the rule chooses by, and what that leaves to say of the others."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from orderloom.domain.routing.fences import Parcel, total_cost
from orderloom.domain.routing.question import Question
from orderloom.domain.rulebook import Choose

_WORSE = {
    Choose.CHEAPEST: "another node is cheaper",
    Choose.NEAREST: "another node is nearer",
    Choose.BALANCED: "another node has more of today's capacity left",
}
_EQUAL = {
    Choose.CHEAPEST: "an earlier node costs the same",
    Choose.NEAREST: "an earlier node is as near",
    Choose.BALANCED: "an earlier node has as much of today's capacity left",
}
_UNKNOWN = {
    Choose.CHEAPEST: "costs an unknown amount to ship from, which comes last",
    Choose.NEAREST: "is at an unknown distance, which comes last",
}
_EARLIER = "an earlier node has all of it"


def ranked(choose: Choose, nodes: Sequence[str], whole: Mapping[str, Parcel], asked: Question) -> list[str]:
    """Best first; the unknown comes last, equals stay in the rule's order. `whole`: all of the order from each node."""
    return sorted(nodes, key=lambda node: _key(_measure(choose, whole[node], asked)))


def cheapness(parcels: Sequence[Parcel]) -> tuple[bool, Decimal | float]:
    """To sort by: what shipping all of them costs, the unknown last."""
    return _key(total_cost(parcels))


def why_another(choose: Choose, passed: Parcel, taken: Parcel, asked: Question) -> str:
    """Why a node that could have shipped the order whole was passed over for the one that was taken."""
    if choose not in _WORSE:
        return _EARLIER
    mine, best = _measure(choose, passed, asked), _measure(choose, taken, asked)
    if mine is None:
        return _UNKNOWN[choose]
    return _EQUAL[choose] if mine == best else _WORSE[choose]


def _measure(choose: Choose, parcel: Parcel, asked: Question) -> Decimal | float | None:
    """Less is better; None is unknown."""
    if choose is Choose.CHEAPEST:
        return parcel.way.cost if parcel.way else None
    if choose is Choose.NEAREST:
        return asked.network.distance_km(parcel.node, asked.order.destination)
    return _busy(parcel.node, asked) if choose is Choose.BALANCED else 0.0


def _busy(node: str, asked: Question) -> float:
    """The part of today's capacity that is taken. A node without a limit is never busy."""
    capacity = asked.network.nodes[node].daily_capacity
    return asked.taken_today.get(node, 0) / capacity if capacity else 0.0


def _key(measure: Decimal | float | None) -> tuple[bool, Decimal | float]:
    return (measure is None, measure or 0.0)
