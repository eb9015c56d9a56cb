"""How Amazon accounts stand against their targets, and which orders are late; not whether the process is well."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from orderloom.domain.health import Health
from starter.health import measure_health
from starter.http.asking import Joined

router = APIRouter(prefix="/api", tags=["Orders"])


@router.get("/seller-health", summary="Late orders, and each Amazon account's rates of the last 30 days")
async def seller_health(services: Joined) -> Health:
    """What each figure counts is in docs/operations.md."""
    return await run_in_threadpool(measure_health, services.store, services.config)
