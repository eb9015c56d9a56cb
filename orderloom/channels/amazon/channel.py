"""One Amazon seller as the domain's `SalesChannel`, `OrderFeed` and `FbaStock`; its listings as `ListingChannel`."""

from collections.abc import Sequence
from datetime import datetime

from sp_api.api import OrdersV20260101

from orderloom.channels.amazon import errors, fba, listing_pushes, listings, shipments, sweep
from orderloom.channels.amazon.cancel_feed import CancelFeed
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.mcf import MultiChannelNode
from orderloom.channels.amazon.orders import read_order
from orderloom.channels.amazon.returns_report import ReturnsReport, read_return
from orderloom.channels.amazon.subscriptions import AmazonSubscriptions
from orderloom.channels.amazon.tokens import AmazonCredentials
from orderloom.domain.cancellations import Cancellation, CancelOutcome, CancelReceipt
from orderloom.domain.changes import GoodsBack
from orderloom.domain.errors import Rejected, Unavailable
from orderloom.domain.listing.offers import Batch, FbaPage, Offer, OfferPage, PushAnswer
from orderloom.domain.merchant import AmazonAccount
from orderloom.domain.nodes import LinesOf, MultiChannel, SellerSkus
from orderloom.domain.orders import Order, OrderReading
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt, TrackingCorrection


class AmazonChannel:
    """Safe for many threads. `endpoint` None is Amazon's own host of the account's region."""

    def __init__(
        self,
        account: AmazonAccount,
        credentials: AmazonCredentials,
        *,
        endpoint: str | None,
        token_url: str,
        timeout: float,
    ) -> None:
        self._account = account
        self._partner = SellingPartner(account, credentials, endpoint=endpoint, token_url=token_url, timeout=timeout)
        self.listings = AmazonListings(self._partner, account)
        self.cancel_feed = CancelFeed(self._partner, account)
        self.returns = ReturnsReport(self._partner, account)
        self.subscriptions = AmazonSubscriptions(self._partner)

    def read(self, body: bytes, live_from: datetime) -> OrderReading:
        """Read one order object of Orders 2026-01-01. Pure; raises UnreadableEvent."""
        return read_order(self._account.account, body, live_from)

    def fetch(self, order_id: str) -> bytes:
        """One getOrder call (0.5 a second, burst 30): the order object, as `read` understands it."""
        answer = self._partner.call(
            OrdersV20260101,
            errors.GET_ORDER,
            lambda client: client.get_order(order_id, includedData=list(sweep.INCLUDED_DATA)),
        )
        order = answer.payload.get("order")
        if not isinstance(order, dict):
            raise Unavailable(self._partner.system, "getOrder answered without an order")
        return sweep.canonical(order)

    def changed_orders(self, since: datetime, page_token: str | None) -> sweep.OrderPage:
        """One searchOrders call over all marketplaces of the account."""
        return sweep.search(self._partner, self._account, since, page_token)

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        """One confirmShipment call (2 a second, burst 10); safe to repeat."""
        if not confirmation.lines:
            raise Rejected(self._partner.system, "NO_LINES", "the package completes no unit of any order line")
        marketplace = confirmation.marketplace or self._account.marketplaces[0]
        return shipments.confirm(self._partner, confirmation, marketplace)

    def correct_tracking(self, correction: TrackingCorrection) -> ConfirmationReceipt:
        """One confirmShipment call: the same packageReferenceId again edits the package."""
        return self.confirm(correction.confirmation)

    def cancel(self, cancellation: Cancellation) -> CancelReceipt:
        """By feed: createFeed takes one call in two minutes, so the account's cancellations go together."""
        return CancelReceipt(outcome=CancelOutcome.BY_BATCH)

    def moved_part(self, body: bytes) -> str | None:
        """None: Amazon knows nothing of places."""
        return None

    def read_returns(self, body: bytes, order: Order) -> tuple[GoodsBack, ...]:
        """Read one row of the report of returns. Pure; raises UnreadableEvent."""
        return read_return(body, order)

    def fba_levels(self, page_token: str | None) -> FbaPage:
        """One getInventorySummaries call (2 a second, burst 2)."""
        return fba.levels(self._partner, self._account, page_token)

    def multi_channel(self, settings: MultiChannel, *, seller_skus: SellerSkus, lines_of: LinesOf) -> MultiChannelNode:
        """This seller's FBA stock as a node that ships shop orders; it ends with this channel."""
        marketplace = self._account.marketplaces[0]
        return MultiChannelNode(self._partner, settings, marketplace, seller_skus=seller_skus, lines_of=lines_of)

    def close(self) -> None:
        self._partner.close()


class AmazonListings:
    """A seller's listings. Safe for many threads."""

    pushes_at_once = 1
    reads_at_once = listings.AT_ONCE

    def __init__(self, partner: SellingPartner, account: AmazonAccount) -> None:
        self._partner = partner
        self._account = account

    def offers(self, page_token: str | None) -> OfferPage:
        """One searchListingsItems call (5 a second, burst 5): each seller SKU once, one marketplace after the other.

        In a later marketplace one more call for each before it, as long as a SKU of the page may be listed there.
        """
        return listings.offers(self._partner, self._account, page_token)

    def read(self, wanted: Sequence[Offer]) -> Sequence[Offer]:
        """One call for up to 20 listings of one marketplace; those of another, or gone from it, take more."""
        if len(wanted) > self.reads_at_once:
            raise Rejected(self._partner.system, "TOO_MANY_SKUS", f"a search names {self.reads_at_once} SKUs at most")
        return listings.read(self._partner, self._account, wanted)

    def push(self, batch: Batch) -> Sequence[PushAnswer]:
        """One patchListingsItem call (5 a second, burst 5), never to be repeated: see `listing_pushes`."""
        if len(batch.pushes) != self.pushes_at_once:
            raise Rejected(self._partner.system, "ONE_PUSH", "patchListingsItem takes one listing a call")
        return (listing_pushes.push(self._partner, self._account, batch.pushes[0]),)
