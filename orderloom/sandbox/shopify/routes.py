"""Shopify's addresses under `/shopify/{shop}`: GraphQL behind token and throttle, and the token endpoint."""

import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from orderloom.sandbox.answers import lost_answer
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.knobs import Fate, Trouble
from orderloom.sandbox.limits import TokenBucket
from orderloom.sandbox.outbox import Outbox
from orderloom.sandbox.shopify.cost import MOST_PER_QUERY
from orderloom.sandbox.shopify.graphql import Operation, read_operation, run
from orderloom.sandbox.shopify.shop import Shop

SYSTEM = "shopify"
BUCKET_SIZE = 2000
RESTORE_RATE = 100.0
"""Points, and points a second: what a shop on the Standard plan has."""
_WRONG_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


@dataclass
class ShopifySide:
    """All that the Shopify routes work on; shops by domain, throttled each by itself."""

    shops: dict[str, Shop]
    fate: Fate
    outbox: Outbox
    clock: Clock
    speed: float
    issued: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    buckets: dict[str, TokenBucket] = field(default_factory=dict)

    def bucket(self, shop: str) -> TokenBucket:
        fresh = TokenBucket(rate=RESTORE_RATE * self.speed, size=BUCKET_SIZE, clock=self.clock)
        return self.buckets.setdefault(shop, fresh)

    def accepts(self, shop: Shop, token: str) -> bool:
        if hmac.compare_digest(token.encode(), shop.config.access_token.encode()):
            return True
        domain, ends = self.issued.get(token, ("", None))
        return ends is not None and domain == shop.config.shop and self.clock.now() < ends

    def issue(self, shop: Shop) -> dict[str, Any]:
        token = f"shpat_{secrets.token_hex(16)}"
        seconds = shop.config.token_seconds
        self.issued[token] = (shop.config.shop, self.clock.now() + timedelta(seconds=seconds))
        return {"access_token": token, "scope": ",".join(shop.config.scopes), "expires_in": seconds - 1}


def shopify_routes(side: ShopifySide) -> APIRouter:
    router = APIRouter(prefix="/shopify/{shop}", include_in_schema=False)

    @router.post("/admin/oauth/access_token")
    async def access_token(request: Request, shop: str) -> Response:
        if await side.fate.meet(SYSTEM, "token") is not Trouble.NONE:
            return Response(status_code=503)
        asked = _fields(request.headers.get("content-type", ""), await request.body())
        found = side.shops.get(shop)
        if found is None:
            return JSONResponse({"errors": "Not Found"}, status_code=404)
        if asked.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
        given = (asked.get("client_id"), asked.get("client_secret"))
        if given != (found.config.client_id, found.config.client_secret):
            return JSONResponse({"error": "invalid_client"}, status_code=400)
        return JSONResponse(side.issue(found))

    @router.post("/admin/api/{version}/graphql.json")
    async def graphql(request: Request, shop: str, version: str) -> Response:
        found = side.shops.get(shop)
        if found is None:
            return JSONResponse({"errors": "Not Found"}, status_code=404)
        if not found.installed or not side.accepts(found, request.headers.get("x-shopify-access-token", "")):
            return JSONResponse(_WRONG_TOKEN, status_code=401)
        response = await _answer(side, found, await request.body())
        response.headers["X-Shopify-API-Version"] = version
        return response

    return router


async def _answer(side: ShopifySide, shop: Shop, body: bytes) -> Response:
    operation = read_operation(_parsed(body))
    if not isinstance(operation, Operation):
        return JSONResponse({"errors": operation})
    name = operation.roots[0] if operation.mutations else "query"
    trouble = await side.fate.meet(SYSTEM, name)
    if trouble is Trouble.FAILED:
        return Response("<html><body>Bad Gateway</body></html>", status_code=502, media_type="text/html")
    cost, bucket = operation.requested_cost, side.bucket(shop.config.shop)
    if cost > MOST_PER_QUERY:
        return JSONResponse({"errors": [_too_expensive(cost)]})
    if trouble is Trouble.THROTTLED or not bucket.take(cost):
        throttled = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
        return JSONResponse({"errors": [throttled], "extensions": _cost(bucket, cost, None)})
    outcome = run(shop, operation, side.outbox.starter_url)
    bucket.give_back(max(cost - outcome.actual_cost, 0))
    if operation.mutations and (way := side.fate.loses_answer(SYSTEM, name)):
        return lost_answer(way)
    return JSONResponse(outcome.body() | {"extensions": _cost(bucket, cost, outcome.actual_cost)})


def _cost(bucket: TokenBucket, requested: int, actual: int | None) -> dict[str, Any]:
    status = {
        "maximumAvailable": bucket.size,
        "currentlyAvailable": int(bucket.available),
        "restoreRate": bucket.rate,
    }
    return {"cost": {"requestedQueryCost": requested, "actualQueryCost": actual, "throttleStatus": status}}


def _too_expensive(cost: int) -> dict[str, Any]:
    message = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_PER_QUERY})."
    return {"message": message, "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": MOST_PER_QUERY}}


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _fields(content_type: str, body: bytes) -> dict[str, Any]:
    if content_type.startswith("application/json"):
        parsed = _parsed(body)
        return parsed if isinstance(parsed, dict) else {}
    return dict(parse_qsl(body.decode(errors="replace")))
