"""Which of a rule's nodes ship an order: ranked by what the rule chooses by, whole before split."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice

from orderloom.domain.decisions import NodeVerdict
from orderloom.domain.quotes import Unquoted
from orderloom.domain.routing.fences import Parcel, node_fence, parcel, plan_fence
from orderloom.domain.routing.question import Question
from orderloom.domain.routing.ranking import cheapness, ranked
from orderloom.domain.routing.verdicts import Looked
from orderloom.domain.rulebook import Choose, Rule
from orderloom.domain.shipments import PlannedShipment, ShipmentLine

Parcels = tuple[Parcel, ...]
MOST_COMBINATIONS = 1_000
"""Of nodes that one decision tries for a split, fewest shipments first. Ten nodes have 1,023."""


@dataclass(frozen=True)
class Placement:
    """What a rule's nodes can do for an order; `parcels` is None where they cannot ship it."""

    parcels: Parcels | None
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


NOWHERE = Placement(parcels=None)
NOTHING = Placement(parcels=())
"""All of it is under way, or needs no shipping."""


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
    best_first = ranked(rule.choose, open_nodes, whole, asked)
    limit, why_limited = _split_limit(rule, asked)
    tried = _Tried(dict.fromkeys(open_nodes, "what is there is reserved for other orders") if asked.short else {})
    parcels = _shipments(best_first, whole, limit, rule, asked, tried)
    note = "" if parcels is not None else _note(best_first, limit, why_limited, asked)
    chosen = {one.node: one for one in parcels or ()}
    looked = Looked(rule, asked, fences, whole, chosen, tried.problems)
    return Placement(parcels, tuple(map(looked.verdict, rule.send_to)), note, _unquoted(tried.parcels, asked))


def _shipments(
    best_first: Sequence[str], whole: dict[str, Parcel], limit: int, rule: Rule, asked: Question, tried: _Tried
) -> Parcels | None:
    """None where these nodes cannot ship it."""
    if asked.short:
        return None
    singles = [(whole[node],) for node in best_first if not asked.lacking(node)]
    tries = singles if limit > 0 else []
    found: Parcels | None = next((one for one in tries if _is_good(one, rule, asked, tried)), None)
    found = found or _split(best_first, rule, limit, asked, tried)
    if rule.choose is Choose.CHEAPEST:
        # Whoever has all of it could be the cheapest, were its price known.
        tried.parcels += [one for (one,) in singles]
    return found


def _observe(rule: Rule, fences: dict[str, str | None], open_nodes: Sequence[str]) -> Placement:
    """Amazon ships it: nothing is dispatched."""
    chosen = open_nodes[:1]
    verdicts = tuple(
        NodeVerdict(node=n, taken=n in chosen, reason=fences[n] or ("Amazon ships it" if n in chosen else "not needed"))
        for n in rule.send_to
    )
    return Placement(() if chosen else None, verdicts)


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


def _split(best_first: Sequence[str], rule: Rule, limit: int, asked: Question, tried: _Tried) -> Parcels | None:
    everything = _fill(best_first, rule, asked)
    if everything is None or limit < 2:
        return None
    in_order = rule.choose not in (Choose.CHEAPEST, Choose.FEWEST_SHIPMENTS)
    if in_order and len(everything) <= limit and _is_good(everything, rule, asked, tried):
        return everything
    tries = islice(_combined(best_first, rule, limit, asked), MOST_COMBINATIONS)
    best: Parcels | None = None
    for parcels in tries:
        if best is not None and len(parcels) > len(best):
            break
        if not _is_good(parcels, rule, asked, tried):
            continue
        if rule.choose is not Choose.CHEAPEST:
            return parcels
        best = min(best, parcels, key=cheapness) if best else parcels
    return best


def _combined(best_first: Sequence[str], rule: Rule, limit: int, asked: Question) -> Iterator[Parcels]:
    """What each combination of nodes could ship together, fewest nodes first, better ranked ones before others."""
    for size in range(2, min(limit, len(best_first)) + 1):
        for nodes in combinations(best_first, size):
            parcels = _fill(nodes, rule, asked)
            if parcels is not None and len(parcels) == size:
                yield parcels


def _fill(nodes: Sequence[str], rule: Rule, asked: Question) -> Parcels | None:
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


def _note(best_first: Sequence[str], limit: int, why_limited: str, asked: Question) -> str:
    if asked.short:
        return ", ".join(f"{units} of {sku} short" for sku, units in sorted(asked.short.items()))
    has_some = [n for n in best_first if asked.has_some(n)]
    if limit < 1:
        return f"no further shipment: {why_limited}"
    if limit < len(has_some) and all(asked.lacking(node) for node in best_first):
        return f"no {'one node has' if limit == 1 else f'{limit} nodes have'} all of it: {why_limited}"
    return ""
