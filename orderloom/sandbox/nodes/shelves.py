"""What lies at one node, as it would count it. It ships whatever it is asked to: what it lacks, it just finds."""

from collections.abc import Mapping
from itertools import islice

from orderloom.sandbox.nodes.shipments import WireLine

PAGE_SIZE = 100
"""SKUs on one page of the stock query."""


class Shelves:
    """Units by SKU. A SKU that was never put there is not told."""

    def __init__(self) -> None:
        self._on_hand: dict[str, int] = {}

    def put(self, units: Mapping[str, int]) -> None:
        """From now on so many units of these SKUs lie there; other SKUs stay as they are."""
        self._on_hand |= units

    def take(self, lines: tuple[WireLine, ...]) -> None:
        for line in lines:
            if line.sku in self._on_hand:
                self._on_hand[line.sku] = max(self._on_hand[line.sku] - line.quantity, 0)

    def page(self, after: str, promised: Mapping[str, int]) -> dict[str, object]:
        """The stock document from the SKU behind `after` on. `promised` are the units of orders that have not left."""
        behind = (sku for sku in sorted(self._on_hand) if sku > after)
        skus = list(islice(behind, PAGE_SIZE + 1))
        shown = skus[:PAGE_SIZE]
        free = {sku: max(self._on_hand[sku] - promised.get(sku, 0), 0) for sku in shown}
        return {
            "levels": [{"sku": sku, "available": units} for sku, units in free.items()],
            "next_page": shown[-1] if len(skus) > PAGE_SIZE else "",
        }
