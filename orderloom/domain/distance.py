"""How far it is from a node to a buyer, as the crow flies, between centres of regions.

A destination is known by country, region and the first three characters of its postal code, so the centre of the
region stands for it, unless the merchant's configuration names a point for the postal prefix (`places`). Centres of US
states are the published ones of Google's dataset `states.csv`, the others the geographic centres of common reference
works, all to a tenth of a degree. A large country has no centre here: it would be wrong by thousands of kilometres.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt

from orderloom.domain.node_profile import NodeAddress, Place
from orderloom.domain.orders import Destination

EARTH_KM = 6371.0
Point = tuple[float, float]
"""Latitude and longitude in degrees."""

_STATES = """
AK 63.6 -154.5 AL 32.3 -86.9 AR 35.2 -91.8 AZ 34.0 -111.1 CA 36.8 -119.4 CO 39.6 -105.8 CT 41.6 -73.1 DC 38.9 -77.0
DE 38.9 -75.5 FL 27.7 -81.5 GA 32.2 -82.9 HI 19.9 -155.7 IA 41.9 -93.1 ID 44.1 -114.7 IL 40.6 -89.4 IN 40.6 -85.6
KS 39.0 -98.5 KY 37.8 -84.3 LA 31.2 -92.1 MA 42.4 -71.4 MD 39.0 -76.6 ME 45.3 -69.4 MI 44.3 -85.6 MN 46.7 -94.7
MO 38.0 -91.8 MS 32.4 -89.4 MT 46.9 -110.4 NC 35.8 -79.0 ND 47.6 -101.0 NE 41.5 -99.9 NH 43.2 -71.6 NJ 40.1 -74.4
NM 35.0 -105.0 NV 38.8 -116.4 NY 43.3 -74.2 OH 40.4 -82.9 OK 35.0 -97.1 OR 43.8 -120.6 PA 41.2 -77.2 PR 18.2 -66.6
RI 41.6 -71.5 SC 33.8 -81.2 SD 44.0 -99.9 TN 35.5 -86.6 TX 32.0 -99.9 UT 39.3 -111.1 VA 37.4 -78.7 VT 44.6 -72.6
WA 47.8 -120.7 WI 43.8 -88.8 WV 38.6 -80.5 WY 43.1 -107.3
"""
_PROVINCES = """
AB 55.0 -115.0 BC 54.0 -125.0 MB 55.0 -97.0 NB 46.5 -66.2 NL 53.0 -60.0 NS 45.0 -63.0 NT 64.3 -119.2 NU 70.5 -86.8
ON 50.0 -85.0 PE 46.3 -63.0 QC 53.0 -70.0 SK 54.0 -106.0 YT 63.0 -135.0
"""
_COUNTRIES = """
AT 47.6 14.1 BE 50.6 4.6 CH 46.8 8.2 CZ 49.7 15.3 DE 51.2 10.4 DK 56.0 10.0 ES 40.2 -3.6 FR 46.6 2.5 GB 54.0 -2.5
IE 53.2 -8.1 IT 42.8 12.8 LU 49.8 6.1 NL 52.2 5.5 PL 52.1 19.4 PT 39.6 -8.5
"""


def _read(table: str) -> dict[str, Point]:
    words = table.split()
    return {words[i]: (float(words[i + 1]), float(words[i + 2])) for i in range(0, len(words), 3)}


_REGIONS = {"US": _read(_STATES), "CA": _read(_PROVINCES)}
_CENTRES = _read(_COUNTRIES)


@lru_cache(maxsize=65_536)
def kilometres(start: Point, end: Point) -> float:
    """Along the surface of a sphere (haversine)."""
    (lat1, lon1), (lat2, lon2) = ((radians(a), radians(b)) for a, b in (start, end))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


class Atlas:
    """Finds a point for a destination: the merchant's own places first, the longest postal prefix before others."""

    def __init__(self, places: Sequence[Place] = ()) -> None:
        self._places = {(p.country, p.region, p.postal_prefix): (p.latitude, p.longitude) for p in places}
        self._prefixes = sorted({len(p.postal_prefix) for p in places if p.postal_prefix}, reverse=True)

    def of_address(self, address: NodeAddress | None) -> Point | None:
        if address is None:
            return None
        if address.latitude is not None and address.longitude is not None:
            return (address.latitude, address.longitude)
        return self._find(address.country, address.region, address.postal_prefix)

    def of_destination(self, destination: Destination) -> Point | None:
        if destination.country is None:
            return None
        return self._find(destination.country, destination.region, destination.postal_prefix)

    def _find(self, country: str, region: str | None, prefix: str | None) -> Point | None:
        for length in self._prefixes:
            found = self._places.get((country, None, prefix[:length])) if prefix and len(prefix) >= length else None
            found = found or (self._places.get((country, region, prefix[:length])) if prefix and region else None)
            if found:
                return found
        own = self._places.get((country, region, None)) if region else None
        known = _REGIONS.get(country, {}).get(region) if region else None
        return own or known or self._places.get((country, None, None)) or _CENTRES.get(country)
