"""The operator's API: read what became of the orders, and ask something of one of them.

Everything here is free of personal data: an order's destination is its country, region and postal prefix.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, StringConstraints

from activities.messages import OperatorAnswer
from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import OrderStory, UnmappedListing, UnreadableRecord
from starter.http.asking import Joined, Limit, Who
from starter.http.problem import Problem
from starter.operators import Request
from starter.tallies import orders_by_status
from starter.views import OrderRow

router = APIRouter(prefix="/api")
KeyInPath = Annotated[str, Path(description="channel:account:order_id", examples=["shopify:kitchen:1001"])]


class OperatorAsks(BaseModel):
    """Who asks, and why: both are kept in the order's timeline. Write no personal data of the buyer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"by": "ana", "why": "stock found"}]})

    by: Who
    why: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


@router.get("/counts", tags=["Orders"], summary="How many orders stand where")
async def counts(services: Joined) -> dict[OrderStatus, int]:
    return await run_in_threadpool(orders_by_status, services.store.database)


@router.get("/orders", tags=["Orders"], summary="Orders, the last changed first")
async def orders(
    services: Joined,
    status: Annotated[OrderStatus | None, Query(description="Only orders that stand here.")] = None,
    held: Annotated[bool | None, Query(description="Only orders that wait for a person, or only the others.")] = None,
    limit: Limit = 100,
) -> list[OrderRow]:
    summaries = await run_in_threadpool(services.store.stories.list, status=status, held=held, limit=limit)
    return [OrderRow.of(summary) for summary in summaries]


@router.get(
    "/orders/{key}",
    tags=["Orders"],
    summary="The whole story of one order",
    responses={404: {"model": Problem, "description": "No such order."}},
)
async def order(key: KeyInPath, services: Joined) -> OrderStory:
    """The normalised order, its reservation, decision with trace, shipments, packages and timeline."""
    return await run_in_threadpool(services.store.stories.show, _parsed(key))


@router.post(
    "/orders/{key}/{request}",
    tags=["Orders"],
    summary="Ask an order to retry, release its hold, be planned again, or cancel",
    responses={
        404: {"model": Problem, "description": "No such order."},
        409: {"model": Problem, "description": "The order's story has ended, or it refuses."},
        503: {"model": Problem, "description": "Temporal or the database is away; nothing was done."},
        504: {"model": Problem, "description": "No worker answered in time; it may still be done."},
    },
)
async def ask(key: KeyInPath, request: Request, asks: OperatorAsks, services: Joined) -> OperatorAnswer:
    """`done` false means that the order understood and did not do it; `text` says why."""
    return await services.operators.ask(_parsed(key), request, by=asks.by, why=asks.why)


@router.get(
    "/orders/{key}/why",
    tags=["Orders"],
    summary="Why an order was routed as it was, in words",
    responses={404: {"model": Problem, "description": "No such order."}},
)
async def why(key: KeyInPath, services: Joined) -> list[str]:
    """Each rule that was asked, and each of its nodes: what it has, costs and takes. Empty while nothing is decided."""
    story = await run_in_threadpool(services.store.stories.show, _parsed(key))
    return list(story.decision.in_words()) if story.decision else []


@router.get("/unmapped", tags=["Catalog"], summary="Listings that were sold and have no SKU yet")
async def unmapped(services: Joined) -> list[UnmappedListing]:
    return list(await run_in_threadpool(services.store.stories.unmapped))


@router.get("/unreadable", tags=["Events"], summary="Genuine deliveries that could not be read")
async def unreadable(services: Joined, limit: Limit = 100) -> list[UnreadableRecord]:
    return list(await run_in_threadpool(services.store.stories.unreadable, limit=limit))


def _parsed(key: str) -> OrderKey:
    try:
        return OrderKey.parse(key)
    except ValueError:
        raise InputInvalid("address", None, "key", f"{key!r} is no order key; write channel:account:order_id") from None
