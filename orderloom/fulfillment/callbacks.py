"""Verifies and reads what a node reports by itself (`POST /webhooks/fulfillment/{node}`)."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from pydantic import ValidationError

from orderloom.domain.errors import UnreadableEvent, WrongSignature
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import OrderKey
from orderloom.domain.shipments import ShipmentEvent, ShipmentEventKind
from orderloom.fulfillment.wire import CallbackDocument, first_fault

SIGNATURE_HEADER = "x-orderloom-signature"
TOPIC = "fulfillment"
OrderOf = Callable[[str], OrderKey | None]
"""Which order a dispatch id belongs to; None where it is none of ours."""


class NodeCallbackReader:
    """The callbacks of one node. Each of `secrets` may sign, so that a secret can be changed without a gap."""

    def __init__(self, node: str, secrets: Sequence[str]) -> None:
        self._node = node
        self._secrets = tuple(secret.encode() for secret in secrets)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises WrongSignature unless the raw body carries `sha256={hex HMAC-SHA256}` by one of the secrets."""
        given = next((value for name, value in headers.items() if name.lower() == SIGNATURE_HEADER), "")
        # As bytes: compare_digest refuses text that is not ASCII, and a header may hold anything.
        signature = given.strip().encode("utf-8", "replace")
        fits = [hmac.compare_digest(signature, _sign(secret, body)) for secret in self._secrets]
        if not any(fits):
            raise WrongSignature(f"node:{self._node}: the callback's signature fits none of its secrets")

    def read(self, body: bytes) -> ShipmentEvent:
        """Raises UnreadableEvent, naming the field and never its value."""
        try:
            document = CallbackDocument.model_validate_json(body)
        except ValidationError as invalid:
            raise UnreadableEvent(*first_fault(invalid)) from None
        if document.kind is ShipmentEventKind.SHIPPED and document.package is None:
            raise UnreadableEvent("package", "is missing in a `shipped` event")
        return document.to_domain(self._node)

    def to_event(self, body: bytes, headers: Mapping[str, str], order_of: OrderOf) -> NewEvent:
        """The delivery as it is to be stored. Raises WrongSignature; a genuine body that cannot be read is kept.

        The delivery id is taken from the body, since the header of that name is not signed.
        """
        self.verify(body, headers)
        return self.event_of(body, order_of)

    def event_of(self, body: bytes, order_of: OrderOf) -> NewEvent:
        """As `to_event`, for a delivery whose signature was verified when it came."""
        try:
            event = self.read(body)
        except UnreadableEvent as unreadable:
            digest = hashlib.sha256(body).hexdigest()
            return self._new_event(body, digest, state=EventState.UNREADABLE, detail=str(unreadable))
        key = order_of(event.dispatch_id)
        return self._new_event(
            body,
            event.delivery_id,
            triggered_at=event.occurred_at,
            order_key=key,
            state=EventState.STORED if key else EventState.KEPT,
            detail="" if key else "its dispatch id is none of ours",
        )

    def _new_event(
        self,
        body: bytes,
        delivery_id: str,
        *,
        state: EventState,
        detail: str,
        triggered_at: datetime | None = None,
        order_key: OrderKey | None = None,
    ) -> NewEvent:
        return NewEvent(
            origin=f"node:{self._node}",
            topic=TOPIC,
            delivery_id=delivery_id,
            source=EventSource.CALLBACK,
            body=body,
            received_at=datetime.now(UTC),
            triggered_at=triggered_at,
            order_key=order_key,
            state=state,
            detail=detail,
        )


def _sign(secret: bytes, body: bytes) -> bytes:
    return b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
