"""One Shopify shop as the domain's `SalesChannel`."""

from datetime import datetime

from orderloom.channels.shopify import reread, shipments
from orderloom.channels.shopify.client import AdminApi
from orderloom.channels.shopify.orders import read_order
from orderloom.channels.shopify.tokens import TokenProvider
from orderloom.domain.errors import Rejected
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.orders import OrderReading
from orderloom.domain.shipments import Confirmation, ConfirmationReceipt


class ShopifyChannel:
    """Safe for many threads. `endpoint` overrides `https://` + shop: the shop's name is added to it."""

    def __init__(
        self, account: ShopifyAccount, tokens: TokenProvider, *, api_version: str, endpoint: str | None, timeout: float
    ) -> None:
        self._account = account
        self._api = AdminApi(account, tokens, api_version=api_version, endpoint=endpoint, timeout=timeout)

    def read(self, body: bytes, live_from: datetime) -> OrderReading:
        """Read an orders/* payload. Pure; raises UnreadableEvent."""
        return read_order(self._account, body, live_from)

    def fetch(self, order_id: str) -> bytes:
        """The order by GraphQL, in the shape that `read` understands (see `reread`)."""
        return reread.read_again(self._api, order_id)

    def confirm(self, confirmation: Confirmation) -> ConfirmationReceipt:
        """Reads first, then fulfillmentCreate. After OutcomeUnknown call it again: it finds what was done."""
        if not confirmation.lines:
            raise Rejected(self._api.system, "NO_LINES", "the package completes no unit of any order line")
        return shipments.confirm(self._api, confirmation, notify_customer=self._account.notify_customer)

    def close(self) -> None:
        self._api.close()
