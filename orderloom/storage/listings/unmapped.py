"""A listing that sells something nobody has mapped is written to zero, so that no more orders are held for it."""

import json
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, exists, insert, select, update

from orderloom.domain.listing.offers import Offer
from orderloom.domain.listing.ports import PolicyBook
from orderloom.storage.listings.offers import is_key
from orderloom.storage.listings.pushes import READY
from orderloom.storage.tables import listing_offers, listing_parts, listing_pushes, waiting_listings

_AT_ONCE = 100


def is_any_to_zero(connection: Connection) -> bool:
    """Nearly always not, and then nobody has to write."""
    return connection.execute(_SOLD_UNMAPPED.limit(1)).first() is not None


def zero_unmapped(connection: Connection, policies: PolicyBook, now: datetime) -> None:
    """Once per listing that an order waits for; what it shows after its mapping is the policy's concern."""
    for document in connection.execute(_SOLD_UNMAPPED.limit(_AT_ONCE)).scalars().all():
        offer = Offer.model_validate_json(document)
        its = is_key(listing_offers.c, offer.key)
        connection.execute(update(listing_offers).where(its).values(zeroed_at=now))
        if offer.is_ours_to_write and offer.quantity and policies.pool_of(offer.key) is not None:
            connection.execute(insert(listing_pushes), _to_zero(offer, now))


def _is_listed_in(table: Table, name: ColumnElement[str]) -> ColumnElement[bool]:
    columns, offers = table.c, listing_offers.c
    same = (columns.channel == offers.channel) & (columns.account == offers.account)
    return exists().where(same, columns.listing == name)


_SOLD_UNMAPPED = (
    select(listing_offers.c.document)
    .where(
        _is_listed_in(waiting_listings, listing_offers.c.sku), ~_is_listed_in(listing_parts, listing_offers.c.listing)
    )
    .where(listing_offers.c.zeroed_at.is_(None), listing_offers.c.is_gone.is_(False))
    .where(listing_offers.c.look_at > 0)
    .order_by(listing_offers.c.channel, listing_offers.c.account, listing_offers.c.listing)
)


def _to_zero(offer: Offer, now: datetime) -> dict[str, object]:
    return {
        "channel": offer.key.channel,
        "account": offer.key.account,
        "listing": offer.key.listing,
        "pool": None,
        "place": None,
        "reference": offer.reference,
        "change_from": None,
        "quantity": 0,
        "places": json.dumps(offer.places),
        "risk": 0.0,
        "state": READY,
        "created_at": now,
        "reason": "unmapped",
    }
