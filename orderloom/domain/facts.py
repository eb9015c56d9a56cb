"""What a routing rule may ask about an order: every name typed and documented, unknown facts left out.

docs/rules.md is held to this table by a test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from orderloom.domain.exchange import Exchange
from orderloom.domain.line_facts import GRAMS_PER_POUND, hazmat_of, line_facts
from orderloom.domain.mapping import component_skus
from orderloom.domain.network import Network
from orderloom.domain.orders import Order
from orderloom.domain.stock import SkuMaster


class FactType(Enum):
    """The CEL type of a fact, as a rule's author sees it."""

    TEXT = "string"
    TEXTS = "list(string)"
    NUMBER = "double"
    COUNT = "int"
    YES_NO = "bool"
    MOMENT = "timestamp"
    NUMBERS = "map(string, double)"
    NAMES = "map(string, string)"
    LINES = "list(line)"


@dataclass(frozen=True)
class RoutingInput:
    """All that a decision reads: no clock, no database."""

    order: Order
    masters: Mapping[str, SkuMaster]
    now: datetime
    network: Network = field(default_factory=Network)


@dataclass(frozen=True)
class Fact:
    """One name that a rule may use. `read` gives None where the fact is unknown."""

    name: str
    type: FactType
    meaning: str
    read: Callable[[RoutingInput], Any]


def weight_grams(order: Order) -> int | None:
    """The weight of what is still to be shipped; None where one line's weight is unknown."""
    total = 0
    for line in order.lines:
        if not line.open_quantity:
            continue
        if line.unit_weight_grams is None:
            return None
        total += line.unit_weight_grams * line.open_quantity
    return total


def _weight_in(grams_per_unit: float) -> Callable[[RoutingInput], float | None]:
    def read(given: RoutingInput) -> float | None:
        grams = weight_grams(given.order)
        return None if grams is None else grams / grams_per_unit

    return read


def _categories(given: RoutingInput) -> list[str] | None:
    masters = [given.masters.get(sku) for sku in component_skus(given.order)]
    if any(master is None for master in masters):
        return None
    return sorted({category for master in masters if master for category in master.categories})


def goods_cost(order: Order, masters: Mapping[str, SkuMaster], exchange: Exchange) -> Decimal | None:
    """What the open units cost the merchant, in the base currency; one unknown cost makes the whole unknown."""
    total = Decimal()
    for line in order.lines:
        if not line.open_quantity:
            continue
        if line.components is None:
            return None
        for part in line.components:
            cost = exchange.in_base(masters[part.sku].cost) if part.sku in masters else None
            if cost is None:
                return None
            total += cost * part.units * line.open_quantity
    return total


def _base_value(given: RoutingInput) -> float | None:
    value = given.network.exchange.in_base(given.order.total)
    return None if value is None else float(value)


def _shipping_cost(given: RoutingInput) -> Decimal | None:
    return given.network.cheapest_cost(given.order.destination, weight_grams(given.order), given.now)


def _margin(given: RoutingInput) -> float | None:
    exchange = given.network.exchange
    value, shipping = exchange.in_base(given.order.total), _shipping_cost(given)
    goods = goods_cost(given.order, given.masters, exchange) if shipping is not None else None
    return None if value is None or goods is None or shipping is None else float(value - goods - shipping)


def _distances(given: RoutingInput) -> dict[str, float] | None:
    to = given.order.destination
    known = {node: given.network.distance_km(node, to) for node in given.network.nodes}
    return {node: away for node, away in known.items() if away is not None} or None


def _zones(given: RoutingInput) -> dict[str, str] | None:
    to, nodes = given.order.destination, given.network.nodes
    known = {node: given.network.zone(node, to) for node, settings in nodes.items() if settings.zones}
    return {node: zone for node, zone in known.items() if zone is not None} or None


