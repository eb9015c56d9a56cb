"""From the names a channel sells under to canonical SKUs, bundles exploded."""

from collections.abc import Mapping

from orderloom.domain.orders import Component, Order, OrderLine
from orderloom.domain.stock import SkuMaster


def map_lines(order: Order, components: Mapping[str, tuple[Component, ...]], masters: Mapping[str, SkuMaster]) -> Order:
    """The same order with every mapped line's components and, where the channel sent none, its weight from the master.

    A listing that is not in `components` stays unmapped (None), also where an earlier map knew it. A line whose own
    name is in there was sold by that listing, whatever others have the same SKU.
    """
    lines = []
    for line in order.lines:
        if line.own_name in components:
            line = line.model_copy(update={"listing": line.own_name})
        lines.append(_map_line(line, components.get(line.listing), masters))
    return order.model_copy(update={"lines": tuple(lines)})


def names_of_lines(order: Order) -> tuple[str, ...]:
    """What its listings may be called, each once."""
    named = ((line.listing, line.own_name) for line in order.lines if line.needs_stock)
    return tuple(dict.fromkeys(name for names in named for name in names if name))


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
