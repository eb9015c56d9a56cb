"""`/_control` for listings: put them up, read them, edit them by hand, and buy from them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from fastapi import APIRouter, HTTPException

from orderloom.sandbox.listing_truth import ListingTruth
from orderloom.sandbox.state import Sandbox
from orderloom.sandbox.trading import AmazonTrade, NotPossible, ShopTrade
from orderloom.sandbox.wishes import Bought, BuyWish, FbaWish, HandEdit, PatchAgain, PutListing, ReadListing

ChannelName = Literal["amazon", "shopify"]


@contextmanager
def _plainly_refused() -> Iterator[None]:
    try:
        yield
    except NotPossible as wrong:
        raise HTTPException(404, str(wrong)) from wrong


def listing_control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control")
    trade = _trades(sandbox)

    @router.post("/{channel}/{account}/listings")
    async def put_listing(channel: ChannelName, account: str, wish: PutListing) -> ListingTruth:
        with _plainly_refused():
            return trade(channel, account).put(wish)

    @router.post("/{channel}/{account}/listings/read")
    async def read_listing(channel: ChannelName, account: str, wish: ReadListing) -> ListingTruth:
        with _plainly_refused():
            return trade(channel, account).read(wish)

    @router.post("/{channel}/{account}/listings/hand-edit")
    async def hand_edit(channel: ChannelName, account: str, wish: HandEdit) -> ListingTruth:
        with _plainly_refused():
            return trade(channel, account).edit(wish)

    @router.post("/{channel}/{account}/listings/buy")
    async def buy(channel: ChannelName, account: str, wish: BuyWish) -> Bought:
        with _plainly_refused():
            return Bought(order_id=trade(channel, account).buy(wish))

    @router.post("/amazon/{account}/listings/patch-again")
    async def patch_again(account: str, wish: PatchAgain) -> ListingTruth:
        with _plainly_refused():
            found = _amazon(sandbox, account)
            if not found.patch_again(wish):
                raise NotPossible(f"no patch of {wish.sku!r} has taken effect that could do so again")
            return found.read(ReadListing(sku=wish.sku, marketplace=wish.marketplace))

    @router.post("/amazon/{account}/fba-stock")
    async def set_fba_stock(account: str, wish: FbaWish) -> FbaWish:
        with _plainly_refused():
            _amazon(sandbox, account).set_fba_stock(wish)
            return wish

    return router


def _amazon(sandbox: Sandbox, account: str) -> AmazonTrade:
    if account not in sandbox.sellers:
        raise NotPossible(f"no Amazon account {account!r} in the sandbox's configuration")
    return AmazonTrade(sandbox.sellers[account], sandbox.clock)


def _trades(sandbox: Sandbox) -> Callable[[ChannelName, str], AmazonTrade | ShopTrade]:
    def trade(channel: ChannelName, account: str) -> AmazonTrade | ShopTrade:
        if channel == "amazon":
            return _amazon(sandbox, account)
        if account not in sandbox.shops:
            raise NotPossible(f"no Shopify account {account!r} in the sandbox's configuration")
        return ShopTrade(sandbox.shops[account], sandbox.clock)

    return trade
