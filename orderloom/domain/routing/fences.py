"""Why a node must not ship an order, in words: fences of the node itself, and fences of the parcel it would send."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from orderloom.domain.keys import Channel
from orderloom.domain.network import GRAMS_PER_KG, Way
from orderloom.domain.node_profile import next_day, start_of_day
from orderloom.domain.node_settings import NodeKind
from orderloom.domain.quotes import Quote, impossible
from orderloom.domain.routing.question import Question
from orderloom.domain.rulebook import Hazmat, Require, Rule, ServiceChoice
from orderloom.domain.shipments import ShipmentLine


@dataclass(frozen=True)
class Parcel:
    """What one node would ship and how; `problem` says why it must not."""

    node: str
    lines: tuple[ShipmentLine, ...]
    way: Way | None
    problem: str | None = None
    is_settled: bool = False
    """Nothing that its node could say of price and promise would change the problem."""


def node_fence(node: str, require: Require, asked: Question) -> str | None:
    """Why this node must not ship this order, whatever its stock; None where it may."""
    settings = asked.network.nodes[node]
    is_fba = settings.kind is NodeKind.FBA
    by_multi_channel = is_fba and settings.takes_dispatches and asked.order.key.channel is Channel.SHOPIFY
    if node in asked.excluded:
        return "refused this order before"
    if is_fba and not (asked.order.fulfilled_by_channel or by_multi_channel):
        return "ships only what Amazon fulfils itself (AFN)"
    if asked.order.fulfilled_by_channel:
        return None if is_fba else "Amazon ships this order from its own stock"
    taken = asked.taken_today.get(node, 0)
    if settings.daily_capacity is not None and taken >= settings.daily_capacity:
        return f"has taken its {settings.daily_capacity} shipments of today"
    return next(_unmet(node, require, asked), None)


def opens_at(node: str, require: Require, asked: Question) -> datetime | None:
    """When the node's day begins that lifts what only today forbids, in UTC; None where today forbids nothing."""
    settings, now = asked.network.nodes[node], asked.now
    zone = ZoneInfo(settings.time_zone)
    if settings.daily_capacity is not None and asked.taken_today.get(node, 0) >= settings.daily_capacity:
        return next_day(now, zone)
    departure = asked.network.departure(node, now) if require.leaves_today else None
    if departure and departure.astimezone(zone).date() != now.astimezone(zone).date():
        return start_of_day(departure, zone)
    return None


def _unmet(node: str, require: Require, asked: Question) -> Iterator[str]:
    to = asked.order.destination
    if require.countries and to.country not in require.countries:
        yield f"may ship to {', '.join(require.countries)} and not to {to.country or 'an unknown country'}"
    if require.max_distance_km is not None:
        away = asked.network.distance_km(node, to)
        if away is None:
            yield "is at an unknown distance"
        elif away > require.max_distance_km:
            yield f"is {away:.0f} km away, more than {require.max_distance_km:g} km"
    if require.leaves_today or require.leaves_by_ship_by:
        yield from _too_late(node, require, asked)


def _too_late(node: str, require: Require, asked: Question) -> Iterator[str]:
    zone = ZoneInfo(asked.network.nodes[node].time_zone)
    departure = asked.network.departure(node, asked.now)
    if departure is None:
        yield "has no calendar that says when its parcels leave"
        return
    local = departure.astimezone(zone)
    if require.leaves_today and local.date() != asked.now.astimezone(zone).date():
        yield f"ships nothing more today, next at {local:%Y-%m-%d %H:%M}"
    latest = asked.order.ship_by.latest
    if require.leaves_by_ship_by and latest is None:
        yield "must leave by ship-by, and the order has none"
    elif require.leaves_by_ship_by and latest and departure > latest:
        yield f"ships at {local:%Y-%m-%d %H:%M}, after the ship-by time {latest.astimezone(zone):%Y-%m-%d %H:%M}"


