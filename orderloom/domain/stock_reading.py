"""What a node says it has, held against the ledger as of the moment it was asked.

    said        the node's figure: all units that lie there (`on_hand`), or those not promised to anybody (`available`)
    expected    the same by our books at that moment: what moved since is undone, so nothing is counted twice
    difference  said - expected; a count moves by the difference, never to the figure

A parcel leaves before we hear of it. So a node that tells `on_hand` may have less by every unit it was asked to ship
and has not reported: less than expected by no more than these is no difference. `available` leaves them out from the
moment the node has the order, so it has this doubt only for what was being sent while the node was asked.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import NonNegativeInt, model_validator

from orderloom.domain.errors import StockUnreadable
from orderloom.domain.model import Frozen, Utc
from orderloom.domain.node_profile import StockReading


class NodeLevel(Frozen):
    """One SKU as the node tells it, by exactly one of the two figures."""

    sku: str
    on_hand: NonNegativeInt | None = None
    """All units that lie there, also those of orders that have not left."""
    available: NonNegativeInt | None = None
    """Units that the node has not promised to any order it was given."""

    @model_validator(mode="after")
    def _is_one_figure(self) -> "NodeLevel":
        if (self.on_hand is None) == (self.available is None):
            raise ValueError("needs one of `on_hand` and `available`")
        return self


class StockPage(Frozen):
    levels: tuple[NodeLevel, ...]
    next_page: str | None = None


class StockSource(Protocol):
    """A node that can be asked what it has."""

    def stock_page(self, page: str | None) -> StockPage:
        """One exchange. Raises StockUnreadable for an answer that makes no sense."""


class Books(Frozen):
    """One SKU at one node by the ledger, in units."""

    on_hand: int = 0
    moved_since: int = 0
    """Sum of all movements that were written after the node was asked."""
    promised: NonNegativeInt = 0
    """Of shipments that the node had before it was asked and that had not left by our books."""
    on_the_way: NonNegativeInt = 0
    """Of shipments that were being sent to the node while it was asked."""

    @property
    def expected(self) -> int:
        """What was there at the moment of asking, by our books."""
        return self.on_hand - self.moved_since

    def difference(self, level: NodeLevel) -> int:
        """Units that the node has more (or, negative, fewer) than our books; 0 where our own parcels may explain it."""
        if level.on_hand is not None:
            found, unsure = level.on_hand - self.expected, self.promised + self.on_the_way
        else:
            found, unsure = (level.available or 0) + self.promised - self.expected, self.on_the_way
        return found if found > 0 else min(found + unsure, 0)

    def is_small(self, difference: int, reading: StockReading) -> bool:
        """Whether the merchant lets such a difference be counted by itself."""
        return abs(difference) <= max(reading.accept_units, reading.accept_percent * max(self.expected, 0))


def all_levels(node: str, pages: Sequence[StockPage]) -> dict[str, NodeLevel]:
    """By SKU. Raises StockUnreadable where a SKU is told twice: a list that moved between two pages tells wrong."""
    found: dict[str, NodeLevel] = {}
    for level in (level for page in pages for level in page.levels):
        if level.sku in found:
            raise StockUnreadable(node, f"{level.sku} is told twice")
        found[level.sku] = level
    return found


class ProposalState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    """A later reading, or a count, said otherwise."""


class CountProposal(Frozen):
    """A difference between a node's stock and ours, and what became of it."""

    proposal_id: int
    node: str
    sku: str
    expected: int
    """Units by our books when the node was asked."""
    difference: int
    read_at: Utc
    state: ProposalState
    decided_at: Utc | None = None
    decided_by: str | None = None
    why: str = ""

    @property
    def said(self) -> int:
        """Units that are there if the node is right, as of the reading."""
        return self.expected + self.difference


class NodeReading(Frozen):
    """How the last questions to one node went."""

    node: str
    read_at: Utc | None = None
    """When the last reading that could be used was asked for."""
    skus: NonNegativeInt = 0
    tried_at: Utc
    trouble: str = ""
    """Why the last question gave nothing; "" where all is well."""
    troubled_since: Utc | None = None


class StockRead(Frozen):
    """What one reading came to, in SKUs."""

    skus: NonNegativeInt
    moved: NonNegativeInt = 0
    """Brought to the node's figure at once."""
    proposed: NonNegativeInt = 0
    unknown: tuple[str, ...] = ()
    """SKUs of the node that are none of ours."""


class CountBook(Protocol):
    """Readings of nodes' stock, and the counts that they propose."""

    def record_reading(
        self, node: str, levels: Mapping[str, NodeLevel], read_at: datetime, asked: StockReading, *, is_master: bool
    ) -> StockRead:
        """All of one reading in one transaction; one that is older than the last changes nothing.

        `is_master`: the node keeps the count, so every difference is observed. Raises StockUnreadable, and changes
        nothing, where the reading leaves out a SKU that we have there.
        """

    def reading_failed(self, node: str, why: str) -> None: ...
