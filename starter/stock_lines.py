"""What can be wrong with counted or received stock beyond its spelling; the API and the command line both ask here."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from orderloom.domain.books import Catalog
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_settings import NodeKind


class StockLine(Protocol):
    """A count or a receipt: units of one SKU at one node."""

    @property
    def sku(self) -> str: ...

    @property
    def node(self) -> str: ...


@dataclass(frozen=True)
class LineProblem:
    """One thing wrong with the line at `index` (from 0)."""

    index: int
    field: str
    why: str


def countable_nodes(config: MerchantConfig) -> list[str]:
    """Nodes whose stock people count; Amazon tells its own, and so does a system that keeps a node's count."""
    return sorted(node.node for node in config.nodes if node.kind is not NodeKind.FBA and not node.is_master)


def line_problems(
    lines: Sequence[StockLine], config: MerchantConfig, catalog: Catalog, *, each_once: bool
) -> list[LineProblem]:
    """All of them, by line. `each_once`: a place that is there twice is a contradiction, as with counts."""
    nodes = countable_nodes(config)
    masters = {node.node for node in config.nodes if node.is_master}
    known = catalog.masters(sorted({line.sku for line in lines}))
    found = [*_unknown(lines, nodes, masters, known), *(_repeated(lines) if each_once else ())]
    return sorted(found, key=lambda problem: problem.index)


def _unknown(
    lines: Sequence[StockLine], nodes: Sequence[str], masters: Container[str], skus: Container[str]
) -> Iterator[LineProblem]:
    for index, line in enumerate(lines):
        if line.sku not in skus:
            yield LineProblem(index, "sku", f"{line.sku} is no SKU here; import it first")
        if line.node in masters:
            why = f"{line.node} is mastered elsewhere: its own system keeps the count, which is read and never set here"
            yield LineProblem(index, "node", why)
        elif line.node not in nodes:
            yield LineProblem(index, "node", f"{line.node!r} is no node that we count; nodes are {', '.join(nodes)}")


def _repeated(lines: Sequence[StockLine]) -> Iterator[LineProblem]:
    seen: set[tuple[str, str]] = set()
    for index, line in enumerate(lines):
        if (line.sku, line.node) in seen:
            yield LineProblem(index, "sku", f"{line.sku} at {line.node} is there twice")
        seen.add((line.sku, line.node))
