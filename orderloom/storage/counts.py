"""Nodes' own stock: readings, the counts they propose, and how asking goes. Each method is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from orderloom.domain.node_profile import StockReading
from orderloom.domain.stock import CountReceipt
from orderloom.domain.stock_reading import CountProposal, NodeLevel, NodeReading, StockRead
from orderloom.storage.database import Database, insert_or
from orderloom.storage.ledger import proposing, reading
from orderloom.storage.tables import stock_readings


class SqlCountBook:
    """Implements the port CountBook, and what the command line and the API ask."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def record_reading(
        self,
        node: str,
        levels: Mapping[str, NodeLevel],
        read_at: datetime,
        asked: StockReading,
        *,
        is_master: bool,
    ) -> StockRead:
        told = proposing.Told(node, read_at, asked, is_master, dict(levels))

        def work(connection: Connection) -> StockRead:
            last = connection.execute(
                select(stock_readings.c.read_at).where(stock_readings.c.node == node).with_for_update()
            ).scalar_one_or_none()
            if last is not None and read_at <= last:
                return StockRead(skus=0)
            read = reading.record(connection, told, self._clock())
            _save(
                connection,
                {"node": node, "read_at": read_at, "skus": read.skus, "tried_at": self._clock(), "trouble": ""}
                | {"troubled_since": None},
            )
            return read

        return self._database.write(work)

    def reading_failed(self, node: str, why: str) -> None:
        """Keep what went wrong, until a reading goes well; the last good one is not forgotten."""

        def work(connection: Connection) -> None:
            now = self._clock()
            before = connection.execute(
                select(stock_readings).where(stock_readings.c.node == node).with_for_update()
            ).one_or_none()
            row: dict[str, Any] = {"node": node, "skus": before.skus if before else 0, "tried_at": now, "trouble": why}
            row["read_at"] = before.read_at if before else None
            row["troubled_since"] = before.troubled_since if before and before.troubled_since else now
            _save(connection, row)

        self._database.write(work)

    def readings(self) -> list[NodeReading]:
        statement = select(stock_readings).order_by(stock_readings.c.node)
        return self._database.read(lambda c: [NodeReading(**row._mapping) for row in c.execute(statement)])

    def proposals(self, node: str | None = None, *, open_only: bool = True, limit: int = 1000) -> list[CountProposal]:
        return self._database.read(lambda c: proposing.proposals(c, node, open_only=open_only, limit=limit))

    def accept(self, proposal_ids: Sequence[int], by: str, why: str) -> list[CountReceipt]:
        """Count these differences, all or none. Raises InputInvalid for one that is not open or was overtaken."""
        return self._database.write(lambda c: proposing.accept(c, proposal_ids, by, why, self._clock()))

    def reject(self, proposal_ids: Sequence[int], by: str, why: str) -> None:
        """Raises InputInvalid for one that is not open; then none is rejected."""
        self._database.write(lambda c: proposing.reject(c, proposal_ids, by, why, self._clock()))


def _save(connection: Connection, row: dict[str, Any]) -> None:
    statement = insert_or(connection, stock_readings).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["node"], set_=row))
