"""Which of a rule's nodes ship an order: ranked by what the rule chooses by, whole before split."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations, islice

from orderloom.domain.decisions import NodeVerdict
from orderloom.domain.money import Money
from orderloom.domain.quotes import Unquoted
from orderloom.domain.routing.fences import Parcel, node_fence, opens_at, parcel, plan_fence, total_cost
from orderloom.domain.routing.question import Question
from orderloom.domain.rulebook import Choose, Rule
from orderloom.domain.shipments import PlannedShipment, ShipmentLine

MOST_COMBINATIONS = 1_000
"""Of nodes that one decision tries for a split, fewest shipments first. Ten nodes have 1,023."""
_FAR = float("inf")


@dataclass(frozen=True)
class Placement:
    """What a rule's nodes can do for an order; `parcels` is None where they cannot ship it."""

    parcels: tuple[Parcel, ...] | None
    nodes: tuple[NodeVerdict, ...] = field(default=())
    note: str = ""
    unquoted: tuple[Unquoted, ...] = ()
    """Parcels whose nodes could be asked for price and promise, and whose answers could change it."""

    def plan(self, taken_numbers: Sequence[int]) -> tuple[PlannedShipment, ...]:
        """New shipments take the smallest unused numbers."""
        parcels = self.parcels or ()
        free = (n for n in range(1, 1 + len(parcels) + len(taken_numbers)) if n not in taken_numbers)
        return tuple(
            PlannedShipment(number=number, node=one.node, lines=one.lines, service=one.way.service if one.way else None)
            for number, one in zip(free, parcels, strict=False)
        )


@dataclass
class _Tried:
    """What one placement has looked at: by node the first problem, and every parcel that was considered."""

    problems: dict[str, str]
    parcels: list[Parcel] = field(default_factory=list)


def place(rule: Rule, asked: Question) -> Placement:
    """One node for everything if there is one; else the fewest or first that together have it, within the limit."""
    fences = {node: node_fence(node, rule.require, asked) for node in rule.send_to}
    open_nodes = [node for node in rule.send_to if fences[node] is None]
    if asked.order.fulfilled_by_channel:
        return _observe(rule, fences, open_nodes)
    whole = {node: parcel(node, asked.demand, rule, asked) for node in open_nodes}
    ranked = _rank(rule.choose, open_nodes, whole, asked)
    limit, why_limited = _split_limit(rule, asked)
    tried = _Tried(dict.fromkeys(open_nodes, "what is there is reserved for other orders") if asked.short else {})
    may_place = bool(asked.demand) and not asked.short
    parcels = _first_good(_singles(ranked, whole, asked), rule, asked, tried) if may_place and limit > 0 else None
    if not asked.demand:
        parcels = ()
    elif parcels is None and may_place:
        parcels = _split(ranked, rule, limit, asked, tried)
    note = "" if parcels is not None else _note(ranked, limit, why_limited, asked)
    chosen = {one.node: one for one in parcels or ()}
    verdicts = [_verdict(n, fences[n], whole.get(n), chosen, tried.problems, rule, asked) for n in rule.send_to]
    if may_place and rule.choose is Choose.CHEAPEST:
        tried.parcels += [whole[node] for node in open_nodes if not asked.lacking(node)]
    return Placement(parcels, tuple(verdicts), note, _unquoted(tried.parcels, asked))


def _observe(rule: Rule, fences: dict[str, str | None], open_nodes: Sequence[str]) -> Placement:
    """Amazon ships it: nothing is dispatched."""
    chosen = open_nodes[:1]
    verdicts = tuple(
        NodeVerdict(node=n, taken=n in chosen, reason=fences[n] or ("Amazon ships it" if n in chosen else "not needed"))
        for n in rule.send_to
    )
    return Placement(() if chosen else None, verdicts)


def _rank(choose: Choose, nodes: Sequence[str], whole: dict[str, Parcel], asked: Question) -> list[str]:
    """Best first; the unknown comes last, equals stay in the rule's order."""
    if choose is Choose.CHEAPEST:
        return sorted(nodes, key=lambda n: _cost_rank([whole[n]]))
    if choose is Choose.NEAREST:
        return sorted(nodes, key=lambda n: _km(n, asked))
    if choose is Choose.BALANCED:
        return sorted(nodes, key=lambda n: _busy(n, asked))
    return list(nodes)


def _cost_rank(parcels: Sequence[Parcel]) -> tuple[bool, Decimal]:
    cost = total_cost(parcels)
    return (cost is None, cost or Decimal())


def _km(node: str, asked: Question) -> float:
    away = asked.network.distance_km(node, asked.order.destination)
    return _FAR if away is None else away


def _busy(node: str, asked: Question) -> float:
    """The part of today's capacity that is taken. A node without a limit is never busy."""
    capacity = asked.network.nodes[node].daily_capacity
    return asked.taken_today.get(node, 0) / capacity if capacity else 0.0


def _split_limit(rule: Rule, asked: Question) -> tuple[int, str]:
    """How many new shipments there may be, and why no more."""
    under_way = len(asked.dispatched_numbers)
    limit = rule.split.up_to if rule.split.up_to is not None else len(rule.send_to) + under_way
    why = f"the rule allows {limit}"
    above = rule.split.above
    if above is not None and (asked.value is None or asked.value < above):
        limit = 1
        worth = "an unknown value" if asked.value is None else f"a value of {asked.value}"
        why = f"the rule splits from {above} {asked.network.exchange.base} on, and this order has {worth}"
    # Places that the merchant chose himself are no split by rule.
    return limit - under_way + len(asked.moved_to), why


def _singles(ranked: Sequence[str], whole: dict[str, Parcel], asked: Question) -> Iterator[tuple[Parcel, ...]]:
    return ((whole[node],) for node in ranked if not asked.lacking(node))


