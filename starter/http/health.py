"""Is the starter alive, can it take deliveries in, and what has it measured."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from fastapi.concurrency import run_in_threadpool
from prometheus_client import CONTENT_TYPE_LATEST

from orderloom.domain.errors import Unavailable
from orderloom.domain.model import Frozen
from starter.services import Services, services_of

router = APIRouter(tags=["Health"])
Joined = Annotated[Services, Depends(services_of)]
UP = "up"


class Readiness(Frozen):
    """`ready` is about the database alone: while Temporal is away deliveries are stored and handed over later."""

    ready: bool
    database: str
    temporal: str


@router.get("/healthz", summary="Is the process alive")
async def healthz() -> dict[Literal["status"], str]:
    return {"status": "alive"}


@router.get(
    "/readyz",
    summary="Can deliveries be taken in",
    response_model=Readiness,
    responses={503: {"model": Readiness, "description": "The database is away."}},
)
async def readyz(response: Response, services: Joined) -> Readiness:
    """Says of the database and of Temporal whether they can be reached, and why not."""
    database, temporal = await _database(services), await _temporal(services)
    if database != UP:
        response.status_code = 503
    return Readiness(ready=database == UP, database=database, temporal=temporal)


@router.get("/metrics", summary="Prometheus metrics", response_class=Response)
async def metrics(services: Joined) -> Response:
    await run_in_threadpool(services.measure_backlog)
    return Response(services.meters.text(), media_type=CONTENT_TYPE_LATEST)


async def _database(services: Services) -> str:
    try:
        await run_in_threadpool(services.check_database)
    except Unavailable as failure:
        return f"down: {failure.detail}"
    return UP


async def _temporal(services: Services) -> str:
    try:
        await services.temporal.check()
    except Unavailable as failure:
        return f"down: {failure.detail}"
    return UP
