"""The scenarios: who buys when, how late things are seen, and what goes wrong."""

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

from orderloom.domain.listing.pace import FIRST_GAP

MINUTE, DAY = 60.0, 86_400.0
SHOPIFY_BUYERS, AMAZON_BUYERS, SALE, STOCK = 140, 93, 45 * MINUTE, 120
AMAZON, SHOPIFY = "amazon", "shopify"


class Buyer(NamedTuple):
    """Somebody who wants `units` on one channel at `at`; both disturbances are drawn with the buyer."""

    at: float
    channel: str
    units: int = 1
    late: float = 0.0
    """Extra seconds until the order is seen."""
    cancels_after: float = 0.0
    """Seconds until the order is cancelled and the channel restocks it; 0: never."""


class Demand(NamedTuple):
    stock: int
    buyers: list[Buyer]
    forecast: float
    """Amazon's expected part of the sales."""
    gap: float
    """Expected seconds between two units."""


@dataclass(frozen=True)
class Scenario:
    """`effect` and `sight` are ranges in seconds; `swept` replaces Amazon's sight by a sweep of data 2 minutes old."""

    name: str
    demand: Callable[[random.Random], Demand]
    disturbed: str | None = None
    effect: tuple[float, float] = (1.0, 10.0)
    sight: tuple[float, float] = (2.0, 20.0)
    swept: bool = False
    stale: float = 0.0
    """Seconds by which a figure is old when Amazon gives it."""
    late: float = 0.0
    cancelled: float = 0.0
    hand_edit: bool = False
    old_patch: bool = False
    second_writer: float = 0.0
    """Seconds between two writes of another connector, which sets Amazon to what Shopify shows."""
    oversells: bool = False
    """The Shopify listing goes on selling at zero."""
    believed_effect: float | None = None
    """The bound on an effect that the policy is told, where it is not the true one."""

    @property
    def sight_bound(self) -> float:
        return 302.0 if self.swept else self.sight[1] + 2

    @property
    def effect_bound(self) -> float:
        """The slowest effect and the slowest interval of reading it."""
        return self.believed_effect or self.effect[1] + 7 + self.stale


def published(rng: random.Random, seconds: float = SALE) -> Demand:
    buyers = [Buyer(rng.uniform(0, seconds), SHOPIFY) for _ in range(SHOPIFY_BUYERS)]
    buyers += [Buyer(rng.uniform(0, seconds), AMAZON) for _ in range(AMAZON_BUYERS)]
    total = SHOPIFY_BUYERS + AMAZON_BUYERS
    return Demand(STOCK, sorted(buyers), AMAZON_BUYERS / total, seconds / total)


def ten_times(rng: random.Random) -> Demand:
    return published(rng, SALE / 10)


def unforeseen(rng: random.Random) -> Demand:
    """The published sale of a SKU without any history, as production begins with it."""
    return published(rng)._replace(forecast=0.5, gap=FIRST_GAP)


def flip(rng: random.Random) -> Demand:
    """95 of 100 buyers on one channel until half the stock is sold, then on the other; either may come first."""
    total = SHOPIFY_BUYERS + AMAZON_BUYERS
    first, second = (AMAZON, SHOPIFY) if rng.random() < 0.5 else (SHOPIFY, AMAZON)
    times = sorted(rng.uniform(0, SALE) for _ in range(total))
    buyers = []
    for number, at in enumerate(times):
        main, other = (first, second) if number < STOCK // 2 else (second, first)
        buyers.append(Buyer(at, main if rng.random() < 0.95 else other))
    return Demand(STOCK, buyers, 0.95 if first == AMAZON else 0.05, SALE / total)


def long_tail(rng: random.Random) -> Demand:
    """1 to 5 units, an order a day to one a month."""
    stock, gap = rng.randint(1, 5), DAY * 30 ** rng.random()
    at, buyers = 0.0, []
    for _ in range(3 * stock + 3):
        at += rng.expovariate(1 / gap)
        buyers.append(Buyer(at, AMAZON if rng.random() < 0.4 else SHOPIFY))
    return Demand(stock, buyers, 0.4, gap)


def several_units(rng: random.Random) -> Demand:
    sale = published(rng)
    buyers = [buyer._replace(units=rng.randint(1, 4)) for buyer in sale.buyers]
    return sale._replace(buyers=buyers, gap=sale.gap / 2.5)


PUBLISHED = Scenario("published", published)
UNDISTURBED = (
    PUBLISHED,
    Scenario("published-swept", published, swept=True),
    Scenario("ten-times", ten_times),
    Scenario("flip", flip),
    Scenario("slow-patches", published, effect=(5.0, 120.0)),
    Scenario("very-slow", published, effect=(5.0, 15 * MINUTE), sight=(2.0, 10 * MINUTE)),
    Scenario("long-tail", long_tail),
)
DISTURBED = (
    replace(PUBLISHED, name="late-1", disturbed="1 % of orders seen 5-60 minutes late", late=0.01),
    replace(PUBLISHED, name="late-5", disturbed="5 % of orders seen 5-60 minutes late", late=0.05),
    replace(PUBLISHED, name="cancellations", disturbed="5 % cancelled and restored by the channel", cancelled=0.05),
    replace(PUBLISHED, name="hand-edit", disturbed="a listing edited by hand", hand_edit=True),
    replace(PUBLISHED, name="old-patch", disturbed="an old patch applied late", old_patch=True),
    Scenario("several-units", several_units, disturbed="1-4 units an order"),
)
EXTRAS = (
    Scenario("no-history", unforeseen),
    Scenario("stale-reads", published, disturbed="figures up to 15 s old when they are read", stale=15.0),
    replace(
        PUBLISHED, name="second-writer", disturbed="another connector sets Amazon every 5 minutes", second_writer=300.0
    ),
    replace(PUBLISHED, name="open-end", disturbed="the Shopify listing allows overselling", oversells=True),
    Scenario(
        "wrong-bound",
        published,
        disturbed="patches after 5-120 s where 20 s are believed",
        effect=(5.0, 120.0),
        believed_effect=20.0,
    ),
)
"""Beyond what the yardstick asks for: what no policy can hold, or what it costs when a bound is wrong."""
STANDARD = (*UNDISTURBED, *DISTURBED)
BY_NAME = {scenario.name: scenario for scenario in (*STANDARD, *EXTRAS)}


def chosen(names: Collection[str], extras: bool) -> list[str]:
    """The named scenarios, or the standard ones; with the extras where they are asked for."""
    wanted = {*(names or (one.name for one in STANDARD)), *(one.name for one in EXTRAS if extras)}
    return [name for name in BY_NAME if name in wanted]


def disturb(buyers: list[Buyer], scenario: Scenario, rng: random.Random) -> list[Buyer]:
    """Draw who is seen late and who cancels."""
    if not scenario.late and not scenario.cancelled:
        return buyers
    return [
        buyer._replace(
            late=rng.uniform(5 * MINUTE, 60 * MINUTE) if rng.random() < scenario.late else 0.0,
            cancels_after=rng.uniform(MINUTE, 10 * MINUTE) if rng.random() < scenario.cancelled else 0.0,
        )
        for buyer in buyers
    ]
