"""The typed client of what `/_control` can do to a shop's order after its sale. Lines are named by id, else by SKU.

A wish that Shopify would not grant (refunding more than there is) raises ControlFailed.
"""

from typing import Protocol, TypeVar

from pydantic import BaseModel

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

Answer = TypeVar("Answer", bound=BaseModel)


class Post(Protocol):
    """Wishes something at a path below `/_control`."""

    def __call__(self, path: str, wish: BaseModel | None, answer: type[Answer], /) -> Answer: ...


class ShopOrderControl:
    """`SandboxControl.shop(account)`: one shop's orders and app."""

    def __init__(self, post: Post, account: str) -> None:
        self._post = post
        self._account = account

    def edit(self, order_id: str, wish: EditWish) -> None:
        """A merchant's order edit, or another address: orders/edited (not for an address) and orders/updated follow."""
        self._done(f"/orders/{order_id}/edit", wish)

    def pay(self, order_id: str, wish: PayWish | None = None) -> None:
        """Another payment state; orders/paid follows where it is `paid`."""
        self._done(f"/orders/{order_id}/pay", wish or PayWish())

    def refund(self, order_id: str, wish: RefundWish) -> str:
        """The refund's id; refunds/create and orders/updated follow."""
        return self._made(f"/orders/{order_id}/refund", wish)

    def open_return(self, order_id: str, wish: ReturnWish) -> str:
        """The return's id; nothing has come back yet. returns/approve and orders/updated follow."""
        return self._made(f"/orders/{order_id}/returns", wish)

    def receive_return(self, order_id: str, return_id: str, wish: ReceiveWish | None = None) -> None:
        """Its goods arrive: returns/process, and refunds/create and returns/close where so wished."""
        self._done(f"/orders/{order_id}/returns/{return_id}/receive", wish or ReceiveWish())

    def cancel_return(self, order_id: str, return_id: str) -> None:
        self._done(f"/orders/{order_id}/returns/{return_id}/cancel", None)

    def hold(self, order_id: str, wish: HoldWish | None = None) -> None:
        """All that is open is held: fulfillment_orders/placed_on_hold alone tells of it."""
        self._done(f"/orders/{order_id}/hold", wish or HoldWish())

    def release(self, order_id: str) -> None:
        """All holds are released: fulfillment_orders/hold_released."""
        self._done(f"/orders/{order_id}/release", None)

    def move(self, order_id: str, location: str) -> None:
        """All that is open is moved to a location, by its name: fulfillment_orders/moved."""
        self._done(f"/orders/{order_id}/move", MoveWish(location=location))

    def cancel_fulfillment_orders(self, order_id: str) -> None:
        """They are cancelled and replaced by new ones: fulfillment_orders/cancelled."""
        self._done(f"/orders/{order_id}/cancel-fulfillment-orders", None)

    def request_cancellation(self, order_id: str, wish: RequestWish) -> None:
        """A merchant asks a fulfillment service to cancel, or it answers: fulfillment_orders/cancellation_request_*."""
        self._done(f"/orders/{order_id}/request", wish)

    def uninstall(self) -> None:
        """app/uninstalled follows; from then on no token is accepted and nothing is told."""
        self._done("/app", InstallWish(installed=False))

    def reinstall(self) -> None:
        """Tokens are accepted again; webhook subscriptions are gone."""
        self._done("/app", InstallWish(installed=True))

    def ask_privacy(self, wish: PrivacyWish) -> None:
        """Shopify's compliance topics, about one customer's orders or about the shop."""
        self._done("/privacy", wish)

    def _done(self, path: str, wish: BaseModel | None) -> None:
        self._post(f"/shopify/{self._account}{path}", wish, Done)

    def _made(self, path: str, wish: BaseModel) -> str:
        return self._post(f"/shopify/{self._account}{path}", wish, Made).id
