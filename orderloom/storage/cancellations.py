"""Wishes to cancel, and the outbox for channels that take cancellations in batches and answer later."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from orderloom.domain.cancellations import Cancellation, CancellationRecord, CancellationState, CancelReason, CancelWish
from orderloom.domain.errors import OrderUnknown
from orderloom.domain.keys import Channel, OrderKey
from orderloom.storage.database import Database, in_batches, insert_or
from orderloom.storage.tables import cancel_wishes, channel_cancellations
from orderloom.storage.wakeups import CANCELLATION_ANSWERED, wake

_COLUMNS = channel_cancellations.c
_UNDER_WAY = (CancellationState.ASKED, CancellationState.SENT)


class SqlCancellationBook:
    """Implements the port CancellationBook."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def wish(self, wish: CancelWish) -> CancelWish:
        def work(connection: Connection) -> CancelWish:
            row = {"order_key": str(wish.key), "why": wish.why, "reason": wish.reason, "asked_at": self._clock()}
            connection.execute(insert_or(connection, cancel_wishes).values(row).on_conflict_do_nothing())
            return _wished(connection, wish.key) or wish

        return self._database.write(work)

    def wished(self, key: OrderKey) -> CancelWish | None:
        return self._database.read(lambda connection: _wished(connection, key))

    def ask(self, cancellation: Cancellation) -> CancellationRecord:
        return self._database.write(lambda connection: _ask(connection, cancellation, self._clock()))

    def find(self, key: OrderKey) -> CancellationRecord | None:
        row = self._database.read(lambda connection: _row(connection, key))
        return _as_record(row) if row else None

    def accounts(self) -> Sequence[tuple[Channel, str]]:
        place = (_COLUMNS.channel, _COLUMNS.account)
        statement = select(*place).where(_COLUMNS.state.in_(_UNDER_WAY)).distinct().order_by(*place)
        rows = self._database.read(lambda connection: connection.execute(statement).all())
        return [(Channel(channel), account) for channel, account in rows]

    def waiting(
        self, channel: Channel, account: str, state: CancellationState, limit: int = 1000
    ) -> Sequence[CancellationRecord]:
        statement = (
            select(channel_cancellations)
            .where(_COLUMNS.channel == channel, _COLUMNS.account == account, _COLUMNS.state == state)
            .order_by(_COLUMNS.asked_at, _COLUMNS.order_key)
            .limit(limit)
        )
        return self._database.read(lambda connection: [_as_record(row) for row in connection.execute(statement)])

    def sent(self, keys: Sequence[OrderKey], reference: str) -> None:
        def work(connection: Connection) -> None:
            changed = {"state": CancellationState.SENT, "reference": reference, "changed_at": self._clock()}
            for batch in in_batches(sorted(map(str, keys))):
                mine = _COLUMNS.order_key.in_(batch) & (_COLUMNS.state == CancellationState.ASKED)
                connection.execute(update(channel_cancellations).where(mine).values(changed))

        self._database.write(work)

    def named(self, channel: Channel, account: str, reference: str, name: str) -> None:
        mine = (_COLUMNS.channel == channel) & (_COLUMNS.account == account) & (_COLUMNS.reference == reference)
        statement = update(channel_cancellations).where(mine, _COLUMNS.state == CancellationState.SENT)
        self._database.write(lambda connection: connection.execute(statement.values(reference=name)))

    def answered(self, key: OrderKey, state: CancellationState, detail: str = "") -> None:
        """Raises OrderUnknown where no cancellation of this order was asked for."""

        def work(connection: Connection) -> None:
            now = self._clock()
            changed: dict[str, Any] = {"state": state, "detail": detail, "changed_at": now}
            if state is CancellationState.ASKED:
                changed["reference"] = ""
            statement = update(channel_cancellations).where(_COLUMNS.order_key == str(key)).values(changed)
            if not connection.execute(statement).rowcount:
                raise OrderUnknown(key)
            if state not in _UNDER_WAY:
                wake(connection, [str(key)], CANCELLATION_ANSWERED, now)

        self._database.write(work)


def forget_cancellation(connection: Connection, key: OrderKey) -> None:
    """Its channel has added to an order that had ended: what was cancelled then says nothing of what ships now."""
    for table in (cancel_wishes, channel_cancellations):
        connection.execute(delete(table).where(table.c.order_key == str(key)))


def _wished(connection: Connection, key: OrderKey) -> CancelWish | None:
    row = connection.execute(select(cancel_wishes).where(cancel_wishes.c.order_key == str(key))).one_or_none()
    return CancelWish(key=key, why=row.why, reason=row.reason) if row else None


def _ask(connection: Connection, cancellation: Cancellation, now: datetime) -> CancellationRecord:
    key = cancellation.key
    row = {
        "order_key": str(key),
        "channel": key.channel,
        "account": key.account,
        "reason": cancellation.reason,
        "lines": json.dumps(cancellation.lines),
        "state": CancellationState.ASKED,
        "reference": "",
        "detail": "",
        "asked_at": now,
        "changed_at": now,
    }
    statement = insert_or(connection, channel_cancellations).values(row)
    again = statement.on_conflict_do_update(
        index_elements=["order_key"],
        # Whoever asks again after a lost workflow may not know who wanted it first, and why.
        set_={column: value for column, value in row.items() if column != "reason"},
        where=_COLUMNS.state == CancellationState.REJECTED,
    )
    connection.execute(again)
    stored = _row(connection, key)
    if stored is None:
        raise OrderUnknown(key)
    return _as_record(stored)


def _row(connection: Connection, key: OrderKey) -> Row[Any] | None:
    statement = select(channel_cancellations).where(_COLUMNS.order_key == str(key))
    return connection.execute(statement).one_or_none()


def _as_record(row: Row[Any]) -> CancellationRecord:
    return CancellationRecord(
        cancellation=Cancellation(
            key=OrderKey.parse(row.order_key),
            reason=CancelReason(row.reason),
            lines=tuple(json.loads(row.lines)),
        ),
        state=CancellationState(row.state),
        reference=row.reference,
        detail=row.detail,
        asked_at=row.asked_at,
        changed_at=row.changed_at,
    )
