"""The typed client of `/_control`, for the demo, chaos and end-to-end tests."""

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel

from orderloom.sandbox.control_routes import (
    CancelWish,
    Count,
    Done,
    LabelWish,
    Placed,
    ReleaseWish,
    ResendWish,
    StarterWish,
    StockWish,
)
from orderloom.sandbox.knobs import Knobs
from orderloom.sandbox.listing_truth import ListingTruth
from orderloom.sandbox.loopback import TRUSTS_NOBODY
from orderloom.sandbox.order_control import ShopOrderControl
from orderloom.sandbox.order_wishes import AmazonReturnWish, Made
from orderloom.sandbox.spec import SandboxOrder
from orderloom.sandbox.truth import Truth
from orderloom.sandbox.wishes import Bought, BuyWish, FbaWish, HandEdit, PatchAgain, PutListing, ReadListing

Answer = TypeVar("Answer", bound=BaseModel)


class ControlFailed(RuntimeError):
    """The sandbox did not do what it was told; says what it answered."""


class SandboxControl:
    """Speaks to one running sandbox. Raises ControlFailed on any answer but 200, httpx errors where none comes."""

    def __init__(self, base_url: str, timeout: float = 10.0) -> None:
        base = f"{base_url.rstrip('/')}/_control"
        self._client = httpx.Client(base_url=base, timeout=timeout, trust_env=False, verify=TRUSTS_NOBODY)

    def place_amazon_order(self, account: str, order: SandboxOrder) -> str:
        """Returns the order id. The order shows up in searchOrders after the (shortened) two minutes."""
        return self._post(f"/amazon/{account}/orders", order, Placed).order_id

    def place_shopify_order(self, account: str, order: SandboxOrder) -> str:
        """Returns the order's number as text. The orders/create webhook is on its way when this returns."""
        return self._post(f"/shopify/{account}/orders", order, Placed).order_id

    def cancel_amazon_order(self, account: str, order_id: str, *, request_only: bool = False) -> bool:
        """The buyer cancels, or only asks for it; False where something already left."""
        wish = CancelWish(how="request" if request_only else "final")
        return self._post(f"/amazon/{account}/orders/{order_id}/cancel", wish, Done).done

    def ask_amazon_return(self, account: str, order_id: str, wish: AmazonReturnWish) -> str:
        """The RMA id; nothing has come back yet. Only a report tells of it."""
        return self._post(f"/amazon/{account}/orders/{order_id}/returns", wish, Made).id

    def receive_amazon_return(self, account: str, rma: str) -> None:
        """Its parcel reaches the seller."""
        self._post(f"/amazon/{account}/returns/{rma}/receive", None, Done)

    def shop(self, account: str) -> ShopOrderControl:
        """What happens to a shop's orders after their sale, and to the shop's app."""
        return ShopOrderControl(self._post, account)

    def cancel_shopify_order(self, account: str, order_id: str, *, restock: bool = True) -> bool:
        """The buyer cancels (orders/cancelled follows); False where something was fulfilled."""
        return self._post(f"/shopify/{account}/orders/{order_id}/cancel", CancelWish(restock=restock), Done).done

    def put_listing(self, channel: str, account: str, listing: PutListing) -> ListingTruth:
        """List a SKU, or replace its listing. From then on the channel lowers it by itself on every sale."""
        return self._post(f"/{channel}/{account}/listings", listing, ListingTruth)

    def listing(
        self, channel: str, account: str, sku: str, marketplace: str | None = None, *, variant: int = 1
    ) -> ListingTruth:
        """What it shows now, and its past."""
        wish = ReadListing(sku=sku, marketplace=marketplace, variant=variant)
        return self._post(f"/{channel}/{account}/listings/read", wish, ListingTruth)

    def buy(
        self,
        channel: str,
        account: str,
        sku: str,
        quantity: int = 1,
        *,
        marketplace: str | None = None,
        variant: int = 1,
        like: SandboxOrder | None = None,
    ) -> str | None:
        """A buyer takes what is listed, at most `quantity`; the order id, or None where the listing is empty."""
        wish = BuyWish(sku=sku, quantity=quantity, marketplace=marketplace, variant=variant, like=like)
        return self._post(f"/{channel}/{account}/listings/buy", wish, Bought).order_id

    def hand_edit(self, channel: str, account: str, edit: HandEdit) -> ListingTruth:
        """Somebody writes a quantity in Seller Central or in the Shopify admin."""
        return self._post(f"/{channel}/{account}/listings/hand-edit", edit, ListingTruth)

    def patch_again(
        self, account: str, sku: str, submission_id: str | None = None, marketplace: str | None = None
    ) -> ListingTruth:
        """An old patch of Amazon's takes effect once more; the latest one, unless one is named."""
        wish = PatchAgain(sku=sku, submission_id=submission_id, marketplace=marketplace)
        return self._post(f"/amazon/{account}/listings/patch-again", wish, ListingTruth)

    def set_fba_stock(self, account: str, stock: FbaWish) -> None:
        """What lies in Amazon's warehouses of a seller SKU; what is reserved for orders stays."""
        self._post(f"/amazon/{account}/fba-stock", stock, FbaWish)

    def release_pending(self, account: str, order_ids: tuple[str, ...] | None = None) -> int:
        """Turn Amazon's pending orders (all, or those named) into unshipped ones; returns how many."""
        return self._post(f"/amazon/{account}/release", ReleaseWish(order_ids=order_ids), Count).count

    def ship_by_amazon(self, account: str, order_id: str) -> bool:
        """Amazon ships an order that it fulfils (AFN); False where it is not such an order or has shipped."""
        return self._post(f"/amazon/{account}/orders/{order_id}/ship", None, Done).done

    def relabel_at_amazon(self, account: str, order_id: str) -> None:
        """The packages of a Multi-Channel Fulfillment order that left go under other tracking numbers."""
        self._post(f"/amazon/{account}/outbound/{order_id}/relabel", None, Done)

    def arrive_from_amazon(self, account: str, order_id: str) -> None:
        """The packages of a Multi-Channel Fulfillment order that left arrive."""
        self._post(f"/amazon/{account}/outbound/{order_id}/arrive", None, Done)

    def expire_amazon_tokens(self) -> None:
        self._post("/amazon/expire-tokens", None, Done)

    def resend_webhook(self, account: str, order_id: str, topic: str = "orders/create", times: int = 1) -> int:
        """Send it again under its old webhook id; returns how many sendings were started."""
        return self._post(
            f"/shopify/{account}/resend", ResendWish(order_id=order_id, topic=topic, times=times), Count
        ).count

    def ship(self, node: str, dispatch_id: str) -> int:
        """Let the packages leave that a node holds back; returns how many did."""
        return self._post(f"/nodes/{node}/shipments/{dispatch_id}/ship", None, Count).count

    def relabel(self, node: str, dispatch_id: str, tracking_number: str, carrier: str = "UPS") -> None:
        """The last package that left goes under another label; the node reports it once more."""
        wish = LabelWish(tracking_number=tracking_number, carrier=carrier)
        self._post(f"/nodes/{node}/shipments/{dispatch_id}/relabel", wish, Done)

    def lose(self, node: str, dispatch_id: str) -> None:
        """The node reports that the last package that left is lost."""
        self._post(f"/nodes/{node}/shipments/{dispatch_id}/lose", None, Done)

    def put_stock(self, node: str, units: Mapping[str, int]) -> None:
        """So many units of these SKUs lie at a node; its stock query tells them, less what it was asked to ship."""
        self._post(f"/nodes/{node}/stock", StockWish(units=dict(units)), Done)

    def knobs(self) -> Knobs:
        return Knobs.model_validate_json(self._answer("GET", "/knobs"))

    def set_knobs(self, knobs: Knobs) -> None:
        """Replace all knobs; `Knobs()` makes everything go well again."""
        self._post("/knobs", knobs, Knobs)

    def send_to(self, starter_url: str | None) -> None:
        """Where webhooks and callbacks go from now on."""
        self._post("/starter", StarterWish(url=starter_url), Done)

    def truth(self) -> Truth:
        return Truth.model_validate_json(self._answer("GET", "/truth"))

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> "SandboxControl":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _post(self, path: str, wish: BaseModel | None, answer: type[Answer]) -> Answer:
        body = wish.model_dump(mode="json") if wish is not None else None
        return answer.model_validate_json(self._answer("POST", path, body))

    def _answer(self, method: str, path: str, body: Any = None) -> bytes:
        response = self._client.request(method, path, json=body)
        if response.status_code != httpx.codes.OK:
            raise ControlFailed(f"{method} {path}: {response.status_code} {response.text}")
        return response.content