def parcel(node: str, lines: Sequence[ShipmentLine], rule: Rule, asked: Question) -> Parcel:
    """These lines from this node, by the best of its services that meets the rule's fences."""
    require, content = rule.require, tuple(lines)
    grams, hazmat = asked.grams(content), asked.hazmat(content)
    unfit = _unfit(require, grams, hazmat)
    if unfit:
        return Parcel(node, content, None, unfit, is_settled=True)
    quote = asked.quote(node, content)
    ways = _ways(node, quote, grams, asked)
    if not ways:
        return Parcel(node, content, None, _no_way(node, quote, grams, asked))
    good, why_not = [], ""
    for way in ways:
        problem = _wrong_way(node, way, require, hazmat, asked)
        why_not = why_not or problem or ""
        if problem is None:
            good.append(way)
    if not good:
        return Parcel(node, content, None, why_not)
    return Parcel(node, content, min(good, key=_preference(rule.service)))


def _ways(node: str, quote: Quote | None, grams: int | None, asked: Question) -> list[Way]:
    to, level = asked.order.destination, asked.order.service_level
    if quote and quote.is_answered:
        return list(asked.network.quoted_ways(quote, to, level, grams, asked.now))
    return list(asked.network.ways(node, to, grams, asked.now))


def _no_way(node: str, quote: Quote | None, grams: int | None, asked: Question) -> str:
    """The node's own word where only that is in the way."""
    is_configured = any(asked.network.ways(node, asked.order.destination, grams, asked.now))
    return impossible(quote) if quote and is_configured else "has no service that carries it there"


def _unfit(require: Require, grams: int | None, hazmat: bool | None) -> str | None:
    if require.max_weight_kg is not None:
        if grams is None:
            return "would ship an unknown weight"
        if grams > require.max_weight_kg * GRAMS_PER_KG:
            return f"would ship {grams / GRAMS_PER_KG:g} kg, more than {require.max_weight_kg:g} kg"
    if require.hazmat is Hazmat.NEVER and hazmat is not False:
        return "would ship hazmat" if hazmat else "would ship what may be hazmat (unknown in the SKU master)"
    return None


def _wrong_way(node: str, way: Way, require: Require, hazmat: bool | None, asked: Question) -> str | None:
    name = way.service or "its service"
    if require.services and way.service not in require.services:
        return f"has none of the services {', '.join(require.services)}"
    if require.hazmat is Hazmat.GROUND_ONLY and hazmat is not False and way.by_air is not False:
        return f"{name} flies, which hazmat must not" if way.by_air else f"{name} may fly, which hazmat must not"
    if require.arrives_by_deliver_by:
        latest = asked.order.deliver_by.latest
        if latest is None:
            return "must arrive by deliver-by, and the order has none"
        last_day = latest.astimezone(ZoneInfo(asked.network.nodes[node].time_zone)).date()
        if way.arrives_on is None:
            return f"{name} arrives on an unknown day"
        if way.arrives_on > last_day:
            return f"{name} arrives on {way.arrives_on}, after the deliver-by day {last_day}"
    return None


def _preference(service: ServiceChoice) -> Callable[[Way], tuple[Any, ...]]:
    """What is unknown comes last."""

    def cost(way: Way) -> tuple[Any, ...]:
        return (way.cost is None, way.cost or Decimal())

    def arrival(way: Way) -> tuple[Any, ...]:
        return (way.arrives_on is None, way.arrives_on or date.max)

    if service is ServiceChoice.FASTEST:
        return lambda way: (*arrival(way), *cost(way))
    return lambda way: (*cost(way), *arrival(way))


def total_cost(parcels: Sequence[Parcel]) -> Decimal | None:
    """Of shipping all of them; None where one is unknown."""
    costs = [one.way.cost if one.way else None for one in parcels]
    return None if None in costs else sum((cost for cost in costs if cost is not None), Decimal())


def plan_fence(parcels: Sequence[Parcel], require: Require, asked: Question) -> str | None:
    """Why these shipments together must not be made: what shipping costs, and what it leaves of the margin."""
    if require.max_cost is None and require.min_margin is None:
        return None
    cost = total_cost(parcels)
    if cost is None:
        return "costs an unknown amount to ship"
    base = asked.network.exchange.base
    if require.max_cost is not None and cost > require.max_cost:
        return f"costs {cost} {base} to ship, more than {require.max_cost} {base}"
    if require.min_margin is not None:
        if asked.value is None or asked.goods_cost is None:
            return "leaves an unknown margin"
        margin = asked.value - asked.goods_cost - cost
        if margin < require.min_margin:
            return f"leaves a margin of {margin} {base}, less than {require.min_margin} {base}"
    return None
