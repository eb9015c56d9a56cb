"""One Amazon seller as the domain's `SalesChannel` and `OrderFeed`."""

from datetime import datetime

from sp_api.api import OrdersV20260101

from orderloom.channels.amazon import errors, shipments, sweep
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.orders import read_order
from orderloom.channels.amazon.tokens import AmazonCredentials
from orderloom.domain.errors import Rejected, Unavailable
from orderloom.domain.merchant import AmazonAccount
from orderloom.domain.orders import OrderReading
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt


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

    def close(self) -> None:
        self._partner.close()
