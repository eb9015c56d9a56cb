"""What the channels show, and which listings sell from which pool."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import ListingKey, Offer
from orderloom.domain.listing.ports import PolicyBook
from orderloom.domain.orders import Component
from orderloom.storage.catalog import components_of
from orderloom.storage.database import in_batches, insert_or
from orderloom.storage.listings.facts import Fact, FactKind, append_facts
from orderloom.storage.listings.naming import named, other_names
from orderloom.storage.tables import listing_offers, listing_parts, listing_pools, listing_pushes

NEVER = 1e15
"""Epoch seconds that never come: nothing is due."""
GIVEN_UP = "given_up"
"""A push whose key is too old to be sent again: the next reading says what became of it."""


def record_offers(connection: Connection, offers: Sequence[Offer], policies: PolicyBook, now: datetime) -> list[Offer]:
    """Keep these readings, and leave them as facts for the pools that the listings sell from; all by their names here.

    One that was overtaken by a later reading says nothing any more.
    """
    called: list[Offer] = []
    accounts: dict[tuple[Channel, str], list[Offer]] = {}
    for offer in sorted(offers, key=lambda one: str(one.key)):
        accounts.setdefault((offer.key.channel, offer.key.account), []).append(offer)
    for (channel, account), read in accounts.items():
        by_name = named(connection, channel, account, read)
        mine = _newest(connection, channel, account, by_name)
        for offer in mine:
            for before in other_names(connection, offer):
                _leave(connection, before, now)
                connection.execute(delete(listing_offers).where(is_key(listing_offers.c, before)))
            _save(connection, offer, now)
        known = components_of(connection, channel, account, [offer.key.listing for offer in mine])
        for offer in mine:
            _settle_parts(connection, offer, known.get(offer.key.listing, ()), policies, now)
        _append_readings(connection, channel, account, mine, now)
        called += by_name
    return called


def _newest(connection: Connection, channel: Channel, account: str, offers: Sequence[Offer]) -> list[Offer]:
    columns = listing_offers.c
    last: dict[str, float] = {}
    by_reference: dict[str, float] = {}
    for batch in in_batches(offers):
        names, references = (sorted(each) for each in zip(*((o.key.listing, o.reference) for o in batch), strict=True))
        known = select(columns.listing, columns.reference, columns.read_at).where(
            columns.channel == channel,
            columns.account == account,
            columns.listing.in_(names) | columns.reference.in_(references),
        )
        for row in connection.execute(known):
            last[row.listing] = row.read_at
            by_reference[row.reference] = max(row.read_at, by_reference.get(row.reference, 0.0))
    newest = []
    for offer in offers:
        # Its reference tells a listing apart where its name may have changed since.
        read_before = by_reference.get(offer.reference) if offer.own_name else last.get(offer.key.listing)
        if offer.read_at.timestamp() >= (read_before or 0.0):
            newest.append(offer)
    return newest


def place_of(components: Mapping[str, int]) -> str:
    """The place whose units a listing sells: its only SKU, or the key of its bundle."""
    if len(components) == 1:
        return next(iter(components))
    return "+".join(f"{sku}*{units}" for sku, units in sorted(components.items()))


def is_key(columns: Any, key: ListingKey) -> Any:
    return (columns.channel == key.channel) & (columns.account == key.account) & (columns.listing == key.listing)


def read_offer(connection: Connection, key: ListingKey) -> Offer | None:
    statement = select(listing_offers.c.document).where(is_key(listing_offers.c, key))
    document = connection.execute(statement).scalar_one_or_none()
    return Offer.model_validate_json(document) if document else None


def forget_not_seen(connection: Connection, channel: Channel, account: str, moment: datetime, now: datetime) -> int:
    """Listings that a whole reading of the catalogue did not name are gone: their pools give their rights up."""
    columns = listing_offers.c
    of_account = (columns.channel == channel) & (columns.account == account)
    gone = list(
        connection.execute(
            select(columns.listing).where(of_account, columns.seen_at < moment, columns.is_gone.is_(False))
        ).scalars()
    )
    for listing in gone:
        _leave(connection, ListingKey(channel=channel, account=account, listing=listing), now)
    for batch in in_batches(gone):
        connection.execute(
            update(listing_offers).where(of_account, columns.listing.in_(batch)).values(is_gone=True, look_at=NEVER)
        )
    return len(gone)


def look_at(connection: Connection, key: ListingKey, moment: float) -> None:
    connection.execute(update(listing_offers).where(is_key(listing_offers.c, key)).values(look_at=moment))


def listing_key(name: str) -> ListingKey:
    """The key that a name in a pool's state is the text of."""
    channel, account, listing = name.split(":", 2)
    return ListingKey(channel=Channel(channel), account=account, listing=listing)


