"""A store whose channels show some listings: PAN-1 on both, counted; something on Shopify that nobody has mapped."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Offer, PushAnswer, PushState
from orderloom.domain.orders import Component
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.storage.store import Store

ACCOUNTS = {Channel.AMAZON: "kitchen_us", Channel.SHOPIFY: "kitchen"}


def offer(channel: Channel, listing: str, quantity: int, *, at: datetime, denies_overselling: bool = True) -> Offer:
    key = ListingKey(channel=channel, account=ACCOUNTS[channel], listing=listing)
    places = {"1": quantity} if channel is Channel.SHOPIFY else {}
    return Offer(
        key=key,
        reference="COOKWARE" if channel is Channel.AMAZON else "77",
        quantity=quantity,
        places=places,
        denies_overselling=denies_overselling,
        read_at=at,
    )


def offered(store: Store, *, units: int = 10) -> None:
    """Both listings show 0 and were read; `units` are counted, planned and not sent yet."""
    store.catalog.import_skus([SkuMaster(sku="PAN-1")])
    parts = (Component(sku="PAN-1"),)
    store.catalog.import_listings(
        [Listing(channel=c, account=account, listing="PAN", components=parts) for c, account in ACCOUNTS.items()]
    )
    began = datetime.now(UTC) - timedelta(seconds=1)
    for channel, account in ACCOUNTS.items():
        shown = [offer(channel, "PAN", 0, at=began)]
        if channel is Channel.SHOPIFY:
            shown.append(offer(channel, "NEW", 3, at=began))
        store.listings.record_offers(shown)
        store.listings.forget_offers_not_seen_since(channel, account, began)
    store.ledger.set_count(StockCount(sku="PAN-1", node="own_warehouse", on_hand=units), "ana", "count")
    store.listings.plan(10)


def sent(store: Store) -> list[Batch]:
    """Every push that is ready is done as it asks."""
    batches: list[Batch] = []
    for channel, account in ACCOUNTS.items():
        while batch := store.listings.next_batch(channel, account, 1):
            store.listings.answered(batch, _done(batch))
            batches.append(batch)
    store.listings.plan(10)
    return batches


def _done(batch: Batch) -> Sequence[PushAnswer]:
    now = datetime.now(UTC)
    states = {Channel.AMAZON: PushState.ACCEPTED, Channel.SHOPIFY: PushState.DONE}
    return [PushAnswer(push_id=push.push_id, state=states[push.key.channel], at=now) for push in batch.pushes]
