"""What leaves which node, in which package, and what of it a channel may be told."""

from enum import StrEnum
from typing import Literal

from pydantic import NonNegativeInt, PositiveInt

from orderloom.domain.carriers import Carrier
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import OrderLine, PersonalData


class ShipmentLine(Frozen):
    """Units of one canonical SKU for one order line."""

    line_id: str
    sku: str
    quantity: PositiveInt


class PlannedShipment(Frozen):
    """One node, some lines. `number` counts from 1 within the order and stays the same over re-routing."""

    number: PositiveInt
    node: str
    lines: tuple[ShipmentLine, ...]
    service: str | None = None
    """The node's service that the rule chose; None where the node names none."""


class DispatchRequest(Frozen):
    """What a node is asked to ship, under an id that stays the same however often the asking is repeated."""

    dispatch_id: str
    node: str
    channel: Channel | None = None
    """Who sold it; a node may ship for some channels only."""
    placed_at: Utc | None = None
    order_name: str
    service_level: str | None = None
    """The service that the rule chose at the node; else what the channel sold."""
    ship_by: Utc | None = None
    lines: tuple[ShipmentLine, ...]
    recipient: PersonalData


class Package(Frozen):
    """One box with a tracking number, as the node reports it."""

    package_id: str
    """The node's own name for the box, unique within one dispatch."""
    carrier: str
    tracking_number: str
    service: str | None = None
    tracking_url: str | None = None
    shipped_at: Utc
    lines: tuple[ShipmentLine, ...]


def relabelled(known: Package, told: Package) -> Package | None:
    """The package with the label that is told of it now; None where that is the one it has.

    A node that tells no number any more takes none back, and what is in the box stays as it was told first.
    """
    if not told.tracking_number or (told.carrier, told.tracking_number) == (known.carrier, known.tracking_number):
        return None
    return told.model_copy(update={"lines": known.lines, "shipped_at": known.shipped_at})


class NodeState(StrEnum):
    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class ShipmentEventKind(StrEnum):
    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    LOST = "lost"
    """A package that had left will not arrive."""


class Arrival(Frozen):
    """How the way of one package has ended."""

    package_id: str
    kind: Literal[ShipmentEventKind.DELIVERED, ShipmentEventKind.LOST]
    at: Utc


class NodeShipment(Frozen):
    """What a node says of one dispatch id."""

    dispatch_id: str
    state: NodeState
    reason: str = ""
    packages: tuple[Package, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    """Of those of its packages that are known to have arrived, or to be lost."""


class ShipmentEvent(Frozen):
    """One callback of a node, verified and read."""

    delivery_id: str
    node: str
    dispatch_id: str
    kind: ShipmentEventKind
    occurred_at: Utc
    package: Package | None = None
    reason: str = ""


class ConfirmedLine(Frozen):
    line_id: str
    quantity: PositiveInt


class Confirmation(Frozen):
    """What a channel is to be told of one package, in the channel's own lines and units.

    `number` counts the order's packages from 1 and never changes: Amazon's packageReferenceId is made of it.
    """

    key: OrderKey
    number: PositiveInt
    package: Package
    lines: tuple[ConfirmedLine, ...]
    marketplace: str | None = None
    carrier: Carrier | None = None
    """Its package's, by the merchant's table; None: it is at most in the built-in one."""


class ConfirmationReceipt(Frozen):
    reference: str
    """The channel's own name for what was confirmed, or ours where it gives none."""
    already_there: bool = False
    """True where reading first showed that an earlier, unanswered attempt had succeeded."""


class TrackingCorrection(Frozen):
    """A package that the channel was told of has another tracking number than it was told."""

    confirmation: Confirmation
    """The package as it is now, with the lines that it was confirmed with."""
    reference: str
    """Of the receipt that the channel gave when the package was confirmed."""


def line_units_shipped(line: OrderLine, shipped: dict[str, int]) -> int:
    """Whole units of a line that are complete, given the component units shipped for it so far.

    A bundle of a pan and a lid counts as shipped when both have left.
    """
    if not line.components:
        return 0
    return min(min(shipped.get(part.sku, 0) // part.units for part in line.components), line.quantity)


def confirmable_lines(
    lines: tuple[OrderLine, ...], earlier: tuple[Package, ...], package: Package
) -> tuple[ConfirmedLine, ...]:
    """The order lines that `package` completes, given the packages that left before it."""
    before = _shipped_components(earlier)
    after = _shipped_components((*earlier, package))
    gains = (
        (
            line,
            line_units_shipped(line, after.get(line.line_id, {}))
            - line_units_shipped(line, before.get(line.line_id, {})),
        )
        for line in lines
    )
    return tuple(ConfirmedLine(line_id=line.line_id, quantity=gain) for line, gain in gains if gain > 0)


def left_without_us(lines: tuple[OrderLine, ...], ours: tuple[Package, ...]) -> tuple[OrderLine, ...]:
    """The lines with `fulfilled` cut down to the units that left in nobody's package of ours.

    A channel counts our own confirmed packages as fulfilled; what is still ours to ship must not shrink by them.
    """
    shipped = _shipped_components(ours)
    return tuple(
        line.model_copy(
            update={"fulfilled": max(line.fulfilled - line_units_shipped(line, shipped.get(line.line_id, {})), 0)}
        )
        for line in lines
    )


def what_has_left(lines: tuple[OrderLine, ...], ours: tuple[Package, ...]) -> tuple[OrderLine, ...]:
    """The lines with `fulfilled` raised to all units that left, told to the channel or not; one begun counts whole."""
    shipped = _shipped_components(ours)
    others = {line.line_id: line.fulfilled for line in left_without_us(lines, ours)}
    return tuple(
        line.model_copy(update={"fulfilled": max(line.fulfilled, others[line.line_id] + _units_begun(line, shipped))})
        for line in lines
    )


def _units_begun(line: OrderLine, shipped: dict[str, dict[str, int]]) -> int:
    of_line = shipped.get(line.line_id, {})
    begun = [-(-of_line.get(part.sku, 0) // part.units) for part in line.components or ()]
    return min(max(begun, default=0), line.quantity)


def _shipped_components(packages: tuple[Package, ...]) -> dict[str, dict[str, int]]:
    shipped: dict[str, dict[str, int]] = {}
    for package in packages:
        for item in package.lines:
            of_line = shipped.setdefault(item.line_id, {})
            of_line[item.sku] = of_line.get(item.sku, 0) + item.quantity
    return shipped


class ShipmentProgress(Frozen):
    """How far one planned shipment is: units asked of the node, and units that left."""

    number: PositiveInt
    node: str
    planned: NonNegativeInt
    shipped: NonNegativeInt

    @property
    def is_complete(self) -> bool:
        return self.shipped >= self.planned
