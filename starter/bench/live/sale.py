"""One sale: a simulated one, in less time and with fewer buyers and units in proportion."""

import random
from dataclasses import dataclass

from starter.bench.flash_sale.scenarios import AMAZON_BUYERS, MINUTE, SALE, SHOPIFY_BUYERS, STOCK, flip, published

PUBLISHED, FLIP = "published", "flip"
"""By their names in the simulation. In a flip nearly all buyers come to one channel until half the stock is sold, then
to the other: what was granted to the one has to move."""
_DEMAND = {PUBLISHED: published, FLIP: flip}

BATCH_MINUTES = 15
"""How often the published batch connector ran."""

FEW_LEFT = 0.05
"""Of the stock: from here on nothing is dark and nobody is turned away, as in the simulated yardstick."""


@dataclass(frozen=True)
class Visit:
    """Somebody who wants one unit on a channel, `at` seconds after the sale opens."""

    at: float
    channel: str


@dataclass(frozen=True)
class LiveSale:
    seed: int
    scenario: str
    seconds: float
    stock: int
    visits: tuple[Visit, ...]

    @property
    def factor(self) -> float:
        """How many times shorter than the published sale it is."""
        return SALE / self.seconds

    @property
    def batch_seconds(self) -> float:
        """The batch connector's interval, compressed as the sale is."""
        return BATCH_MINUTES * MINUTE / self.factor


def open_sale(seed: int, seconds: float, visits_per_second: float, scenario: str = PUBLISHED) -> LiveSale:
    """Draw the scenario's buyers and keep as many of each channel as the machine can serve; the same for a seed."""
    chance = random.Random(seed)  # noqa: S311 - a sale, not a secret
    buyers = _DEMAND[scenario](chance).buyers
    part = min(visits_per_second * seconds / (AMAZON_BUYERS + SHOPIFY_BUYERS), 1.0)
    kept = []
    for channel in sorted({buyer.channel for buyer in buyers}):
        mine = [buyer for buyer in buyers if buyer.channel == channel]
        kept += chance.sample(mine, max(round(len(mine) * part), 1))
    visits = tuple(Visit(buyer.at * seconds / SALE, buyer.channel) for buyer in sorted(kept))
    return LiveSale(seed, scenario, seconds, max(round(STOCK * part), 1), visits)
