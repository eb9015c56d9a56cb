"""Who reads what senders deliver: the webhooks of each shop, the callbacks of each node."""

from typing import Protocol

from orderloom.channels.shopify import ShopifyWebhooks
from orderloom.domain.events import EventState, NewEvent
from orderloom.domain.keys import OrderKey
from orderloom.domain.merchant import MerchantConfig, ShopifyAccount
from orderloom.fulfillment import DescribedCallbacks, NodeCallbackReader
from orderloom.settings import AccountSecrets, Settings
from orderloom.storage.store import Store
from starter.clients import described_callbacks


class DeliveryReader(Protocol):
    """Verifies one sender's deliveries and reads as much of them as storing needs."""

    def to_events(self, body: bytes, headers: dict[str, str]) -> list[NewEvent]:
        """At least one; `headers` by lower-case name.

        Raises WrongSignature; a genuine body that nobody can read is UNREADABLE.
        """

    def events_of(self, body: bytes, headers: dict[str, str]) -> list[NewEvent]:
        """The same for a body whose signature was verified when it came."""


def shopify_webhooks(settings: Settings, config: MerchantConfig) -> dict[str, ShopifyWebhooks]:
    return {
        account.account: ShopifyWebhooks(account, _webhook_secrets(settings, account.account))
        for account in config.accounts
        if isinstance(account, ShopifyAccount)
    }


def node_callbacks(settings: Settings, config: MerchantConfig, store: Store) -> dict[str, DeliveryReader]:
    readers: dict[str, DeliveryReader] = {}
    for node in config.nodes:
        if node.node in settings.nodes:
            secrets = [secret.get_secret_value() for secret in settings.nodes[node.node].callback_secrets]
            described = described_callbacks(node, secrets, store)
            readers[node.node] = NodeCallbacks(described or NodeCallbackReader(node.node, secrets), store)
    return readers


class NodeCallbacks:
    """One node's callbacks, joined with the shipments that tell which order they are about."""

    def __init__(self, reader: NodeCallbackReader | DescribedCallbacks, store: Store) -> None:
        self._reader = reader
        self._store = store

    def to_events(self, body: bytes, headers: dict[str, str]) -> list[NewEvent]:
        """All news of one delivery, at least one."""
        if isinstance(self._reader, DescribedCallbacks):
            return self._reader.to_events(body, headers, self._order_of)
        return [_for_a_person(self._reader.to_event(body, headers, self._order_of))]

    def events_of(self, body: bytes, headers: dict[str, str]) -> list[NewEvent]:
        if isinstance(self._reader, DescribedCallbacks):
            return self._reader.events_of(body, headers, self._order_of)
        return [_for_a_person(self._reader.event_of(body, self._order_of))]

    def _order_of(self, dispatch_id: str) -> OrderKey | None:
        shipment = self._store.shipments.by_dispatch_id(dispatch_id)
        return shipment.key if shipment else None


def _for_a_person(event: NewEvent) -> NewEvent:
    """A dispatch is recorded before it is sent: a callback about an unknown one is for a person to look at."""
    is_of_nothing = event.state is EventState.KEPT and event.order_key is None
    return event.model_copy(update={"state": EventState.UNREADABLE}) if is_of_nothing else event


def _webhook_secrets(settings: Settings, account: str) -> tuple[str, ...]:
    known = settings.accounts.get(account, AccountSecrets())
    return tuple(secret.get_secret_value() for secret in known.webhook_secrets)
