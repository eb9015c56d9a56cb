"""Pools that bundles tie together (docs/decisions/0007).

A place is a SKU, or a bundle's key such as `A*1+B*2`. A bundle has a pool of its own, counted in sets: what is
`available` there is its allotment, carved out of its components. A set that is sold lowers the ledger's components
and the allotment together, so nothing else has to move.
"""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, PositiveInt

from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import Changing, PoolState
from orderloom.domain.model import Frozen

Policies = Callable[[str], ListingPolicy]
"""The policy of a place."""


class Bundle(Frozen):
    """What one set consists of: component units by SKU."""

    components: Annotated[dict[str, PositiveInt], Field(min_length=1)]


class Cluster(Changing):
    """All pools that have to be planned together, by place; a SKU without bundles is a cluster of one.

    A component without listings of its own needs no pool.
    """

    pools: dict[str, PoolState]
    bundles: dict[str, Bundle] = Field(default_factory=dict)

    def carved(self, sku: str) -> int:
        """Units of a component that are in allotments."""
        parts = ((self.pools[place].available, bundle) for place, bundle in self.bundles.items())
        return sum(sets * bundle.components.get(sku, 0) for sets, bundle in parts)

    def with_pool(self, place: str, pool: PoolState) -> "Cluster":
        return self.model_copy(update={"pools": {**self.pools, place: pool}})

    def adding(self, place: str, units: int) -> "Cluster":
        pool = self.pools[place]
        return self.with_pool(place, pool.model_copy(update={"available": pool.available + units}))
