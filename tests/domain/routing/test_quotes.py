"""What Multi-Channel Fulfillment says beforehand of cost, promise and whether it can, as a decision reads it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orderloom.domain.decisions import Decision, Inputs
from orderloom.domain.keys import Channel
from orderloom.domain.nodes import ShippingOffer
from orderloom.domain.orders import Order, TimeWindow
from orderloom.domain.quotes import Quote, Unquoted, as_quote
from orderloom.domain.routing import Router
from tests.domain.routing.merchant import MASTERS, MONDAY_NOON, NODES, dollars, levels, reason, router, sold

FBA: dict[str, Any] = {
    "node": "fba",
    "kind": "fba",
    "name": "Amazon",
    "pool": "own",
    "time_zone": "America/New_York",
    "multi_channel": {"account": "kitchen_us", "speeds": {"Express": "Expedited"}},
}
WITH_FBA = {**NODES, "fba": FBA}
STOCK = {name: {"PAN": 9, "LID": 9} for name in WITH_FBA}


def offer(speed: str, fee: str, day: int, *reasons: str) -> ShippingOffer:
    arrives = datetime(2026, 11, day, 17, 0, tzinfo=UTC)
    fees = () if reasons else (dollars("1"), dollars(str(Decimal(fee) - 1)))
    return ShippingOffer(speed=speed, is_possible=not reasons, reasons=reasons, fees=fees, arrives_latest=arrives)


OFFERS = (offer("Standard", "5", 28), offer("Expedited", "9", 26), offer("Priority", "20", 25))


def given(using: Router, order: Order, stock: dict[str, dict[str, int]] = STOCK) -> Inputs:
    inputs = using.decide(order, MASTERS, levels(stock), MONDAY_NOON).inputs
    assert inputs is not None
    return inputs


def quoted(using: Router, order: Order, offers: Sequence[ShippingOffer] = OFFERS) -> Decision:
    """Decided with Amazon's answer for the whole order; it is asked for that first."""
    inputs = given(using, order)
    asked, *_ = using.unquoted(inputs, MONDAY_NOON)
    return using.decide_again(inputs.model_copy(update={"quotes": (as_quote(asked, offers),)}), MONDAY_NOON)


def test_the_cheapest_node_is_known_by_what_amazon_would_charge() -> None:
    using = router({"send_to": ["own", "fba"], "choose": "cheapest"}, nodes=WITH_FBA)
    assert using.decide(sold(("PAN", 1)), MASTERS, levels(STOCK), MONDAY_NOON).nodes == ("own",), "unknown comes last"
    decision = quoted(using, sold(("PAN", 1)))
    assert (decision.nodes, decision.cost) == (("fba",), dollars("5"))
    assert str(decision.arrives_on) == "2026-11-28"
    assert decision.plan[0].service == "standard"
    dearer = quoted(using, sold(("PAN", 1)), [offer("Standard", "6.01", 28)])
    assert dearer.nodes == ("own",)
    assert reason(dearer, "fba") == "another node is cheaper"


def test_it_never_ships_slower_than_what_was_sold_and_faster_where_the_rule_needs_it() -> None:
    plain = router({"send_to": ["fba"]}, nodes=WITH_FBA)
    assert quoted(plain, sold(("PAN", 1), service_level="express")).plan[0].service == "expedited"
    fastest = router({"send_to": ["fba"], "service": "fastest"}, nodes=WITH_FBA)
    assert quoted(fastest, sold(("PAN", 1))).plan[0].service == "priority"
    punctual = router({"send_to": ["fba"], "require": {"arrives_by_deliver_by": True}}, nodes=WITH_FBA)
    promised = sold(("PAN", 1), deliver_by=TimeWindow(latest=datetime(2026, 11, 26, 20, 0, tzinfo=UTC)))
    assert quoted(punctual, promised).plan[0].service == "expedited"


def test_what_amazon_cannot_ship_is_a_fence_with_amazon_s_reason() -> None:
    using = router({"send_to": ["fba", "own"]}, nodes=WITH_FBA)
    decision = quoted(using, sold(("PAN", 1)), [offer(speed, "0", 28, "NoInventory") for speed in ("Standard",)])
    assert decision.nodes == ("own",)
    assert reason(decision, "fba") == "said beforehand that it cannot ship it: NoInventory"
    inputs = given(using, sold(("PAN", 1)))
    refused = Quote(node="fba", lines=using.unquoted(inputs, MONDAY_NOON)[0].lines, refusal="NO_ADDRESS: a name")
    again = using.decide_again(inputs.model_copy(update={"quotes": (refused,)}), MONDAY_NOON)
    assert reason(again, "fba").endswith("NO_ADDRESS: a name")


def test_no_answer_leaves_cost_unknown_and_the_trace_says_so() -> None:
    using = router({"send_to": ["fba"]}, {"send_to": ["own"]}, nodes=WITH_FBA)
    order = sold(("PAN", 1))
    (asked,) = using.unquoted(given(using, order), MONDAY_NOON)
    silent = Quote(node=asked.node, lines=asked.lines, unanswered="no answer within 2 s")
    inputs = given(using, order).model_copy(update={"quotes": (silent,)})
    decision = using.decide_again(inputs, MONDAY_NOON)
    assert (decision.nodes, decision.cost) == (("fba",), None)
    assert "asked for its price, it did not answer: no answer within 2 s" in "\n".join(decision.in_words())
    assert using.unquoted(inputs, MONDAY_NOON) == (), "it is not asked again"
    capped = router({"send_to": ["fba"], "require": {"max_cost": 100}}, {"send_to": ["own"]}, nodes=WITH_FBA)
    assert capped.decide_again(inputs, MONDAY_NOON).nodes == ("own",), "unknown is not zero"


