"""Amazon's addresses: token endpoint, searchOrders, getOrder, shipmentConfirmation, each behind its published limit."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.confirming import confirm_shipment
from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.payloads import order_document
from orderloom.sandbox.amazon.refusals import Refusal, quota_exceeded, server_trouble
from orderloom.sandbox.amazon.search import OrderSearch, included_data
from orderloom.sandbox.amazon.tokens import LoginWithAmazon
from orderloom.sandbox.answers import lost_answer
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.knobs import Fate, Trouble
from orderloom.sandbox.limits import TokenBucket

PUBLISHED_LIMITS = {
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "confirmShipment": (2.0, 10),
    "getListingsItem": (5.0, 10),
    "searchListingsItems": (5.0, 5),
    "patchListingsItem": (5.0, 5),
    "getInventorySummaries": (2.0, 2),
    "getDestinations": (1.0, 5),
    "createDestination": (1.0, 5),
    "deleteDestination": (1.0, 5),
    "getSubscription": (1.0, 5),
    "createSubscription": (1.0, 5),
    "deleteSubscriptionById": (1.0, 5),
    "createFeedDocument": (0.5, 15),
    "createFeed": (0.0083, 15),
    "getFeed": (2.0, 15),
    "getFeeds": (0.0222, 10),
    "getFeedDocument": (0.0222, 10),
    "createReport": (0.0167, 15),
    "getReport": (2.0, 15),
    "getReports": (0.0222, 10),
    "getReportDocument": (0.0167, 15),
}
"""Requests per second and burst, by the OpenAPI models of these APIs."""
OUTBOUND_OPERATIONS = (
    "createFulfillmentOrder",
    "getFulfillmentOrder",
    "listAllFulfillmentOrders",
    "cancelFulfillmentOrder",
    "getFulfillmentPreview",
    "getPackageTrackingDetails",
)
OUTBOUND_LIMIT = (2.0, 30)
"""Of each of these (fulfillmentOutbound_2020-07-01.json)."""

SYSTEM = "amazon"
Act = Callable[[AmazonSeller], Response]


@dataclass
class AmazonSide:
    """All that the Amazon routes work on. Limits are per seller and operation."""

    sellers: dict[str, AmazonSeller]
    tokens: LoginWithAmazon
    fate: Fate
    clock: Clock
    speed: float
    dice: Random
    buckets: dict[tuple[str, str], TokenBucket] = field(default_factory=dict)

    def bucket(self, account: str, operation: str) -> TokenBucket:
        rate, burst = OUTBOUND_LIMIT if operation in OUTBOUND_OPERATIONS else PUBLISHED_LIMITS[operation]
        fresh = TokenBucket(rate=rate * self.speed, size=burst, clock=self.clock)
        return self.buckets.setdefault((account, operation), fresh)

    async def perform(self, request: Request, operation: str, act: Act) -> Response:
        """Check token, faults and limit, then act for the token's seller. Headers are those of SP-API."""
        token = request.headers.get("x-amz-access-token")
        return await self._perform(operation, lambda: self.tokens.account_of(token), lambda a: act(self.sellers[a]))

    async def perform_for_app(self, request: Request, operation: str, act: Callable[[str], Response]) -> Response:
        """The same for a grantless operation, which acts for an app, by its client id."""
        token = request.headers.get("x-amz-access-token")
        return await self._perform(operation, lambda: self.tokens.app_of(token), act)

    async def _perform(self, operation: str, who: Callable[[], str], act: Callable[[str], Response]) -> Response:
        headers = {"x-amzn-RequestId": str(uuid4())}
        try:
            account = who()
            trouble = await self.fate.meet(SYSTEM, operation)
            bucket = self.bucket(account, operation)
            if trouble is Trouble.THROTTLED or not bucket.take():
                headers["x-amzn-RateLimit-Limit"] = f"{bucket.rate:g}"
                raise quota_exceeded()
            if trouble is Trouble.FAILED:
                response = server_trouble(self.dice)
            else:
                headers["x-amzn-RateLimit-Limit"] = f"{bucket.rate:g}"
                response = act(account)
        except Refusal as refusal:
            response = refusal.response()
        response.headers.update(headers)
        return response


def amazon_routes(side: AmazonSide) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    search = OrderSearch(side.clock, side.speed)

    @router.post("/auth/o2/token")
    async def token(request: Request) -> Response:
        if await side.fate.meet(SYSTEM, "token") is not Trouble.NONE:
            return JSONResponse({"error": "server_error", "error_description": "Please try again"}, status_code=500)
        return side.tokens.exchange(request.headers.get("content-type", ""), await request.body())

    @router.get("/orders/2026-01-01/orders")
    async def search_orders(request: Request) -> Response:
        def act(seller: AmazonSeller) -> Response:
            return JSONResponse(search.answer(seller, request.query_params))

        return await side.perform(request, "searchOrders", act)

    @router.get("/orders/2026-01-01/orders/{order_id}")
    async def get_order(request: Request, order_id: str) -> Response:
        def act(seller: AmazonSeller) -> Response:
            included = included_data(request.query_params)
            return JSONResponse({"order": order_document(seller.find(order_id), included)})

        return await side.perform(request, "getOrder", act)

    @router.post("/orders/v0/orders/{order_id}/shipmentConfirmation")
    async def shipment_confirmation(request: Request, order_id: str) -> Response:
        body = await request.body()

        def act(seller: AmazonSeller) -> Response:
            confirm_shipment(seller, order_id, body, side.clock.now())
            way = side.fate.loses_answer(SYSTEM, "confirmShipment")
            return lost_answer(way) if way else Response(status_code=204)

        return await side.perform(request, "confirmShipment", act)

    return router
