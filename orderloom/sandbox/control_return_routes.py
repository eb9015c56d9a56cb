"""`/_control` for what Amazon's buyers send back to the seller's own warehouses."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter, HTTPException

from orderloom.sandbox.amazon.refusals import Refusal
from orderloom.sandbox.amazon.reports import Reports
from orderloom.sandbox.control_routes import Done
from orderloom.sandbox.order_wishes import AmazonReturnWish, Made
from orderloom.sandbox.state import Sandbox


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise HTTPException(refusal.status, refusal.message) from refusal


def return_control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control/amazon/{account}")

    def reports(account: str) -> Reports:
        if account not in sandbox.reports:
            raise HTTPException(404, f"no Amazon account {account!r} in the sandbox's configuration")
        return sandbox.reports[account]

    @router.post("/orders/{order_id}/returns")
    async def ask(account: str, order_id: str, wish: AmazonReturnWish) -> Made:
        with _allowed():
            return Made(id=reports(account).ask_return(order_id, wish))

    @router.post("/returns/{rma}/receive")
    async def receive(account: str, rma: str) -> Done:
        with _allowed():
            reports(account).receive(rma)
        return Done(done=True)

    return router
