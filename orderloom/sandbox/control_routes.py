"""`/_control`: sell and cancel orders, turn knobs, resend webhooks, and ask for the truth. No part of any real API."""

from typing import Literal

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.refusals import Refusal
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.nodes.node import Node
from orderloom.sandbox.nodes.shipments import Shipment
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.spec import SandboxOrder
from orderloom.sandbox.state import Sandbox
from orderloom.sandbox.truth import Truth


class _Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Placed(_Wish):
    order_id: str


class CancelWish(_Wish):
    how: Literal["final", "request"] = "final"
    restock: bool = True
    """Shopify: whether the units are for sale again; Amazon does that by itself."""


class ReleaseWish(_Wish):
    order_ids: tuple[str, ...] | None = None
    """None releases all that are pending."""


class ResendWish(_Wish):
    order_id: str
    topic: str = "orders/create"
    times: PositiveInt = 1


class StarterWish(_Wish):
    url: str | None


class LabelWish(_Wish):
    """Another label for the last package of a dispatch."""

    tracking_number: str
    carrier: str = "UPS"


class StockWish(_Wish):
    """Units that lie at a node, by SKU."""

    units: dict[str, NonNegativeInt]


class Count(_Wish):
    count: int


class Done(_Wish):
    done: bool


def control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control")
    _add_amazon(router, sandbox)
    _add_shopify(router, sandbox)
    _add_nodes(router, sandbox)

    @router.get("/knobs")
    async def knobs() -> Knobs:
        return sandbox.fate.knobs

    @router.post("/knobs")
    async def turn_knobs(knobs: Knobs) -> Knobs:
        sandbox.fate.turn(knobs)
        return sandbox.fate.knobs

    @router.post("/starter")
    async def send_to(wish: StarterWish) -> Done:
        sandbox.outbox.starter_url = wish.url
        return Done(done=True)

    @router.get("/truth")
    async def truth() -> Truth:
        return sandbox.truth()

    return router


def _seller(sandbox: Sandbox, account: str) -> AmazonSeller:
    if account not in sandbox.sellers:
        raise HTTPException(404, f"no Amazon account {account!r} in the sandbox's configuration")
    return sandbox.sellers[account]


def _shop(sandbox: Sandbox, account: str) -> Shop:
    if account not in sandbox.shops:
        raise HTTPException(404, f"no Shopify account {account!r} in the sandbox's configuration")
    return sandbox.shops[account]


def _add_amazon(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/amazon/{account}/orders")
    async def place(account: str, order: SandboxOrder) -> Placed:
        return Placed(order_id=_seller(sandbox, account).place(order).order_id)

    @router.post("/amazon/{account}/orders/{order_id}/cancel")
    async def cancel(account: str, order_id: str, wish: CancelWish) -> Done:
        seller = _seller(sandbox, account)
        try:
            if wish.how == "request":
                seller.request_cancel(order_id)
                return Done(done=True)
            return Done(done=seller.cancel(order_id))
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.details) from refusal

    @router.post("/amazon/{account}/orders/{order_id}/ship")
    async def ship_by_amazon(account: str, order_id: str) -> Done:
        try:
            return Done(done=_seller(sandbox, account).ship_by_amazon(order_id))
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.details) from refusal

    @router.post("/amazon/{account}/release")
    async def release(account: str, wish: ReleaseWish) -> Count:
        try:
            return Count(count=len(_seller(sandbox, account).release(wish.order_ids)))
        except Refusal as refusal:
            raise HTTPException(refusal.status, refusal.details) from refusal

    @router.post("/amazon/expire-tokens")
    async def expire_tokens() -> Done:
        sandbox.amazon.tokens.expire_all()
        return Done(done=True)


def _add_shopify(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/shopify/{account}/orders")
    async def place(account: str, order: SandboxOrder) -> Placed:
        return Placed(order_id=str(_shop(sandbox, account).place(order).order_id))

    @router.post("/shopify/{account}/orders/{order_id}/cancel")
    async def cancel(account: str, order_id: int, wish: CancelWish | None = None) -> Done:
        shop = _shop(sandbox, account)
        if order_id not in shop.orders:
            raise HTTPException(404, f"no order {order_id} in shop {account}")
        return Done(done=shop.cancel(shop.orders[order_id], restock=wish is None or wish.restock))

    @router.post("/shopify/{account}/resend")
    async def resend(account: str, wish: ResendWish) -> Count:
        return Count(count=_shop(sandbox, account).webhooks.resend(wish.order_id, wish.topic, wish.times))


def _add_nodes(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/nodes/{node}/shipments/{dispatch_id}/ship")
    async def ship(node: str, dispatch_id: str) -> Count:
        found, shipment = _dispatched(sandbox, node, dispatch_id)
        return Count(count=found.ship_rest(shipment))

    @router.post("/nodes/{node}/shipments/{dispatch_id}/relabel")
    async def relabel(node: str, dispatch_id: str, wish: LabelWish) -> Done:
        found, shipment = _left(sandbox, node, dispatch_id)
        found.relabel(shipment, wish.tracking_number, wish.carrier)
        return Done(done=True)

    @router.post("/nodes/{node}/shipments/{dispatch_id}/lose")
    async def lose(node: str, dispatch_id: str) -> Done:
        found, shipment = _left(sandbox, node, dispatch_id)
        found.lose(shipment)
        return Done(done=True)

    @router.post("/nodes/{node}/stock")
    async def put_stock(node: str, wish: StockWish) -> Done:
        if node not in sandbox.nodes:
            raise HTTPException(404, f"no node {node!r} in the sandbox's configuration")
        sandbox.nodes[node].shelves.put(wish.units)
        return Done(done=True)


def _dispatched(sandbox: Sandbox, node: str, dispatch_id: str) -> tuple[Node, Shipment]:
    found = sandbox.nodes.get(node)
    shipment = found.shipments.get(dispatch_id) if found else None
    if found is None or shipment is None:
        raise HTTPException(404, f"no dispatch {dispatch_id} at node {node}")
    return found, shipment


def _left(sandbox: Sandbox, node: str, dispatch_id: str) -> tuple[Node, Shipment]:
    found, shipment = _dispatched(sandbox, node, dispatch_id)
    if not shipment.packages:
        raise HTTPException(409, f"nothing of {dispatch_id} has left node {node}")
    return found, shipment
