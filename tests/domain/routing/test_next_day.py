"""A backorder that only today forbids looks again when the node's next day begins, on the node's own clock."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orderloom.domain.orders import TimeWindow
from tests.domain.routing.merchant import NODES, decide, node, router, sold

WAITS = {"otherwise": {"backorder_until": "ship_by"}}
FAR = TimeWindow(latest=datetime(2027, 6, 1, tzinfo=UTC))
FULL = {"own": 1}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def opens(now: str, rule: dict[str, Any], taken: dict[str, int] | None = None, **more: Any) -> datetime | None:
    nodes = {**NODES, "own": {**NODES["own"], "daily_capacity": 1}}
    order = sold(("PAN", 1), **{"ship_by": FAR, **more})
    made = decide(router({**rule, **WAITS}, nodes=nodes), order, now=utc(now), taken_today=taken or {})
    return made.opens_at


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-23T17:00", "2026-11-24T05:00"),
        ("2026-11-24T04:59", "2026-11-24T05:00"),
        ("2026-03-08T05:30", "2026-03-09T04:00"),
        ("2026-11-01T04:30", "2026-11-02T05:00"),
    ],
)
def test_a_full_node_is_looked_at_again_at_its_own_midnight_also_when_clocks_change(now: str, midnight: str) -> None:
    assert opens(now, {"send_to": "own"}, FULL) == utc(midnight)


def test_a_cutoff_that_has_passed_is_looked_at_again_on_the_day_of_the_next_departure() -> None:
    rule = {"send_to": "own", "require": {"leaves_today": True}}
    assert opens("2026-11-25T20:00", rule) == utc("2026-11-26T05:00")
    assert opens("2026-11-27T20:00", rule) == utc("2026-11-30T05:00"), "nothing leaves at the weekend"


def test_the_first_node_that_opens_counts_whichever_rule_named_it() -> None:
    now = utc("2026-11-24T01:00")
    rules = (
        {"send_to": "west", "require": {"leaves_today": True}},
        {"send_to": "own", **WAITS},
    )
    nodes = {**NODES, "own": {**NODES["own"], "daily_capacity": 1}, "west": node("west", "NV", "America/Los_Angeles")}
    made = decide(router(*rules, nodes=nodes), sold(("PAN", 1), ship_by=FAR), now=now, taken_today=FULL)
    assert made.opens_at == utc("2026-11-24T05:00"), "New York's midnight is before that of Nevada"


def test_nothing_is_looked_at_again_where_the_day_is_not_the_reason_or_the_wait_is_over_before() -> None:
    late = {"ship_by": TimeWindow(latest=utc("2026-11-24T04:00"))}
    assert opens("2026-11-23T17:00", {"send_to": "own"}, FULL, **late) is None
    assert opens("2026-11-23T17:00", {"send_to": "own", "require": {"countries": ["DE"]}}) is None
    order = sold(("PAN", 1), ship_by=FAR)
    made = decide(router({"send_to": "own", **WAITS}), order, short={"PAN": 1})
    assert (made.backorder_until, made.opens_at) == (FAR.latest, None), "it lacks units, and those wake it"
