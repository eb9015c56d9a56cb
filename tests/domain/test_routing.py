from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.configuration import load_config
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import RuleInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.line_facts import GRAMS_PER_POUND
from orderloom.domain.nodes import MultiChannel
from orderloom.domain.orders import HoldReason, Order
from orderloom.domain.routing import Router
from orderloom.domain.rulebook import Otherwise, Rule
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from orderloom.domain.stock import StockLevel
from tests.domain.orders import NOW, an_order, line, masters
from tests.domain.routing import merchant

CONFIG = load_config(Path(__file__).parents[2] / "config" / "orderloom.yaml")
SHIPPED = Router(CONFIG.rules, CONFIG.nodes)


def router(*rules: Rule) -> Router:
    return Router(rules, CONFIG.nodes)


def rule(when: str, *nodes: str, otherwise: Otherwise = Otherwise.NEXT_RULE) -> Rule:
    return Rule(name=when, when=when, send_to=nodes or ("own_warehouse",), otherwise=otherwise)


def stock(**free: dict[str, int]) -> list[StockLevel]:
    return [
        StockLevel(sku=sku, node=node, on_hand=units, allocated=0)
        for node, skus in free.items()
        for sku, units in skus.items()
    ]


PLENTY = stock(own_warehouse={"PAN": 9, "LID": 9}, harbor_3pl={"PAN": 9, "LID": 9})


def decide(
    order: Order, using: Router = SHIPPED, levels: Sequence[StockLevel] = tuple(PLENTY), **more: object
) -> Decision:
    return using.decide(order, masters(PAN=None, LID=None), levels, NOW, **more)  # type: ignore[arg-type]


def pounds(weight: float) -> int:
    return round(weight * GRAMS_PER_POUND)


def test_an_order_that_amazon_fulfils_is_observed_at_fba_with_nothing_to_dispatch() -> None:
    decision = decide(an_order(channel=Channel.AMAZON, fulfilled_by_channel=True, programs=("PRIME",)))
    assert (decision.observed, decision.plan, decision.nodes) == (True, (), ("fba",))


def test_multi_channel_fulfillment_ships_shop_orders_and_never_an_amazon_one() -> None:
    fba = next(node for node in CONFIG.nodes if node.node == "fba")
    both = Router((rule("true", "fba"),), (fba.model_copy(update={"multi_channel": MultiChannel(account="us")}),))
    only_observed = router(rule("true", "fba"))
    levels = stock(fba={"PAN": 1})
    (shipment,) = decide(an_order(), both, levels).plan
    assert shipment.node == "fba"
    assert decide(an_order(), only_observed, levels).hold is not None
    assert decide(an_order(channel=Channel.AMAZON), both, levels).hold is not None
    assert decide(an_order(channel=Channel.AMAZON, fulfilled_by_channel=True), both, levels).observed


def test_seller_fulfilled_prime_never_goes_to_fba() -> None:
    decision = decide(an_order(line(grams=100), channel=Channel.AMAZON, programs=("PRIME",)))
    assert decision.nodes == ("own_warehouse",)
    assert decision.rule == "Everything else"


@pytest.mark.parametrize(("weight", "node"), [(4.9, "own_warehouse"), (5.1, "harbor_3pl")])
def test_shopify_orders_split_at_five_pounds(weight: float, node: str) -> None:
    assert decide(an_order(line(grams=pounds(weight)))).nodes == (node,)


def test_a_shopify_order_of_unknown_weight_takes_the_default_and_the_trace_names_the_missing_fact() -> None:
    decision = decide(an_order(line()))
    assert decision.rule == "Everything else"
    heavy = next(v for v in decision.trace if v.rule == "Shopify over 5 lb to the 3PL")
    assert heavy.matched is None
    assert heavy.missing == ("order.weight_lb",)


def test_an_unknown_fact_does_not_matter_where_another_one_settles_the_condition() -> None:
    either = router(rule('order.weight_lb > 5.0 || "vip" in order.tags'))
    assert decide(an_order(line(), tags=("vip",)), either).rule is not None
    both = router(rule("order.weight_lb > 5.0 && order.is_gift"))
    assert decide(an_order(line(grams=1), is_gift=None), both).trace[0].matched is False


def test_a_rule_whose_node_lacks_stock_gives_way_to_the_next_rule() -> None:
    decision = decide(an_order(line(grams=pounds(6))), levels=stock(own_warehouse={"PAN": 1}, harbor_3pl={"PAN": 0}))
    assert decision.nodes == ("own_warehouse",)
    passed = next(v for v in decision.trace if v.rule == "Shopify over 5 lb to the 3PL").nodes[0]
    assert (passed.taken, passed.reason) == (False, "has only 0 of 1 PAN")


def test_one_node_that_has_everything_is_preferred_over_a_split() -> None:
    order = an_order(line("1"), line("2", sku="LID"))
    levels = stock(own_warehouse={"PAN": 1}, harbor_3pl={"PAN": 1, "LID": 1})
    assert [s.node for s in decide(order, levels=levels).plan] == ["harbor_3pl"]


def test_an_order_is_split_where_only_all_nodes_together_have_it() -> None:
    order = an_order(line("1", quantity=3), line("2", sku="LID"))
    levels = stock(own_warehouse={"PAN": 2}, harbor_3pl={"PAN": 1, "LID": 1})
    plan = decide(order, levels=levels).plan
    assert [(s.number, s.node) for s in plan] == [(1, "own_warehouse"), (2, "harbor_3pl")]
    assert [(i.line_id, i.quantity) for i in plan[1].lines] == [("1", 1), ("2", 1)]


