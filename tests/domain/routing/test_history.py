from decimal import Decimal

import pytest

from orderloom.domain.routing.history import compare
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from tests.domain.routing.merchant import NODES, decide, reason, router, sold


def test_other_rules_are_compared_over_recorded_orders() -> None:
    now = router({"send_to": ["own", "west"]})
    tried = router({"when": 'order.region == "CA"', "send_to": "west"}, {"send_to": "own", "split": "never"})
    apart = {"own": {"PAN": 9}, "west": {"LID": 9, "PAN": 0}}
    recorded = [
        decide(now, sold(("PAN", 1), to="CA")),
        decide(now, sold(("PAN", 1), to="NY")),
        decide(now, sold(("PAN", 1), ("LID", 1), to="NY"), apart),
    ]
    old = recorded[0].model_copy(update={"inputs": None})
    found = compare(tried, [*recorded, old])
    assert (found.orders, found.not_comparable, found.moved) == (3, 1, 2)
    assert (found.splits_before, found.splits_after) == (1, 0)
    assert (found.unroutable_before, found.unroutable_after) == (0, 1)
    assert (found.cost_change, found.orders_with_cost) == (Decimal(-8), 2), "14 from New Jersey, 6 from Nevada"
    assert (found.days_change, found.orders_with_arrival) == (-5, 2), "the weekend is between them"
    held, moved = found.biggest
    assert (held.before, held.after, held.cost_change) == ("own + west", "held", None)
    assert (moved.before, moved.after, moved.cost_change, moved.rule_after) == ("own", "west", Decimal(-8), "rule 1")


def test_the_same_rules_differ_in_nothing_and_ten_differences_are_enough() -> None:
    now, dearer = router({"send_to": "own"}), router({"send_to": "own", "service": "fastest"})
    recorded = [decide(now, sold(("PAN", 1))) for _ in range(30)]
    assert compare(now, recorded).biggest == ()
    found = compare(dearer, recorded)
    assert (found.moved, len(found.biggest), found.cost_change) == (0, 10, Decimal(30 * 34))


def test_the_trace_says_what_else_was_possible() -> None:
    decision = decide(router({"send_to": ["own", "west"], "choose": "cheapest"}), sold(("PAN", 1), to="CA"))
    assert reason(decision, "own") == "another node is cheaper"
    costs = {node.node: node.cost and str(node.cost.amount) for node in decision.trace[0].nodes}
    assert costs == {"own": "14", "west": "6"}


@pytest.mark.parametrize(
    ("choose", "to", "bare", "words"),
    [
        ("cheapest", "NY", (), "another node is cheaper"),
        ("cheapest", "NY", ("own", "west"), "costs an unknown amount to ship from, which comes last"),
        ("cheapest", "ZZ", (), "costs an unknown amount to ship from, which comes last"),
        ("nearest", "NY", (), "another node is nearer"),
        ("nearest", "ZZ", (), "is at an unknown distance, which comes last"),
        ("balanced", "NY", (), "an earlier node has as much of today's capacity left"),
        ("first", "NY", (), "an earlier node has all of it"),
    ],
)
def test_a_node_is_never_said_to_lose_by_what_nobody_knows(
    choose: str, to: str, bare: tuple[str, ...], words: str
) -> None:
    nodes = {name: {**said, **({"services": []} if name in bare else {})} for name, said in NODES.items()}
    using = router({"send_to": ["own", "west"], "choose": choose}, nodes=nodes)
    assert reason(decide(using, sold(("PAN", 1), to=to)), "west") == words


def test_a_node_that_a_further_shipment_may_not_use_is_told_so() -> None:
    sent = PlannedShipment(number=1, node="own", lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    using = router({"send_to": ["own", "west"], "split": "never"})
    decision = decide(using, sold(("PAN", 2)), dispatched=[sent])
    assert decision.plan == ()
    assert reason(decision, "west") == "would need one shipment more than the rule allows"
