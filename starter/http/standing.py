"""How accounts stand: late orders, Amazon's targets, requests about customers; not whether the process is well."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool

from orderloom.domain.health import Health
from orderloom.domain.privacy import PrivacyRequest
from starter.health import measure_health
from starter.http.asking import Joined

router = APIRouter(prefix="/api")


@router.get(
    "/seller-health", tags=["Orders"], summary="Late orders, and each Amazon account's rates of the last 30 days"
)
async def seller_health(services: Joined) -> Health:
    """What each figure counts is in docs/operations.md."""
    return await run_in_threadpool(measure_health, services.store, services.config)


@router.get("/privacy/requests", tags=["Privacy"], summary="What channels ask for customers, and what was done when")
async def privacy_requests(
    services: Joined,
    everything: Annotated[bool, Query(alias="all", description="Also those that are done.")] = False,
) -> list[PrivacyRequest]:
    """Names orders and nobody; `orderloom privacy export` tells what is held."""
    return list(await run_in_threadpool(services.store.privacy_requests.all, open_only=not everything))
