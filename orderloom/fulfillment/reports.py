"""Callbacks of a node in its own shape: verified, made reports of by CEL, and each stored by itself.

Only the report is stored, not the body: a 3PL repeats the whole address in it. A body that is no report is kept whole.
Lines are put back on the order's when the report is read, since that depends on what has left by then.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Utc
from orderloom.domain.node_api import NodeApi, NodeCallback, compiled, evaluate
from orderloom.domain.nodes import LinesOf, PackagesOf
from orderloom.domain.shipments import Package, ShipmentEvent, ShipmentEventKind, relabelled
from orderloom.fulfillment import signing
from orderloom.fulfillment.callbacks import TOPIC, OrderOf
from orderloom.fulfillment.presets import complete
from orderloom.fulfillment.reading import FoundPackage, Reading, flat, lines_left, take
from orderloom.fulfillment.renamed import alone_holding
from orderloom.fulfillment.wire import Name, as_code, first_fault


class Report(Reading):
    """What the expression `events` gives for one piece of news, and what is stored of it."""

    dispatch_id: Name
    kind: ShipmentEventKind
    occurred_at: Utc | None = None
    reason: str | None = None
    package: FoundPackage | None = None

    @property
    def delivery_id(self) -> str:
        """The same whenever the same news is told, so that a repeat is recognised."""
        box = self.package
        name = f":{box.package_id}" if box else ""
        # Under another label it is other news.
        label = f":{box.tracking_number}" if box and box.tracking_number != box.package_id else ""
        return f"{self.dispatch_id}:{self.kind}{name}{label}"

    @property
    def at(self) -> datetime | None:
        return self.occurred_at or (self.package.shipped_at if self.package else None)


_REPORTS = TypeAdapter(Annotated[tuple[Report, ...], BeforeValidator(flat)])


class DescribedCallbacks:
    """The callbacks of one node whose `api` describes them."""

    def __init__(self, node: str, api: NodeApi, secrets: Sequence[str], lines_of: LinesOf, left: PackagesOf) -> None:
        described = complete(api)
        if described.callback is None:
            raise ValueError(f"node:{node}: its api describes no callback")
        self._node = node
        self._how: NodeCallback = described.callback
        self._settings = described.settings
        self._events = compiled(self._how.events)
        self._secrets = tuple(secrets)
        self._lines_of = lines_of
        self._left = left

    def to_events(self, body: bytes, headers: Mapping[str, str], order_of: OrderOf) -> list[NewEvent]:
        """One for each report in the body. Raises WrongSignature; a genuine body that is no report is kept."""
        signing.verify(self._node, self._how, self._secrets, body, headers)
        return self.events_of(body, headers, order_of)

    def events_of(self, body: bytes, headers: Mapping[str, str], order_of: OrderOf) -> list[NewEvent]:
        """As `to_events`, for a body whose signature was verified when it came."""
        try:
            reports = self._reports(body, headers)
        except UnreadableEvent as unreadable:
            return [self._set_aside(body, EventState.UNREADABLE, str(unreadable))]
        if not reports:
            return [self._set_aside(body, EventState.KEPT, "it is news of nothing that we follow")]
        return [self._event(report, order_of(report.dispatch_id)) for report in reports]

    def read(self, body: bytes) -> ShipmentEvent:
        """A stored report. Raises UnreadableEvent where it tells of units that were not asked for."""
        try:
            report = Report.model_validate_json(body)
        except ValidationError as invalid:
            raise UnreadableEvent(*first_fault(invalid)) from None
        return ShipmentEvent(
            delivery_id=report.delivery_id,
            node=self._node,
            dispatch_id=report.dispatch_id,
            kind=report.kind,
            occurred_at=report.at or datetime.now(UTC),
            package=self._package(report.dispatch_id, report.package) if report.package else None,
            reason=as_code(report.reason),
        )

    def _package(self, dispatch_id: str, found: FoundPackage) -> Package:
        """A box that is recorded already, under another name too, is that box."""
        left = self._left(dispatch_id)
        for known in left:
            if known.package_id == found.package_id:
                return relabelled(known, found.to_domain(known.lines)) or known
            if known.tracking_number == found.tracking_number != "":
                return known
        try:
            lines, _ = take(found.units, lines_left(self._lines_of(dispatch_id) or (), left))
        except ValueError as unfit:
            # No units are left to leave with it: it is one that left, whose name was its label.
            same = alone_holding(found.units, left)
            if same is None:
                raise UnreadableEvent("package", str(unfit)) from None
            told = found.to_domain(same.lines).model_copy(update={"package_id": same.package_id})
            return relabelled(same, told) or same
        return found.to_domain(lines)

    def _reports(self, body: bytes, headers: Mapping[str, str]) -> tuple[Report, ...]:
        lower = {name.lower(): value for name, value in headers.items()}
        try:
            answer: Any = json.loads(body)
        except ValueError:
            raise UnreadableEvent("body", "is not JSON") from None
        try:
            found = _REPORTS.validate_python(
                evaluate(self._events, answer=answer, headers=lower, settings=self._settings)
            )
        except ValidationError as invalid:
            raise UnreadableEvent(*first_fault(invalid)) from None
        except ValueError as unfit:
            raise UnreadableEvent("api.callback.events", str(unfit)) from None
        for report in found:
            if report.kind is ShipmentEventKind.SHIPPED and report.package is None:
                raise UnreadableEvent("package", "is missing in a `shipped` report")
        return found

    def _event(self, report: Report, key: OrderKey | None) -> NewEvent:
        return NewEvent(
            origin=f"node:{self._node}",
            topic=TOPIC,
            delivery_id=report.delivery_id,
            source=EventSource.CALLBACK,
            body=report.model_dump_json().encode(),
            received_at=datetime.now(UTC),
            triggered_at=report.at,
            order_key=key,
            # A dispatch is recorded before it is sent: news of an unknown one is for a person to look at.
            state=EventState.STORED if key else EventState.UNREADABLE,
            detail="" if key else "its dispatch id is none of ours",
        )

    def _set_aside(self, body: bytes, state: EventState, why: str) -> NewEvent:
        return NewEvent(
            origin=f"node:{self._node}",
            topic=TOPIC,
            delivery_id=hashlib.sha256(body).hexdigest(),
            source=EventSource.CALLBACK,
            body=body,
            received_at=datetime.now(UTC),
            order_key=None,
            state=state,
            detail=why,
        )
