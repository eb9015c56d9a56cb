"""Recorded routing decisions, read in order of time for trying other rules on them."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, func, select

from orderloom.domain.decisions import Decision
from orderloom.storage.database import Database
from orderloom.storage.tables import decisions

PAGE = 500


class DecisionHistory:
    """The latest decision of each order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, since: datetime) -> int:
        """How many orders have been decided since then."""
        statement = select(func.count(decisions.c.order_key.distinct())).where(decisions.c.decided_at >= since)
        return self._database.read(lambda connection: int(connection.execute(statement).scalar_one()))

    def read(self, since: datetime) -> Iterator[Decision]:
        """Pages of their own: other writers are not kept waiting. An order decided meanwhile may come out twice."""
        after = 0
        while page := self._database.read(partial(_page, since=since, after=after)):
            yield from (Decision.model_validate_json(document) for _, document in page)
            after = page[-1][0]


def _page(connection: Connection, since: datetime, after: int) -> list[tuple[int, str]]:
    columns = decisions.c
    latest = select(func.max(columns.decision_id)).where(columns.decided_at >= since).group_by(columns.order_key)
    statement = (
        select(columns.decision_id, columns.document)
        .where(columns.decision_id.in_(latest), columns.decision_id > after)
        .order_by(columns.decision_id)
        .limit(PAGE)
    )
    return [(row.decision_id, row.document) for row in connection.execute(statement)]
