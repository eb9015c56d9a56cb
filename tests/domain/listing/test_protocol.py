"""Whatever happens in whatever order, no more can be sold than there is (the invariant of decision 0006)."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, ListingState, PoolState
from tests.domain.listing.pools import LAGS, Shop, listing, pool
from tests.exploring import examples

NAMES = ("amazon-main", "amazon-pack", "shopify-one", "shopify-two")
EACH = (1, 3, 1, 2)


class Trading(RuleBasedStateMachine):
    """Events come lost-then-swept, late, twice and out of order, between calls that are answered at any time."""

    strategy = Strategy.GRANTED

    @initialize(
        lopsided=st.booleans(),
        stock=st.integers(5, 60),
        share=st.floats(0.1, 0.9),
        gap=st.sampled_from([2.0, 20.0, 600.0]),
    )
    def open(self, lopsided: bool, stock: int, share: float, gap: float) -> None:
        if lopsided:
            # All of it on the slower channel, so that it has to be drained.
            filled = listing(NAMES[0], units=stock, rights=stock, share=0.1)
            others = [listing(n, share=0.45, each=e) for n, e in zip(NAMES[2:], EACH[2:], strict=True)]
            self.begin(stock, [filled, *others], gap)
        else:
            shares = (share / 2, share / 2, (1 - share) / 2, (1 - share) / 2)
            self.begin(stock, [listing(n, share=s, each=e) for n, s, e in zip(NAMES, shares, EACH, strict=True)], gap)

    def begin(self, stock: int, listings: list[ListingState], gap: float) -> None:
        policy = ListingPolicy(strategy=self.strategy, last_units=0)
        self.shop = Shop(pool(stock, *listings, gap=gap), policy)
        self.names = tuple(self.shop.shown)
        if not any(self.shop.shown.values()):
            self.shop.settle()

    @rule(index=st.integers(0, 3), quantity=st.integers(1, 6))
    def buy(self, index: int, quantity: int) -> None:
        self.shop.pass_time(0.1)
        self.shop.buy(self.names[index % len(self.names)], quantity)
        self.shop.pass_time(0.1)

    @precondition(lambda self: self.shop.unseen)
    @rule(index=st.integers(0, 50), again=st.booleans())
    def see(self, index: int, again: bool) -> None:
        self.shop.see(index, again)

    @rule()
    def answer(self) -> None:
        self.shop.answer()

    @rule()
    def crash_after_shopify_did_it(self) -> None:
        self.shop.carry_out()

    @rule(dead=st.booleans())
    def lose_amazons_answer(self, dead: bool) -> None:
        self.shop.lose_answer(dead)

    @rule()
    def accept(self) -> None:
        self.shop.accept()

    @rule()
    def take_effect(self) -> None:
        self.shop.take_effect()

    @rule(index=st.integers(0, 1))
    def read(self, index: int) -> None:
        name = self.names[index]
        if name.startswith("amazon"):
            self.shop.read(name)

    @rule(index=st.integers(0, 1), step=st.sampled_from([Shop.ask, Shop.take_figure, Shop.hear]))
    def read_slowly(self, index: int, step: Callable[[Shop, str], None]) -> None:
        """Anything may happen between asking for a figure, its being taken, and its answer."""
        if self.names[index].startswith("amazon"):
            step(self.shop, self.names[index])

    @rule(units=st.integers(1, 20))
    def restock(self, units: int) -> None:
        self.shop.restock(units)

    @rule(number=st.integers(0, 20))
    def cancel(self, number: int) -> None:
        self.shop.cancel(number)

    @rule(seconds=st.sampled_from([0.1, 1.0, 5.0, 31.0, 200.0]))
    def pass_time(self, seconds: float) -> None:
        self.shop.pass_time(seconds)

    @invariant()
    def every_state_survives_json(self) -> None:
        if self.shop.state.alerts or self.shop.now > 300:
            assert PoolState.model_validate_json(self.shop.state.model_dump_json()) == self.shop.state


class Channels(Trading):
    """While the assumptions hold."""

    @invariant()
    def no_more_can_be_sold_than_there_is(self) -> None:
        assert self.shop.sold + self.shop.exposed <= self.shop.stock

    @invariant()
    def rights_are_covered_and_bound_what_can_happen(self) -> None:
        state = self.shop.state
        assert state.granted <= state.available
        for name, one in state.listings.items():
            unseen = sum(s.quantity for s in self.shop.unseen if s.name == name and s.number not in self.shop.reserved)
            assert (self.shop.shown[name] + unseen) * one.units <= one.rights

    @invariant()
    def nothing_is_called_out_while_the_assumptions_hold(self) -> None:
        assert self.shop.noticed.isdisjoint({AlertKind.BEYOND_RIGHTS, AlertKind.LATE_ORDER})


class AdaptiveChannels(Channels):
    """The same under `adaptive`, whose top-ups are ordinary absolute writes."""

    strategy = Strategy.ADAPTIVE


class ChangingStrategies(Trading):
    """The merchant changes his mind while units are listed; `shared` may sell units twice, what follows it may not."""

    @rule(strategy=st.sampled_from(Strategy))
    def change_strategy(self, strategy: Strategy) -> None:
        self.shop.policy = ListingPolicy(strategy=strategy, last_units=0)
        self.shop.look()

    @rule()
    def come_to_rest(self) -> None:
        self.shop.settle()
        if self.shop.policy.strategy is not Strategy.SHARED:
            assert self.shop.exposed <= max(self.shop.stock - self.shop.sold, 0)

    @invariant()
    def rights_bound_what_each_listing_may_bring(self) -> None:
        for name, one in self.shop.state.listings.items():
            unseen = sum(s.quantity for s in self.shop.unseen if s.name == name and s.number not in self.shop.reserved)
            assert (self.shop.shown[name] + unseen) * one.units <= one.rights

    @invariant()
    def one_write_is_in_flight_for_each_shopify_listing(self) -> None:
        names = [call.listing for call in self.shop.calls]
        assert len(names) == len(set(names))


class UpsetChannels(Trading):
    """Hand edits and counts in the middle: more may be shown for a moment, never for good."""

    @rule(index=st.integers(0, 3), by=st.integers(-8, 8))
    def edit(self, index: int, by: int) -> None:
        self.shop.edit(self.names[index % len(self.names)], by)

    @rule(units=st.integers(1, 10))
    def find_missing(self, units: int) -> None:
        self.shop.restock(-units)

    @rule()
    def come_to_rest(self) -> None:
        self.shop.settle()
        assert self.shop.exposed <= max(self.shop.stock - self.shop.sold, 0)


class ForgetfulChannels(Trading):
    """Orders that are lost, or come long after their bound: each can cost its own units, once, and is called out."""

    strategy = Strategy.ADAPTIVE

    @precondition(lambda self: self.shop.unseen)
    @rule(index=st.integers(0, 50))
    def lose(self, index: int) -> None:
        self.shop.lose(index)

    @precondition(lambda self: self.shop.lost)
    @rule(index=st.integers(0, 50))
    def find(self, index: int) -> None:
        late = self.shop.now - self.shop.lost[index % len(self.shop.lost)].at > LAGS.sight
        self.shop.find(index)
        assert not late or AlertKind.LATE_ORDER in self.shop.noticed

    @rule()
    def come_to_rest(self) -> None:
        while self.shop.lost:
            self.find(0)
        self.shop.settle()
        assert self.shop.exposed <= max(self.shop.stock - self.shop.sold, 0)

    @invariant()
    def no_more_is_oversold_than_was_lost(self) -> None:
        assert self.shop.sold + self.shop.exposed <= self.shop.stock + self.shop.ever_lost


@pytest.mark.parametrize("machine", [Channels, AdaptiveChannels, ChangingStrategies, UpsetChannels, ForgetfulChannels])
def test_no_order_of_events_lets_more_be_sold_than_there_is(machine: type[Channels]) -> None:
    case = machine.TestCase
    case.settings = settings(
        max_examples=examples(100), stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case("runTest").runTest()
