"""Listings over HTTP: what they show, what a person should look at, and stopping them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict

from orderloom.domain.listing.ports import Alarm, ListingView
from orderloom.domain.listing.state import AlertKind
from starter.alarms import clear_alarm
from starter.http.asking import Accountable, Joined, Limit, Who
from starter.http.problem import Problem

router = APIRouter(prefix="/api/listings", tags=["Listings"])


class Looked(BaseModel):
    """Who has looked at an alarm, named as `GET /api/listings/alarms` names it."""

    model_config = ConfigDict(extra="forbid")

    by: Who
    listing: str
    kind: AlertKind


class OneSku(Accountable):
    sku: str


@router.get("", summary="What each listing shows, may sell and sells")
async def listings(
    services: Joined,
    sku: Annotated[str | None, Query(description="Only listings that sell this SKU.")] = None,
    account: Annotated[str | None, Query(description="Only listings of this account.")] = None,
    limit: Limit = 100,
) -> list[ListingView]:
    return list(await run_in_threadpool(services.store.listings.views, sku, account, limit))


@router.get("/alarms", summary="What a person should look at")
async def alarms(
    services: Joined,
    everything: Annotated[bool, Query(alias="all", description="Also those that somebody has cleared.")] = False,
) -> list[Alarm]:
    return list(await run_in_threadpool(services.store.listings.alarms, open_only=not everything))


@router.post(
    "/alarms/clear",
    summary="Say that somebody has looked at an alarm",
    status_code=204,
    responses={400: {"model": Problem, "description": "No such open alarm."}},
)
async def clear(looked: Looked, services: Joined) -> None:
    await run_in_threadpool(clear_alarm, services.store.listings, looked.listing, looked.kind, looked.by)


@router.post(
    "/{change}",
    summary="Offer nothing of a SKU anywhere until it is resumed; offer it again",
    status_code=204,
    responses={400: {"model": Problem, "description": "No such SKU, or it is not paused."}},
)
async def offering(change: Literal["pause", "resume"], asked: OneSku, services: Joined) -> None:
    book = services.store.listings
    await run_in_threadpool(book.pause if change == "pause" else book.resume, asked.sku, asked.by, asked.why)
