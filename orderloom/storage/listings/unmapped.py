"""A listing that sells something nobody has mapped is written to zero, so that no more orders are held for it."""

import json
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from orderloom.domain.listing.offers import Offer
from orderloom.storage.listings.offers import is_key
from orderloom.storage.listings.pushes import READY
from orderloom.storage.tables import listing_offers, listing_parts, listing_pushes, waiting_listings

_AT_ONCE = 100


def zero_unmapped(connection: Connection, now: datetime) -> None:
    """Once per listing that an order waits for; what it shows after its mapping is the policy's concern."""
    offers, waiting, parts = listing_offers.c, waiting_listings.c, listing_parts.c
    is_mapped = (
        select(parts.sku)
        .where(parts.channel == offers.channel, parts.account == offers.account, parts.listing == offers.listing)
        .exists()
    )
    statement = (
        select(offers.document)
        .join(
            waiting_listings,
            (waiting.channel == offers.channel)
            & (waiting.account == offers.account)
            & (waiting.listing == offers.listing),
        )
        .where(offers.zeroed_at.is_(None), offers.is_gone.is_(False), ~is_mapped)
        .distinct()
        .limit(_AT_ONCE)
    )
    for document in connection.execute(statement).scalars().all():
        offer = Offer.model_validate_json(document)
        connection.execute(update(listing_offers).where(is_key(offers, offer.key)).values(zeroed_at=now))
        if offer.is_ours_to_write and offer.quantity:
            connection.execute(insert(listing_pushes), _to_zero(offer, now))


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
