"""Sets beside their components: allotments by demand, and no order of sales that sells a component twice."""

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderloom.domain.listing.bundles import Bundle, Cluster
from orderloom.domain.listing.cluster import plan_cluster
from orderloom.domain.listing.moves import Alert, SetShopify, WriteZero
from orderloom.domain.listing.observe import change_made, change_stale, reading_observed, sale_seen
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, ListingState
from tests.domain.listing.pools import ADAPTIVE, GRANTED, LAGS, Sale, listing, pool
from tests.exploring import examples

SET = "A*1+B*2"
HOUR = 3600.0
UNITS = {"A": {"A": 1}, "B": {"B": 1}, SET: {"A": 1, "B": 2}}
BUNDLES = {SET: Bundle(components=UNITS[SET])}


def listings(place: str) -> list[ListingState]:
    key = {"A": "a", "B": "b", SET: "set"}[place]
    return [listing(f"amazon-{key}"), listing(f"shopify-{key}")]


@dataclass
class Shops:
    """Amazon and Shopify with a listing of each place, and a ledger of A and B."""

    stock: dict[str, int]
    policy: ListingPolicy = GRANTED
    gaps: dict[str, float] = field(default_factory=dict)
    alone: bool = True
    now: float = 0.0

    def __post_init__(self) -> None:
        places = ["A", "B", SET] if self.alone else [SET]
        self.ledger = dict(self.stock)
        self.sold = dict.fromkeys(self.stock, 0)
        pools = {place: pool(0, *listings(place), gap=self.gaps.get(place, HOUR)) for place in places}
        self.place_of = {name: place for place in places for name in pools[place].listings}
        self.shown = dict.fromkeys(self.place_of, 0)
        self.calls: deque[SetShopify] = deque()
        self.patches: deque[tuple[str, int, float]] = deque()
        self.unseen: list[Sale] = []
        self.cluster = Cluster(pools=pools, bundles=BUNDLES)
        self.look()

    def exposed(self, sku: str) -> int:
        raises = [(call.listing, max(call.quantity - (call.change_from or 0), 0)) for call in self.calls]
        patches = [(name, units) for name, units, _ in self.patches]
        every = [*self.shown.items(), *raises, *patches]
        return sum(units * UNITS[self.place_of[name]].get(sku, 0) for name, units in every)

    def look(self) -> None:
        self.cluster, moves = plan_cluster(self.cluster, self.ledger, lambda _: self.policy, self.now)
        for move in moves:
            if isinstance(move, Alert):
                continue
            if isinstance(move, SetShopify):
                self.calls.append(move)
            else:
                units = 0 if isinstance(move, WriteZero) else move.quantity
                self.patches.append((move.listing, units, self.now))
        for sku, units in self.stock.items():
            assert self.sold[sku] + self.exposed(sku) <= max(units, self.sold[sku])

    def buy(self, name: str, quantity: int = 1) -> None:
        taken = min(quantity, self.shown[name])
        if taken:
            self.now += 0.1
            self.shown[name] -= taken
            for sku, each in UNITS[self.place_of[name]].items():
                self.sold[sku] += taken * each
            self.unseen.append(Sale(len(self.unseen), name, taken, self.now))
            self.now += 0.1

    def see(self, index: int, now: float | None = None) -> None:
        if not self.unseen:
            return
        sale = self.unseen.pop(index % len(self.unseen))
        place = self.place_of[sale.name]
        for sku, each in UNITS[place].items():
            self.ledger[sku] -= sale.quantity * each
        state = sale_seen(self.cluster.pools[place], sale.name, sale.quantity, sale.at, now or self.now)
        self.cluster = self.cluster.with_pool(place, state)
        if now is None:
            self.look()

    def answer(self) -> None:
        if not self.calls:
            return
        call = self.calls.popleft()
        place, found = self.place_of[call.listing], self.shown[call.listing]
        state = self.cluster.pools[place]
        if found == call.change_from:
            self.shown[call.listing] = call.quantity
            state = change_made(state, call.listing, self.now)
        else:
            state = change_stale(state, call.listing, found, self.now)
        self.cluster = self.cluster.with_pool(place, state)
        self.look()

    def take_effect(self) -> None:
        if self.patches:
            name, units, _ = self.patches.popleft()
            self.shown[name] = units

    def read(self, name: str) -> None:
        place = self.place_of[name]
        state = reading_observed(self.cluster.pools[place], name, self.shown[name], self.now)
        self.cluster = self.cluster.with_pool(place, state)
        self.look()

    def pass_time(self, seconds: float) -> None:
        until = self.now + seconds
        while self.patches and self.patches[0][2] + LAGS.effect <= until:
            self.take_effect()
        self.now = until
        for index in reversed(range(len(self.unseen))):
            if self.unseen[index].at + LAGS.sight <= until:
                self.see(index, self.unseen[index].at + LAGS.sight)
        self.look()

    def restock(self, sku: str, units: int) -> None:
        self.stock[sku] += units
        self.ledger[sku] += units
        self.look()

    def settle(self) -> None:
        for _ in range(8):
            while self.calls:
                self.answer()
            while self.unseen:
                self.see(0)
            while self.patches:
                self.take_effect()
            for name in self.shown:
                if name.startswith("amazon"):
                    self.read(name)
            self.pass_time(60)

    def listed(self, place: str) -> int:
        return sum(units for name, units in self.shown.items() if self.place_of[name] == place)


