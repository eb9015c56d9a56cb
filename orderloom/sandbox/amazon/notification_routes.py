"""Notifications v1 over HTTP: destinations of an app, subscriptions of a seller (which the app alone may end)."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.desk import json_document
from orderloom.sandbox.amazon.notifying import Notifier
from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.routes import SYSTEM, AmazonSide
from orderloom.sandbox.answers import lost_answer


def notification_routes(side: AmazonSide, notifier: Notifier) -> APIRouter:
    router = APIRouter(prefix="/notifications/v1", include_in_schema=False)
    _destinations(router, side, notifier)
    _subscriptions(router, side, notifier)
    return router


def _destinations(router: APIRouter, side: AmazonSide, notifier: Notifier) -> None:
    @router.get("/destinations")
    async def get_destinations(request: Request) -> Response:
        def act(client_id: str) -> Response:
            return JSONResponse({"payload": notifier.list_destinations(client_id)})

        return await side.perform_for_app(request, "getDestinations", act)

    @router.post("/destinations")
    async def create_destination(request: Request) -> Response:
        body = await request.body()

        def act(client_id: str) -> Response:
            made = notifier.create_destination(client_id, json_document(body))
            return _done(side, "createDestination", {"payload": made})

        return await side.perform_for_app(request, "createDestination", act)

    @router.delete("/destinations/{number}")
    async def delete_destination(request: Request, number: str) -> Response:
        def act(client_id: str) -> Response:
            notifier.delete_destination(client_id, number)
            return _done(side, "deleteDestination", {})

        return await side.perform_for_app(request, "deleteDestination", act)


def _subscriptions(router: APIRouter, side: AmazonSide, notifier: Notifier) -> None:
    @router.get("/subscriptions/{kind}")
    async def get_subscription(request: Request, kind: str) -> Response:
        def act(seller: AmazonSeller) -> Response:
            return JSONResponse({"payload": notifier.subscription(seller, kind)})

        return await side.perform(request, "getSubscription", act)

    @router.post("/subscriptions/{kind}")
    async def create_subscription(request: Request, kind: str) -> Response:
        body = await request.body()

        def act(seller: AmazonSeller) -> Response:
            made = notifier.subscribe(seller, kind, json_document(body))
            return _done(side, "createSubscription", {"payload": made})

        return await side.perform(request, "createSubscription", act)

    @router.delete("/subscriptions/{kind}/{number}")
    async def delete_subscription(request: Request, kind: str, number: str) -> Response:
        def act(client_id: str) -> Response:
            notifier.unsubscribe(client_id, kind, number)
            return _done(side, "deleteSubscriptionById", {})

        return await side.perform_for_app(request, "deleteSubscriptionById", act)


def _done(side: AmazonSide, operation: str, answer: dict[str, Any]) -> Response:
    way = side.fate.loses_answer(SYSTEM, operation)
    return lost_answer(way) if way else JSONResponse(answer)