def test_no_stock_anywhere_is_a_hold_with_a_reason_and_a_fix() -> None:
    hold = decide(an_order(line()), levels=()).hold
    assert hold is not None
    assert hold.reason is HoldReason.NO_ROUTE
    assert "own_warehouse has only 0 of 1 PAN" in hold.detail
    assert "retry" in hold.fix


def test_what_replaces_a_refused_shipment_keeps_its_number_and_leaves_dispatched_ones_alone() -> None:
    order = an_order(line("1", quantity=3), line("2", sku="LID"))
    levels = stock(own_warehouse={"PAN": 9}, harbor_3pl={"PAN": 1, "LID": 1})
    first, second = decide(order, levels=stock(own_warehouse={"PAN": 3}, harbor_3pl={"LID": 1})).plan
    again = decide(order, levels=levels, excluded=frozenset({"own_warehouse"}), dispatched=(second,))
    assert first.number == 1
    assert again.hold is not None, "the 3PL has only one pan left"
    more = stock(harbor_3pl={"PAN": 3})
    again = decide(order, levels=more, excluded=frozenset({"own_warehouse"}), dispatched=(second,))
    assert [(s.number, s.node) for s in again.plan] == [(1, "harbor_3pl")]


def test_the_hash_changes_with_the_rules_and_only_with_them() -> None:
    assert router(rule("true")).rules_hash == router(rule("true")).rules_hash
    assert router(rule("true")).rules_hash != router(rule("false")).rules_hash


@pytest.mark.parametrize(
    ("condition", "column", "words"),
    [
        ("order.weight_lb > 5", 17, "5.0"),
        ("order.wieght_lb > 5.0", 6, "undeclared reference"),
        ("order.channel", 1, "must be true or false"),
        ("order.channel ==", 17, "ends too early"),
        ("(order.prime", 13, r"`\)` is missing at the end"),
        ("order.weight_lb >> 3.0", 18, "`>` is too much here"),
        ("order.prime and order.gift", 13, "combine conditions with `&&`"),
        ("order.channel = 'amazon'", 15, "compare with `==`"),
    ],
)
def test_a_wrong_condition_is_refused_with_its_column(condition: str, column: int, words: str) -> None:
    with pytest.raises(RuleInvalid, match=words) as refused:
        router(rule(condition))
    assert refused.value.column == column
    assert "\n" not in str(refused.value)


def test_a_condition_that_fails_on_known_facts_says_why_and_does_not_match() -> None:
    verdict = decide(an_order(line()), router(rule('order.tags[3] == "x"'))).trace[0]
    assert verdict.matched is None
    assert verdict.missing == ()
    assert verdict.error


def test_a_condition_that_fails_or_misses_a_fact_changes_no_answer_of_its_neighbours() -> None:
    deep = "(" * 28 + "order.prime" + ")" * 28
    rules = [rule(when) for when in ('order.tags[3] == "x"', "order.margin > 1.0", deep, "!order.prime")]
    asked = decide(an_order(line()), router(*(quiet.model_copy(update={"send_to": ("fba",)}) for quiet in rules)))
    assert [verdict.matched for verdict in asked.trace] == [None, None, False, True]
    assert (asked.trace[1].missing, asked.trace[2].missing) == (("order.margin",), ())


def test_many_threads_may_decide_at_once() -> None:
    orders = [an_order(line(grams=pounds(weight))) for weight in (1, 9) * 50]
    with ThreadPoolExecutor(8) as threads:
        nodes = [decision.nodes[0] for decision in threads.map(decide, orders)]
    assert nodes == ["own_warehouse", "harbor_3pl"] * 50


units = st.integers(0, 5)


@given(
    quantities=st.lists(st.tuples(st.sampled_from(["PAN", "LID"]), st.integers(1, 4)), min_size=1, max_size=4),
    own=st.fixed_dictionaries({"PAN": units, "LID": units}),
    third=st.fixed_dictionaries({"PAN": units, "LID": units}),
)
def test_a_plan_ships_exactly_the_order_from_stock_that_is_there_or_there_is_a_hold(
    quantities: list[tuple[str, int]], own: dict[str, int], third: dict[str, int]
) -> None:
    order = an_order(*(line(str(n), sku=sku, quantity=q) for n, (sku, q) in enumerate(quantities)))
    levels = stock(own_warehouse=own, harbor_3pl=third)
    decision = decide(order, levels=levels)
    assert decision == decide(order, levels=levels)
    wanted = {sku: sum(q for s, q in quantities if s == sku) for sku, _ in quantities}
    enough = all(own[sku] + third[sku] >= quantity for sku, quantity in wanted.items())
    assert (decision.hold is None) == enough
    if enough:
        assert _units(decision.plan) == {(str(n), sku): q for n, (sku, q) in enumerate(quantities)}
        for shipment in decision.plan:
            have = own if shipment.node == "own_warehouse" else third
            for sku in wanted:
                assert sum(i.quantity for i in shipment.lines if i.sku == sku) <= have[sku]


def _units(plan: tuple[PlannedShipment, ...]) -> dict[tuple[str, str], int]:
    total: dict[tuple[str, str], int] = {}
    for shipment in plan:
        for item in shipment.lines:
            place = (item.line_id, item.sku)
            total[place] = total.get(place, 0) + item.quantity
    return total


def test_an_order_that_is_all_under_way_asks_no_rule_and_is_not_held_for_want_of_one() -> None:
    using = merchant.router({"when": 'order.channel == "amazon"', "send_to": ["own"]})
    sent = PlannedShipment(number=1, node="own", lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    decision = merchant.decide(using, merchant.sold(("PAN", 1)), dispatched=[sent])
    assert (decision.plan, decision.hold, decision.trace) == ((), None, ())
    assert decision.sentence == "Nothing of this order needs shipping."
