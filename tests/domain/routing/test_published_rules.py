"""The rules that the issue names, each written as a merchant would write it."""

from datetime import UTC, date, datetime

import pytest

from orderloom.domain.decisions import Decision
from orderloom.domain.keys import Channel
from orderloom.domain.orders import Destination, HoldReason, TimeWindow
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from tests.domain.routing.merchant import EVERYWHERE, MONDAY_NOON, NODES, decide, dollars, reason, router, sold


def shipped_from(decision: Decision) -> list[str]:
    return [shipment.node for shipment in decision.plan]


def test_orders_are_routed_by_channel_and_product_category() -> None:
    using = router(
        {"when": 'order.channel == "shopify" && "fuel" in order.categories', "send_to": "west"},
        {"when": 'order.lines.exists(line, "fuel" in line.categories && line.quantity > 2)', "send_to": "east"},
        {"send_to": "own"},
    )
    assert shipped_from(decide(using, sold(("GAS", 1)))) == ["west"]
    assert shipped_from(decide(using, sold(("PAN", 1), ("GAS", 3), channel=Channel.AMAZON))) == ["east"]
    assert shipped_from(decide(using, sold(("GAS", 2), channel=Channel.AMAZON))) == ["own"]


def test_orders_are_routed_by_margin_after_shipping_cost_in_the_base_currency() -> None:
    using = router(
        {"when": "order.margin < 5.0", "send_to": "east"}, {"send_to": "own"}, exchange={"rates": {"CAD": "0.5"}}
    )
    pan_for = {"total": dollars("21", "CAD")}
    assert decide(using, sold(("PAN", 1), total="21")).facts["order.margin"] == 5.0, "21 - 10 - 6"
    assert shipped_from(decide(using, sold(("PAN", 1), total="21"))) == ["own"]
    assert shipped_from(decide(using, sold(("PAN", 1), total="20.99"))) == ["east"]
    assert shipped_from(decide(using, sold(("PAN", 1)).model_copy(update=pan_for))) == ["east"], "10.50 USD"


def test_a_margin_without_a_rate_is_unknown_and_named_as_missing() -> None:
    using = router({"when": "order.margin < 5.0", "send_to": "east"}, {"send_to": "own"})
    decision = decide(using, sold(("PAN", 1)).model_copy(update={"total": dollars("1", "EUR")}))
    assert shipped_from(decision) == ["own"]
    assert decision.trace[0].missing == ("order.margin",)


def test_a_margin_may_be_required_of_the_node_that_ships() -> None:
    using = router({"send_to": ["west", "own"], "require": {"min_margin": 10}})
    decision = decide(using, sold(("PAN", 1), total="30"))
    assert shipped_from(decision) == ["own"]
    assert reason(decision, "west") == "leaves a margin of 6 USD, less than 10 USD"


def test_over_five_pounds_but_to_a_nearby_zone_goes_from_the_warehouse() -> None:
    using = router(
        {"when": 'order.weight_lb > 5.0 && order.zone["own"] == "near"', "send_to": "own"},
        {"when": "order.weight_lb > 5.0", "send_to": "west"},
        {"send_to": "east"},
    )
    assert shipped_from(decide(using, sold(("PAN", 3), to="PA"))) == ["own"]
    assert shipped_from(decide(using, sold(("PAN", 3), to="CA"))) == ["west"]
    assert shipped_from(decide(using, sold(("PAN", 1), to="CA"))) == ["east"]
    by_distance = router({"when": 'order.distance_km["own"] < 500.0', "send_to": "own"}, {"send_to": "west"})
    assert shipped_from(decide(by_distance, sold(("PAN", 1), to="PA"))) == ["own"]
    assert shipped_from(decide(by_distance, sold(("PAN", 1), to="OR"))) == ["west"]


APART = {"own": {"PAN": 9}, "east": {"LID": 9}, "west": {"GAS": 9}}


