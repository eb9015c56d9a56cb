"""Spreading a package's units over fulfillment orders: nothing lost, nothing doubled, one group a location."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from orderloom.channels.shopify.spread import OpenLine, by_fulfillment_order, spread

LOCATIONS = {"f1": "here", "f2": "here", "f3": "there"}


@st.composite
def open_lines(draw: st.DrawFn) -> OpenLine:
    order = draw(st.sampled_from(sorted(LOCATIONS)))
    line_id, remaining = draw(st.sampled_from(["a", "b"])), draw(st.integers(0, 5))
    return OpenLine(order, LOCATIONS[order], str(draw(st.uuids())), line_id, remaining)


@given(wanted=st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 8)), lines=st.lists(open_lines(), max_size=8))
def test_units_are_taken_or_missing_and_never_both(wanted: dict[str, int], lines: list[OpenLine]) -> None:
    groups, missing = spread(wanted, lines)
    takes = [take for group in groups for take in group]
    taken: Counter[str] = Counter()
    for take in takes:
        assert 0 < take.units <= take.line.remaining
        taken[take.line.line_id] += take.units
    assert taken + missing == Counter(wanted)
    assert len({take.line.gid for take in takes}) == len(takes)
    assert [len({take.line.location for take in group}) for group in groups] == [1] * len(groups)
    for group in groups:
        named = [part["fulfillmentOrderId"] for part in by_fulfillment_order(group)]
        assert len(named) == len(set(named))


def test_the_location_that_can_ship_it_all_is_asked_alone() -> None:
    here = OpenLine("f1", "here", "1", "a", 1)
    there = [OpenLine("f2", "there", "2", "a", 2), OpenLine("f2", "there", "3", "b", 1)]
    groups, missing = spread({"a": 2, "b": 1}, [here, *there])
    assert [take.line.gid for group in groups for take in group] == ["2", "3"]
    assert not missing
