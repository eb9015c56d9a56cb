"""What it takes to send a parcel from each node: distance, zone, service, cost, and when it leaves and arrives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from orderloom.domain.distance import Atlas, kilometres
from orderloom.domain.exchange import Exchange
from orderloom.domain.money import Money
from orderloom.domain.node_profile import ShippingService, ShippingZone
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.nodes import MultiChannel
from orderloom.domain.orders import Destination
from orderloom.domain.quotes import Quote, ServiceQuote, offered

GRAMS_PER_KG = 1000


@dataclass(frozen=True)
class Way:
    """One service that would take a parcel. None is unknown; `service` is None where the node names no services."""

    service: str | None
    by_air: bool | None
    cost: Decimal | None
    """In the base currency."""
    leaves_at: datetime | None
    arrives_on: date | None
    """A day on the node's own calendar."""


@dataclass(frozen=True)
class Network:
    """The configured nodes, and what prices and distances between them and a buyer rest on."""

    nodes: Mapping[str, NodeSettings] = field(default_factory=dict)
    exchange: Exchange = field(default_factory=Exchange)
    atlas: Atlas = field(default_factory=Atlas)

    def distance_km(self, node: str, to: Destination) -> float | None:
        start, end = self.atlas.of_address(self.nodes[node].address), self.atlas.of_destination(to)
        return kilometres(start, end) if start and end else None

    def zone(self, node: str, to: Destination) -> str | None:
        """The first of the node's zones that fits; None where none does, or an unknown could have decided."""
        settings = self.nodes[node]
        away = self.distance_km(node, to) if any(zone.up_to_km for zone in settings.zones) else None
        for zone in settings.zones:
            fits = _fits(zone, to, away)
            if fits is None:
                return None
            if fits:
                return zone.zone
        return None

    def departure(self, node: str, now: datetime) -> datetime | None:
        settings = self.nodes[node]
        return settings.calendar.next_departure(now, ZoneInfo(settings.time_zone)) if settings.calendar else None

    def ways(self, node: str, to: Destination, grams: int | None, now: datetime) -> Iterator[Way]:
        """Every service of the node that is not known to be unable to carry it, in the order of the configuration."""
        settings = self.nodes[node]
        leaves_at = self.departure(node, now)
        left_on = leaves_at.astimezone(ZoneInfo(settings.time_zone)).date() if leaves_at else None
        if not settings.services:
            yield Way(None, None, None, leaves_at, None)
            return
        zone = self.zone(node, to)
        for service in settings.services:
            is_carried, cost = self._price(service, zone, grams)
            if is_carried:
                arrives_on = service.arrives_on(left_on, zone) if left_on else None
                yield Way(service.service, service.by_air, cost, leaves_at, arrives_on)

    def quoted_ways(
        self, quote: Quote, to: Destination, service_level: str | None, grams: int | None, now: datetime
    ) -> Iterator[Way]:
        """The same where the node itself has said what it would charge and promise.

        Without services of its own it ships by any speed that is no slower than what the channel sold. A service takes
        from the answer what the configuration leaves open: its price where it has no rates, its arrival likewise.
        """
        settings = self.nodes[quote.node]
        speeds = settings.multi_channel or MultiChannel(account=quote.node)
        if not settings.services:
            for one in offered(quote, speeds, service_level):
                leaves_at = self.departure(quote.node, now)
                yield Way(one.service, None, self.exchange.in_base(one.cost), leaves_at, self._arrival(quote.node, one))
            return
        open_cost = {service.service for service in settings.services if not service.rates}
        for way in self.ways(quote.node, to, grams, now):
            found = quote.of(speeds.speed(way.service))
            if found and found.is_possible:
                cost = self.exchange.in_base(found.cost) if way.service in open_cost else way.cost
                yield replace(way, cost=cost, arrives_on=way.arrives_on or self._arrival(quote.node, found))

    def _arrival(self, node: str, quoted: ServiceQuote) -> date | None:
        latest = quoted.arrives_latest
        return latest.astimezone(ZoneInfo(self.nodes[node].time_zone)).date() if latest else None

    def cheapest_cost(self, to: Destination, grams: int | None, now: datetime) -> Decimal | None:
        """The lowest known price of one parcel from any node that ships for us."""
        priced = (n for n, settings in self.nodes.items() if settings.services and settings.takes_dispatches)
        costs = [way.cost for node in priced for way in self.ways(node, to, grams, now) if way.cost is not None]
        return min(costs, default=None)

    def _price(self, service: ShippingService, zone: str | None, grams: int | None) -> tuple[bool, Decimal | None]:
        """Whether it may be carried, and for how much."""
        if not service.rates or zone is None:
            return True, None
        in_zone = [rate for rate in service.rates if rate.zone == zone]
        if grams is None:
            return bool(in_zone), None
        fitting = [rate for rate in in_zone if rate.up_to_kg * GRAMS_PER_KG >= grams]
        if not fitting:
            return False, None
        lightest = min(fitting, key=lambda rate: rate.up_to_kg)
        return True, self.exchange.in_base(Money(amount=lightest.cost, currency=service.currency))


def _fits(zone: ShippingZone, to: Destination, away_km: float | None) -> bool | None:
    """None where an unknown fact of the destination decides."""
    answers: list[bool | None] = []
    if zone.countries:
        answers.append(None if to.country is None else to.country in zone.countries)
    if zone.regions:
        answers.append(None if to.region is None else to.region in zone.regions)
    if zone.up_to_km is not None:
        answers.append(None if away_km is None else away_km <= zone.up_to_km)
    if False in answers:
        return False
    return None if None in answers else True