def test_an_order_is_split_only_above_a_value_and_never_beyond_its_limit() -> None:
    using = router({"send_to": ["own", "east", "west"], "split": {"up_to": 2, "above": 50}, "otherwise": "hold"})
    assert shipped_from(decide(using, sold(("PAN", 1), ("LID", 1), total="50"), APART)) == ["own", "east"]
    cheap = decide(using, sold(("PAN", 1), ("LID", 1), total="49.99"), APART)
    assert cheap.hold is not None
    assert "splits from 50 USD on, and this order has a value of 49.99" in cheap.hold.detail
    three = decide(using, sold(("PAN", 1), ("LID", 1), ("GAS", 1)), APART)
    assert three.hold is not None
    assert "no 2 nodes have all of it: the rule allows 2" in three.hold.detail
    never = router({"send_to": ["own", "east"], "split": "never"})
    assert decide(never, sold(("PAN", 1), ("LID", 1)), APART).plan == ()


def test_two_third_parties_by_region_overflow_into_each_other_at_capacity() -> None:
    nodes = {name: {**NODES[name], "daily_capacity": 100} for name in ("east", "west")}
    using = router(
        {"when": "order.region in eastern", "send_to": ["east", "west"]},
        {"send_to": "by_the_pacific"},
        nodes=nodes,
        sets={"eastern": ["NY", "NJ", "PA"]},
        node_groups={"by_the_pacific": ["west", "east"]},
    )
    assert shipped_from(decide(using, sold(("PAN", 1), to="NY"), taken_today={"east": 99})) == ["east"]
    full = decide(using, sold(("PAN", 1), to="NY"), taken_today={"east": 100})
    assert shipped_from(full) == ["west"]
    assert reason(full, "east") == "has taken its 100 shipments of today"
    assert shipped_from(decide(using, sold(("PAN", 1), to="CA"), taken_today={"west": 100})) == ["east"]
    assert decide(using, sold(("PAN", 1)), taken_today={"east": 100, "west": 100}).hold is not None


def test_hazmat_never_flies_and_what_may_be_hazmat_does_not_either() -> None:
    using = router({"send_to": "own", "service": "fastest", "require": {"hazmat": "ground_only"}})
    assert [decide(using, sold((sku, 1))).plan[0].service for sku in ("PAN", "GAS", "NEW")] == [
        "air",
        "ground",
        "ground",
    ]
    air_only = {"own": {**NODES["own"], "services": NODES["own"]["services"][1:]}}
    grounded = decide(
        router({"send_to": "own", "require": {"hazmat": "ground_only"}}, nodes=air_only), sold(("GAS", 1))
    )
    assert reason(grounded, "own") == "air flies, which hazmat must not"
    never = router({"send_to": "own", "require": {"hazmat": "never"}})
    assert reason(decide(never, sold(("GAS", 1))), "own") == "would ship hazmat"
    assert "unknown in the SKU master" in reason(decide(never, sold(("NEW", 1))), "own")


def test_a_vip_jumps_to_the_fastest_service() -> None:
    using = router({"when": '"vip" in order.tags', "send_to": "own", "service": "fastest"}, {"send_to": "own"})
    fast, slow = decide(using, sold(("PAN", 1), tags=("vip",))), decide(using, sold(("PAN", 1)))
    assert (fast.plan[0].service, fast.arrives_on, fast.cost) == ("air", date(2026, 11, 24), dollars("40"))
    assert (slow.plan[0].service, slow.arrives_on, slow.cost) == ("ground", date(2026, 11, 25), dollars("6"))
    assert "Own ships 1 unit by air" in fast.sentence


