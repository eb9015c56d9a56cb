"""Many runs as one row, and many rows over processes."""

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context

from pydantic import BaseModel, ConfigDict

from starter.bench.flash_sale import policies, scenarios
from starter.bench.flash_sale.simulation import Outcome, run

CHUNK = 25
"""Seeds that one process plays before it reports."""


class Dark(BaseModel):
    amazon: float
    shopify: float


class Row(BaseModel):
    """One policy in one scenario. The words below its fields are those of `--help`; docs/cli.md is held to them."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    scenario: str
    """its name"""
    disturbed: str | None
    """what goes wrong in it; null where nothing does"""
    policy: str
    """raw, shared, fixed15, rest15, granted or adaptive"""
    seeds: int
    """how many runs the row is made of; what follows is of all of them together"""
    demand_units: float
    """units that the buyers of a run want, mean"""
    stock_units: float
    """units in stock when the sale opens, mean"""
    oversold_mean: float
    """units sold beyond the stock, mean"""
    oversold_max: int
    """the same in the worst run"""
    unsold_pct: float
    """units left, in percent of the smaller of stock and demand"""
    turned_away: float
    """buyers who met a listing at 0 while over 5 % of the stock was unsold, mean"""
    pushes_per_order: float
    """quantities written to a channel, an order; the first publication, before the sale opens, is none"""
    dark_pct: Dark
    """percent of the time with over 5 % of the stock unsold in which the channel's listing stood at 0, mean"""
    noticed_pct: float | None
    """of the runs in which an assumption was violated, percent in which the policy raised an alert; null without any"""
    oversold_per_10000_orders: float
    """units sold beyond the stock, for 10,000 orders"""


Job = tuple[str, str, int, int]


def play(names: Sequence[str], contenders: Sequence[str], seeds: int, jobs: int, step: Callable[[], None]) -> list[Row]:
    """All rows, scenario by scenario; `step` is called whenever a chunk of seeds is done."""
    work = list(chunks(names, contenders, seeds))
    outcomes: dict[tuple[str, str], list[Outcome]] = {}
    for job, done in zip(work, _outcomes(work, jobs), strict=True):
        outcomes.setdefault(job[:2], []).extend(done)
        step()
    return [row(scenarios.BY_NAME[name], policy, done) for (name, policy), done in outcomes.items()]


def chunks(names: Sequence[str], contenders: Sequence[str], seeds: int) -> Iterator[Job]:
    for name, contender in product(names, contenders):
        for first in range(0, seeds, CHUNK):
            yield name, contender, first, min(first + CHUNK, seeds)


def row(scenario: scenarios.Scenario, policy: str, done: Sequence[Outcome]) -> Row:
    """Means, the worst run, and what was noticed."""
    sellable = sum(min(one.stock, one.demand) for one in done)
    violated = [one for one in done if one.violated]
    noticed = 100 * sum(one.noticed for one in violated) / len(violated) if violated else None
    return Row(
        scenario=scenario.name,
        disturbed=scenario.disturbed,
        policy=policy,
        seeds=len(done),
        demand_units=_mean([one.demand for one in done]),
        stock_units=_mean([one.stock for one in done]),
        oversold_mean=_mean([one.oversold for one in done]),
        oversold_max=max(one.oversold for one in done),
        unsold_pct=round(100 * sum(one.unsold for one in done) / max(sellable, 1), 4),
        turned_away=_mean([one.turned_away for one in done]),
        pushes_per_order=round(sum(one.pushes for one in done) / max(sum(one.orders for one in done), 1), 4),
        dark_pct=Dark(
            amazon=_mean([100 * one.dark[scenarios.AMAZON] for one in done]),
            shopify=_mean([100 * one.dark[scenarios.SHOPIFY] for one in done]),
        ),
        noticed_pct=None if noticed is None else round(noticed, 2),
        oversold_per_10000_orders=round(
            10_000 * sum(one.oversold for one in done) / max(sum(one.orders for one in done), 1), 2
        ),
    )


def _outcomes(work: Sequence[Job], jobs: int) -> Iterator[list[Outcome]]:
    if jobs == 1:
        yield from map(_chunk, work)
        return
    # Not forked: the command may have threads by now.
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as processes:
        yield from processes.map(_chunk, work)


def _chunk(job: Job) -> list[Outcome]:
    name, contender, first, end = job
    scenario, policy = scenarios.BY_NAME[name], policies.BY_NAME[contender]
    # A run leaves no cycles behind worth looking for between its events.
    gc.disable()
    return [run(scenario, policy, seed) for seed in range(first, end)]


def _mean(figures: Sequence[float]) -> float:
    return round(sum(figures) / len(figures), 4)
