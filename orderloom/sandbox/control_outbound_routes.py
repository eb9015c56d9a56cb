"""`/_control/amazon/{account}/outbound`: what the carrier does with packages of Multi-Channel Fulfillment."""

from collections.abc import Callable

from fastapi import APIRouter, HTTPException

from orderloom.sandbox.amazon.outbound import Outbound
from orderloom.sandbox.amazon.refusals import Refusal
from orderloom.sandbox.control_routes import Done
from orderloom.sandbox.state import Sandbox


def outbound_control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control/amazon/{account}/outbound")

    def carry(account: str, act: Callable[[Outbound], None]) -> Done:
        if account not in sandbox.outbound:
            raise HTTPException(404, f"no Amazon account {account!r} in the sandbox's configuration")
        try:
            act(sandbox.outbound[account])
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.details) from refusal
        return Done(done=True)

    @router.post("/{order_id}/relabel")
    async def relabel(account: str, order_id: str) -> Done:
        return carry(account, lambda outbound: outbound.relabel(order_id))

    @router.post("/{order_id}/arrive")
    async def arrive(account: str, order_id: str) -> Done:
        return carry(account, lambda outbound: outbound.arrive(order_id))

    return router