def _first_good(
    tries: Iterator[tuple[Parcel, ...]], rule: Rule, asked: Question, tried: _Tried
) -> tuple[Parcel, ...] | None:
    for parcels in tries:
        if _is_good(parcels, rule, asked, tried):
            return parcels
    return None


def _is_good(parcels: Sequence[Parcel], rule: Rule, asked: Question, tried: _Tried) -> bool:
    tried.parcels += parcels
    for one in parcels:
        if one.problem:
            tried.problems.setdefault(one.node, one.problem)
            return False
    problem = plan_fence(parcels, rule.require, asked)
    if problem:
        for one in parcels:
            tried.problems.setdefault(one.node, problem)
    return problem is None


def _split(ranked: Sequence[str], rule: Rule, limit: int, asked: Question, tried: _Tried) -> tuple[Parcel, ...] | None:
    everything = _fill(ranked, rule, asked)
    if everything is None or limit < 2:
        return None
    in_order = rule.choose not in (Choose.CHEAPEST, Choose.FEWEST_SHIPMENTS)
    if in_order and len(everything) <= limit and _is_good(everything, rule, asked, tried):
        return everything
    tries = islice(_combined(ranked, rule, limit, asked), MOST_COMBINATIONS)
    best: tuple[Parcel, ...] | None = None
    for parcels in tries:
        if best is not None and len(parcels) > len(best):
            break
        if not _is_good(parcels, rule, asked, tried):
            continue
        if rule.choose is not Choose.CHEAPEST:
            return parcels
        best = min(best, parcels, key=_cost_rank) if best else parcels
    return best


def _combined(ranked: Sequence[str], rule: Rule, limit: int, asked: Question) -> Iterator[tuple[Parcel, ...]]:
    """What each combination of nodes could ship together, fewest nodes first, better ranked ones before others."""
    for size in range(2, min(limit, len(ranked)) + 1):
        for nodes in combinations(ranked, size):
            parcels = _fill(nodes, rule, asked)
            if parcels is not None and len(parcels) == size:
                yield parcels


def _fill(nodes: Sequence[str], rule: Rule, asked: Question) -> tuple[Parcel, ...] | None:
    """Fill from the nodes in their order; None where together they lack something."""
    free = dict(asked.free)
    taken: dict[str, list[ShipmentLine]] = {}
    for line in asked.demand:
        missing = line.quantity
        for node in nodes:
            units = min(missing, max(free.get((node, line.sku), 0), 0)) if asked.may_ship(node, line) else 0
            if units:
                free[(node, line.sku)] -= units
                taken.setdefault(node, []).append(line.model_copy(update={"quantity": units}))
                missing -= units
        if missing:
            return None
    return tuple(parcel(node, taken[node], rule, asked) for node in nodes if node in taken)


def _unquoted(parcels: Iterable[Parcel], asked: Question) -> tuple[Unquoted, ...]:
    """In the order of the tries, each once."""
    could = (p for p in parcels if not p.is_settled and asked.may_quote(p.node) and not asked.quote(p.node, p.lines))
    return tuple(dict.fromkeys(Unquoted(one.node, one.lines) for one in could))


def _note(ranked: Sequence[str], limit: int, why_limited: str, asked: Question) -> str:
    if asked.short:
        return ", ".join(f"{units} of {sku} short" for sku, units in sorted(asked.short.items()))
    has_some = [n for n in ranked if asked.has_some(n)]
    if limit < 1:
        return f"no further shipment: {why_limited}"
    if limit < len(has_some) and all(asked.lacking(node) for node in ranked):
        return f"no {'one node has' if limit == 1 else f'{limit} nodes have'} all of it: {why_limited}"
    return ""


def _verdict(
    node: str,
    fence: str | None,
    whole: Parcel | None,
    chosen: dict[str, Parcel],
    problems: dict[str, str],
    rule: Rule,
    asked: Question,
) -> NodeVerdict:
    own = chosen.get(node) or whole
    way = own.way if own else None
    away = asked.network.distance_km(node, asked.order.destination)
    cost = way.cost if way else None
    quote = asked.quote(node, own.lines) if own else None
    return NodeVerdict(
        node=node,
        taken=node in chosen,
        reason=fence or _reason(node, chosen, problems, whole, rule, asked),
        cost=None if cost is None else Money(amount=cost, currency=asked.network.exchange.base),
        distance_km=None if away is None else round(away),
        service=way.service if way else None,
        leaves_at=way.leaves_at if way else None,
        arrives_on=way.arrives_on if way else None,
        opens_at=opens_at(node, rule.require, asked) if fence else None,
        unanswered=quote.unanswered if quote else "",
    )


_LESS_FIT = {
    Choose.FIRST: "an earlier node has all of it",
    Choose.FEWEST_SHIPMENTS: "an earlier node has all of it",
    Choose.CHEAPEST: "another node is cheaper",
    Choose.NEAREST: "another node is nearer",
    Choose.BALANCED: "another node has more of today's capacity left",
}


def _reason(
    node: str,
    chosen: dict[str, Parcel],
    problems: dict[str, str],
    whole: Parcel | None,
    rule: Rule,
    asked: Question,
) -> str:
    lacking = asked.lacking(node)
    if node in chosen and node in asked.moved_to:
        return "moved there by the merchant in Shopify"
    if asked.moved_to and not any(asked.may_ship(node, line) for line in asked.demand):
        return f"moved by the merchant in Shopify to {', '.join(asked.moved_to)}"
    if node in chosen:
        return "has a part of it" if lacking else "has all of it"
    if lacking:
        return f"has only {', '.join(lacking)}"
    problem = problems.get(node) or (whole.problem if whole else None)
    return problem or _LESS_FIT[rule.choose]
