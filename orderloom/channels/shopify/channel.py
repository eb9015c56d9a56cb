"""One Shopify shop as the domain's `SalesChannel`, and its listings as `ListingChannel`."""

from collections.abc import Sequence
from datetime import datetime

from orderloom.channels.shopify import cancelling, connecting, inventory_pushes, reread, resolving, shipments, tracking
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.connecting import ShopConnection
from orderloom.channels.shopify.inventory import Stockroom
from orderloom.channels.shopify.inventory_queries import ITEMS_AT_ONCE, ROWS_AT_ONCE
from orderloom.channels.shopify.orders import read_order
from orderloom.channels.shopify.subjects import moved_fulfillment_order
from orderloom.channels.shopify.tokens import TokenProvider
from orderloom.domain.cancellations import Cancellation, CancelReceipt
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import Rejected, UnreadableEvent
from orderloom.domain.listing.offers import Batch, Offer, OfferPage, PushAnswer
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.orders import Order, OrderReading
from orderloom.domain.ports import OrderIdPage
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, TrackingCorrection


class ShopifyChannel:
    """Safe for many threads. `endpoint` overrides `https://` + shop: the shop's name is added to it.

    `locations` are those whose stock is ours to write, the preferred one first; empty is every active one that fulfils
    online orders.
    """

    def __init__(
        self,
        account: ShopifyAccount,
        tokens: TokenProvider,
        *,
        api_version: str,
        endpoint: str | None,
        timeout: float,
        locations: tuple[str, ...] = (),
    ) -> None:
        self._account = account
        self._api = AdminApi(account, tokens, api_version=api_version, endpoint=endpoint, timeout=timeout)
        self.connection = ShopifyConnection(self._api, api_version)
        self.listings = ShopifyListings(self._api, account.account, locations)

    def read(self, body: bytes, live_from: datetime) -> OrderReading:
        """Read an orders/* payload. Pure; raises UnreadableEvent."""
        return read_order(self._account, body, live_from)

    def fetch(self, order_id: str) -> bytes:
        """The order by GraphQL, in the shape that `read` understands (see `reread`)."""
        return reread.read_again(self._api, order_id)

    def order_ids(
        self, since: datetime, until: datetime, page_token: str | None, *, changed: bool = False
    ) -> OrderIdPage:
        """Orders that were made, or changed, between two moments, one page a call."""
        return reread.orders_between(self._api, since, until, page_token, changed=changed)

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        """Reads first, then fulfillmentCreate. After OutcomeUnknown call it again: it finds what was done."""
        if not confirmation.lines:
            raise Rejected(self._api.system, "NO_LINES", "the package completes no unit of any order line")
        return shipments.confirm(self._api, confirmation, notify_customer=self._account.notify_customer)

    def correct_tracking(self, correction: TrackingCorrection) -> ConfirmationReceipt:
        """Reads first, then fulfillmentTrackingInfoUpdate. The account says whether the buyer hears of it."""
        return tracking.correct(self._api, correction, notify_customer=self._account.notify_corrections)

    def cancel(self, cancellation: Cancellation) -> CancelReceipt:
        """Reads first, then orderCancel, which restocks nothing. The account says whether the buyer is refunded."""
        return cancelling.cancel(self._api, cancellation, refund=self._account.refund_on_cancel)

    def order_of(self, body: bytes) -> str:
        """The order that a `fulfillment_orders/*` body is about, by one call.

        Raises UnreadableEvent, and Rejected where Shopify knows no such fulfillment order (any more).
        """
        return resolving.order_of(self._api, body)

    def moved_part(self, body: bytes) -> str | None:
        """The number of the fulfillment order that is at another location now. Raises UnreadableEvent."""
        return moved_fulfillment_order(body)

    def read_returns(self, body: bytes, order: Order) -> tuple[GoodsBack, ...]:
        """Raises UnreadableEvent: a shop's returns come with its order."""
        raise UnreadableEvent("topic", "a shop sends no report of returns")

    def close(self) -> None:
        self._api.close()


class ShopifyConnection:
    """What the shop granted and what it tells us of."""

    def __init__(self, api: AdminApi, api_version: str) -> None:
        self._api = api
        self._api_version = api_version

    def look(self, uri: str | None) -> ShopConnection:
        """Two calls; changes nothing. Without `uri` any address is taken for ours."""
        return connecting.look(self._api, uri, self._api_version)

    def repair(self, uri: str) -> ShopConnection:
        """Subscribe `uri` to what is missing. Safe to repeat."""
        return connecting.repair(self._api, uri, self._api_version)


class ShopifyListings:
    """A shop's listings. Safe for many threads."""

    pushes_at_once = ROWS_AT_ONCE
    reads_at_once = ITEMS_AT_ONCE

    def __init__(self, api: AdminApi, account: str, locations: tuple[str, ...]) -> None:
        self._api = api
        self._stockroom = Stockroom(api, account, locations)

    def offers(self, page_token: str | None) -> OfferPage:
        """One page of variants; one call more for each that is stocked at over five locations."""
        return self._stockroom.offers(page_token)

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        """Up to 25 listings by their inventory items, in one call."""
        found = self._stockroom.read((offer.key, offer.reference) for offer in wanted)
        return tuple(found[offer.key] for offer in wanted if offer.key in found)

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        """One inventorySetQuantities call, and one to read what was stale. After OutcomeUnknown send the same again."""
        return inventory_pushes.push(self._api, self._stockroom, batch)
