"""From what a described API answers to a shipment: lists flattened, units put back on the lines they were asked for."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from orderloom.domain.model import Utc
from orderloom.domain.shipments import NodeShipment, NodeState, Package, ShipmentLine
from orderloom.domain.stock_reading import NodeLevel
from orderloom.fulfillment.wire import LevelDocument, Name, Text, Units, arrivals_of, as_code


def flat(value: Any) -> Any:
    """CEL cannot join lists of lists, so a reading may leave them one in the other."""
    if not isinstance(value, list):
        return value
    return [inner for item in value for inner in (flat(item) if isinstance(item, list) else [item])]


class Reading(BaseModel):
    """What an expression gives: more than is asked for may be there."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class FoundLine(Reading):
    sku: Name
    quantity: Units


class FoundPackage(Reading):
    package_id: Name
    carrier: Text
    service: Text | None = None
    tracking_number: Text
    tracking_url: Text | None = None
    shipped_at: Utc
    delivered_at: Utc | None = None
    lost_at: Utc | None = None
    lines: Annotated[tuple[FoundLine, ...], BeforeValidator(flat), Field(min_length=1)]

    @property
    def units(self) -> Counter[str]:
        """By SKU."""
        units: Counter[str] = Counter()
        for line in self.lines:
            units[line.sku] += line.quantity
        return units

    def to_domain(self, lines: tuple[ShipmentLine, ...]) -> Package:
        return Package(**self.model_dump(exclude={"lines", "delivered_at", "lost_at"}), lines=lines)


class FoundShipment(Reading):
    """What the expression `found` gives for one shipment. An API need not know our lines: a SKU is enough."""

    reference: Text = ""
    state: NodeState
    reason: str | None = None
    packages: Annotated[tuple[FoundPackage, ...], BeforeValidator(flat)] = ()

    def to_domain(self, dispatch_id: str, asked: Sequence[ShipmentLine]) -> NodeShipment:
        """Raises ValueError where the node tells of units that were not asked for."""
        left = [(line, line.quantity) for line in asked]
        packages = []
        for found in sorted(self.packages, key=lambda package: (package.shipped_at, package.package_id)):
            lines, left = take(found.units, left)
            packages.append(found.to_domain(lines))
        return NodeShipment(
            dispatch_id=dispatch_id,
            state=self.state,
            reason=as_code(self.reason),
            packages=tuple(packages),
            arrivals=tuple(arrivals_of(self.packages)),
        )


Left = list[tuple[ShipmentLine, int]]


def take(wanted: Counter[str], left: Left) -> tuple[tuple[ShipmentLine, ...], Left]:
    """The lines that these units of each SKU are of, in the order they were asked for, and what is left of them."""
    wanted = wanted.copy()
    taken: list[ShipmentLine] = []
    rest: Left = []
    for asked, open_units in left:
        units = min(wanted[asked.sku], open_units)
        if units:
            wanted[asked.sku] -= units
            taken.append(asked.model_copy(update={"quantity": units}))
        rest.append((asked, open_units - units))
    if any(wanted.values()):
        raise ValueError("lines: it shipped units that were not asked for")
    return tuple(taken), rest


def lines_left(asked: Sequence[ShipmentLine], packages: Sequence[Package]) -> Left:
    """Every line that was asked for, with the units of it that have not left."""
    gone: dict[tuple[str, str], int] = {}
    for line in (line for package in packages for line in package.lines):
        gone[(line.line_id, line.sku)] = gone.get((line.line_id, line.sku), 0) + line.quantity
    return [(line, max(line.quantity - gone.get((line.line_id, line.sku), 0), 0)) for line in asked]


def read_all(value: Any) -> Iterator[FoundShipment]:
    """Raises ValueError (pydantic's included) for what is no list of shipment documents."""
    if not isinstance(value, list):
        raise ValueError("found: must be a list")
    for document in value:
        yield FoundShipment.model_validate(document)


_LEVELS = TypeAdapter(Annotated[tuple[LevelDocument, ...], BeforeValidator(flat)])


def read_levels(value: Any) -> tuple[NodeLevel, ...]:
    """Raises ValueError (pydantic's included) for what is no list of a SKU's units."""
    return tuple(level.to_domain() for level in _LEVELS.validate_python(value))


def read_token(value: Any) -> str | None:
    """What names the next page. Raises ValueError for what is no text."""
    if not isinstance(value, str):
        raise ValueError("next_page: must be text, empty after the last page")
    return value or None
