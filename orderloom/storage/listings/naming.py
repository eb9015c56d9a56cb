"""What a listing is called where several of an account may have one SKU, as variants of a Shopify shop may.

It goes by its SKU; by its own name where another one goes by that SKU already, or where the merchant mapped it by its
own name. All of them sell what the SKU is mapped to, unless their own name is mapped. An order's line has both names,
so a sale finds its listing (domain/mapping.py).
"""

from collections.abc import Collection, Sequence

import structlog
from sqlalchemy import Connection, select

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.storage.database import in_batches
from orderloom.storage.tables import listing_offers, listings

log = structlog.stdlib.get_logger(__name__)


def named(connection: Connection, channel: Channel, account: str, offers: Sequence[Offer]) -> list[Offer]:
    """The same offers under their names, the oldest of the channel's first where a name is free."""
    own_names = [offer.own_name for offer in offers if offer.own_name]
    if not own_names:
        return list(offers)
    holders = _holders(connection, channel, account, {offer.seller_sku for offer in offers})
    mapped = _mapped(connection, channel, account, own_names)
    found = []
    for offer in sorted(offers, key=lambda one: (len(one.reference), one.reference)):
        name = _name(offer, holders, mapped)
        if name == offer.seller_sku:
            holders[name] = offer.reference
        elif holders.get(offer.seller_sku) == offer.reference:
            del holders[offer.seller_sku]
        found.append(offer.named(name))
    return sorted(found, key=lambda offer: str(offer.key))


def other_names(connection: Connection, offer: Offer) -> list[ListingKey]:
    """What this listing was called before, where it is called something else now."""
    columns = listing_offers.c
    if not offer.own_name:
        return []
    statement = select(columns.listing).where(
        columns.channel == offer.key.channel,
        columns.account == offer.key.account,
        columns.reference == offer.reference,
        columns.listing != offer.key.listing,
    )
    names = connection.execute(statement.order_by(columns.listing)).scalars().all()
    for name in names:
        log.info("a listing is called something else now", before=name, now=str(offer.key))
    return [offer.named(name).key for name in names]


def _name(offer: Offer, holders: dict[str, str], mapped: Collection[str]) -> str:
    if not offer.own_name:
        return offer.key.listing
    is_taken = holders.get(offer.seller_sku, offer.reference) != offer.reference
    if not offer.seller_sku or is_taken or offer.own_name in mapped:
        return offer.own_name
    return offer.seller_sku


def _holders(connection: Connection, channel: Channel, account: str, skus: Collection[str]) -> dict[str, str]:
    """By SKU the reference of the listing that goes by it."""
    columns = listing_offers.c
    found: dict[str, str] = {}
    for batch in in_batches(sorted(skus)):
        statement = select(columns.listing, columns.reference).where(
            columns.channel == channel, columns.account == account, columns.listing.in_(batch)
        )
        rows = connection.execute(statement.where(columns.is_gone.is_(False)))
        found |= {row.listing: row.reference for row in rows}
    return found


def _mapped(connection: Connection, channel: Channel, account: str, names: Sequence[str]) -> set[str]:
    columns = listings.c
    found: set[str] = set()
    for batch in in_batches(names):
        statement = select(columns.listing).where(
            columns.channel == channel, columns.account == account, columns.listing.in_(batch)
        )
        found |= set(connection.execute(statement).scalars())
    return found
