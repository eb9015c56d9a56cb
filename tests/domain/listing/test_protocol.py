"""Whatever happens in whatever order, no more can be sold than there is (the invariant of decision 0006)."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import ListingState
from tests.domain.listing.pools import Shop, listing, pool

NAMES = ("amazon-main", "amazon-pack", "shopify-one", "shopify-two")
EACH = (1, 3, 1, 2)


class Channels(RuleBasedStateMachine):
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
    def take_effect(self) -> None:
        self.shop.take_effect()

    @rule(index=st.integers(0, 1))
    def read(self, index: int) -> None:
        name = self.names[index]
        if name.startswith("amazon"):
            self.shop.read(name)

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
        assert [kind for kind in self.shop.told if kind in ("beyond_rights", "late_order")] == []


class AdaptiveChannels(Channels):
    """The same under `adaptive`, whose top-ups are ordinary absolute writes."""

    strategy = Strategy.ADAPTIVE


@pytest.mark.parametrize("machine", [Channels, AdaptiveChannels])
def test_no_order_of_events_lets_more_be_sold_than_there_is(machine: type[Channels]) -> None:
    case = machine.TestCase
    case.settings = settings(
        max_examples=120, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
    )
    case("runTest").runTest()