def test_amazon_is_asked_only_where_its_answer_could_change_the_decision() -> None:
    def asked(order: Order, *rules: dict[str, Any], stock: dict[str, dict[str, int]] = STOCK) -> tuple[Unquoted, ...]:
        using = router(*rules, nodes=WITH_FBA)
        return using.unquoted(given(using, order, stock), MONDAY_NOON)

    pan = sold(("PAN", 1))
    to_amazon = {"send_to": ["fba"]}
    assert [one.node for one in asked(pan, to_amazon)] == ["fba"]
    assert asked(pan, {"send_to": ["own"]}, to_amazon) == (), "an earlier rule took it"
    assert asked(pan, {**to_amazon, "when": "order.quantity > 5"}, {"send_to": ["own"]}) == (), "no rule matches"
    assert asked(pan, {"send_to": ["own", "fba"]}) == (), "an earlier node has all of it"
    assert len(asked(pan, {"send_to": ["own", "fba"], "choose": "cheapest"})) == 1
    assert asked(pan, to_amazon, stock={"own": {"PAN": 9}}) == (), "it has none there"
    assert asked(sold(("PAN", 1), channel=Channel.AMAZON), to_amazon) == ()
    assert asked(pan, {**to_amazon, "require": {"countries": ["CA"]}}) == ()
    assert asked(pan, {**to_amazon, "require": {"max_weight_kg": 0.5}}) == (), "a fence that no answer lifts"


def test_a_split_asks_for_the_part_that_amazon_would_ship() -> None:
    using = router({"send_to": ["own", "fba"]}, nodes=WITH_FBA)
    inputs = given(using, sold(("PAN", 1), ("LID", 1)), {"own": {"PAN": 1}, "fba": {"LID": 1}})
    (part,) = using.unquoted(inputs, MONDAY_NOON)
    assert [line.sku for line in part.lines] == ["LID"]
    decision = using.decide_again(inputs.model_copy(update={"quotes": (as_quote(part, OFFERS),)}), MONDAY_NOON)
    assert [(shipment.node, shipment.service) for shipment in decision.plan] == [("own", "ground"), ("fba", "standard")]
    assert decision.cost is not None


def test_a_configured_service_takes_from_the_answer_only_what_the_configuration_leaves_open() -> None:
    zones = [{"zone": "us", "countries": ["US"]}]
    priced = {"service": "saver", "transit_days": {"us": 3}, "rates": [{"zone": "us", "up_to_kg": 30, "cost": 7}]}
    speeds = {"account": "kitchen_us", "speeds": {"quick": "Priority"}}
    fba = {**FBA, "zones": zones, "services": [priced, {"service": "quick"}], "multi_channel": speeds}
    using = router({"send_to": ["fba"]}, nodes={**WITH_FBA, "fba": {**fba, "calendar": {"cutoff": "14:00"}}})
    decision = quoted(using, sold(("PAN", 1)))
    assert (decision.plan[0].service, decision.cost, str(decision.arrives_on)) == ("saver", dollars("7"), "2026-11-26")
    no_saver = [offer("Standard", "0", 28, "DeliverySLAUnavailable"), OFFERS[2]]
    other = quoted(using, sold(("PAN", 1)), no_saver)
    assert (other.plan[0].service, other.cost, str(other.arrives_on)) == ("quick", dollars("20"), "2026-11-25")


def test_fees_in_two_currencies_are_an_unknown_cost_and_no_rate_is_one_too() -> None:
    asked = Unquoted("fba", ())
    mixed = ShippingOffer(speed="Standard", is_possible=True, fees=(dollars("1"), dollars("1", "CAD")))
    assert as_quote(asked, [mixed]).services[0].cost is None
    foreign = ShippingOffer(speed="Standard", is_possible=True, fees=(dollars("3", "CAD"),))
    assert quoted(router({"send_to": ["fba"]}, nodes=WITH_FBA), sold(("PAN", 1)), [foreign]).cost is None


def test_previews_that_are_turned_off_are_never_asked_for() -> None:
    quiet = {**FBA, "multi_channel": {"account": "kitchen_us", "preview": False}}
    using = router({"send_to": ["fba"]}, nodes={**WITH_FBA, "fba": quiet})
    assert using.unquoted(given(using, sold(("PAN", 1))), MONDAY_NOON) == ()


def test_amazon_is_asked_for_a_price_only_once_the_answer_that_a_rule_hangs_on_is_here() -> None:
    using = router(
        {"when": "answers.fraud_check.risk > 0.8", "send_to": "own"},
        {"send_to": ["own", "fba"], "choose": "cheapest"},
        nodes=WITH_FBA,
        actions={"fraud_check": {"answers": {"risk": "double"}}},
    )
    unanswered = given(using, sold(("PAN", 1)))
    assert using.unquoted(unanswered, MONDAY_NOON) == ()
    assert using.decide_again(unanswered, MONDAY_NOON).asks == ("fraud_check",)
    harmless = unanswered.model_copy(update={"answers": {"fraud_check": {"risk": 0.1}}})
    (asked,) = using.unquoted(harmless, MONDAY_NOON)
    priced = harmless.model_copy(update={"quotes": (as_quote(asked, OFFERS),)})
    assert using.decide_again(priced, MONDAY_NOON).nodes == ("fba",)
    risky = unanswered.model_copy(update={"answers": {"fraud_check": {"risk": 0.9}}})
    assert using.unquoted(risky, MONDAY_NOON) == ()
