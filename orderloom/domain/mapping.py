"""From the names a channel sells under to canonical SKUs, bundles exploded."""

from collections.abc import Mapping

from orderloom.domain.orders import Component, Order, OrderLine
from orderloom.domain.stock import SkuMaster


def map_lines(order: Order, components: Mapping[str, tuple[Component, ...]], masters: Mapping[str, SkuMaster]) -> Order:
    """The same order with every mapped line's components and, where the channel sent none, its weight from the master.

    A listing that is not in `components` stays unmapped (None), also where an earlier map knew it.
    """
    lines = tuple(_map_line(line, components.get(line.listing), masters) for line in order.lines)
    return order.model_copy(update={"lines": lines})


def component_skus(order: Order) -> tuple[str, ...]:
    """Every canonical SKU the order's open lines consist of, each once, sorted."""
    open_lines = (line for line in order.lines if line.open_quantity)
    return tuple(sorted({part.sku for line in open_lines for part in line.components or ()}))


def _map_line(line: OrderLine, parts: tuple[Component, ...] | None, masters: Mapping[str, SkuMaster]) -> OrderLine:
    weight = line.unit_weight_grams or _weight_of(parts, masters)
    return line.model_copy(update={"components": parts, "unit_weight_grams": weight})


def _weight_of(parts: tuple[Component, ...] | None, masters: Mapping[str, SkuMaster]) -> int | None:
    """The weight of one unit in grams; one unknown component makes the whole unknown."""
    if not parts:
        return None
    total = 0
    for part in parts:
        master = masters.get(part.sku)
        if master is None or master.weight_grams is None:
            return None
        total += master.weight_grams * part.units
    return total
