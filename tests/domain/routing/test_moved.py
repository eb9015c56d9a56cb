"""A place that the merchant chose at its channel decides for the lines that were moved, whatever the rules prefer."""

from orderloom.domain.decisions import Decision
from orderloom.domain.orders import HoldReason
from tests.domain.routing.merchant import EVERYWHERE, decide, reason, router, sold

OWN = {"send_to": ["own"], "split": {"up_to": 1}}


def planned(decision: Decision) -> list[tuple[str, list[str]]]:
    return [(one.node, [line.sku for line in one.lines]) for one in decision.plan]


def test_the_chosen_node_ships_what_was_moved_although_no_rule_names_it() -> None:
    decision = decide(router(OWN), sold(("PAN", 1)), moved={"1": ("west",)})
    assert planned(decision) == [("west", ["PAN"])]
    assert decision.sentence.endswith("; moved by the merchant in Shopify.")
    assert reason(decision, "west") == "moved there by the merchant in Shopify"
    assert reason(decision, "own") == "moved by the merchant in Shopify to west"
    assert decision.inputs is not None
    assert decision.inputs.moved == {"1": ("west",)}


def test_only_the_lines_that_were_moved_go_there_and_the_rest_goes_by_the_rules() -> None:
    decision = decide(router(OWN), sold(("PAN", 1), ("LID", 1)), moved={"1": ("west",)})
    assert sorted(planned(decision)) == [("own", ["LID"]), ("west", ["PAN"])]


def test_a_chosen_node_that_lacks_it_is_a_hold_and_no_other_node_ships_it() -> None:
    decision = decide(router(OWN), sold(("PAN", 1)), EVERYWHERE | {"west": {}}, moved={"1": ("west",)})
    assert decision.plan == ()
    assert decision.hold is not None
    assert decision.hold.reason is HoldReason.NO_ROUTE
    assert "west has only 0 of 1 PAN" in decision.hold.detail


def test_a_decision_with_a_chosen_node_is_decided_again_alike() -> None:
    using = router(OWN)
    decision = decide(using, sold(("PAN", 1)), moved={"1": ("west",)})
    assert decision.inputs is not None
    assert using.decide_again(decision.inputs, decision.decided_at) == decision


def test_what_was_moved_and_is_under_way_already_binds_nothing_else() -> None:
    first = decide(router(OWN), sold(("PAN", 1)), moved={"1": ("west",)})
    more = decide(router(OWN), sold(("PAN", 1), ("LID", 1)), dispatched=first.plan, moved={"1": ("west",)})
    assert more.plan == ()
