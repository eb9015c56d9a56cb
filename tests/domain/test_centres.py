"""The centres of regions are where the regions are, and distances between them are those of a map."""

import pytest

from orderloom.domain.distance import Atlas, kilometres
from orderloom.domain.orders import Destination

# South, north, west and east of each US state, rounded outwards to whole degrees; Hawaii without its far islands.
STATES = """
AL 30 36 -89 -84 AK 51 72 -180 -129 AZ 31 38 -115 -109 AR 33 37 -95 -89 CA 32 43 -125 -114
CO 36 42 -110 -102 CT 40 43 -74 -71 DE 38 40 -76 -75 DC 38 39 -78 -76 FL 24 31 -88 -80
GA 30 36 -86 -80 HI 18 23 -161 -154 ID 41 50 -118 -111 IL 36 43 -92 -87 IN 37 42 -89 -84
IA 40 44 -97 -90 KS 36 41 -103 -94 KY 36 40 -90 -81 LA 28 34 -95 -88 ME 43 48 -72 -66
MD 37 40 -80 -75 MA 41 43 -74 -69 MI 41 49 -91 -82 MN 43 50 -98 -89 MS 30 36 -92 -88
MO 35 41 -96 -89 MT 44 50 -117 -104 NE 39 44 -105 -95 NV 34 43 -121 -114 NH 42 46 -73 -70
NJ 38 42 -76 -73 NM 31 38 -110 -103 NY 40 46 -80 -71 NC 33 37 -85 -75 ND 45 50 -105 -96
OH 38 43 -85 -80 OK 33 38 -104 -94 OR 41 47 -125 -116 PA 39 43 -81 -74 PR 17 19 -68 -65
RI 41 43 -72 -71 SC 32 36 -84 -78 SD 42 46 -105 -96 TN 34 37 -91 -81 TX 25 37 -107 -93
UT 36 43 -115 -109 VT 42 46 -74 -71 VA 36 40 -84 -75 WA 45 50 -125 -116 WV 37 41 -83 -77
WI 42 48 -93 -86 WY 40 46 -112 -104
"""

# Kilometres between places near the centres, reckoned without the table under test.
PAIRS = (
    ("NJ", "IL", 1_290, "Trenton to Peoria"),
    ("NY", "CA", 3_840, "the Adirondacks to Fresno"),
    ("OH", "PA", 490, "Columbus to State College"),
    ("WA", "OR", 445, "Wenatchee to Bend"),
    ("TX", "OK", 425, "Abilene to Oklahoma City"),
    ("CO", "UT", 460, "Vail to the San Rafael Swell"),
    ("FL", "GA", 520, "Sebring to Macon"),
    ("KS", "NE", 300, "Salina to Broken Bow"),
    ("MA", "CT", 165, "Worcester to Hartford"),
    ("MN", "WI", 580, "Brainerd to Oshkosh"),
    ("CA", "HI", 3_930, "Fresno to Hilo"),
    ("WA", "AK", 2_800, "Wenatchee to McGrath"),
)


def centre(state: str) -> tuple[float, float]:
    found = Atlas().of_destination(Destination(country="US", region=state))
    assert found, state
    return found


def test_the_centre_of_each_state_lies_within_the_state_s_bounds() -> None:
    words = STATES.split()
    bounds = {words[i]: tuple(map(float, words[i + 1 : i + 5])) for i in range(0, len(words), 5)}
    assert len(bounds) == 52, "50 states, DC and Puerto Rico"
    for state, (south, north, west, east) in bounds.items():
        latitude, longitude = centre(state)
        assert south <= latitude <= north, state
        assert west <= longitude <= east, state


@pytest.mark.parametrize(("start", "end", "expected", "near"), PAIRS)
def test_distances_between_states_are_those_of_a_map(start: str, end: str, expected: int, near: str) -> None:
    assert kilometres(centre(start), centre(end)) == pytest.approx(expected, rel=0.2), near
