"""What Shopify's compliance topics ask to be told or forgotten. Their bodies name orders; the rest is personal data.

The topic is not signed, and forgetting cannot be undone: the body itself must be one of that topic, and of this shop.
"""

from typing import Any

from orderloom.channels.shopify.payload import Number
from orderloom.channels.wire import WireModel, read_body
from orderloom.domain.errors import UnreadableEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import ShopifyAccount

DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT = "customers/data_request", "customers/redact", "shop/redact"


class _Redact(WireModel):
    shop_id: Number
    shop_domain: str
    id: Any = None
    customer: Any = None
    orders_to_redact: tuple[Number, ...] | None = None
    orders_requested: tuple[Number, ...] | None = None


def orders_to_forget(account: ShopifyAccount, body: bytes) -> tuple[OrderKey, ...]:
    """The orders of a `customers/redact` body. Raises UnreadableEvent."""
    return _named(account, _of_this_shop(account, body).orders_to_redact, "orders_to_redact")


def orders_to_tell_of(account: ShopifyAccount, body: bytes) -> tuple[OrderKey, ...]:
    """The orders of a `customers/data_request` body. Raises UnreadableEvent."""
    return _named(account, _of_this_shop(account, body).orders_requested, "orders_requested")


def check_shop_redact(account: ShopifyAccount, body: bytes) -> None:
    """Raises UnreadableEvent for a body that is not a `shop/redact` of this shop."""
    asked = _of_this_shop(account, body)
    if named := asked.model_fields_set & {"id", "customer", "orders_to_redact", "orders_requested"}:
        raise UnreadableEvent(min(named), "does not belong into a request about the whole shop")


def _named(account: ShopifyAccount, numbers: tuple[int, ...] | None, field: str) -> tuple[OrderKey, ...]:
    if numbers is None:
        raise UnreadableEvent(field, "is missing")
    channel, name = Channel.SHOPIFY, account.account
    return tuple(OrderKey(channel=channel, account=name, order_id=str(number)) for number in numbers)


def _of_this_shop(account: ShopifyAccount, body: bytes) -> _Redact:
    asked = read_body(_Redact, body)
    if asked.shop_domain.lower() != account.shop:
        raise UnreadableEvent("shop_domain", "is another shop's")
    return asked
