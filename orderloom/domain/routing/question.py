"""One order to place: what is to be shipped, and where it could come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from orderloom.domain.answers import Answers
from orderloom.domain.keys import Channel
from orderloom.domain.line_facts import hazmat_of
from orderloom.domain.network import Network
from orderloom.domain.orders import Order
from orderloom.domain.quotes import Quote
from orderloom.domain.shipments import PlannedShipment, ShipmentLine
from orderloom.domain.stock import SkuMaster

Free = dict[tuple[str, str], int]
"""Free units by (node, sku)."""


@dataclass(frozen=True)
class Question:
    order: Order
    masters: Mapping[str, SkuMaster]
    demand: tuple[ShipmentLine, ...]
    free: Free
    excluded: frozenset[str]
    dispatched_numbers: tuple[int, ...]
    taken_today: Mapping[str, int]
    network: Network
    now: datetime
    value: Decimal | None
    """What the buyer pays, in the base currency."""
    goods_cost: Decimal | None
    short: Mapping[str, int]
    """Units by SKU that its reservation lacks."""
    pools: Mapping[str, str]
    """By line the pool that it sold from; a line that is not named has any node."""
    moved: Mapping[str, Sequence[str]]
    """By line the nodes that the merchant moved it to; a line that is not named was not moved."""
    by_choice: frozenset[str] = frozenset()
    """Nodes that the rule does not send to: they ship what was moved to them alone."""

    quotes: Sequence[Quote] = ()
    """What nodes answered when they were asked for price and promise."""
    answers: Answers = field(default_factory=dict)
    """What the services of actions answered; one that is not named was not asked yet."""

    def quote(self, node: str, lines: tuple[ShipmentLine, ...]) -> Quote | None:
        """None where the node was not asked for exactly these lines."""
        return next((quote for quote in self.quotes if (quote.node, quote.lines) == (node, lines)), None)

    def may_quote(self, node: str) -> bool:
        """Whether the node could be asked."""
        by = self.network.nodes[node].multi_channel
        return by is not None and by.preview and self.order.key.channel is Channel.SHOPIFY

    def may_ship(self, node: str, line: ShipmentLine) -> bool:
        """Whether the node's stock is what this line sold from, and no other node was chosen for it."""
        pool = self.pools.get(line.line_id)
        is_its_pool = pool is None or self.network.nodes[node].pool == pool
        nodes = self.moved.get(line.line_id)
        return is_its_pool and (node in nodes if nodes else node not in self.by_choice)

    @property
    def moved_to(self) -> tuple[str, ...]:
        """The nodes that what is still to be sent was moved to."""
        lines = dict.fromkeys(line.line_id for line in self.demand)
        return tuple(dict.fromkeys(node for line_id in lines for node in self.moved.get(line_id, ())))

    def has_some(self, node: str) -> bool:
        return any(self.free.get((node, line.sku), 0) > 0 for line in self.demand if self.may_ship(node, line))

    def lacking(self, node: str) -> list[str]:
        """What this node would be short of if it had to ship everything."""
        wanted: dict[str, int] = {}
        of_others: dict[str, int] = {}
        for line in self.demand:
            wanted[line.sku] = wanted.get(line.sku, 0) + line.quantity
            of_others[line.sku] = of_others.get(line.sku, 0) + (0 if self.may_ship(node, line) else line.quantity)
        has = {sku: max(self.free.get((node, sku), 0), 0) for sku in wanted}
        may_give = {sku: min(units, wanted[sku] - of_others[sku]) for sku, units in has.items()}
        return [f"{may_give[sku]} of {units} {sku}" for sku, units in sorted(wanted.items()) if may_give[sku] < units]

    def grams(self, lines: Sequence[ShipmentLine]) -> int | None:
        """The weight of these units; one that is unknown makes the whole unknown."""
        total = 0.0
        for line in lines:
            unit = self._unit_grams(line)
            if unit is None:
                return None
            total += unit * line.quantity
        return round(total)

    def _unit_grams(self, line: ShipmentLine) -> float | None:
        """The channel's own weight where the line is one SKU; else the SKU master's."""
        sold = next((sold for sold in self.order.lines if sold.line_id == line.line_id), None)
        if sold and sold.unit_weight_grams and sold.components and len(sold.components) == 1:
            return sold.unit_weight_grams / sold.components[0].units
        master = self.masters.get(line.sku)
        return float(master.weight_grams) if master and master.weight_grams else None

    def hazmat(self, lines: Sequence[ShipmentLine]) -> bool | None:
        """None where it is unknown of one and none of the others is."""
        return hazmat_of(self.masters, [line.sku for line in lines])


def demand_of(order: Order, dispatched: Sequence[PlannedShipment]) -> tuple[ShipmentLine, ...]:
    """Component units that are still to be sent, by line and SKU."""
    wanted: dict[tuple[str, str], int] = {}
    for line in order.lines:
        for part in line.components or ():
            place = (line.line_id, part.sku)
            wanted[place] = wanted.get(place, 0) + line.open_quantity * part.units
    for shipment in dispatched:
        for sent in shipment.lines:
            place = (sent.line_id, sent.sku)
            wanted[place] = wanted.get(place, 0) - sent.quantity
    return tuple(
        ShipmentLine(line_id=line_id, sku=sku, quantity=quantity)
        for (line_id, sku), quantity in wanted.items()
        if quantity > 0
    )
