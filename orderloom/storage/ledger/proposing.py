"""Proposed counts: one open at a place, counted by itself while it is small, else decided by a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from orderloom.domain.errors import InputInvalid
from orderloom.domain.node_profile import StockReading
from orderloom.domain.stock import CountReceipt, MovementKind
from orderloom.domain.stock_reading import Books, CountProposal, NodeLevel, ProposalState
from orderloom.storage.ledger.balancing import rebalance
from orderloom.storage.ledger.movements import Cause, move, on_hand_at
from orderloom.storage.ledger.rows import lock_pools, pools_of_nodes
from orderloom.storage.tables import count_proposals, movements

COUNTED = (MovementKind.COUNT, MovementKind.RECEIPT)


@dataclass(frozen=True)
class Told:
    """One node's answer, and how it is to be taken."""

    node: str
    read_at: datetime
    reading: StockReading
    is_master: bool
    levels: Mapping[str, NodeLevel] = field(default_factory=dict)

    @property
    def who(self) -> str:
        return f"node:{self.node}"

    def why(self, detail: str) -> str:
        return f"its own stock of {self.read_at:%Y-%m-%d %H:%M:%S} UTC, {detail}"


class Outcome(StrEnum):
    NOTHING = "nothing"
    COUNTED = "counted"
    OPEN = "open"


def propose(
    connection: Connection, told: Told, pool: str, sku: str, book: Books, difference: int, now: datetime
) -> Outcome:
    """What the last reading says replaces what an earlier one proposed and nobody decided."""
    before = _latest(connection, told.node, sku)
    _supersede(connection, told.node, sku, now)
    if not difference:
        return Outcome.NOTHING
    if before is not None and before.state == ProposalState.REJECTED and before.difference == difference:
        # Somebody has looked at this very difference; it is asked about again when it changes.
        return Outcome.NOTHING
    row = {
        "node": told.node,
        "sku": sku,
        "expected": book.expected,
        "difference": difference,
        "read_at": told.read_at,
        "state": ProposalState.OPEN,
        "why": "",
    }
    if not book.is_small(difference, told.reading):
        connection.execute(insert(count_proposals), row)
        return Outcome.OPEN
    why = "a difference that is small enough to be counted by itself"
    decided = {"state": ProposalState.ACCEPTED, "decided_at": now, "decided_by": told.who, "why": why}
    connection.execute(insert(count_proposals), row | decided)
    cause = Cause(MovementKind.COUNT, now, told.who, told.why(why))
    move(connection, sku, told.node, pool, max(difference, -book.on_hand), cause)
    return Outcome.COUNTED


def accept(connection: Connection, proposal_ids: Sequence[int], by: str, why: str, now: datetime) -> list[CountReceipt]:
    """All or none. Raises InputInvalid for one that is not open, or whose place was counted after its reading."""
    rows = [_open_one(connection, number) for number in dict.fromkeys(proposal_ids)]
    pools = pools_of_nodes(connection, {row.node for row in rows})
    places = {(pools[row.node], row.sku) for row in rows}
    lock_pools(connection, places)
    moved = [(row, *_accept(connection, _open_one(connection, row.proposal_id), pools, by, why, now)) for row in rows]
    served = rebalance(connection, places, now)
    return [
        CountReceipt(
            sku=row.sku,
            node=row.node,
            before=before,
            after=after,
            shortages_served=served.pop((pools[row.node], row.sku), 0),
        )
        for row, before, after in moved
    ]


def reject(connection: Connection, proposal_ids: Sequence[int], by: str, why: str, now: datetime) -> None:
    """All or none. Raises InputInvalid for one that is not open."""
    for number in dict.fromkeys(proposal_ids):
        _decide(connection, _open_one(connection, number).proposal_id, ProposalState.REJECTED, by, why, now)


def proposals(connection: Connection, node: str | None, *, open_only: bool, limit: int) -> list[CountProposal]:
    """The last reading first, then by node and SKU."""
    columns = count_proposals.c
    statement = select(count_proposals).order_by(columns.read_at.desc(), columns.node, columns.sku).limit(limit)
    if node is not None:
        statement = statement.where(columns.node == node)
    if open_only:
        statement = statement.where(columns.state == ProposalState.OPEN)
    return [CountProposal(**row._mapping) for row in connection.execute(statement)]


def was_counted(connection: Connection, node: str, sku: str) -> bool:
    statement = select(movements.c.sku).where(movements.c.node == node, movements.c.sku == sku).limit(1)
    return connection.execute(statement).first() is not None


def _accept(
    connection: Connection, row: Row[Any], pools: dict[str, str], by: str, why: str, now: datetime
) -> tuple[int, int]:
    """Units before and after."""
    columns = movements.c
    later = select(columns.by).where(
        columns.node == row.node, columns.sku == row.sku, columns.at > row.read_at, columns.kind.in_(COUNTED)
    )
    counted = connection.execute(later.limit(1)).scalar_one_or_none()
    if counted is not None:
        told = f"{row.sku} at {row.node} was counted or received by {counted} after this reading; wait for the next one"
        raise InputInvalid("proposals", None, str(row.proposal_id), told)
    before = on_hand_at(connection, row.sku, row.node)
    delta = max(row.difference, -before)
    _decide(connection, row.proposal_id, ProposalState.ACCEPTED, by, why, now)
    read = f"{row.node} told {row.expected + row.difference} on {row.read_at:%Y-%m-%d %H:%M:%S} UTC: {why}"
    move(connection, row.sku, row.node, pools[row.node], delta, Cause(MovementKind.COUNT, now, by, read))
    return before, before + delta


def _open_one(connection: Connection, number: int) -> Row[Any]:
    statement = select(count_proposals).where(count_proposals.c.proposal_id == number)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise InputInvalid("proposals", None, str(number), "is no proposal; `inventory proposals list` shows them")
    if row.state != ProposalState.OPEN:
        by = f" by {row.decided_by}" if row.decided_by else ""
        raise InputInvalid("proposals", None, str(number), f"is {row.state} already{by}")
    return row


def _decide(connection: Connection, number: int, state: ProposalState, by: str, why: str, now: datetime) -> None:
    values = {"state": state, "decided_at": now, "decided_by": by, "why": why}
    connection.execute(update(count_proposals).where(count_proposals.c.proposal_id == number).values(values))


def _supersede(connection: Connection, node: str, sku: str, now: datetime) -> None:
    columns = count_proposals.c
    open_one = (columns.node == node) & (columns.sku == sku) & (columns.state == ProposalState.OPEN)
    values = {"state": ProposalState.SUPERSEDED, "decided_at": now}
    connection.execute(update(count_proposals).where(open_one).values(values))


def _latest(connection: Connection, node: str, sku: str) -> Row[Any] | None:
    columns = count_proposals.c
    statement = (
        select(count_proposals)
        .where(columns.node == node, columns.sku == sku, columns.state != ProposalState.SUPERSEDED)
        .order_by(columns.proposal_id.desc())
        .limit(1)
    )
    return connection.execute(statement).one_or_none()