FACTS: tuple[Fact, ...] = (
    Fact("order.channel", FactType.TEXT, "`amazon` or `shopify`", lambda g: g.order.key.channel.value),
    Fact("order.account", FactType.TEXT, "the account's slug in the configuration", lambda g: g.order.key.account),
    Fact("order.marketplace", FactType.TEXT, "the marketplace that sold it", lambda g: g.order.marketplace),
    Fact(
        "order.fulfilled_by_amazon",
        FactType.YES_NO,
        "Amazon ships it from its own stock (AFN); such an order is observed",
        lambda g: g.order.fulfilled_by_channel,
    ),
    Fact("order.prime", FactType.YES_NO, "it carries the Prime promise", lambda g: "PRIME" in g.order.programs),
    Fact("order.programs", FactType.TEXTS, "Amazon's programs, e.g. `PRIME`", lambda g: list(g.order.programs)),
    Fact("order.service_level", FactType.TEXT, "the shipping service that was sold", lambda g: g.order.service_level),
    Fact("order.weight_lb", FactType.NUMBER, "weight of what is to be shipped, in pounds", _weight_in(GRAMS_PER_POUND)),
    Fact("order.weight_kg", FactType.NUMBER, "the same in kilograms", _weight_in(1000.0)),
    Fact(
        "order.value",
        FactType.NUMBER,
        "the order's total in its own currency",
        lambda g: float(g.order.total.amount) if g.order.total else None,
    ),
    Fact(
        "order.currency",
        FactType.TEXT,
        "the currency of the total, e.g. `USD`",
        lambda g: g.order.total.currency if g.order.total else None,
    ),
    Fact("order.value_base", FactType.NUMBER, "the same in the base currency, by `exchange`", _base_value),
    Fact(
        "order.shipping_cost",
        FactType.NUMBER,
        "the cheapest known price of shipping it whole from any node, in the base currency",
        lambda g: None if (cost := _shipping_cost(g)) is None else float(cost),
    ),
    Fact(
        "order.margin",
        FactType.NUMBER,
        "`value_base` less the cost of its goods and `shipping_cost`",
        _margin,
    ),
    Fact("order.categories", FactType.TEXTS, "categories of its SKUs, from the SKU master", _categories),
    Fact("order.skus", FactType.TEXTS, "canonical SKUs, bundles exploded", lambda g: list(component_skus(g.order))),
    Fact(
        "order.lines",
        FactType.LINES,
        "its open lines, see below",
        lambda g: [line_facts(line, g.masters) for line in g.order.lines if line.open_quantity],
    ),
    Fact(
        "order.hazmat",
        FactType.YES_NO,
        "one of its SKUs is hazmat",
        lambda g: hazmat_of(g.masters, component_skus(g.order)),
    ),
    Fact(
        "order.quantity",
        FactType.COUNT,
        "units still to be shipped, as sold",
        lambda g: sum(line.open_quantity for line in g.order.lines),
    ),
    Fact("order.country", FactType.TEXT, "destination country, two letters", lambda g: g.order.destination.country),
    Fact("order.region", FactType.TEXT, "destination state or province", lambda g: g.order.destination.region),
    Fact(
        "order.postal_prefix",
        FactType.TEXT,
        "the first characters of the destination's postal code",
        lambda g: g.order.destination.postal_prefix,
    ),
    Fact(
        "order.distance_km",
        FactType.NUMBERS,
        'how far the destination is from each node, e.g. `order.distance_km["own_warehouse"]`',
        _distances,
    ),
    Fact("order.zone", FactType.NAMES, "the shipping zone of the destination from each node that has zones", _zones),
    Fact("order.tags", FactType.TEXTS, "the order's tags", lambda g: list(g.order.tags)),
    Fact("order.ship_by", FactType.MOMENT, "the latest time it must ship", lambda g: g.order.ship_by.latest),
    Fact("order.deliver_by", FactType.MOMENT, "the latest time it must arrive", lambda g: g.order.deliver_by.latest),
    Fact("order.placed_at", FactType.MOMENT, "when the buyer placed it", lambda g: g.order.placed_at),
    Fact("order.is_business", FactType.YES_NO, "a business bought it", lambda g: g.order.is_business),
    Fact("order.is_gift", FactType.YES_NO, "it is a gift", lambda g: g.order.is_gift),
    Fact("now", FactType.MOMENT, "the time of the decision", lambda g: g.now),
)


def read_facts(given: RoutingInput) -> dict[str, Any]:
    """Every known fact by name; an unknown one is absent."""
    values = ((fact.name, fact.read(given)) for fact in FACTS)
    return {name: value for name, value in values if value is not None}
