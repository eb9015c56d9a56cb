"""The page at `/`: how many orders stand where, and where to look further."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

PAGE = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
SECURITY = {
    # The page runs its own script and talks to its own origin, nothing else.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
router = APIRouter(include_in_schema=False)


@router.get("/")
async def front_page() -> HTMLResponse:
    return HTMLResponse(PAGE, headers=SECURITY)
