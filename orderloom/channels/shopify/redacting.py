"""What Shopify's compliance topics ask to be forgotten. Their bodies name orders; the rest of them is personal data.

The topic is not signed, and forgetting cannot be undone: the body itself must be one of that topic, and of this shop.
"""

from typing import Any

from orderloom.channels.shopify.payload import Number
from orderloom.channels.wire import WireModel, read_body
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import ShopifyAccount

CUSTOMER_REDACT, SHOP_REDACT = "customers/redact", "shop/redact"


class _Redact(WireModel):
    shop_id: Number
    shop_domain: str
    id: Any = None
    customer: Any = None
    orders_to_redact: tuple[Number, ...] | None = None


def orders_to_forget(account: ShopifyAccount, body: bytes) -> tuple[OrderKey, ...]:
    """The orders of a `customers/redact` body. Raises UnreadableEvent."""
    numbers = _of_this_shop(account, body).orders_to_redact
    if numbers is None:
        raise UnreadableEvent("orders_to_redact", "is missing")
    key = Channel.SHOPIFY, account.account
    return tuple(OrderKey(channel=key[0], account=key[1], order_id=str(number)) for number in numbers)


def check_shop_redact(account: ShopifyAccount, body: bytes) -> None:
    """Raises UnreadableEvent for a body that is not a `shop/redact` of this shop."""
    asked = _of_this_shop(account, body)
    if named := asked.model_fields_set & {"id", "customer", "orders_to_redact"}:
        raise UnreadableEvent(min(named), "does not belong into a request about the whole shop")


def _of_this_shop(account: ShopifyAccount, body: bytes) -> _Redact:
    asked = read_body(_Redact, body)
    if asked.shop_domain.lower() != account.shop:
        raise UnreadableEvent("shop_domain", "is another shop's")
    return asked