def _save(connection: Connection, offer: Offer, now: datetime) -> None:
    row = {
        "channel": offer.key.channel,
        "account": offer.key.account,
        "listing": offer.key.listing,
        "sku": offer.sku,
        "own_name": offer.own_name,
        "reference": offer.reference,
        "document": offer.model_dump_json(),
        "read_at": offer.read_at.timestamp(),
        "seen_at": now,
        "is_gone": False,
        "look_at": NEVER,
        "refusals": 0,
        "trouble": "",
    }
    statement = insert_or(connection, listing_offers)
    kept = ("sku", "own_name", "reference", "document", "read_at", "seen_at", "is_gone", "look_at")
    renewed = {name: statement.excluded[name] for name in kept}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["channel", "account", "listing"], set_=renewed), row
    )


def _settle_parts(
    connection: Connection, offer: Offer, components: Sequence[Component], policies: PolicyBook, now: datetime
) -> None:
    """Bring the rows of what it sells up to date. One that is not ours to write, or not mapped, sells from no pool."""
    pool = policies.pool_of(offer.key) if offer.is_ours_to_write and components else None
    wanted: dict[str, int] = {}
    for part in components if pool is not None else ():
        wanted[part.sku] = wanted.get(part.sku, 0) + part.units
    before = parts_of(connection, offer.key)
    if {row.sku: row.units for row in before} == wanted and all(row.pool == pool for row in before):
        return
    if before and components and offer.is_ours_to_write and policies.pool_of(offer.key) is None:
        # Unpublished, and it still shows what it may sell (unwritten.py).
        return
    _leave(connection, offer.key, now)
    if pool is None:
        return
    rows = [{**_names(offer.key), "sku": sku, "pool": pool, "units": units} for sku, units in wanted.items()]
    connection.execute(insert(listing_parts), rows)
    pools = [_fresh_pool(pool, sku) for sku in sorted(wanted)]
    connection.execute(insert_or(connection, listing_pools).on_conflict_do_nothing(), pools)
    connection.execute(
        update(listing_offers).where(is_key(listing_offers.c, offer.key)).values(zeroed_at=None, refusals=0, trouble="")
    )


def _fresh_pool(pool: str, place: str) -> Mapping[str, object]:
    return {"pool": pool, "place": place, "due_at": 0.0, "failures": 0, "not_before": 0.0}


def parts_of(connection: Connection, key: ListingKey) -> Sequence[Row[Any]]:
    statement = select(listing_parts).where(is_key(listing_parts.c, key)).order_by(listing_parts.c.sku)
    return connection.execute(statement).all()


def _leave(connection: Connection, key: ListingKey, now: datetime) -> None:
    """It sells from this pool no more."""
    _withdraw(connection, key, now)
    parts = parts_of(connection, key)
    if not parts:
        return
    left = Fact(FactKind.LEFT, key, detail=place_of({row.sku: row.units for row in parts}))
    append_facts(connection, key.channel, key.account, [left], now)
    connection.execute(delete(listing_parts).where(is_key(listing_parts.c, key)))


def _withdraw(connection: Connection, key: ListingKey, now: datetime) -> None:
    """What was about to be sent is not, and what is on its way concerns no pool."""
    columns = listing_pushes.c
    mine = is_key(columns, key) & columns.answered_at.is_(None)
    withdrawn = {"state": "withdrawn", "reason": "what the listing sells was changed", "answered_at": now}
    connection.execute(update(listing_pushes).where(mine, columns.state.in_(("ready", GIVEN_UP))).values(**withdrawn))
    connection.execute(update(listing_pushes).where(mine).values(pool=None, place=None))


def record_found(connection: Connection, offer: Offer, now: datetime) -> None:
    """What a stale compare-and-set found; the fact is left by its answer."""
    _save(connection, offer, now)


def _append_readings(
    connection: Connection, channel: Channel, account: str, offers: Sequence[Offer], now: datetime
) -> None:
    """A reading is also the answer to a push whose own answer will never come."""
    facts: list[Fact] = []
    for offer in offers:
        if offer.quantity is None:
            continue
        kind = FactKind.STALE if _close_given_up(connection, offer.key, now) else FactKind.OFFER
        at = offer.read_at.timestamp()
        detail = "" if offer.denies_overselling else "oversells"
        facts.append(Fact(kind, offer.key, offer.quantity, at, detail))
    append_facts(connection, channel, account, facts, now)


def _close_given_up(connection: Connection, key: ListingKey, now: datetime) -> bool:
    columns = listing_pushes.c
    closing = (
        update(listing_pushes)
        .where(is_key(columns, key), columns.state == GIVEN_UP, columns.answered_at.is_(None))
        .values(answered_at=now)
    )
    return connection.execute(closing).rowcount > 0


def _names(key: ListingKey) -> dict[str, str]:
    return {"channel": key.channel, "account": key.account, "listing": key.listing}
