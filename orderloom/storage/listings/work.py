"""Who has something to do, and when."""

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.storage.accounts import paused_accounts
from orderloom.storage.listings.pushes import READY, SENDING
from orderloom.storage.tables import listing_facts, listing_offers, listing_parts, listing_pools, listing_pushes

_FOREVER = 1e14
"""Later than this is never."""
Account = tuple[Channel, str]


def due_reads(connection: Connection, channel: Channel, account: str, limit: int, now: float) -> Sequence[Offer]:
    columns = listing_offers.c
    statement = (
        select(columns.document)
        .where(columns.channel == channel, columns.account == account, columns.look_at <= now)
        .where(columns.is_gone.is_(False))
        .order_by(columns.look_at)
        .limit(limit)
    )
    return [Offer.model_validate_json(document) for document in connection.execute(statement).scalars()]


def heard(connection: Connection, channel: Channel, account: str, reference: str, place: str, quantity: int) -> None:
    """More than we believe at this place is somebody's hand: look. Less is a sale that will tell itself."""
    columns = listing_offers.c
    of_item = (columns.channel == channel) & (columns.account == account) & (columns.reference == reference)
    for document in connection.execute(select(columns.document).where(of_item)).scalars().all():
        offer = Offer.model_validate_json(document)
        if place in offer.places and quantity > max(offer.places[place], _last_written(connection, offer)):
            connection.execute(update(listing_offers).where(of_item).values(look_at=0.0))


def heard_quantity(connection: Connection, key: ListingKey, quantity: int) -> None:
    """Beside a hand's work, the echo of our last write is looked at: until it is seen, that write is under way."""
    columns = listing_offers.c
    mine = (columns.channel == key.channel) & (columns.account == key.account) & (columns.listing == key.listing)
    document = connection.execute(select(columns.document).where(mine)).scalar_one_or_none()
    if document is None:
        return
    offer = Offer.model_validate_json(document)
    believed = offer.quantity or 0
    if quantity > believed or (quantity != believed and quantity == _last_written(connection, offer)):
        connection.execute(update(listing_offers).where(mine).values(look_at=0.0))


def _last_written(connection: Connection, offer: Offer) -> int:
    """What we wrote last, whose echo this may be."""
    columns = listing_pushes.c
    statement = (
        select(columns.quantity)
        .where(columns.channel == offer.key.channel, columns.account == offer.key.account)
        .where(columns.listing == offer.key.listing)
        .order_by(columns.push_id.desc())
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none() or 0


def wait(connection: Connection, channel: Channel, account: str, now: float) -> float | None:
    if (channel, account) in accounts_with_work(connection, now):
        return 0.0
    moments = [*_next_looks(connection, channel, account), *_next_plans(connection, channel, account)]
    later = [moment - now for moment in moments if moment < _FOREVER]
    return max(min(later), 0.0) if later else None


def accounts_with_work(connection: Connection, now: float) -> list[Account]:
    """Accounts with pushes to send, readings that are due, or pools that are to be planned; in order."""
    pushes, offers, pools, parts, facts = (
        listing_pushes.c,
        listing_offers.c,
        listing_pools.c,
        listing_parts.c,
        listing_facts.c,
    )
    waiting = select(pushes.channel, pushes.account).where(
        pushes.answered_at.is_(None), pushes.state.in_((READY, SENDING))
    )
    unread = select(offers.channel, offers.account).where(offers.look_at <= now, offers.is_gone.is_(False))
    unplanned = (
        select(parts.channel, parts.account)
        .join(listing_pools, (pools.pool == parts.pool) & (pools.place == parts.sku))
        .where(pools.due_at <= now, pools.not_before <= now)
    )
    unfolded = (
        select(facts.channel, facts.account)
        .join(listing_pools, (pools.pool == facts.pool) & (pools.place == facts.place))
        .where(pools.not_before <= now)
    )
    rows = connection.execute(waiting.union(unread, unplanned, unfolded))
    # A paused one has nothing that it could do.
    paused = {(each.channel, each.account) for each in paused_accounts(connection)}
    return sorted({(Channel(row.channel), row.account) for row in rows} - paused)


def _next_looks(connection: Connection, channel: Channel, account: str) -> list[float]:
    columns = listing_offers.c
    statement = (
        select(columns.look_at)
        .where(columns.channel == channel, columns.account == account, columns.is_gone.is_(False))
        .where(columns.look_at.is_not(None))
        .order_by(columns.look_at)
        .limit(1)
    )
    return list(connection.execute(statement).scalars())


def _next_plans(connection: Connection, channel: Channel, account: str) -> list[float]:
    """Also those that are held back."""
    pools, parts = listing_pools.c, listing_parts.c
    statement = (
        select(pools.due_at, pools.not_before)
        .join(listing_parts, (pools.pool == parts.pool) & (pools.place == parts.sku))
        .where(parts.channel == channel, parts.account == account)
        .order_by(pools.due_at)
        .limit(1)
    )
    return [max(row.due_at, row.not_before) for row in connection.execute(statement)]
