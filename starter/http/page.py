"""The page at `/`: how many orders stand where, what the listings show, and where to look further. No script."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from string import Template
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from orderloom.domain.health import Health
from orderloom.domain.listing.ports import ListingView
from orderloom.domain.orders import OrderStatus
from starter.first_readings import waiting_for_readings
from starter.health import COLUMNS as COLUMNS_OF_ACCOUNTS
from starter.health import LATE_COLUMNS, PAUSED_COLUMNS, account_cells, late_cells, measure_health, paused_cells
from starter.services import Services, services_of
from starter.tallies import events_unreadable, orders_by_status
from starter.views import lasting

TEMPLATE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SHOWN_LISTINGS = 50
COLUMNS = ("SKU", "Channel", "Listing", "Shows", "Rights", "Lasts", "State", "Alarms")
NUMBERS = frozenset({"Shows", "Rights", "Lasts"})
router = APIRouter(include_in_schema=False)


@router.get("/")
async def front_page(services: Annotated[Services, Depends(services_of)]) -> HTMLResponse:
    counts = await run_in_threadpool(orders_by_status, services.store.database)
    views = await run_in_threadpool(services.store.listings.views, limit=SHOWN_LISTINGS)
    unread = await run_in_threadpool(events_unreadable, services.store.database)
    asked = await run_in_threadpool(services.store.privacy_requests.all)
    book = services.store.listings
    waits = await run_in_threadpool(waiting_for_readings, book, services.config, datetime.now(UTC))
    health = await run_in_threadpool(measure_health, services.store, services.config)
    refused = await run_in_threadpool(services.store.configurations.refused)
    page = TEMPLATE.substitute(
        merchant=escape(services.config.merchant),
        rows="\n".join(_row(status, count) for status, count in counts.items()),
        all=sum(counts.values()),
        trouble="".join(f'<p role="alert">Wrong configuration: {escape(each.text)}.</p>\n' for each in refused),
        health=_health(health),
        listings=_waiting(waits) + _listings(views),
        unreadable=f": {unread}" if unread else "",
        privacy=f": {len(asked)}" if asked else "",
    )
    return HTMLResponse(page, headers=SECURITY)


def _row(status: OrderStatus, count: int) -> str:
    name = status.value.replace("_", " ").capitalize()
    link = f'<a href="/api/orders?status={status.value}">{name}</a>' if count else name
    return f'<tr><th scope="row">{link}</th><td>{count}</td></tr>'


def _health(health: Health) -> str:
    """Paused accounts first, then late orders and how the Amazon accounts stand; each only where there is one."""
    late = (
        f"Late orders: {health.late_count}"
        if health.late_count == len(health.late)
        else (f"Late orders: the first {len(health.late)} of {health.late_count}")
    )
    parts: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]]
    parts = [("Paused accounts", PAUSED_COLUMNS, [paused_cells(each) for each in health.paused])]
    parts.append((late, LATE_COLUMNS, [late_cells(order) for order in health.late]))
    accounts = [account_cells(account) for account in health.accounts]
    parts.append(("Amazon's targets, last 30 days", COLUMNS_OF_ACCOUNTS, accounts))
    return "\n".join(_table(*part) for part in parts if part[-1])


def _table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Words only, the first of each row its name."""
    heads = "".join(f'<th scope="col" class="words">{escape(name)}</th>' for name in columns)
    lines = (
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f'<td class="words">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table>\n'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{chr(10).join(lines)}\n</tbody>\n</table></div>"
    )


def _waiting(waits: str | None) -> str:
    return f"<p>Publishing: {escape(waits)}.</p>\n" if waits else ""


def _listings(views: Sequence[ListingView]) -> str:
    """A table of the first listings; nothing where no channel has told of one yet."""
    if not views:
        return ""
    heads = "".join(f'<th scope="col"{_as_number(name)}>{name}</th>' for name in COLUMNS)
    rows = "\n".join(_listing_row(view) for view in views)
    caption = "Listings" if len(views) < SHOWN_LISTINGS else f"The first {SHOWN_LISTINGS} listings"
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Listings"><table>\n<caption>{caption}</caption>\n'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _listing_row(view: ListingView) -> str:
    words = (view.key.channel.value.capitalize(), view.key.listing)
    numbers = ("?" if view.shown is None else view.shown, view.rights, lasting(view.cover_seconds))
    alarms = ", ".join(alert.value.replace("_", " ") for alert in view.alerts) or "-"
    cells = [
        f'<th scope="row">{escape(view.place or "-")}</th>',
        *(f'<td class="words">{escape(word)}</td>' for word in words),
        *(f"<td>{number}</td>" for number in numbers),
        *(f'<td class="words">{escape(word)}</td>' for word in (view.state, alarms)),
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _as_number(name: str) -> str:
    return ' class="number"' if name in NUMBERS else ' class="words"'
