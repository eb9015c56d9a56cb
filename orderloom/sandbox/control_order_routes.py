"""`/_control` for what happens to a shop's order after it was sold, and to the shop's app itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import APIRouter, HTTPException

from orderloom.sandbox.control_routes import Done
from orderloom.sandbox.order_wishes import (
    EditWish,
    HoldWish,
    InstallWish,
    Made,
    MoveWish,
    PayWish,
    PrivacyWish,
    ReceiveWish,
    RefundWish,
    RequestWish,
    ReturnWish,
)
from orderloom.sandbox.shopify import changing, holding, installing, refunding
from orderloom.sandbox.shopify.aftermath import Return
from orderloom.sandbox.shopify.orders import ShopOrder
from orderloom.sandbox.shopify.shop import Shop
from orderloom.sandbox.state import Sandbox


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except changing.NotAllowed as refused:
        raise HTTPException(409, str(refused)) from refused


def order_control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control/shopify/{account}")
    _add_changes(router, sandbox)
    _add_returns(router, sandbox)
    _add_holds(router, sandbox)
    _add_app(router, sandbox)
    return router


def _shop(sandbox: Sandbox, account: str) -> Shop:
    if account not in sandbox.shops:
        raise HTTPException(404, f"no Shopify account {account!r} in the sandbox's configuration")
    return sandbox.shops[account]


def _find(sandbox: Sandbox, account: str, order_id: int) -> tuple[Shop, ShopOrder]:
    shop = _shop(sandbox, account)
    if order_id not in shop.orders:
        raise HTTPException(404, f"no order {order_id} in shop {account}")
    return shop, shop.orders[order_id]


def _location(shop: Shop, name: str | None) -> int | None:
    if name is None:
        return None
    found = [at.id for at in shop.stockroom.locations.values() if at.name == name]
    if not found:
        raise HTTPException(404, f"{shop.config.account} has no location {name!r}")
    return found[0]


def _add_changes(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/orders/{order_id}/edit")
    async def edit(account: str, order_id: int, wish: EditWish) -> Done:
        shop, order = _find(sandbox, account, order_id)
        with _allowed():
            if wish.quantities or wish.added:
                changing.edit(shop, order, wish.quantities, wish.added, restock=wish.restock)
            if wish.new_address:
                changing.change_address(shop, order)
        return Done(done=True)

    @router.post("/orders/{order_id}/pay")
    async def pay(account: str, order_id: int, wish: PayWish) -> Done:
        changing.pay(*_find(sandbox, account, order_id), wish.status)
        return Done(done=True)

    @router.post("/orders/{order_id}/refund")
    async def refund(account: str, order_id: int, wish: RefundWish) -> Made:
        shop, order = _find(sandbox, account, order_id)
        with _allowed():
            done = refunding.refund(shop, order, wish.units, wish.restock, _location(shop, wish.location))
        return Made(id=str(done.id))


def _add_returns(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/orders/{order_id}/returns")
    async def open_return(account: str, order_id: int, wish: ReturnWish) -> Made:
        with _allowed():
            opened = refunding.open_return(*_find(sandbox, account, order_id), wish.units, wish.reason)
        return Made(id=str(opened.id))

    @router.post("/orders/{order_id}/returns/{return_id}/receive")
    async def receive(account: str, order_id: int, return_id: int, wish: ReceiveWish) -> Done:
        shop, order = _find(sandbox, account, order_id)
        opened = _return(order, return_id)
        with _allowed():
            refunding.receive(shop, order, opened, wish.what, _location(shop, wish.location), refunded=wish.refund)
            if wish.close:
                refunding.end_return(shop, order, opened, cancelled=False)
        return Done(done=True)

    @router.post("/orders/{order_id}/returns/{return_id}/cancel")
    async def cancel(account: str, order_id: int, return_id: int) -> Done:
        shop, order = _find(sandbox, account, order_id)
        with _allowed():
            refunding.end_return(shop, order, _return(order, return_id), cancelled=True)
        return Done(done=True)


def _return(order: ShopOrder, return_id: int) -> Return:
    found = next((opened for opened in order.returns if opened.id == return_id), None)
    if found is None:
        raise HTTPException(404, f"order {order.name} has no return {return_id}")
    return found


def _add_holds(router: APIRouter, sandbox: Sandbox) -> None:
    def done(act: Callable[[Shop, ShopOrder], None], account: str, order_id: int) -> Done:
        with _allowed():
            act(*_find(sandbox, account, order_id))
        return Done(done=True)

    @router.post("/orders/{order_id}/hold")
    async def hold(account: str, order_id: int, wish: HoldWish) -> Done:
        return done(lambda shop, order: holding.hold(shop, order, wish.reason, wish.notes), account, order_id)

    @router.post("/orders/{order_id}/release")
    async def release(account: str, order_id: int) -> Done:
        return done(holding.release, account, order_id)

    @router.post("/orders/{order_id}/move")
    async def move(account: str, order_id: int, wish: MoveWish) -> Done:
        place = _location(_shop(sandbox, account), wish.location) or 0
        return done(lambda shop, order: holding.move(shop, order, place), account, order_id)

    @router.post("/orders/{order_id}/cancel-fulfillment-orders")
    async def cancel(account: str, order_id: int) -> Done:
        return done(holding.cancel, account, order_id)

    @router.post("/orders/{order_id}/request")
    async def request(account: str, order_id: int, wish: RequestWish) -> Done:
        return done(lambda shop, order: holding.request(shop, order, wish.what), account, order_id)


def _add_app(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/app")
    async def install(account: str, wish: InstallWish) -> Done:
        installing.install(_shop(sandbox, account), installed=wish.installed)
        return Done(done=True)

    @router.post("/privacy")
    async def privacy(account: str, wish: PrivacyWish) -> Done:
        shop = _shop(sandbox, account)
        orders = [_find(sandbox, account, int(order_id))[1] for order_id in wish.order_ids]
        installing.ask_privacy(shop, wish.topic, orders)
        return Done(done=True)
