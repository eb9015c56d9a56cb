"""The page at `/`: how many orders stand where, and where to look further. Plain HTML, no script."""

from html import escape
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from orderloom.domain.orders import OrderStatus
from starter.services import Services, services_of
from starter.tallies import orders_by_status

TEMPLATE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
router = APIRouter(include_in_schema=False)


@router.get("/")
async def front_page(services: Annotated[Services, Depends(services_of)]) -> HTMLResponse:
    counts = await run_in_threadpool(orders_by_status, services.store.database)
    page = TEMPLATE.substitute(
        merchant=escape(services.config.merchant),
        rows="\n".join(_row(status, count) for status, count in counts.items()),
        all=sum(counts.values()),
    )
    return HTMLResponse(page, headers=SECURITY)


def _row(status: OrderStatus, count: int) -> str:
    name = status.value.replace("_", " ").capitalize()
    link = f'<a href="/api/orders?status={status.value}">{name}</a>' if count else name
    return f'<tr><th scope="row">{link}</th><td>{count}</td></tr>'
