"""What a node was asked to ship, and how it packs it. Field names are those of the wire."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, pairwise

from pydantic import BaseModel, ConfigDict, Field, PositiveInt


class WireLine(BaseModel):
    model_config = ConfigDict(frozen=True)

    line_id: str
    sku: str
    quantity: PositiveInt


class WireRecipient(BaseModel):
    """Whom the label is for. A node that may not ship without an address checks it by name, lines and country."""

    model_config = ConfigDict(frozen=True)

    name: str = ""
    company: str = ""
    address_lines: tuple[str, ...] = ()
    city: str = ""
    district: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    phone: str = ""
    email: str = ""
    gift_message: str = ""
    note: str = ""


class WireRequest(BaseModel):
    """The body of `POST /shipments`."""

    model_config = ConfigDict(frozen=True)

    dispatch_id: str = Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._~-]+$")
    order_name: str
    service_level: str | None = None
    ship_by: datetime | None = None
    lines: tuple[WireLine, ...] = Field(min_length=1)
    recipient: WireRecipient


class WirePackage(BaseModel):
    model_config = ConfigDict(frozen=True)

    package_id: str
    carrier: str
    service: str | None
    tracking_number: str
    tracking_url: str | None
    shipped_at: datetime
    delivered_at: datetime | None = None
    lost_at: datetime | None = None
    lines: tuple[WireLine, ...]


class WireShipment(BaseModel):
    """The shipment document."""

    dispatch_id: str
    state: str
    reason: str = ""
    packages: tuple[WirePackage, ...] = ()


@dataclass
class Shipment:
    """One dispatch at one node."""

    request: WireRequest
    received_at: datetime
    state: str = "accepted"
    reason: str = ""
    packages: list[WirePackage] = field(default_factory=list)
    waiting: list[tuple[WireLine, ...]] = field(default_factory=list)
    """What is packed and has not left."""
    asked: int = 1
    """How often it was posted, repeats included."""

    @property
    def dispatch_id(self) -> str:
        return self.request.dispatch_id

    def staying(self) -> tuple[WireLine, ...]:
        """What was taken and has not left; the packages that wait are all of it once it is packed."""
        if self.state != "accepted":
            return ()
        return tuple(line for lines in self.waiting for line in lines) if self.waiting else self.request.lines

    def document(self) -> WireShipment:
        return WireShipment(
            dispatch_id=self.dispatch_id, state=self.state, reason=self.reason, packages=tuple(self.packages)
        )


def pack(lines: tuple[WireLine, ...], packages: int) -> list[tuple[WireLine, ...]]:
    """Split the units into so many packages, in order, as evenly as they go; never an empty package."""
    units = [line.model_copy(update={"quantity": 1}) for line in lines for _ in range(line.quantity)]
    count = min(packages, len(units))
    cuts = [len(units) * number // count for number in range(count + 1)]
    return [_merge(units[start:end]) for start, end in pairwise(cuts)]


def _merge(units: list[WireLine]) -> tuple[WireLine, ...]:
    grouped = groupby(units, key=lambda unit: (unit.line_id, unit.sku))
    return tuple(WireLine(line_id=line_id, sku=sku, quantity=len(list(same))) for (line_id, sku), same in grouped)
