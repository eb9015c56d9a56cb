"""Verifies what Shopify sends to `POST /webhooks/shopify/{account}`, and makes an event of it.

The signature covers the body alone: topic, ids and times come from headers that anybody may write. So nothing hangs on
them but bookkeeping; what an order is, and whether it was cancelled, is read from the body.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from orderloom.channels.shopify.payload import Number
from orderloom.channels.shopify.redacting import (
    CUSTOMER_REDACT,
    DATA_REQUEST,
    SHOP_REDACT,
    check_shop_redact,
    orders_to_forget,
    orders_to_tell_of,
)
from orderloom.channels.shopify.subjects import is_acted_on, order_number
from orderloom.channels.shopify.uninstalling import UNINSTALLED, check_uninstalled
from orderloom.channels.wire import Moment, WireModel, read_body
from orderloom.domain.errors import UnreadableEvent, WrongSignature
from orderloom.domain.events import EventSource, EventState, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.merchant import ShopifyAccount
from orderloom.domain.model import Frozen

UNKNOWN_TOPIC = "unknown"
_TOPIC = re.compile(r"[a-z_]{1,60}(/[a-z_]{1,60}){1,2}")
_DELIVERY_ID = re.compile(r"[\x21-\x7e]{1,100}")
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


class InventoryLevel(Frozen):
    """What one location says of itself in `inventory_levels/update`; `available` is None where it is not stocked."""

    inventory_item_id: str
    location_id: str
    available: int | None
    updated_at: datetime


class _Level(WireModel):
    inventory_item_id: Number
    location_id: Number
    available: Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)] | None
    updated_at: Moment


def read_inventory_level(body: bytes) -> InventoryLevel:
    """Read the payload of `inventory_levels/update`. Pure; raises UnreadableEvent."""
    level = read_body(_Level, body)
    return InventoryLevel(
        inventory_item_id=str(level.inventory_item_id),
        location_id=str(level.location_id),
        available=level.available,
        updated_at=level.updated_at,
    )


class ShopifyWebhooks:
    """One shop's webhooks. Each of `secrets` may sign, so that a rotation leaves no gap."""

    def __init__(self, account: ShopifyAccount, secrets: Sequence[str]) -> None:
        self._account = account
        self._secrets = tuple(secret.encode() for secret in secrets)

    def to_forget(self, body: bytes) -> Sequence[OrderKey]:
        """The orders that a `customers/redact` body names. Raises UnreadableEvent."""
        return orders_to_forget(self._account, body)

    def to_tell_of(self, body: bytes) -> Sequence[OrderKey]:
        """The orders that a `customers/data_request` body names. Raises UnreadableEvent."""
        return orders_to_tell_of(self._account, body)

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Raises WrongSignature unless the raw body carries this shop's name and an HMAC by one of the secrets."""
        # As bytes: compare_digest refuses text that is not ASCII, and a header may hold anything.
        given = _header(headers, "X-Shopify-Hmac-Sha256").encode("utf-8", "replace")
        fits = [hmac.compare_digest(given, _sign(secret, body)) for secret in self._secrets]
        if not any(fits):
            raise WrongSignature(f"shopify:{self._account.account}: the webhook's signature fits none of its secrets")
        if _header(headers, "X-Shopify-Shop-Domain").lower() != self._account.shop:
            raise WrongSignature(f"shopify:{self._account.account}: the webhook is of another shop")

    def to_event(self, body: bytes, headers: Mapping[str, str], received_at: datetime | None = None) -> NewEvent:
        """The delivery as it is to be stored. Raises WrongSignature; a genuine body that cannot be read is kept."""
        self.verify(body, headers)
        return self.event_of(body, headers, received_at)

    def event_of(self, body: bytes, headers: Mapping[str, str], received_at: datetime | None = None) -> NewEvent:
        """As `to_event`, for a delivery whose signature was verified when it came."""
        topic = _topic(headers)
        key: OrderKey | None = None
        state = EventState.STORED if is_acted_on(topic) else EventState.KEPT
        detail = ""
        try:
            key = self._order_key(body, topic)
        except UnreadableEvent as unreadable:
            state, detail = EventState.UNREADABLE, str(unreadable)
        return NewEvent(
            origin=f"shopify:{self._account.account}",
            topic=topic,
            delivery_id=_delivery_id(body, headers),
            source=EventSource.WEBHOOK,
            body=body,
            received_at=received_at or datetime.now(UTC),
            triggered_at=_triggered_at(headers),
            order_key=key,
            state=state,
            detail=detail,
        )

    def _order_key(self, body: bytes, topic: str) -> OrderKey | None:
        """The order a body is about, where it names one."""
        if topic == UNKNOWN_TOPIC:
            raise UnreadableEvent("X-Shopify-Topic", "is missing or is no topic")
        if topic == DATA_REQUEST:
            orders_to_tell_of(self._account, body)
        if topic == CUSTOMER_REDACT:
            orders_to_forget(self._account, body)
        if topic == SHOP_REDACT:
            check_shop_redact(self._account, body)
        if topic == UNINSTALLED:
            check_uninstalled(self._account, body)
        number = order_number(topic, body)
        if number is None:
            return None
        return OrderKey(channel=Channel.SHOPIFY, account=self._account.account, order_id=str(number))


def _sign(secret: bytes, body: bytes) -> bytes:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest())


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((value.strip() for given, value in headers.items() if given.lower() == name.lower()), "")


def _topic(headers: Mapping[str, str]) -> str:
    topic = _header(headers, "X-Shopify-Topic").lower()
    return topic if _TOPIC.fullmatch(topic) else UNKNOWN_TOPIC


def _delivery_id(body: bytes, headers: Mapping[str, str]) -> str:
    """Shopify's own id of the delivery, the same over its retries; else the body's digest."""
    given = _header(headers, "X-Shopify-Webhook-Id")
    return given if _DELIVERY_ID.fullmatch(given) else hashlib.sha256(body).hexdigest()


def _triggered_at(headers: Mapping[str, str]) -> datetime | None:
    try:
        return _MOMENT.validate_python(_header(headers, "X-Shopify-Triggered-At"))
    except ValidationError:
        return None
