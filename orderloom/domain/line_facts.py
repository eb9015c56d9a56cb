"""What a routing rule may ask about each line of an order; docs/rules.md is held to this table by a test."""

from collections.abc import Mapping, Sequence
from typing import Any

from orderloom.domain.orders import OrderLine
from orderloom.domain.stock import SkuMaster

GRAMS_PER_POUND = 453.59237
LINE_FIELDS: dict[str, tuple[str, str]] = {
    "listing": ("string", "how the channel names what was sold, e.g. the seller SKU"),
    "quantity": ("int", "units still to be shipped"),
    "skus": ("list(string)", "canonical SKUs of the line"),
    "categories": ("list(string)", "categories of its SKUs"),
    "hazmat": ("bool", "one of its SKUs is hazmat"),
    "unit_price": ("double", "price of one unit, in the order's currency"),
    "weight_lb": ("double", "weight of the line, in pounds"),
    "weight_kg": ("double", "the same in kilograms"),
}
"""What a rule may ask about each element of `order.lines`: its CEL type and meaning."""


def line_facts(line: OrderLine, masters: Mapping[str, SkuMaster]) -> dict[str, Any]:
    """What `order.lines` holds of one line; an unknown value is absent."""
    skus = [part.sku for part in line.components] if line.components is not None else None
    known = [masters[sku] for sku in skus or () if sku in masters]
    categories = sorted({category for master in known for category in master.categories})
    grams = line.unit_weight_grams
    values = {
        "listing": line.listing,
        "quantity": line.open_quantity,
        "skus": skus,
        "categories": categories if skus is not None and len(known) == len(skus) else None,
        "hazmat": hazmat_of(masters, skus) if skus is not None else None,
        "unit_price": float(line.unit_price.amount) if line.unit_price else None,
        "weight_lb": None if grams is None else grams * line.open_quantity / GRAMS_PER_POUND,
        "weight_kg": None if grams is None else grams * line.open_quantity / 1000.0,
    }
    return {name: value for name, value in values.items() if value is not None}


def hazmat_of(masters: Mapping[str, SkuMaster], skus: Sequence[str]) -> bool | None:
    """Whether one of these SKUs is; None where it is unknown of one and none of the others is."""
    answers = {masters[sku].hazmat if sku in masters else None for sku in skus}
    if True in answers:
        return True
    return None if None in answers else False
