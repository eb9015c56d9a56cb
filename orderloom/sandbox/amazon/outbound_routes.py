"""Fulfillment Outbound 2020-07-01 over HTTP, each operation behind its published limit."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.desk import Desk, json_document
from orderloom.sandbox.amazon.outbound import Outbound, check_destination, check_items
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.amazon.routes import SYSTEM, AmazonSide
from orderloom.sandbox.answers import lost_answer

PAGE_SIZE = 50
_LOOK_BACK = timedelta(hours=36)
"""How far listing goes back where no queryStartDate is given."""
_API = "/fba/outbound/2020-07-01"
_ORDERS = "/fulfillmentOrders"


def outbound_routes(side: AmazonSide, sellers: dict[str, Outbound]) -> APIRouter:
    router = APIRouter(prefix=_API, include_in_schema=False)
    desk = _PayloadDesk(side, sellers)

    @router.post(_ORDERS)
    async def create(request: Request) -> Response:
        body = await request.body()
        return await desk.serve(
            request, "createFulfillmentOrder", lambda outbound: outbound.create(json_document(body))
        )

    @router.get(_ORDERS)
    async def list_all(request: Request) -> Response:
        asked = request.query_params
        start, token = asked.get("queryStartDate"), asked.get("nextToken")
        return await desk.serve(
            request, "listAllFulfillmentOrders", lambda outbound: _page(outbound, start, token, side.clock.now())
        )

    @router.post(f"{_ORDERS}/preview")
    async def preview(request: Request) -> Response:
        body = await request.body()
        return await desk.serve(
            request, "getFulfillmentPreview", lambda outbound: _preview(outbound, json_document(body))
        )

    @router.get(f"{_ORDERS}/{{order_id}}")
    async def get(request: Request, order_id: str) -> Response:
        return await desk.serve(
            request, "getFulfillmentOrder", lambda outbound: outbound.document(outbound.find(order_id))
        )

    @router.put(f"{_ORDERS}/{{order_id}}/cancel")
    async def cancel(request: Request, order_id: str) -> Response:
        return await desk.serve(request, "cancelFulfillmentOrder", lambda outbound: outbound.cancel(order_id))

    @router.get("/tracking")
    async def track(request: Request) -> Response:
        number = request.query_params.get("packageNumber", "")
        return await desk.serve(
            request, "getPackageTrackingDetails", lambda outbound: outbound.track(_package_number(number))
        )

    return router


class _PayloadDesk:
    def __init__(self, side: AmazonSide, sellers: dict[str, Outbound]) -> None:
        self._fate = side.fate
        self._desk = Desk(side, sellers)

    async def serve(
        self, request: Request, operation: str, work: Callable[[Outbound], dict[str, Any] | None]
    ) -> Response:
        """`work` gives a payload, or None where it changed something: only then the answer may get lost."""

        def act(outbound: Outbound) -> Response:
            payload = work(outbound)
            if payload is not None:
                return JSONResponse({"payload": payload})
            way = self._fate.loses_answer(SYSTEM, operation)
            return lost_answer(way) if way else JSONResponse({})

        return await self._desk.serve(request, operation, act)


def _preview(outbound: Outbound, asked: dict[str, Any]) -> dict[str, Any]:
    check_destination(asked.get("address"))
    check_items(asked.get("items"))
    return outbound.preview(asked)


def _page(outbound: Outbound, start: str | None, token: str | None, now: datetime) -> dict[str, Any]:
    """The token holds what was asked first, so it is enough by itself."""
    first, since = _position(token) if token else (0, _moment(start) or now - _LOOK_BACK)
    found = outbound.changed_since(since)
    page = {"fulfillmentOrders": [outbound.head(order) for order in found[first : first + PAGE_SIZE]]}
    after = first + PAGE_SIZE
    return page | ({"nextToken": f"{after}@{since.isoformat()}"} if after < len(found) else {})


def _package_number(text: str) -> int:
    if not text.isdecimal():
        raise invalid_input("packageNumber is missing or no number.")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        raise invalid_input("queryStartDate is no ISO 8601 date-time.") from None


def _position(token: str) -> tuple[int, datetime]:
    first, _, since = token.partition("@")
    try:
        return int(first), datetime.fromisoformat(since)
    except ValueError:
        raise invalid_input("nextToken is not valid.") from None