def test_prime_deadlines_are_honoured_by_cutoff() -> None:
    using = router({"when": "order.prime", "send_to": ["own", "west"], "require": {"leaves_by_ship_by": True}})
    tonight = TimeWindow(latest=datetime(2026, 11, 24, 5, 0, tzinfo=UTC))
    order = sold(("PAN", 1), programs=("PRIME",), ship_by=tonight, channel=Channel.AMAZON)
    assert shipped_from(decide(using, order)) == ["own"]
    after_cutoff = MONDAY_NOON.replace(hour=19, minute=30)
    late = decide(using, order, now=after_cutoff)
    assert shipped_from(late) == ["west"], "14:30 in New York, 11:30 in Nevada"
    assert reason(late, "own") == "ships at 2026-11-24 14:00, after the ship-by time 2026-11-24 00:00"
    none = decide(using, order, now=MONDAY_NOON.replace(hour=23))
    assert none.hold is not None
    no_promise = decide(using, order.model_copy(update={"ship_by": TimeWindow()}))
    assert reason(no_promise, "own") == "must leave by ship-by, and the order has none"


def test_a_service_that_misses_the_deliver_by_day_is_passed_over() -> None:
    using = router({"send_to": "own", "require": {"arrives_by_deliver_by": True}})
    by = TimeWindow(latest=datetime(2026, 11, 25, 4, 59, tzinfo=UTC))
    assert decide(using, sold(("PAN", 1), deliver_by=by)).plan[0].service == "air", "Tuesday night in New York"
    by = TimeWindow(latest=datetime(2026, 11, 23, 22, 0, tzinfo=UTC))
    assert reason(decide(using, sold(("PAN", 1), deliver_by=by)), "own") == (
        "ground arrives on 2026-11-25, after the deliver-by day 2026-11-23"
    )


@pytest.mark.parametrize(
    ("require", "order", "words"),
    [
        ({"leaves_today": True}, {}, "ships nothing more today, next at 2026-11-24 14:00"),
        ({"countries": ["CA"]}, {}, "may ship to CA and not to US"),
        ({"max_weight_kg": 0.9}, {}, "would ship 1 kg, more than 0.9 kg"),
        ({"max_distance_km": 100}, {}, "is 356 km away, more than 100 km"),
        ({"max_cost": 5}, {}, "costs 6 USD to ship, more than 5 USD"),
        ({"services": ["air"], "max_cost": 5}, {}, "costs 40 USD to ship"),
        ({"max_distance_km": 100}, {"destination": Destination()}, "is at an unknown distance"),
        ({"max_cost": 5}, {"destination": Destination()}, "costs an unknown amount to ship"),
    ],
)
def test_a_fence_says_what_it_found(require: dict[str, object], order: dict[str, object], words: str) -> None:
    using = router({"send_to": "own", "require": require, "otherwise": "hold"})
    evening = MONDAY_NOON.replace(hour=20)
    decision = decide(using, sold(("PAN", 1)).model_copy(update=order), now=evening)
    assert decision.plan == ()
    assert words in reason(decision, "own")


def test_a_rule_chooses_the_cheapest_the_nearest_or_the_least_busy_node() -> None:
    nodes = {name: {**settings, "daily_capacity": 10} for name, settings in NODES.items()}
    order = sold(("PAN", 1), to="CA")
    chosen = {
        choose: shipped_from(
            decide(
                router({"send_to": ["own", "east", "west"], "choose": choose}, nodes=nodes),
                order,
                taken_today={"own": 5, "east": 1, "west": 2},
            )
        )
        for choose in ("first", "cheapest", "nearest", "balanced", "fewest_shipments")
    }
    assert chosen == {
        "first": ["own"],
        "cheapest": ["west"],
        "nearest": ["west"],
        "balanced": ["east"],
        "fewest_shipments": ["own"],
    }


def test_the_fewest_shipments_are_found_where_filling_from_the_left_needs_more() -> None:
    stock = {"own": {"PAN": 1}, "east": {"PAN": 1, "LID": 1}, "west": {"PAN": 1, "GAS": 1, "LID": 1}}
    order = sold(("PAN", 2), ("LID", 1), ("GAS", 1))
    left = decide(router({"send_to": ["own", "east", "west"]}), order, stock)
    fewest = decide(router({"send_to": ["own", "east", "west"], "choose": "fewest_shipments"}), order, stock)
    assert (len(left.plan), shipped_from(fewest)) == (3, ["own", "west"])
    limited = decide(router({"send_to": ["own", "east", "west"], "split": {"up_to": 2}}), order, stock)
    assert shipped_from(limited) == ["own", "west"], "the limit counts more than the order"


