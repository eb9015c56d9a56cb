"""The documents of the node protocol, and what the domain makes of them.

Reading is tolerant of fields that we do not know, so that a node may send more than the protocol asks for. Free text
of a node is never passed on, because it may name the buyer: only a short code is (`out_of_stock`), see `as_code`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StringConstraints, ValidationError

from orderloom.domain.model import Utc
from orderloom.domain.shipments import (
    Arrival,
    DispatchRequest,
    NodeShipment,
    NodeState,
    Package,
    ShipmentEvent,
    ShipmentEventKind,
    ShipmentLine,
)
from orderloom.domain.stock_reading import NodeLevel, StockPage

UNCODED = "see_node"
"""Stands for a reason that is no code; the node itself has the words."""
_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")

Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
"""Text that every database can keep: PostgreSQL has no NUL."""
Name = Annotated[Text, StringConstraints(min_length=1, max_length=100)]
Units = Annotated[int, Field(gt=0, le=1_000_000)]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LineDocument(_Wire):
    line_id: Name
    sku: Name
    quantity: Units

    def to_domain(self) -> ShipmentLine:
        return ShipmentLine(line_id=self.line_id, sku=self.sku, quantity=self.quantity)


class PackageDocument(_Wire):
    package_id: Name
    carrier: Text
    service: Text | None = None
    tracking_number: Text
    tracking_url: Text | None = None
    shipped_at: Utc
    delivered_at: Utc | None = None
    lost_at: Utc | None = None
    lines: tuple[LineDocument, ...] = Field(min_length=1)

    def to_domain(self) -> Package:
        return Package(
            package_id=self.package_id,
            carrier=self.carrier,
            service=self.service,
            tracking_number=self.tracking_number,
            tracking_url=self.tracking_url,
            shipped_at=self.shipped_at,
            lines=tuple(line.to_domain() for line in self.lines),
        )


class ShipmentDocument(_Wire):
    """What a node answers about one dispatch id."""

    dispatch_id: Name
    state: NodeState
    reason: str | None = None
    packages: tuple[PackageDocument, ...] = ()

    def to_domain(self) -> NodeShipment:
        return NodeShipment(
            dispatch_id=self.dispatch_id,
            state=self.state,
            reason=as_code(self.reason),
            packages=tuple(package.to_domain() for package in self.packages),
            arrivals=tuple(arrivals_of(self.packages)),
        )


class CallbackDocument(_Wire):
    """What a node reports by itself."""

    delivery_id: Name
    dispatch_id: Name
    kind: ShipmentEventKind
    occurred_at: Utc
    reason: str | None = None
    package: PackageDocument | None = None

    def to_domain(self, node: str) -> ShipmentEvent:
        return ShipmentEvent(
            delivery_id=self.delivery_id,
            node=node,
            dispatch_id=self.dispatch_id,
            kind=self.kind,
            occurred_at=self.occurred_at,
            package=self.package.to_domain() if self.package else None,
            reason=as_code(self.reason),
        )


class LevelDocument(_Wire):
    """One SKU, by exactly one of the two figures. Units are whole numbers: "7" is text, and no count."""

    sku: Name
    on_hand: Annotated[StrictInt, Field(ge=0)] | None = None
    available: Annotated[StrictInt, Field(ge=0)] | None = None

    def to_domain(self) -> NodeLevel:
        return NodeLevel(sku=self.sku, on_hand=self.on_hand, available=self.available)


class StockDocument(_Wire):
    """One page of what a node has."""

    levels: tuple[LevelDocument, ...]
    next_page: Text | None = None

    def to_domain(self) -> StockPage:
        return StockPage(levels=tuple(level.to_domain() for level in self.levels), next_page=self.next_page or None)


class _OnItsWay(Protocol):
    @property
    def package_id(self) -> str: ...
    @property
    def delivered_at(self) -> datetime | None: ...
    @property
    def lost_at(self) -> datetime | None: ...


def arrivals_of(packages: Iterable[_OnItsWay]) -> Iterator[Arrival]:
    """Of the packages that a node says have reached their buyer, or are lost; one of which it says both has arrived."""
    for package in packages:
        if package.delivered_at:
            yield Arrival(package_id=package.package_id, kind=ShipmentEventKind.DELIVERED, at=package.delivered_at)
        elif package.lost_at:
            yield Arrival(package_id=package.package_id, kind=ShipmentEventKind.LOST, at=package.lost_at)


def dispatch_body(request: DispatchRequest) -> Mapping[str, Any]:
    """The body of `POST /shipments`. The same request always gives the same body, as the idempotency key demands."""
    return {
        "dispatch_id": request.dispatch_id,
        "order_name": request.order_name,
        "service_level": request.service_level,
        "ship_by": request.ship_by.isoformat() if request.ship_by else None,
        "lines": [line.model_dump(mode="json") for line in request.lines],
        "recipient": request.recipient.model_dump(mode="json"),
    }


def as_code(reason: object) -> str:
    """A node's reason where it is a short code; `see_node` for any other text, and "" for none."""
    if not reason:
        return ""
    return reason if isinstance(reason, str) and _CODE.fullmatch(reason) else UNCODED


def first_fault(invalid: ValidationError) -> tuple[str, str]:
    """The first wrong field and what is wrong with it, without the value, which may be personal."""
    first = invalid.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(step) for step in first["loc"]) or "body"
    return field, "is not JSON" if first["type"] == "json_invalid" else first["msg"].removeprefix("Value error, ")
