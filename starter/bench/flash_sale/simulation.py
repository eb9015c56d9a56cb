"""One run: a heap of events, the channels' semantics on one side, the domain's functions on the other."""

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from orderloom.domain.listing.demand import next_look
from orderloom.domain.listing.moves import Alert, Move, Refill, SetShopify, WriteAbsolute, WriteZero
from orderloom.domain.listing.observe import (
    cancelled,
    change_made,
    change_stale,
    reading_observed,
    sale_seen,
    write_accepted,
)
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import Strategy
from orderloom.domain.listing.state import PoolState
from orderloom.domain.listing.waiting import SOON, next_plan
from starter.bench.flash_sale.market import Market
from starter.bench.flash_sale.opening import CALL, SHOPIFY_SIGHT, first_state, head_start
from starter.bench.flash_sale.policies import Contender
from starter.bench.flash_sale.scenarios import AMAZON, MINUTE, SHOPIFY, Buyer, Scenario, disturb
from starter.bench.flash_sale.violations import Violations


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    demand: int
    stock: int
    oversold: int
    unsold: int
    turned_away: int
    orders: int
    pushes: int
    dark: dict[str, float]
    violated: bool
    noticed: bool


def run(scenario: Scenario, contender: Contender, seed: int) -> Outcome:
    """Play one seed. Buyers and disturbances are the same for every contender."""
    return _Run(scenario, contender, seed).play()