def test_an_account_may_have_a_rule_otherwise() -> None:
    using = router({"send_to": "own", "accounts": {"kitchen": {"send_to": ["west"]}}})
    assert shipped_from(decide(using, sold(("PAN", 1)))) == ["west"]
    other = sold(("PAN", 1))
    other = other.model_copy(update={"key": other.key.model_copy(update={"account": "other"})})
    assert shipped_from(decide(using, other)) == ["own"]


def test_an_order_that_a_rule_wants_cancelled_or_backordered_is_neither_lost_nor_shipped() -> None:
    empty = {"own": {"PAN": 0}}
    cancelled = decide(router({"send_to": "own", "otherwise": "cancel"}), sold(("PAN", 1)), empty)
    assert (cancelled.cancel, cancelled.plan) == (True, ())
    assert cancelled.hold is not None
    assert "asks to cancel" in cancelled.sentence
    until = decide(
        router({"send_to": "own", "otherwise": {"backorder_until": date(2026, 12, 1)}}), sold(("PAN", 1)), empty
    )
    assert until.backorder_until == datetime(2026, 12, 2, tzinfo=UTC)
    assert "waits for stock until 2026-12-02 00:00 UTC" in until.sentence
    over = router({"send_to": "own", "otherwise": {"backorder_until": date(2026, 11, 1)}})
    assert decide(over, sold(("PAN", 1)), empty).backorder_until is None
    by_promise = router({"send_to": "own", "otherwise": {"backorder_until": "ship_by"}})
    promised = sold(("PAN", 1), ship_by=TimeWindow(latest=datetime(2026, 11, 30, tzinfo=UTC)))
    assert decide(by_promise, promised, empty).backorder_until == datetime(2026, 11, 30, tzinfo=UTC)


def test_after_a_backorder_comes_what_the_rule_says() -> None:
    def over(after: str) -> Decision:
        waited = {"send_to": "own", "otherwise": {"backorder_until": date(2026, 11, 1), "after": after}}
        return decide(router(waited, {"send_to": "west"}), sold(("PAN", 1)), {"own": {"PAN": 0}, "west": {"PAN": 5}})

    assert shipped_from(over("next_rule")) == ["west"]
    assert over("cancel").cancel
    held = over("hold")
    assert (held.cancel, held.hold is not None, held.plan) == (False, True, ())


def test_an_order_that_is_short_takes_nothing_from_a_shelf_that_others_have_reserved() -> None:
    short = decide(router({"send_to": ["own", "west"]}), sold(("PAN", 2)), short={"PAN": 1})
    assert short.hold is not None
    assert (short.hold.reason, short.hold.detail) == (HoldReason.OUT_OF_STOCK, "1 of PAN short")
    assert reason(short, "own") == "what is there is reserved for other orders"
    assert [verdict.note for verdict in short.trace] == ["1 of PAN short"]


def test_what_a_node_is_packing_is_not_cancelled_by_a_rule() -> None:
    sent = PlannedShipment(number=1, node="own", lines=(ShipmentLine(line_id="1", sku="PAN", quantity=1),))
    using = router({"send_to": "own", "otherwise": "cancel"})
    left = decide(using, sold(("PAN", 3)), {"own": {"PAN": 1}}, dispatched=[sent])
    assert (left.cancel, left.hold is not None) == (False, True)


def test_a_decision_is_made_again_from_what_it_recorded() -> None:
    using = router({"send_to": ["own", "east"], "choose": "cheapest", "require": {"leaves_today": True}})
    first = decide(using, sold(("PAN", 2), ("LID", 1)), EVERYWHERE, taken_today={"own": 3})
    stored = type(first).model_validate_json(first.model_dump_json())
    assert stored.inputs is not None
    assert using.decide_again(stored.inputs, stored.decided_at) == first
