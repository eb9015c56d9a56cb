"""FBA as a node: Multi-Channel Fulfillment ships a shop's order out of FBA stock.

Fulfillment Outbound 2020-07-01, not 2026-07-04: see decision 0011. The dispatch id is the
sellerFulfillmentOrderId, which Amazon takes once. It calls nobody back, so one listAllFulfillmentOrders per interval
tells which dispatches have changed (`changed`).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel
from sp_api.api import FulfillmentOutbound

from orderloom.channels.amazon import mcf_payload, mcf_request
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.errors import Operation
from orderloom.channels.amazon.sweep import as_iso, canonical
from orderloom.channels.wire import read_body
from orderloom.domain.errors import Rejected, Unavailable, UnreadableEvent
from orderloom.domain.nodes import ChangedShipments, LinesOf, MultiChannel, SellerSkus, ShippingOffer
from orderloom.domain.shipments import Arrival, DispatchRequest, NodeShipment, NodeState, Package

_API = "/fba/outbound/2020-07-01"
PATH = f"{_API}/fulfillmentOrders"
RATE = 2.0
"""Requests a second of each operation, burst 30."""
CREATE = Operation("createFulfillmentOrder", RATE, changes=True)
GET = Operation("getFulfillmentOrder", RATE)
LIST = Operation("listAllFulfillmentOrders", RATE)
CANCEL = Operation("cancelFulfillmentOrder", RATE)
PREVIEW = Operation("getFulfillmentPreview", RATE)
TRACK = Operation("getPackageTrackingDetails", RATE)
_UNKNOWN = ("(http 404)", "not found", "does not exist")
Model = TypeVar("Model", bound=BaseModel)


class MultiChannelNode:
    """Implements FulfillmentNode, ShipmentFeed, ParcelTracker and FulfillmentOffers. Safe for many threads."""

    def __init__(
        self,
        partner: SellingPartner,
        settings: MultiChannel,
        marketplace: str,
        *,
        seller_skus: SellerSkus,
        lines_of: LinesOf,
    ) -> None:
        self._partner = partner
        self._settings = settings
        self._marketplace = marketplace
        self._seller_skus = seller_skus
        self._lines_of = lines_of

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        """Raises Rejected where Amazon has no such order and will not take it, OutcomeUnknown where that is open."""
        asked = self._asked(request)
        body = mcf_request.order_body(request, self._settings, self._marketplace, asked)
        try:
            self._call(CREATE, "POST", PATH, body)
        except Rejected as refusal:
            # A repeated id is refused too, so only asking tells a refused order from one that is there.
            found = self.find(request.dispatch_id)
            if found is None:
                raise self._readable(refusal, request) from None
            return found
        return NodeShipment(dispatch_id=request.dispatch_id, state=NodeState.ACCEPTED)

    def find(self, dispatch_id: str) -> NodeShipment | None:
        """None is Amazon's word that there is no such order. Never raises Rejected: that would be read as a refusal."""
        order = self._get(dispatch_id)
        return self._to_domain(order) if order else None

    def track(self, dispatch_id: str) -> NodeShipment | None:
        """As `find`, and where its packages are; one of which Amazon knows no way is on its way."""
        told = self.find(dispatch_id)
        if told is None:
            return None
        arrivals = (self._arrival(package) for package in told.packages)
        return told.model_copy(update={"arrivals": tuple(arrival for arrival in arrivals if arrival)})

    def cancel(self, dispatch_id: str) -> NodeShipment:
        """Amazon stops only what it has not begun to pick, and may take its time: the state says what is so now."""
        order = self._get(dispatch_id)
        if order is None:
            raise Rejected(self._partner.system, "unknown_dispatch", "has no such order")
        if order.status in mcf_payload.STOPPABLE:
            # Refused where it has moved on meanwhile: what it says now is the answer.
            with suppress(Rejected):
                self._call(CANCEL, "PUT", f"{PATH}/{dispatch_id}/cancel", {})
            order = self._get(dispatch_id) or order
        return self._to_domain(order)

    def offers(self, request: DispatchRequest) -> Sequence[ShippingOffer]:
        body = mcf_request.preview_body(request, self._settings, self._marketplace, self._asked(request))
        try:
            payload = self._call(PREVIEW, "POST", f"{PATH}/preview", body)
        except Rejected as refusal:
            raise self._readable(refusal, request) from None
        return [preview.to_domain() for preview in self._read(mcf_payload.Previews, payload).fulfillment_previews]

    def changed(self, since: datetime, page_token: str | None) -> ChangedShipments:
        """Orders of anybody's updated since then, without those that Amazon has merely accepted."""
        query = {"nextToken": page_token} if page_token else {"queryStartDate": as_iso(since)}
        page = self._read(mcf_payload.OutboundPage, self._call(LIST, "GET", PATH, query))
        told = [o for o in page.fulfillment_orders if o.fulfillment_order_status not in mcf_payload.QUIET]
        return ChangedShipments(
            dispatch_ids=tuple(order.seller_fulfillment_order_id for order in told), next_token=page.next_token or None
        )

    def _asked(self, request: DispatchRequest) -> list[dict[str, Any]]:
        system = self._partner.system
        mcf_request.check_is_ours_to_send(system, request)
        return mcf_request.items(system, request.lines, self._settings, self._seller_skus)

    def _arrival(self, package: Package) -> Arrival | None:
        try:
            number = mcf_payload.package_number(package)
            payload = self._call(TRACK, "GET", f"{_API}/tracking", {"packageNumber": number})
        except Rejected:
            # Amazon has no word of it, so it counts as on its way.
            return None
        tracking = self._read(mcf_payload.PackageTracking, payload)
        return tracking.arrival(package.package_id, datetime.now(UTC))

    def _get(self, dispatch_id: str) -> mcf_payload.OutboundOrder | None:
        try:
            payload = self._call(GET, "GET", f"{PATH}/{dispatch_id}", {})
        except Rejected as refusal:
            if any(words in refusal.detail.casefold() for words in _UNKNOWN):
                return None
            raise Unavailable(self._partner.system, refusal.detail) from None
        return self._read(mcf_payload.OutboundOrder, payload)

    def _to_domain(self, order: mcf_payload.OutboundOrder) -> NodeShipment:
        lines = self._lines_of(order.fulfillment_order.seller_fulfillment_order_id) or ()
        try:
            return order.to_domain(lines)
        except UnreadableEvent as unreadable:
            raise Unavailable(self._partner.system, f"getFulfillmentOrder answered badly: {unreadable}") from None

    def _call(self, operation: Operation, method: str, path: str, content: dict[str, Any]) -> object:
        # The library's own methods add up to four spellings of the marketplace to bodies and queries.
        given = {"params" if method == "GET" else "data": {**content, "method": method}}
        return self._partner.call(
            FulfillmentOutbound, operation, lambda client: client._request(path, **given, add_marketplace=False)
        ).payload

    def _read(self, model: type[Model], payload: object) -> Model:
        try:
            return read_body(model, canonical(payload))
        except UnreadableEvent as unreadable:
            raise Unavailable(self._partner.system, f"Fulfillment Outbound answered badly: {unreadable}") from None

    def _readable(self, refusal: Rejected, request: DispatchRequest) -> Rejected:
        if mcf_request.quotes(request.recipient, refusal.detail):
            return Rejected(refusal.system, refusal.code, "Seller Central has Amazon's words, which name the buyer")
        return refusal
