"""Asks a node to ship, what it knows of a shipment, to stop one, and what it has. See docs/node-protocol.md."""

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import ValidationError

from orderloom.domain.errors import OutcomeUnknown, Rejected, StockUnreadable
from orderloom.domain.shipments import DispatchRequest, NodeShipment, NodeState
from orderloom.domain.stock_reading import StockPage
from orderloom.fulfillment import errors
from orderloom.fulfillment.wire import UNCODED, ShipmentDocument, StockDocument, dispatch_body, first_fault

IDEMPOTENCY_MISMATCH = "idempotency_mismatch"
_TELLS_NO_STOCK = frozenset({404, 405, 501})
"""A node need not offer the question."""


class HttpNode:
    """One node, as FulfillmentNode, ParcelTracker and StockSource. Safe to use from several threads.

    `timeout` is in seconds and bounds each phase of an exchange.
    """

    def __init__(self, node: str, url: str, token: str, *, timeout: float) -> None:
        self.name = node
        self.system = f"node:{node}"
        self._http = httpx.Client(
            base_url=url, timeout=timeout, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"}
        )

    def close(self) -> None:
        self._http.close()

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        """Ask for a shipment under its dispatch id, which is the idempotency key.

        Raises Rejected when the node refuses, OutcomeUnknown when it may have taken it: then ask `find`.
        """
        headers = {"Idempotency-Key": request.dispatch_id}
        answer = self._send("POST", "shipments", repeatable=False, headers=headers, json=dispatch_body(request))
        if not _is_document(answer):
            refusal = errors.refusal(self.system, answer, repeatable=False)
            if isinstance(refusal, Rejected) and refusal.code == IDEMPOTENCY_MISMATCH:
                # The node has a shipment under this id already. As a refusal it would be sent to another node too.
                raise OutcomeUnknown(self.system, "holds another request under this dispatch id")
            raise refusal
        shipment = self._read(answer, request.dispatch_id, repeatable=False)
        if shipment.state is NodeState.REFUSED:
            raise Rejected(self.system, shipment.reason or UNCODED, "refused")
        return shipment

    def find(self, dispatch_id: str) -> NodeShipment | None:
        """What the node knows of this dispatch id; None is its word that it never got it."""
        answer = self._send("GET", f"shipments/{dispatch_id}", repeatable=True)
        if _is_unknown_dispatch(answer):
            return None
        return self._expect(answer, dispatch_id)

    def track(self, dispatch_id: str) -> NodeShipment | None:
        """Its document says of each package whether it has arrived."""
        return self.find(dispatch_id)

    def cancel(self, dispatch_id: str) -> NodeShipment:
        """Ask the node to stop. The state says whether it did; raises Rejected where it never got the dispatch."""
        answer = self._send("POST", f"shipments/{dispatch_id}/cancel", repeatable=True)
        if _is_unknown_dispatch(answer):
            raise Rejected(self.system, errors.code_of(answer), "has no such dispatch")
        return self._expect(answer, dispatch_id)

    def stock_page(self, page: str | None) -> StockPage:
        """Raises StockUnreadable where the node tells no stock, or what it tells is none."""
        answer = self._send("GET", "stock", repeatable=True, params={"page": page} if page else None)
        if answer.status_code in _TELLS_NO_STOCK:
            raise StockUnreadable(self.name, f"it does not tell its stock (HTTP {answer.status_code} at /stock)")
        if not answer.is_success:
            raise errors.refusal(self.system, answer, repeatable=True)
        try:
            return StockDocument.model_validate_json(answer.content).to_domain()
        except ValidationError as invalid:
            raise StockUnreadable(self.name, ": ".join(first_fault(invalid))) from None

    def _expect(self, answer: httpx.Response, dispatch_id: str) -> NodeShipment:
        if not _is_document(answer):
            raise errors.refusal(self.system, answer, repeatable=True)
        return self._read(answer, dispatch_id, repeatable=True)

    def _send(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            return self._http.request(method, path, headers=headers, json=json, params=params)
        except httpx.RequestError as failure:
            # Not chained: the cause holds the request, and with it the recipient.
            raise errors.lost(self.system, failure, repeatable=repeatable) from None

    def _read(self, answer: httpx.Response, dispatch_id: str, *, repeatable: bool) -> NodeShipment:
        try:
            document = ShipmentDocument.model_validate_json(answer.content)
        except ValidationError as invalid:
            field, why = first_fault(invalid)
            raise errors.unclear(self.system, f"answered badly: {field}: {why}", repeatable=repeatable) from None
        if document.dispatch_id != dispatch_id:
            raise errors.unclear(self.system, "answered for another dispatch_id", repeatable=repeatable)
        return document.to_domain()


def _is_document(answer: httpx.Response) -> bool:
    return answer.status_code in (200, 201)


def _is_unknown_dispatch(answer: httpx.Response) -> bool:
    """Only a 404 that says so itself is proof: one without the code may come from a proxy or a wrong url."""
    return answer.status_code == 404 and errors.code_of(answer) == "unknown_dispatch"
