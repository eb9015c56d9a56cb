"""Requests about a customer's data: each once however often it is delivered, and what was done about it when."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.privacy import PrivacyKind, PrivacyRequest
from orderloom.storage.database import Database, in_batches, insert_or
from orderloom.storage.tables import erasures, privacy_requests


class PrivacyRequests:
    """Every answer is free of personal data: requests name orders."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def asked(
        self, kind: PrivacyKind, channel: Channel, account: str, event_id: str, orders: Sequence[OrderKey] = ()
    ) -> None:
        """A delivery asks for it; the same one again is no other request."""
        row = {
            "kind": kind,
            "channel": channel,
            "account": account,
            "event_id": event_id,
            "orders": json.dumps([str(key) for key in orders]),
            "asked_at": self._clock(),
            "answered_by": "",
        }

        def work(connection: Connection) -> None:
            statement = insert_or(connection, privacy_requests).values(row)
            connection.execute(statement.on_conflict_do_nothing(index_elements=["event_id"]))

        self._database.write(work)

    def all(self, *, open_only: bool = True) -> Sequence[PrivacyRequest]:
        """What is due first comes first."""
        statement = select(privacy_requests).order_by(privacy_requests.c.asked_at, privacy_requests.c.request_id)

        def work(connection: Connection) -> list[PrivacyRequest]:
            found = (_as_request(connection, row) for row in connection.execute(statement).all())
            return [request for request in found if request.done_at is None or not open_only]

        return self._database.read(work)

    def get(self, request_id: int) -> PrivacyRequest:
        """Raises InputInvalid for a number that no request has."""
        found = [request for request in self.all(open_only=False) if request.request_id == request_id]
        if not found:
            raise InputInvalid("privacy", None, "ID", f"there is no request {request_id}; see `privacy requests --all`")
        return found[0]

    def answered(self, request_id: int, by: str) -> None:
        """Somebody has exported it. The first time counts."""
        mine = (privacy_requests.c.request_id == request_id) & privacy_requests.c.answered_at.is_(None)
        said = update(privacy_requests).where(mine).values(answered_at=self._clock(), answered_by=by)
        self._database.write(lambda connection: connection.execute(said))


def _as_request(connection: Connection, row: Row[Any]) -> PrivacyRequest:
    keys = json.loads(row.orders)
    request = PrivacyRequest(
        request_id=row.request_id,
        kind=PrivacyKind(row.kind),
        channel=Channel(row.channel),
        account=row.account,
        orders=tuple(OrderKey.parse(key) for key in keys),
        asked_at=row.asked_at,
        done_at=row.answered_at,
        done_by=row.answered_by,
    )
    if request.kind is PrivacyKind.DATA_REQUEST:
        return request
    forgotten, waiting, last = _erased(connection, request, keys)
    done_at = None if waiting else max(last or row.asked_at, row.asked_at)
    return request.model_copy(update={"forgotten": forgotten, "waiting": waiting, "done_at": done_at})


def _erased(connection: Connection, request: PrivacyRequest, keys: Sequence[str]) -> tuple[int, int, datetime | None]:
    """Orders forgotten, orders that wait, and when the last was forgotten."""
    columns = erasures.c
    mine: list[ColumnElement[bool]] = [columns.order_key.in_(batch) for batch in in_batches(keys)]
    if request.kind is PrivacyKind.SHOP_REDACT:
        mine = [columns.order_key.startswith(f"{request.channel}:{request.account}:", autoescape=True)]
    statement = select(func.count(), func.count(columns.erased_at), func.max(columns.erased_at))
    rows = [connection.execute(statement.where(one)).one() for one in mine]
    moments = [row[2] for row in rows if row[2]]
    return sum(row[1] for row in rows), sum(row[0] - row[1] for row in rows), max(moments, default=None)