class _Run:
    def __init__(self, scenario: Scenario, contender: Contender, seed: int) -> None:
        draw = random.Random(f"{seed}:{scenario.name}")  # noqa: S311 - a simulation
        self._chance = random.Random(f"{seed}:{scenario.name}:lags")  # noqa: S311
        self._scenario, self._contender = scenario, contender
        demand = scenario.demand(draw)
        opened = -head_start(scenario)
        self._market = Market(demand.stock, open_ended=frozenset({SHOPIFY} if scenario.oversells else ()))
        self._pool = first_state(scenario, demand, opened)
        self._policy = contender.policy(demand.stock)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._number = 0
        self._now = self._looked_at = self._last_effect = opened
        self._pushes = 0
        self._batched: PoolState | None = None
        self._violations = Violations(scenario.oversells)
        self._sweep_phase = draw.uniform(0, 180)
        self._first_patch = 0
        self._wake_at = math.inf
        self._fill(disturb(demand.buyers, scenario, draw), draw)

    def play(self) -> Outcome:
        while self._heap:
            self._now, _, event = heapq.heappop(self._heap)
            self._market.pass_time(self._now)
            event()
        market = self._market
        over = max(market.sold - market.stock, 0)
        open_for = max(market.open_for, 1e-9)
        return Outcome(
            demand=market.demand,
            stock=market.stock,
            oversold=over,
            unsold=max(min(market.stock, market.demand) - market.sold, 0),
            turned_away=market.turned_away,
            orders=market.orders,
            pushes=self._pushes,
            dark={channel: seconds / open_for for channel, seconds in market.dark.items()},
            violated=self._violations.found,
            noticed=bool(self._pool.alerts),
        )

    def _fill(self, buyers: list[Buyer], draw: random.Random) -> None:
        self._end = buyers[-1].at + 2 * self._scenario.effect_bound
        self._at(self._now, self._publish if not self._contender.every else self._batch)
        for buyer in buyers:
            self._at(buyer.at, lambda buyer=buyer: self._buy(buyer))  # type: ignore[misc]
        upset = draw.uniform(5 * MINUTE, 20 * MINUTE)
        if self._scenario.hand_edit:
            where = draw.choice((AMAZON, SHOPIFY))
            by = draw.choice((-1, 1)) * draw.randint(5, 20)
            self._at(upset, lambda: self._edit(where, by))
        if self._scenario.old_patch:
            self._at(upset, self._apply_old_patch)
        if self._scenario.second_writer:
            self._at(upset, self._write_too)

    def _at(self, moment: float, event: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._heap, (moment, self._number, event))

    # Buyers and what is seen of them

    def _buy(self, buyer: Buyer) -> None:
        self._violations.met(buyer.channel)
        taken = self._market.buy(buyer.channel, buyer.units)
        if not taken:
            return
        sold_at = self._now
        seen = self._seen_at(buyer.channel, sold_at) + buyer.late
        self._violations.happened(buyer.late > 0)
        self._at(seen, lambda: self._see(sale_seen(self._pool, buyer.channel, taken, sold_at, self._now)))
        if buyer.cancels_after:
            self._at(sold_at + buyer.cancels_after, lambda: self._cancel(buyer.channel, taken, seen))

    def _cancel(self, channel: str, units: int, sale_seen_at: float) -> None:
        self._market.restore(channel, units)
        seen = max(self._seen_at(channel, self._now), sale_seen_at)
        self._at(seen, lambda: self._see(cancelled(self._pool, channel, units, restored=True, now=self._now)))

    def _seen_at(self, channel: str, moment: float) -> float:
        if channel == SHOPIFY:
            return moment + self._chance.uniform(*SHOPIFY_SIGHT)
        if not self._scenario.swept:
            return moment + self._chance.uniform(*self._scenario.sight)
        ready = moment + 120 - self._sweep_phase
        return math.ceil(ready / 180) * 180 + self._sweep_phase

    def _see(self, pool: PoolState) -> None:
        self._pool = pool
        if not self._contender.every:
            self._publish()

    # What goes wrong

    def _edit(self, channel: str, by: int) -> None:
        after, moment = max(self._market.shown[channel] + by, 0), self._now
        self._write_over(channel, after)
        if channel == SHOPIFY:
            # The channel itself tells of it, so this one is always met.
            self._violations.met(SHOPIFY)
            echo = self._now + self._chance.uniform(*SHOPIFY_SIGHT)
            self._at(echo, lambda: self._see(reading_observed(self._pool, SHOPIFY, after, moment)))

    def _write_over(self, channel: str, units: int) -> None:
        self._violations.written(channel, self._market.shown[channel], units)
        self._market.shown[channel] = units

    def _apply_old_patch(self) -> None:
        self._write_over(AMAZON, self._first_patch)

    def _write_too(self) -> None:
        self._write_over(AMAZON, self._market.shown[SHOPIFY])
        if self._now < self._end:
            self._at(self._now + self._scenario.second_writer, self._write_too)

    # The publisher

    def _batch(self) -> None:
        # A batch that finds nothing new does nothing: in the long tail that is nearly all of them.
        if self._pool is not self._batched or not _is_at_rest(self._pool):
            self._publish()
            self._batched = self._pool
        if self._now < self._end:
            self._at(self._now + self._contender.every, self._batch)

    def _publish(self) -> None:
        self._pool, moves = plan(self._pool, self._policy, self._now)
        for move in moves:
            self._carry_out(move)
        if self._policy.strategy is not Strategy.SHARED:
            self._wake_again()

    def _carry_out(self, move: Move) -> None:
        if isinstance(move, Alert):
            return
        self._pushes += self._now >= 0
        if isinstance(move, SetShopify):
            self._at(self._now + CALL / 2, lambda: self._change(move))
        else:
            self._patch(move)

    def _change(self, move: SetShopify) -> None:
        found = self._market.shown[SHOPIFY]
        done = move.change_from is None or found == move.change_from
        if done:
            self._market.shown[SHOPIFY] = move.quantity
        moment = self._now
        self._at(
            moment + CALL / 2,
            lambda: self._see(
                change_made(self._pool, SHOPIFY, moment) if done else change_stale(self._pool, SHOPIFY, found, moment)
            ),
        )

    def _patch(self, move: WriteZero | Refill | WriteAbsolute) -> None:
        units = 0 if isinstance(move, WriteZero) else move.quantity
        self._first_patch = self._first_patch or units
        # Patches of one listing take effect in the order in which they were accepted.
        self._last_effect = max(self._last_effect, self._now + self._chance.uniform(*self._scenario.effect))
        self._violations.happened(self._last_effect - self._now > self._scenario.effect_bound)
        self._at(self._last_effect, lambda: self._take_effect(units))
        if self._policy.strategy is Strategy.SHARED:
            moment = self._now
            self._at(moment + CALL, lambda: self._see(write_accepted(self._pool, AMAZON, moment)))

    def _take_effect(self, units: int) -> None:
        self._violations.replaced(AMAZON)
        self._market.shown[AMAZON] = units

    def _wake_again(self) -> None:
        """Have the publisher look when a reading is due or time alone changes its plan, not at a fixed interval."""
        one = self._pool.listings[AMAZON]
        looks = self._looked_at + next_look(self._pool, one, self._now)
        changes = next_plan(self._pool, self._policy, self._now)
        due = looks if changes is None else min(looks, changes + SOON)
        due = max(due, self._now + 0.5)
        if due < self._wake_at and (due <= self._end or not one.idle):
            self._wake_at = due
            self._at(due, lambda: self._wake(due))

    def _wake(self, due: float) -> None:
        if due != self._wake_at:
            return
        self._wake_at = math.inf
        one = self._pool.listings[AMAZON]
        if self._now < self._looked_at + next_look(self._pool, one, self._now):
            self._publish()
            return
        self._looked_at = self._now
        self._violations.met(AMAZON)
        shown = self._market.shown[AMAZON]
        told = self._now + self._scenario.stale
        self._at(told, lambda: self._see(reading_observed(self._pool, AMAZON, shown, self._now)))


def _is_at_rest(pool: PoolState) -> bool:
    return all(one.waits_for_nothing for one in pool.listings.values())
