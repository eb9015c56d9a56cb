"""Proposed counts over HTTP: what nodes say they have and our books not, and how asking them goes."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from orderloom.domain.stock import CountReceipt
from orderloom.domain.stock_reading import CountProposal, NodeReading
from starter.http.asking import Accountable, Joined, Limit
from starter.http.problem import Problem

router = APIRouter(prefix="/api/inventory", tags=["Stock"])
REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "One is not open, or was overtaken by a count; nothing was done."}
}


class Decided(Accountable):
    """Which proposals, by number: all or none."""

    proposals: Annotated[tuple[int, ...], Field(min_length=1, max_length=10_000)]


@router.get("/proposals", summary="Counts that nodes propose")
async def proposals(
    services: Joined,
    node: Annotated[str | None, Query(description="Only of this node.")] = None,
    everything: Annotated[bool, Query(alias="all", description="Also those that were decided.")] = False,
    limit: Limit = 100,
) -> list[CountProposal]:
    book = services.store.counts
    return await run_in_threadpool(lambda: book.proposals(node, open_only=not everything, limit=limit))


@router.get("/readings", summary="How asking each node for its stock goes")
async def readings(services: Joined) -> list[NodeReading]:
    """`trouble` says why the last question gave nothing; then nothing was changed."""
    return await run_in_threadpool(services.store.counts.readings)


@router.post("/proposals/accept", summary="Count what a node says", responses=REFUSED)
async def accept(asked: Decided, services: Joined) -> list[CountReceipt]:
    """Our stock moves by the difference; orders that waited for the units go on."""
    return await run_in_threadpool(services.store.counts.accept, asked.proposals, asked.by, asked.why)


@router.post("/proposals/reject", summary="Leave our count as it is", status_code=204, responses=REFUSED)
async def reject(asked: Decided, services: Joined) -> None:
    """The same difference is not proposed again."""
    await run_in_threadpool(services.store.counts.reject, asked.proposals, asked.by, asked.why)
