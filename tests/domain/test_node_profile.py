from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from orderloom.domain.node_profile import NodeAddress, NodeCalendar, ShippingService, Weekday, start_of_day
from tests.domain.routing.merchant import NODES, router

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def leaves(calendar: NodeCalendar, now: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    departure = calendar.next_departure(utc(now), zone)
    assert departure is not None
    return departure


def test_what_is_asked_for_by_the_cutoff_leaves_that_day_and_later_the_next_working_day() -> None:
    calendar = NodeCalendar(cutoff=time(14), holidays=(date(2026, 11, 26),))
    assert leaves(calendar, "2026-11-24T19:00") == utc("2026-11-24T19:00"), "to the minute"
    assert leaves(calendar, "2026-11-24T19:01") == utc("2026-11-25T19:00")
    assert leaves(calendar, "2026-11-25T19:01") == utc("2026-11-27T19:00"), "Thanksgiving is passed over"
    assert leaves(calendar, "2026-11-27T19:01") == utc("2026-11-30T19:00"), "and so is the weekend"


def test_a_cutoff_keeps_its_time_on_the_clock_over_both_changes_of_it() -> None:
    daily = NodeCalendar(cutoff=time(14), days=tuple(Weekday))
    assert leaves(daily, "2026-03-07T18:00") == utc("2026-03-07T19:00"), "winter: UTC-5"
    assert leaves(daily, "2026-03-08T12:00") == utc("2026-03-08T18:00"), "the day clocks go forward: UTC-4"
    assert leaves(daily, "2026-10-31T12:00") == utc("2026-10-31T18:00")
    assert leaves(daily, "2026-11-01T12:00") == utc("2026-11-01T19:00"), "the day clocks go back: UTC-5"


def test_a_cutoff_in_the_missing_hour_comes_an_hour_later_on_the_clock_and_in_the_doubled_one_at_its_first() -> None:
    night = NodeCalendar(cutoff=time(2, 30), days=tuple(Weekday))
    assert leaves(night, "2026-03-08T06:00").astimezone(NEW_YORK).time() == time(3, 30)
    doubled = NodeCalendar(cutoff=time(1, 30), days=tuple(Weekday))
    assert leaves(doubled, "2026-11-01T05:00") == utc("2026-11-01T05:30"), "01:30 in summer time"
    assert leaves(doubled, "2026-11-01T05:31") == utc("2026-11-02T06:30"), "the second 01:30 is past the cutoff"


@pytest.mark.parametrize(("now", "hours"), [("2026-03-08T20:00", 23), ("2026-11-01T20:00", 25)])
def test_the_day_of_a_clock_change_is_as_long_as_it_is(now: str, hours: int) -> None:
    day = start_of_day(utc(now), NEW_YORK)
    next_day = start_of_day(utc(now.replace("-08T", "-09T").replace("-01T", "-02T")), NEW_YORK)
    assert (next_day - day).total_seconds() == hours * 3600


def test_a_node_that_is_closed_for_a_year_has_no_next_departure() -> None:
    closed = NodeCalendar(
        cutoff=time(14), days=(Weekday.SUN,), holidays=tuple(date.fromordinal(d) for d in range(739_000, 741_000))
    )
    assert closed.next_departure(utc("2026-11-24T12:00"), NEW_YORK) is None


def test_transit_days_pass_over_the_weekend_unless_the_service_works_then() -> None:
    friday = date(2026, 11, 27)
    ground = ShippingService(service="ground", transit_days={"us": 2})
    assert ground.arrives_on(friday, "us") == date(2026, 12, 1)
    assert ground.model_copy(update={"weekends": True}).arrives_on(friday, "us") == date(2026, 11, 29)
    assert ground.arrives_on(friday, "mars") is None
    assert ground.arrives_on(friday, None) is None


def test_one_coordinate_is_no_place_and_a_service_names_only_zones_of_its_node() -> None:
    with pytest.raises(ValidationError, match="write both"):
        NodeAddress(country="US", latitude=40.0)
    lost = {**NODES["own"], "zones": [{"zone": "near"}]}
    with pytest.raises(ValidationError, match="names the zone 'us'; its zones are near"):
        router({"send_to": "own"}, nodes={"own": lost})
