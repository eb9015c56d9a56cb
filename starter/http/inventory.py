"""Stock over HTTP: levels, movements, counts, receipts. A list with a bad line is refused whole, by index and field."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field

from orderloom.domain.stock import CountReceipt, Movement, StockCount, StockReceipt
from starter.http.asking import Accountable, Joined, Limit
from starter.http.problem import Problem
from starter.services import Services
from starter.stock_lines import StockLine, line_problems
from starter.views import InventoryRow, inventory_rows

router = APIRouter(prefix="/api/inventory", tags=["Stock"])
MOST_LINES = 10_000
"""In one request; it is one transaction."""


class Counts(Accountable):
    """What somebody counted: each line says how many units are there now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "by": "ana",
                    "why": "cycle count",
                    "counts": [{"sku": "PAN-1", "node": "own_warehouse", "on_hand": 7}],
                }
            ]
        },
    )

    counts: Annotated[tuple[StockCount, ...], Field(min_length=1, max_length=MOST_LINES)]


class Receipts(Accountable):
    """What came in: each line adds units. Lines of one place add up."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "by": "ana",
                    "why": "PO 4711",
                    "reference": "DN 88",
                    "receipts": [{"sku": "PAN-1", "node": "own_warehouse", "quantity": 40}],
                }
            ]
        },
    )

    reference: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    """Names the delivery, which is received once: a program may send it again when it got no answer."""
    receipts: Annotated[tuple[StockReceipt, ...], Field(min_length=1, max_length=MOST_LINES)]


@router.get("", summary="Stock by SKU and pool")
async def inventory(
    services: Joined,
    sku: Annotated[str | None, Query(description="Only this SKU, with its nodes.")] = None,
    after: Annotated[str, Query(description="Begin behind this SKU.")] = "",
    limit: Limit = 100,
) -> list[InventoryRow]:
    return await run_in_threadpool(inventory_rows, services.store, services.config, sku, after, limit)


@router.get(
    "/{sku}/movements",
    summary="Who changed the stock of a SKU, when and why, the last first",
    responses={400: {"model": Problem, "description": "No such SKU."}},
)
async def movements(
    sku: str,
    services: Joined,
    before: Annotated[int | None, Query(description="Only movements before this one.")] = None,
    limit: Limit = 100,
) -> list[Movement]:
    return await run_in_threadpool(services.store.ledger.history, sku, limit, before)


@router.post("/counts", summary="Say how many units are there now")
async def counts(asked: Counts, services: Joined) -> list[CountReceipt]:
    """All or none; one receipt per count, in their order. Orders that waited for the units go on."""

    def work() -> list[CountReceipt]:
        _refuse_bad(services, "counts", asked.counts, each_once=True)
        return services.store.ledger.import_counts(asked.counts, asked.by, asked.why)

    return await run_in_threadpool(work)


@router.post("/receipts", summary="Add units that came in")
async def receipts(asked: Receipts, services: Joined) -> list[CountReceipt]:
    """All or none; one answer per line, in their order. Orders that waited for the units go on."""

    def work() -> list[CountReceipt]:
        _refuse_bad(services, "receipts", asked.receipts, each_once=False)
        return services.store.ledger.import_receipts(asked.receipts, asked.by, asked.why, asked.reference)

    return await run_in_threadpool(work)


def _refuse_bad(services: Services, where: str, lines: Sequence[StockLine], *, each_once: bool) -> None:
    """Raises what a wrong shape raises too, so that a program finds every bad line in one form."""
    found = line_problems(lines, services.config, services.store.catalog, each_once=each_once)
    if found:
        raise RequestValidationError(
            [
                {
                    "type": "value_error",
                    "loc": ("body", where, problem.index, problem.field),
                    "msg": problem.why,
                    "input": getattr(lines[problem.index], problem.field),
                }
                for problem in found
            ]
        )
