"""What a channel asks for a customer: to tell what is held of them, or to forget it. No model here but the export names
a person.

Shopify gives a merchant 30 days for either (privacy-law-compliance).
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import NonNegativeInt, computed_field

from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.orders import Order, PersonalData
from orderloom.domain.shipments import Package

ANSWER_WITHIN = timedelta(days=30)


class PrivacyKind(StrEnum):
    DATA_REQUEST = "data_request"
    """A customer wants to know what is held of them: a person exports it and hands it on."""
    CUSTOMER_REDACT = "customer_redact"
    """The people of these orders are to be forgotten: done by itself."""
    SHOP_REDACT = "shop_redact"
    """All people of the account, 48 hours after the app was uninstalled: done by itself."""


class PrivacyRequest(Frozen):
    """One request and how far it has come. `orders` are those that it names; a shop's names none."""

    request_id: int
    kind: PrivacyKind
    channel: Channel
    account: str
    orders: tuple[OrderKey, ...]
    asked_at: Utc
    done_at: Utc | None = None
    """When it was answered, or when the last of its orders was forgotten."""
    done_by: str = ""
    """Who exported it."""
    forgotten: NonNegativeInt = 0
    """Of a wish to forget: orders whose personal data is gone."""
    waiting: NonNegativeInt = 0
    """Those that are shipped first."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def due_at(self) -> datetime:
        return self.asked_at + ANSWER_WITHIN


class StoredDelivery(Frozen):
    """One delivery about an order, as it came; `body` is null once it was forgotten."""

    topic: str
    origin: str
    received_at: Utc
    body: Any


class OrderExport(Frozen):
    """All that is held of the people of one order. The only model that holds it in the open: write it nowhere else."""

    key: OrderKey
    says: str
    """In words: what is held, or that nothing is any more and since when."""
    order: Order | None
    personal: PersonalData | None
    packages: tuple[Package, ...] = ()
    deliveries: tuple[StoredDelivery, ...] = ()