STEP = st.one_of(
    st.tuples(st.just("buy"), st.integers(0, 5), st.integers(1, 5)),
    st.tuples(st.just("see"), st.integers(0, 20)),
    st.tuples(st.just("answer")),
    st.tuples(st.just("take_effect")),
    st.tuples(st.just("read"), st.sampled_from(["amazon-a", "amazon-b", "amazon-set"])),
    st.tuples(st.just("pass_time"), st.sampled_from([0.1, 5.0, 40.0])),
    st.tuples(st.just("restock"), st.sampled_from(["A", "B"]), st.integers(1, 10)),
    st.tuples(st.just("settle")),
)


@settings(max_examples=examples(60))
@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from([2.0, 600.0, HOUR]),
    st.sampled_from([Strategy.GRANTED, Strategy.ADAPTIVE]),
    st.sampled_from([0.0, 0.15]),
    st.lists(STEP, min_size=3, max_size=25),
)
def test_no_order_of_sales_sells_more_than_there_is_of_any_component(
    of_a: int, of_b: int, gap: float, strategy: Strategy, percent: float, steps: list[tuple[object, ...]]
) -> None:
    policy = ListingPolicy(strategy=strategy, percent=percent, last_units=0)
    shops = Shops({"A": of_a, "B": of_b}, policy, {SET: gap})
    shops.settle()
    for name, *arguments in steps:
        if name == "buy":
            index, quantity = (int(str(one)) for one in arguments)
            shops.buy(list(shops.shown)[index], quantity)
        else:
            getattr(shops, str(name))(*arguments)
        for sku, units in shops.stock.items():
            assert shops.sold[sku] + shops.exposed(sku) <= units
    noticed = {kind for one in shops.cluster.pools.values() for _, kind in one.alerts}
    assert noticed <= {AlertKind.EFFECT_OVERDUE}


def test_a_plain_sku_is_planned_as_its_one_pool() -> None:
    state = pool(7, listing("amazon-a", 40, 40), listing("shopify-a", 60, 60))
    cluster, moves = plan_cluster(Cluster(pools={"A": state}), {"A": 90}, lambda _: GRANTED, 1)
    after, expected = plan(state.model_copy(update={"available": 90}), GRANTED, 1)
    assert (cluster.pools, moves) == ({"A": after}, expected)


def test_sets_and_their_components_share_by_demand() -> None:
    shops = Shops({"A": 100, "B": 200})
    shops.settle()
    assert 45 <= shops.listed(SET) <= 55
    assert shops.listed("A") + shops.listed(SET) == 100
    assert shops.listed("B") + 2 * shops.listed(SET) == 200


def test_a_component_without_listings_goes_into_sets_whole() -> None:
    shops = Shops({"A": 10, "B": 15}, alone=False)
    shops.settle()
    assert shops.listed(SET) == 7
    assert set(shops.cluster.pools) == {SET}


def test_a_sold_set_lowers_the_ledger_and_the_allotment_and_needs_no_push() -> None:
    shops = Shops({"A": 40, "B": 80})
    shops.settle()
    before = shops.cluster.pools
    shops.buy("shopify-set")
    shops.see(0)
    assert shops.ledger == {"A": 39, "B": 78}
    assert shops.cluster.pools[SET].available == before[SET].available - 1
    assert [shops.cluster.pools[sku].available for sku in "AB"] == [before[sku].available for sku in "AB"]
    assert (len(shops.calls), len(shops.patches)) == (0, 0)


def test_an_allotment_shrinks_only_when_the_bundles_listing_has_given_its_sets_back() -> None:
    shops = Shops({"A": 40, "B": 80})
    shops.settle()
    sets = shops.cluster.pools[SET].available
    shops.ledger["A"] = 10
    shops.look()
    pool_of_sets = shops.cluster.pools[SET]
    assert pool_of_sets.goal is not None
    assert pool_of_sets.goal < pool_of_sets.available
    assert sets - pool_of_sets.available <= sets - pool_of_sets.granted
    shops.settle()
    assert shops.cluster.pools[SET].available <= 10


@pytest.mark.parametrize(("gap", "listed"), [(360.0, 1), (36_000.0, 0)])
def test_the_last_set_is_listed_where_demand_is(gap: float, listed: int) -> None:
    shops = Shops({"A": 1, "B": 2}, gaps={SET: gap})
    shops.settle()
    assert shops.listed(SET) == listed
    assert shops.listed("A") == 1 - listed


def test_neither_side_is_left_without_any_while_there_is_enough_for_both() -> None:
    for gap in (36.0, 360_000.0):
        shops = Shops({"A": 6, "B": 12}, gaps={SET: gap})
        shops.settle()
        assert min(shops.listed(place) for place in ("A", "B", SET)) >= 1


def test_a_component_found_missing_takes_sets_down_too() -> None:
    shops = Shops({"A": 40, "B": 80})
    shops.settle()
    shops.ledger["A"] = 5
    for _ in range(3):
        shops.settle()
    assert shops.listed("A") + shops.listed(SET) <= 5
    assert shops.listed("B") + 2 * shops.listed(SET) == 80


def test_a_restock_of_the_scarce_component_makes_more_sets() -> None:
    shops = Shops({"A": 40, "B": 4})
    shops.settle()
    few = shops.listed(SET)
    shops.restock("B", 96)
    shops.settle()
    assert few <= 2 < 15 <= shops.listed(SET)


def test_an_allotment_does_not_flutter_while_all_sell_evenly() -> None:
    shops = Shops({"A": 100, "B": 200}, ADAPTIVE)
    shops.settle()
    sets = shops.cluster.pools[SET].available
    for number in range(12):
        shops.buy(f"shopify-{('a', 'b', 'set')[number % 3]}")
        shops.pass_time(1200)
        assert shops.cluster.pools[SET].goal is None
    assert shops.cluster.pools[SET].available == sets - 4
