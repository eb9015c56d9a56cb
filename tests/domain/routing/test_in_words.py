"""A decision in words that a merchant understands: what each node has, costs and takes, and what spoke against it."""

from tests.domain.routing.merchant import EVERYWHERE, decide, router, sold

CHEAPEST = {
    "name": "Cheapest",
    "send_to": ["own", "east", "west"],
    "choose": "cheapest",
    "require": {"max_weight_kg": 30},
}


def test_each_node_tells_its_reason_cost_distance_departure_arrival_and_stock() -> None:
    using = router({"name": "Fuel by road", "when": '"fuel" in order.categories', "send_to": ["own"]}, CHEAPEST)
    first, skipped, asked, own, east, west = decide(using, sold(("PAN", 1))).in_words()
    assert first.startswith("Own ships 1 unit by ground")
    assert skipped == "Rule “Fuel by road” does not match."
    assert asked == "Rule “Cheapest” matches."
    assert own.startswith("- own ships it: has all of it; 6 USD to ship; ")
    assert " km away; by ground; leaves 2026-11-23 19:00 UTC; arrives 2026-11-25; free there: 9 PAN, " in own
    assert east.startswith("- east was passed over: an earlier node costs the same; ")
    assert "14 USD to ship" in west


def test_the_fence_that_failed_and_what_is_unknown_are_said() -> None:
    near = {"name": "Near", "send_to": ["west"], "require": {"max_cost": "7"}}
    unknown = {"name": "Dear", "when": "order.margin > 5.0", "send_to": ["own"]}
    using = router(unknown, near, CHEAPEST)
    told = decide(using, sold(("NEW", 1)), {**EVERYWHERE, "own": {"NEW": 0}}).in_words()
    assert any("Rule “Dear” does not match: " in line and line.endswith(" unknown.") for line in told)
    assert any(line.startswith("- own was passed over: has only 0 of 1 NEW") for line in told), told
