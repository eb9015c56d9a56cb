"""By when an order really has to leave, on the nodes' own clocks, and when a person hears of it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderloom.domain.node_profile import NodeCalendar
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.ship_by import AGAIN, deadline, next_alarm

AHEAD = timedelta(hours=12)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def node(name: str, cutoff: str | None, zone: str = "America/New_York") -> NodeSettings:
    calendar = NodeCalendar(cutoff=time.fromisoformat(cutoff)) if cutoff else None
    facts = {"node": name, "kind": "warehouse", "name": name, "pool": "own", "url": "http://127.0.0.1:1"}
    return NodeSettings.model_validate({**facts, "time_zone": zone, "calendar": calendar})


EAST, WEST, ANY_TIME = node("east", "15:00"), node("west", "15:00", "America/Los_Angeles"), node("any", None)


def test_what_must_ship_on_a_sunday_is_due_at_fridays_last_cutoff_in_the_nodes_own_time_zone() -> None:
    found = deadline(utc("2026-11-29T23:59"), AHEAD, planned=[EAST])
    assert found.leaves_by == utc("2026-11-27T20:00"), "Friday 15:00 in New York"
    assert found.alert_at == utc("2026-11-27T08:00")
    assert deadline(utc("2026-11-29T23:59"), AHEAD, planned=[WEST]).leaves_by == utc("2026-11-27T23:00")


def test_over_a_change_of_the_clocks_the_cutoff_keeps_its_time_of_day() -> None:
    assert deadline(utc("2026-11-01T23:00"), AHEAD, planned=[EAST]).leaves_by == utc("2026-10-30T19:00"), "summer time"
    assert deadline(utc("2026-11-02T21:00"), AHEAD, planned=[EAST]).leaves_by == utc("2026-11-02T20:00"), "winter time"


def test_the_earliest_of_the_planned_nodes_decides_and_before_a_plan_the_latest_that_could() -> None:
    friday = utc("2026-11-27T23:59")
    assert deadline(friday, AHEAD, planned=[EAST, WEST]).leaves_by == utc("2026-11-27T20:00")
    assert deadline(friday, AHEAD, planned=[], possible=[EAST, WEST]).leaves_by == utc("2026-11-27T23:00")
    assert deadline(friday, AHEAD, planned=[WEST], possible=[ANY_TIME]).leaves_by == utc("2026-11-27T23:00")


@pytest.mark.parametrize("nodes", [[], [ANY_TIME]])
def test_without_a_known_cutoff_the_promise_itself_is_the_deadline(nodes: list[NodeSettings]) -> None:
    found = deadline(utc("2026-11-27T23:59"), AHEAD, planned=nodes)
    assert (found.leaves_by, found.alert_at) == (utc("2026-11-27T23:59"), utc("2026-11-27T11:59"))


def test_alarms_come_before_the_deadline_at_it_and_every_day_after() -> None:
    ship_by = utc("2026-11-27T12:00")
    alert_at = ship_by - AHEAD
    assert next_alarm(alert_at, ship_by, None) == alert_at
    assert next_alarm(alert_at, ship_by, alert_at) == ship_by
    assert next_alarm(alert_at, ship_by, ship_by) == ship_by + AGAIN
    assert next_alarm(alert_at, ship_by, ship_by + AGAIN + timedelta(hours=3)) == ship_by + 2 * AGAIN


@given(st.integers(0, 2 * 365 * 24 * 60), st.sampled_from([EAST, WEST]))
def test_the_last_cutoff_is_never_after_the_promise_and_the_next_one_always_is(minutes: int, one: NodeSettings) -> None:
    promised = utc("2026-01-01T00:00") + timedelta(minutes=minutes)
    last = deadline(promised, AHEAD, planned=[one]).leaves_by
    assert last <= promised
    assert one.calendar
    following = one.calendar.next_departure(last + timedelta(seconds=1), ZoneInfo(one.time_zone))
    assert following
    assert following > promised
