"""What routing may know of a node: where it is, when its parcels leave, what it can carry and for how much."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, StringConstraints, model_validator

from orderloom.domain.exchange import CurrencyCode
from orderloom.domain.keys import Slug
from orderloom.domain.model import Frozen

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Place(Frozen):
    """A point on the map that stands for a country, a region of it, or a postal prefix."""

    country: CountryCode
    region: str | None = None
    postal_prefix: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]


class NodeAddress(Frozen):
    """Where a node stands. Without coordinates it is taken to be at the centre of its region."""

    country: CountryCode
    region: str | None = None
    postal_prefix: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None

    @model_validator(mode="after")
    def _has_both_coordinates_or_none(self) -> "NodeAddress":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("has one coordinate; write both `latitude` and `longitude`, or neither")
        return self


class Weekday(StrEnum):
    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


_WEEK = tuple(Weekday)
WORKING_WEEK = _WEEK[:5]
LONGEST_CLOSURE = 366
"""Days to look ahead for the next one that a node works."""


class NodeCalendar(Frozen):
    """When parcels leave a node, on its own clock. What is asked for by the cutoff of a working day leaves that day."""

    cutoff: time
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WORKING_WEEK
    holidays: tuple[date, ...] = ()

    def works_on(self, day: date) -> bool:
        return _WEEK[day.weekday()] in self.days and day not in self.holidays

    def next_departure(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The next cutoff at or after `now`, in UTC; None where the node does not work for a year.

        Where clocks are set back, a cutoff in the doubled hour is the first one; where they are set forward, a cutoff
        in the missing hour comes as much later on the clock (PEP 495, fold=0).
        """
        today = now.astimezone(zone).date()
        for ahead in range(LONGEST_CLOSURE):
            departure = self._departure(today + timedelta(days=ahead), zone)
            if departure and departure >= now:
                return departure
        return None

    def last_departure(self, by: datetime, zone: ZoneInfo) -> datetime | None:
        """The last cutoff at or before `by`, in UTC; None where the node has not worked for a year then."""
        last = by.astimezone(zone).date()
        for back in range(LONGEST_CLOSURE):
            departure = self._departure(last - timedelta(days=back), zone)
            if departure and departure <= by:
                return departure
        return None

    def _departure(self, day: date, zone: ZoneInfo) -> datetime | None:
        return datetime.combine(day, self.cutoff, tzinfo=zone).astimezone(UTC) if self.works_on(day) else None


class ShippingZone(Frozen):
    """Destinations that a node's carriers charge alike. A destination is in the first zone that fits it."""

    zone: Slug
    up_to_km: PositiveFloat | None = None
    countries: tuple[CountryCode, ...] = ()
    regions: tuple[str, ...] = ()


class ShippingRate(Frozen):
    """The price of one parcel to a zone, up to a weight."""

    zone: Slug
    up_to_kg: PositiveFloat
    cost: Annotated[Decimal, Field(ge=0)]


class ShippingService(Frozen):
    """A carrier's service as one node buys it. Without rates its cost is unknown; a zone without days, its arrival."""

    service: Slug
    by_air: bool = False
    weekends: bool = False
    """Saturdays and Sundays count as transit days."""
    transit_days: dict[Slug, NonNegativeInt] = Field(default_factory=dict)
    """By zone."""
    currency: CurrencyCode = "USD"
    rates: tuple[ShippingRate, ...] = ()

    def arrives_on(self, left_on: date, zone: str | None) -> date | None:
        days = self.transit_days.get(zone) if zone else None
        if days is None:
            return None
        day = left_on
        while days:
            day += timedelta(days=1)
            days -= self.weekends or day.weekday() < 5
        return day


class StockReading(Frozen):
    """That a node is asked what it has, and which differences are counted without a person."""

    every: Annotated[timedelta, Field(ge=timedelta(seconds=1))] = timedelta(hours=1)
    accept_units: NonNegativeInt = 0
    """A difference of so many units, or fewer, is counted by itself."""
    accept_percent: Annotated[float, Field(ge=0, le=1)] = 0.0
    """So is one of this part of what our books have there; 0.05 is 5 %."""
    left_out: Literal["refused", "zero"] = "refused"
    """What a SKU means that we have there and the answer leaves out: a broken answer, or none left."""


class NodeProfile(Frozen):
    """What the merchant may say of a node for rules to decide by. What is left out is unknown."""

    address: NodeAddress | None = None
    daily_capacity: PositiveInt | None = None
    """Shipments that it takes in one of its days; routing passes over it when they are taken."""
    calendar: NodeCalendar | None = None
    zones: tuple[ShippingZone, ...] = ()
    services: tuple[ShippingService, ...] = ()

    @model_validator(mode="after")
    def _names_its_own_zones(self) -> "NodeProfile":
        known = {zone.zone for zone in self.zones}
        for service in self.services:
            named = {*service.transit_days, *(rate.zone for rate in service.rates)}
            if unknown := sorted(named - known):
                zones = ", ".join(sorted(known)) or "none"
                raise ValueError(f"service {service.service!r} names the zone {unknown[0]!r}; its zones are {zones}")
        return self


def start_of_day(now: datetime, zone: ZoneInfo) -> datetime:
    """Midnight of the node's present day, in UTC: a daily capacity counts from here."""
    return datetime.combine(now.astimezone(zone).date(), time(), tzinfo=zone).astimezone(UTC)


def next_day(now: datetime, zone: ZoneInfo) -> datetime:
    """The midnight after, in UTC; a day of a clock change has 23 or 25 hours."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), tzinfo=zone).astimezone(UTC)
