"""The node protocol over HTTP: `/nodes/{node}/shipments`, each dispatch under its Idempotency-Key, and `/stock`."""

import hmac

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.answers import lost_answer
from orderloom.sandbox.knobs import Fate, Trouble
from orderloom.sandbox.nodes.node import Node
from orderloom.sandbox.nodes.shipments import Shipment, WireRequest

_TROUBLE = {Trouble.THROTTLED: (429, "too_many_requests"), Trouble.FAILED: (503, "unavailable")}


def node_routes(nodes: dict[str, Node], fate: Fate) -> APIRouter:
    router = APIRouter(prefix="/nodes/{node}", include_in_schema=False)
    counter = _Counter(nodes, fate)

    @router.post("/shipments")
    async def dispatch(request: Request, node: str) -> Response:
        # All of it is here: a node that is late takes it, although its caller has given up waiting.
        body = await request.body()
        stopped = await counter.stopped(request, node, "dispatch")
        return stopped or counter.dispatch(nodes[node], request, body)

    @router.get("/shipments/{dispatch_id}")
    async def find(request: Request, node: str, dispatch_id: str) -> Response:
        stopped = await counter.stopped(request, node, "find")
        return stopped or counter.find(nodes[node], dispatch_id)

    @router.post("/shipments/{dispatch_id}/cancel")
    async def cancel(request: Request, node: str, dispatch_id: str) -> Response:
        stopped = await counter.stopped(request, node, "cancel")
        return stopped or counter.cancel(nodes[node], dispatch_id)

    @router.get("/stock")
    async def stock(request: Request, node: str, page: str = "") -> Response:
        stopped = await counter.stopped(request, node, "stock")
        return stopped or JSONResponse(nodes[node].stock_page(page))

    return router


class _Counter:
    """Where a node's callers are answered."""

    def __init__(self, nodes: dict[str, Node], fate: Fate) -> None:
        self._nodes = nodes
        self._fate = fate

    async def stopped(self, request: Request, node: str, operation: str) -> Response | None:
        """Why the call goes no further: unknown node, wrong token, or trouble by the knobs."""
        if node not in self._nodes:
            return _no(404, "unknown_node", f"no node {node} here")
        expected = f"Bearer {self._nodes[node].config.token}"
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected.encode()):
            return _no(401, "unauthorized", "the token is missing or wrong")
        trouble = await self._fate.meet(node, operation)
        return _no(*_TROUBLE[trouble], "try again later") if trouble is not Trouble.NONE else None

    def dispatch(self, node: Node, request: Request, body: bytes) -> Response:
        try:
            asked = WireRequest.model_validate_json(body)
        except ValidationError as wrong:
            fields = sorted({".".join(str(part) for part in error["loc"]) for error in wrong.errors()})
            return _no(400, "invalid_request", f"wrong or missing: {', '.join(fields)}")
        if request.headers.get("idempotency-key") != asked.dispatch_id:
            return _no(400, "invalid_request", "Idempotency-Key must be the dispatch_id")
        outcome, shipment = node.ask(asked)
        if outcome == "mismatch":
            return _no(409, "idempotency_mismatch", "this dispatch id came before with other content")
        if outcome == "refused":
            return _no(422, shipment.reason, "this node will not ship it")
        if outcome == "accepted" and (way := self._fate.loses_answer(node.config.node, "dispatch")):
            return lost_answer(way)
        return _document(shipment, 201 if outcome == "accepted" else 200)

    def find(self, node: Node, dispatch_id: str) -> Response:
        shipment = node.shipments.get(dispatch_id)
        return _document(shipment, 200) if shipment else _unknown()

    def cancel(self, node: Node, dispatch_id: str) -> Response:
        shipment = node.shipments.get(dispatch_id)
        if shipment is None:
            node.called_off.add(dispatch_id)
            return _unknown()
        node.cancel(shipment)
        way = self._fate.loses_answer(node.config.node, "cancel")
        return lost_answer(way) if way else _document(shipment, 200)


def _document(shipment: Shipment, status: int) -> Response:
    return JSONResponse(shipment.document().model_dump(mode="json"), status_code=status)


def _unknown() -> Response:
    return _no(404, "unknown_dispatch", "no such dispatch arrived here")


def _no(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status_code=status)
