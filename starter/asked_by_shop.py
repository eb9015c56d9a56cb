"""What a shop asks that no order does: to leave it alone, to forget people, to tell what is held of one."""

import structlog

from orderloom.channels.shopify import ShopifyWebhooks
from orderloom.channels.shopify.redacting import CUSTOMER_REDACT, DATA_REQUEST, SHOP_REDACT
from orderloom.channels.shopify.uninstalling import UNINSTALLED
from orderloom.domain.events import NewEvent, StoredEvent
from orderloom.domain.keys import Channel
from orderloom.domain.privacy import PrivacyKind
from orderloom.storage.privacy import Erasure
from orderloom.storage.store import Store

log = structlog.get_logger(__name__)


def heed(
    store: Store, account: str, reader: ShopifyWebhooks, body: bytes, event: NewEvent, stored: StoredEvent
) -> None:
    """Done before the delivery is acknowledged, so one that fails halfway comes again."""
    event_id = stored.event_id
    if event.topic == UNINSTALLED:
        _pause(store, account, event, event_id)
    elif event.topic == DATA_REQUEST:
        kind = PrivacyKind.DATA_REQUEST
        store.privacy_requests.asked(kind, Channel.SHOPIFY, account, event_id, reader.to_tell_of(body))
    elif event.topic == CUSTOMER_REDACT:
        keys = reader.to_forget(body)
        store.privacy_requests.asked(PrivacyKind.CUSTOMER_REDACT, Channel.SHOPIFY, account, event_id, keys)
        _tell(account, store.privacy.forget(keys))
    elif event.topic == SHOP_REDACT:
        store.privacy_requests.asked(PrivacyKind.SHOP_REDACT, Channel.SHOPIFY, account, event_id)
        _tell(account, store.privacy.forget_account(Channel.SHOPIFY, account))


def _pause(store: Store, account: str, event: NewEvent, event_id: str) -> None:
    """It was uninstalled when Shopify said so first, however often and however late it is told."""
    first = store.events.load(event_id).received_at
    if store.accounts.pause(Channel.SHOPIFY, account, min(event.triggered_at or first, first)):
        log.error("the app was uninstalled: the account is paused", account=f"{Channel.SHOPIFY}:{account}")


def _tell(account: str, done: Erasure) -> None:
    log.info("personal data was forgotten", account=account, orders=done.erased, still_open=done.waiting)
