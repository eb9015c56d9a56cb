"""The outbox of pushes: what goes out together, what was being sent when somebody died, and the answers."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, select, update

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, Push, PushAnswer, PushState
from orderloom.domain.listing.state import PoolState
from orderloom.storage.listings.facts import Fact, FactKind, append_facts
from orderloom.storage.listings.offers import GIVEN_UP, is_key, listing_key, look_at, record_found
from orderloom.storage.listings.refusals import refused, taken
from orderloom.storage.tables import listing_offers, listing_pushes

READY, SENDING = "ready", "sending"

KEY_LIVES = timedelta(hours=23)
"""Shopify knows an idempotency key for 24 hours; an hour is left for clocks and queues."""
KEPT = timedelta(days=30)
_OPEN = listing_pushes.c.answered_at.is_(None)


def next_batch(connection: Connection, channel: Channel, account: str, size: int, now: datetime) -> Batch | None:
    """What is unfinished first: Shopify's goes again under its key, Amazon's and what is too old is settled here."""
    for rows in _unfinished(connection, channel, account):
        if channel is Channel.SHOPIFY and now - rows[0].first_sent_at < KEY_LIVES:
            return _batch(rows, sent_before=rows[0].first_sent_at)
        _settle_unfinished(connection, channel, account, rows, now)
    columns = listing_pushes.c
    ready = connection.execute(
        select(listing_pushes)
        .where(columns.channel == channel, columns.account == account, columns.state == READY, _OPEN)
        .order_by(columns.risk, columns.push_id)
        .limit(size)
        .with_for_update(skip_locked=True)
    ).all()
    if not ready:
        return None
    # By chance, not by its number: a restored or fresh database would reuse keys that Shopify still remembers.
    key = str(uuid4())
    numbers = [row.push_id for row in ready]
    sending = {"state": SENDING, "batch_key": key, "first_sent_at": now}
    connection.execute(update(listing_pushes).where(columns.push_id.in_(numbers)).values(**sending))
    return Batch(batch_key=key, pushes=tuple(_push(row) for row in ready))


def answered(connection: Connection, batch: Batch, answers: Sequence[PushAnswer], now: datetime) -> None:
    """Close each push once and leave what it means as a fact. A second telling of the same answer changes nothing."""
    pushes = {push.push_id: push for push in batch.pushes}
    for answer in answers:
        push = pushes[answer.push_id]
        given_up = answer.state is PushState.STALE and (answer.found is None or answer.found.quantity is None)
        closing = {"state": GIVEN_UP if given_up else answer.state, "reason": answer.reason}
        if not given_up:
            closing["answered_at"] = now  # type: ignore[assignment]
        columns = listing_pushes.c
        closed = connection.execute(
            update(listing_pushes)
            .where(columns.push_id == answer.push_id, columns.state == SENDING, _OPEN)
            .values(**closing)
            .returning(columns.pool)
        ).one_or_none()
        if closed is not None and closed.pool is not None:
            _leave_fact(connection, push, answer, now)
        elif closed is not None:
            _without_pool(connection, push, answer)


def _without_pool(connection: Connection, push: Push, answer: PushAnswer) -> None:
    """An unmapped listing that was not written to zero is tried again from its next reading."""
    if answer.state in (PushState.NOT_DONE, PushState.STALE, PushState.UNKNOWN):
        again = update(listing_offers).where(is_key(listing_offers.c, push.key))
        connection.execute(again.values(zeroed_at=None, look_at=0.0))


def since_sent(connection: Connection, pool: str, state: PoolState, now: datetime) -> PoolState:
    """The state with each write under way counted from its sending: it cannot take effect before.

    A push may wait long, behind a throttle or while no publisher runs. Counted from its planning it would be given up
    before it left, and then land as a write that nobody was charged for.
    """
    columns = listing_pushes.c
    for name, one in state.listings.items():
        if one.pending is None or one.channel is Channel.SHOPIFY:
            continue
        mine = is_key(columns, listing_key(name)) & (columns.pool == pool)
        last = select(listing_pushes).where(mine).order_by(columns.push_id.desc()).limit(1)
        row = connection.execute(last).one_or_none()
        if row is None:
            continue
        sent = now if row.first_sent_at is None else (row.answered_at or row.first_sent_at)
        since = max(one.pending.since, sent.timestamp())
        state = state.with_listing(one.model_copy(update={"pending": one.pending.model_copy(update={"since": since})}))
    return state


def prune(connection: Connection, now: datetime) -> int:
    """Forget finished pushes after 30 days; returns how many."""
    return connection.execute(delete(listing_pushes).where(listing_pushes.c.answered_at < now - KEPT)).rowcount


def _unfinished(connection: Connection, channel: Channel, account: str) -> list[list[Row[Any]]]:
    columns = listing_pushes.c
    rows = connection.execute(
        select(listing_pushes)
        .where(columns.channel == channel, columns.account == account, columns.state == SENDING, _OPEN)
        .order_by(columns.first_sent_at, columns.batch_key, columns.push_id)
        .with_for_update()
    )
    batches: dict[str, list[Row[Any]]] = {}
    for row in rows:
        batches.setdefault(row.batch_key, []).append(row)
    return list(batches.values())


def _settle_unfinished(
    connection: Connection, channel: Channel, account: str, rows: Sequence[Row[Any]], now: datetime
) -> None:
    """Nobody will ever say what became of these, and they are not sent again: `write_lost` is safe for each.

    Amazon's may still take effect, so it stays charged and is waited for. Shopify's happened within a minute of its
    sending or never: it is over, and its units are in doubt until an audit. Both are read at once, and the next push
    begins there.
    """
    columns = listing_pushes.c
    numbers = [row.push_id for row in rows]
    lost = {"state": PushState.UNKNOWN, "answered_at": now, "reason": "its answer never came"}
    connection.execute(update(listing_pushes).where(columns.push_id.in_(numbers)).values(**lost))
    facts = [Fact(FactKind.LOST, _key(row), at=now.timestamp()) for row in rows if row.pool is not None]
    append_facts(connection, channel, account, facts, now)
    for row in sorted(rows, key=lambda row: row.listing):
        look_at(connection, _key(row), 0.0)


def _leave_fact(connection: Connection, push: Push, answer: PushAnswer, now: datetime) -> None:
    at = answer.at.timestamp()
    match answer.state:
        case PushState.DONE:
            fact = Fact(FactKind.DONE, push.key, at=at)
            taken(connection, push.key)
            if len(push.places) > 1:
                look_at(connection, push.key, 0.0)
        case PushState.ACCEPTED:
            fact = Fact(FactKind.ACCEPTED, push.key, at=at)
            taken(connection, push.key)
        case PushState.STALE:
            if answer.found is None or answer.found.quantity is None:
                look_at(connection, push.key, 0.0)
                return
            record_found(connection, answer.found, now)
            fact = Fact(FactKind.STALE, push.key, answer.found.quantity, answer.found.read_at.timestamp())
        case PushState.UNKNOWN:
            fact = Fact(FactKind.LOST, push.key, at=at)
            look_at(connection, push.key, 0.0)
        case PushState.NOT_DONE:
            fact = Fact(FactKind.REFUSED, push.key, at=at)
        case PushState.REFUSED:
            refused(connection, push.key, answer.reason, now)
            fact = Fact(FactKind.REFUSED, push.key, at=at, detail=answer.reason)
    append_facts(connection, push.key.channel, push.key.account, [fact], now)


def _batch(rows: Sequence[Row[Any]], sent_before: datetime) -> Batch:
    return Batch(batch_key=rows[0].batch_key, pushes=tuple(_push(row) for row in rows), sent_before=sent_before)


def _push(row: Row[Any]) -> Push:
    return Push(
        push_id=row.push_id,
        key=_key(row),
        reference=row.reference,
        change_from=row.change_from,
        quantity=row.quantity,
        places=json.loads(row.places),
    )


def _key(row: Row[Any]) -> ListingKey:
    return ListingKey(channel=row.channel, account=row.account, listing=row.listing)
