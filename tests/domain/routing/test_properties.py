"""What no set of rules, no stock and no order may break."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.decisions import Decision
from orderloom.domain.orders import Order, TimeWindow
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from tests.domain.routing.merchant import MASTERS, MONDAY_NOON, NODES, decide, reason, router, sold

SKUS = ("PAN", "LID", "GAS", "NEW")
numbers = st.integers(0, 4)
stocks = st.fixed_dictionaries({node: st.fixed_dictionaries(dict.fromkeys(SKUS, numbers)) for node in NODES})
orders = st.builds(
    lambda lines, to, total, ship_by: sold(
        *lines, to=to, total=str(total), ship_by=TimeWindow(latest=ship_by and MONDAY_NOON + timedelta(hours=ship_by))
    ),
    st.lists(st.tuples(st.sampled_from(SKUS), st.integers(1, 3)), min_size=1, max_size=4),
    st.sampled_from(["NY", "CA", "HI", "ZZ"]),
    st.integers(1, 200),
    st.none() | st.integers(1, 60),
)
fences = st.fixed_dictionaries(
    {},
    optional={
        "leaves_today": st.booleans(),
        "leaves_by_ship_by": st.booleans(),
        "countries": st.sampled_from([["US"], ["CA"]]),
        "hazmat": st.sampled_from(["never", "ground_only"]),
        "max_weight_kg": st.sampled_from([0.5, 1.5, 4.0]),
        "max_distance_km": st.sampled_from([300.0, 4000.0]),
        "max_cost": st.sampled_from([6, 15, 30]),
        "min_margin": st.sampled_from([0, 40]),
        "services": st.sampled_from([["ground"], ["air"]]),
    },
)
splits = st.none() | st.just("never") | st.builds(lambda n, v: {"up_to": n, "above": v}, st.integers(1, 3), numbers)
ENDS = ["next_rule", "hold", "cancel"]
ends = st.sampled_from(ENDS)
rules = st.fixed_dictionaries(
    {
        "when": st.sampled_from(["true", "order.weight_kg > 2.0", "order.margin > 50.0", "order.hazmat"]),
        "send_to": st.permutations(list(NODES)).flatmap(lambda nodes: st.integers(1, 3).map(lambda n: nodes[:n])),
        "choose": st.sampled_from(["first", "cheapest", "nearest", "balanced", "fewest_shipments"]),
        "service": st.sampled_from(["cheapest", "fastest"]),
        "require": fences,
        "split": splits,
        "otherwise": st.sampled_from(
            [
                "next_rule",
                "hold",
                "cancel",
                *({"backorder_until": "ship_by", "after": end} for end in ("hold", "next_rule", "cancel")),
            ]
        ),
    }
).map(lambda rule: {name: value for name, value in rule.items() if value is not None})
rule_lists = st.lists(rules, min_size=1, max_size=3)
busy = st.fixed_dictionaries(dict.fromkeys(NODES, st.integers(0, 5)))
moments = st.integers(0, 47).map(lambda hours: MONDAY_NOON + timedelta(hours=hours))
CAPPED = {name: {**settings, "daily_capacity": 5} for name, settings in NODES.items()}


shorts: st.SearchStrategy[dict[str, int]] = st.dictionaries(st.sampled_from(["PAN", "LID"]), st.integers(1, 2)).filter(
    lambda units: len(units) < 2
)


@given(rule_lists, orders, stocks, busy, moments, shorts)
def test_every_order_ends_in_a_plan_or_a_reason_and_no_plan_breaks_anything(
    said: list[dict[str, Any]],
    order: Order,
    stock: dict[str, dict[str, int]],
    taken: dict[str, int],
    now: datetime,
    short: dict[str, int],
) -> None:
    using = router(*said, nodes=CAPPED)
    decision = decide(using, order, stock, now, taken_today=taken, short=short)
    assert decision == decide(router(*said, nodes=CAPPED), order, stock, now, taken_today=taken, short=short)
    assert bool(decision.plan) + ends_otherwise(decision) == 1, "a plan, a hold, a backorder or a cancellation"
    assert not (short and decision.plan), "what is short is not shipped"
    assert bool(decision.plan) != (decision.hold is not None), "a plan, or a hold that says why"
    if decision.plan:
        _ships_exactly(decision, order, stock)
        _says_what_is_so(decision)
        rule = next(rule for n, rule in enumerate(said, 1) if f"rule {n}" == decision.rule)
        assert {shipment.node for shipment in decision.plan} <= set(rule["send_to"])
        assert all(taken[shipment.node] < 5 for shipment in decision.plan)
        _keeps_to_the_split(decision, rule.get("split"), order)
        _meets(decision, rule["require"], order, now)
    else:
        assert not (decision.cancel and decision.backorder_until)


POOLED = {**NODES, "west": {**NODES["west"], "pool": "far"}}


@given(rule_lists, orders, stocks, st.lists(st.sampled_from(["own", "far", "none"])))
def test_each_line_is_shipped_by_nodes_of_the_pool_that_it_sold_from(
    said: list[dict[str, Any]], order: Order, stock: dict[str, dict[str, int]], sold_from: list[str]
) -> None:
    pools = {line.line_id: pool for line, pool in zip(order.lines, sold_from, strict=False)}
    decision = decide(router(*said, nodes=POOLED), order, stock, pools=pools)
    if decision.plan:
        _ships_exactly(decision, order, stock)
    for shipment in decision.plan:
        for sent in shipment.lines:
            assert pools.get(sent.line_id) in (None, POOLED[shipment.node]["pool"])


def test_one_sku_from_two_pools_leaves_from_a_node_of_each() -> None:
    order = sold(("PAN", 1), ("PAN", 2))
    using = router({"send_to": ["own", "west"]}, nodes=POOLED)
    decision = decide(using, order, pools={"1": "far", "2": "own"})
    assert {(s.node, part.line_id) for s in decision.plan for part in s.lines} == {("west", "1"), ("own", "2")}
    assert {reason(decision, node) for node in ("own", "west")} == {"has a part of it"}
    only_own = decide(router({"send_to": ["own"]}, nodes=POOLED), order, pools={"1": "far", "2": "own"})
    assert reason(only_own, "own") == "has only 2 of 3 PAN"
    assert only_own.hold is not None


def ends_otherwise(decision: Decision) -> int:
    held = decision.hold is not None and not decision.cancel and decision.backorder_until is None
    return held + decision.cancel + (decision.backorder_until is not None)


def _ships_exactly(
    decision: Decision, order: Order, stock: dict[str, dict[str, int]], sent: Sequence[PlannedShipment] = ()
) -> None:
    wanted: Counter[tuple[str, str]] = Counter()
    for sold_line in order.lines:
        for component in sold_line.components or ():
            wanted[(sold_line.line_id, component.sku)] += component.units * sold_line.open_quantity
    shipped = Counter({(part.line_id, part.sku): part.quantity for one in sent for part in one.lines})
    leaving: Counter[tuple[str, str]] = Counter()
    for shipment in decision.plan:
        for part in shipment.lines:
            shipped[(part.line_id, part.sku)] += part.quantity
            leaving[(shipment.node, part.sku)] += part.quantity
    assert shipped == wanted
    assert all(units <= stock[node][sku] for (node, sku), units in leaving.items())


def _says_what_is_so(decision: Decision) -> None:
    """What is said of a node that was passed over is true of the one that was taken."""
    verdicts = decision.trace[-1].nodes
    taken = next(verdict for verdict in verdicts if verdict.taken)
    for passed in verdicts:
        if "cheaper" in passed.reason:
            assert passed.cost
            assert taken.cost
            assert taken.cost.amount < passed.cost.amount
        if "costs the same" in passed.reason:
            assert taken.cost == passed.cost
        if "costs an unknown amount to ship from" in passed.reason:
            assert passed.cost is None
        if "nearer" in passed.reason:
            assert taken.distance_km is not None
            assert passed.distance_km is not None
            assert taken.distance_km <= passed.distance_km


def _keeps_to_the_split(decision: Decision, split: Any, order: Order) -> None:
    nodes = [shipment.node for shipment in decision.plan]
    assert len(set(nodes)) == len(nodes), "one shipment a node"
    assert len(nodes) <= _most_shipments(split, order)


def _most_shipments(split: Any, order: Order) -> float:
    assert order.total
    if split == "never":
        return 1
    return inf if split is None else split["up_to"] if order.total.amount >= split["above"] else 1


def _meets(decision: Decision, require: dict[str, Any], order: Order, now: datetime) -> None:
    """Each fence, worked out again from the plan alone."""
    for shipment in decision.plan:
        _parcel_meets(shipment, require)
        _leaves_in_time(shipment.node, require, order, now)
        if "services" in require:
            assert [shipment.service] == require["services"]
        if "max_distance_km" in require:
            near = {"own": ("NY",), "east": (), "west": ()}[shipment.node]
            assert order.destination.region in near or require["max_distance_km"] > 300
            assert order.destination.region in ("NY", "CA") or shipment.node == "west"
    assert require.get("countries") != ["CA"]
    costs = [_price(shipment, order) for shipment in decision.plan]
    if "max_cost" in require:
        assert None not in costs
        assert sum(cost or 0 for cost in costs) <= require["max_cost"]
    if "min_margin" in require:
        assert order.total
        goods = [(MASTERS[part.sku].cost, part.quantity) for s in decision.plan for part in s.lines]
        spent = sum(cost.amount * units if cost else 10**9 for cost, units in goods) + sum(cost or 0 for cost in costs)
        assert order.total.amount - spent >= require["min_margin"]


def _parcel_meets(shipment: PlannedShipment, require: dict[str, Any]) -> None:
    masters = [(MASTERS[part.sku], part.quantity) for part in shipment.lines]
    may_be_hazmat = any(master.hazmat is not False for master, _ in masters)
    if "max_weight_kg" in require:
        assert sum((m.weight_grams or 10**9) * n for m, n in masters) <= require["max_weight_kg"] * 1000
    assert not (may_be_hazmat and require.get("hazmat") == "never")
    if may_be_hazmat and require.get("hazmat") == "ground_only":
        assert shipment.service == "ground"


def _leaves_in_time(node: str, require: dict[str, Any], order: Order, now: datetime) -> None:
    if require.get("leaves_today"):
        zone = ZoneInfo(NODES[node]["time_zone"])
        assert _departure(node, now).astimezone(zone).date() == now.astimezone(zone).date()
    if require.get("leaves_by_ship_by"):
        assert order.ship_by.latest
        assert _departure(node, now) <= order.ship_by.latest


def _price(shipment: PlannedShipment, order: Order) -> int | None:
    if any(MASTERS[part.sku].weight_grams is None for part in shipment.lines) or order.destination.region == "ZZ":
        return None
    if shipment.service == "air":
        return 40
    near = {"own": ("NY",), "east": ("NY",), "west": ("CA",)}[shipment.node]
    return 6 if order.destination.region in near else 14


def _departure(node: str, now: datetime) -> datetime:
    """By trying every minute: slower and simpler than the calendar."""
    zone = ZoneInfo(NODES[node]["time_zone"])
    moment = now.replace(second=0)
    while True:
        local = moment.astimezone(zone)
        if (local.hour, local.minute) == (14, 0) and local.weekday() < 5:
            return moment.astimezone(UTC)
        moment += timedelta(minutes=1)


@given(rule_lists, orders, stocks, st.frozensets(st.sampled_from(list(NODES))), st.booleans())
def test_what_is_under_way_is_not_sent_again_and_who_refused_is_not_asked_again(
    said: list[dict[str, Any]], order: Order, stock: dict[str, dict[str, int]], refused: frozenset[str], has_sent: bool
) -> None:
    first = order.lines[0].components or ()
    unit = ShipmentLine(line_id=order.lines[0].line_id, sku=first[0].sku, quantity=1)
    sent = [PlannedShipment(number=1, node="own", lines=(unit,))] if has_sent else []
    decision = decide(router(*said), order, stock, excluded=refused, dispatched=sent)
    if sum(line.quantity for line in order.lines) == len(sent):
        assert (decision.plan, decision.hold) == ((), None), "all of it is under way"
        return
    assert bool(decision.plan) + ends_otherwise(decision) == 1
    assert not (sent and decision.cancel), "what a node is packing is not cancelled by a rule"
    assert not refused & {shipment.node for shipment in decision.plan}
    numbers = [shipment.number for shipment in (*sent, *decision.plan)]
    assert len(set(numbers)) == len(numbers)
    if decision.plan:
        _ships_exactly(decision, order, stock, sent)
        rule = next(rule for n, rule in enumerate(said, 1) if f"rule {n}" == decision.rule)
        assert len(numbers) <= _most_shipments(rule.get("split"), order)
