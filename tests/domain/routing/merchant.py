"""A merchant with a warehouse and two third parties, written as its configuration file would say it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from orderloom.domain.decisions import Decision
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.money import Money
from orderloom.domain.orders import Destination, Order
from orderloom.domain.routing import Router
from orderloom.domain.stock import SkuMaster, StockLevel
from tests.domain.orders import an_order, line

MONDAY_NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
"""12:00 in New York, 9:00 in Los Angeles."""
RATES = [{"zone": "near", "up_to_kg": 30, "cost": 6}, {"zone": "us", "up_to_kg": 30, "cost": 14}]
AIR = [{"zone": zone, "up_to_kg": 10, "cost": 40} for zone in ("near", "us")]


def node(name: str, region: str, zone: str, **more: Any) -> dict[str, Any]:
    return {
        "node": name,
        "kind": "warehouse" if name == "own" else "3pl",
        "name": name.title(),
        "pool": "own",
        "url": "http://127.0.0.1:1",
        "time_zone": zone,
        "address": {"country": "US", "region": region},
        "calendar": {"cutoff": "14:00"},
        "zones": [{"zone": "near", "up_to_km": 900}, {"zone": "us", "countries": ["US"]}],
        "services": [
            {"service": "ground", "transit_days": {"near": 2, "us": 5}, "rates": RATES},
            {"service": "air", "by_air": True, "transit_days": {"near": 1, "us": 1}, "rates": AIR},
        ],
        **more,
    }


NODES: Mapping[str, dict[str, Any]] = {
    "own": node("own", "NJ", "America/New_York"),
    "east": node("east", "OH", "America/New_York"),
    "west": node("west", "NV", "America/Los_Angeles"),
}


def dollars(amount: str, currency: str = "USD") -> Money:
    return Money(amount=Decimal(amount), currency=currency)


MASTERS = {
    "PAN": SkuMaster(sku="PAN", weight_grams=1000, categories=("cookware",), hazmat=False, cost=dollars("10")),
    "LID": SkuMaster(sku="LID", weight_grams=300, categories=("cookware",), hazmat=False, cost=dollars("2")),
    "GAS": SkuMaster(sku="GAS", weight_grams=500, categories=("fuel",), hazmat=True, cost=dollars("4")),
    "NEW": SkuMaster(sku="NEW"),
}
EVERYWHERE = {name: dict.fromkeys(MASTERS, 9) for name in NODES}


def router(*rules: dict[str, Any], nodes: Mapping[str, dict[str, Any]] = NODES, **more: Any) -> Router:
    """Rules as in the file; a rule without a name or condition is called `rule` and takes every order."""
    named = [{"name": f"rule {n}", "when": "true", **rule} for n, rule in enumerate(rules, 1)]
    accounts = [{"channel": "shopify", "account": "kitchen", "shop": "kitchen.myshopify.com"}]
    said = {"merchant": "Kitchen", "accounts": accounts, "nodes": list(nodes.values()), "rules": named, **more}
    return Router.of(MerchantConfig.model_validate(said))


def levels(stock: Mapping[str, Mapping[str, int]]) -> list[StockLevel]:
    return [
        StockLevel(sku=sku, node=name, on_hand=units, allocated=0)
        for name, skus in stock.items()
        for sku, units in skus.items()
    ]


def sold(*lines: tuple[str, int], to: str = "NY", total: str = "100", **more: Any) -> Order:
    """An order of these SKUs to a US state, weights from the SKU master."""
    made = (line(str(n), sku=s, quantity=q, grams=MASTERS[s].weight_grams) for n, (s, q) in enumerate(lines, 1))
    facts = {"destination": Destination(country="US", region=to), "total": dollars(total), **more}
    return an_order(*made, **facts)


def decide(
    using: Router,
    order: Order,
    stock: Mapping[str, Mapping[str, int]] = EVERYWHERE,
    now: datetime = MONDAY_NOON,
    **more: Any,
) -> Decision:
    return using.decide(order, MASTERS, levels(stock), now, **more)


def reason(decision: Decision, name: str) -> str:
    """Why this node was taken or passed over, in the last rule that asked it."""
    return next(v.reason for rule in reversed(decision.trace) for v in rule.nodes if v.node == name)
