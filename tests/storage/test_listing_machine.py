"""Whatever buyers, channels, workers and people do, no more is offered than there is, and the books agree.

The real store on SQLite, with orders that come late and again, pushes whose worker dies before or after the channel
took them, batches that are sent again, restocks and cancellations in the middle.
"""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from orderloom.domain.keys import Channel
from orderloom.domain.listing.offers import Batch, ListingKey, PushAnswer, PushState
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.orders import Order
from orderloom.domain.stock import StockReceipt
from orderloom.storage.database import Database
from orderloom.storage.nodes import register_nodes
from orderloom.storage.store import Store
from tests.exploring import examples
from tests.storage.listings import SELLER, SHOP, Policies, listing, offer, pool_state
from tests.storage.shop import KEYS, NODES, Clock, assert_balanced, key, line, order, stocked

EFFECT, SIGHT = 20.0, 10.0
"""The shorter of the bounds that the policies promise (tests/storage/listings.py)."""
PANS = (listing(), listing(account=SELLER))
PICK = st.integers(0, 20)


@dataclass
class Bought:
    order: Order
    of: ListingKey
    units: int
    seen: bool = False
    cancelled: bool = False


class ListingMachine(RuleBasedStateMachine):
    template: Path
    strategy = Strategy.GRANTED

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "listings.db"
        path.write_bytes(self.template.read_bytes())
        self.clock = Clock()
        policies = Policies(ListingPolicy(strategy=self.strategy, last_units=0))
        self.store = Store(Database(f"sqlite:///{path}"), KEYS, self.clock, policies)
        self.store.database.write(lambda connection: register_nodes(connection, NODES))
        stocked(self.store, PAN=12)
        self.stock = 12
        self.shown = {PANS[0]: 12, PANS[1]: 0}
        self.patches: list[tuple[float, int]] = []
        self.done: dict[str, list[PushAnswer]] = {}
        self.bought: list[Bought] = []
        for pan in PANS:
            self.read(pan)
        self.store.listings.plan(10)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def tick(self, seconds: float = 0.1) -> None:
        """Time passes, but not beyond a bound that the protocol is promised."""
        until = self.clock().timestamp() + seconds
        while self.patches and self.patches[0][0] + EFFECT <= until:
            self.take_effect()
        for one in self.bought:
            if not one.seen and one.order.placed_at.timestamp() + SIGHT <= until:
                self.reserve(one)
        self.clock.advance(seconds=seconds)

    def take_effect(self) -> None:
        _, quantity = self.patches.pop(0)
        self.shown[PANS[1]] = quantity

    def reserve(self, one: Bought) -> None:
        self.store.ledger.reserve(one.order, "own")
        one.seen = True

    def read(self, pan: ListingKey) -> None:
        account = (pan.channel, pan.account)
        self.store.listings.record_offers([offer(self.shown[pan], "PAN", account, self.clock())])

    @rule(pan=st.sampled_from(PANS), units=st.integers(1, 3))
    def buy(self, pan: ListingKey, units: int) -> None:
        taken = min(units, self.shown[pan])
        if not taken:
            return
        self.tick()
        self.shown[pan] -= taken
        of = key(len(self.bought), pan.channel).model_copy(update={"account": pan.account})
        now = self.clock()
        placed = order(0, line("1", "PAN", taken), key=of, placed_at=now, updated_at=now)
        self.bought.append(Bought(placed, pan, taken))
        self.tick()

    @precondition(lambda self: self.bought)
    @rule(pick=PICK)
    def see(self, pick: int) -> None:
        """Also one that was seen or cancelled before."""
        self.reserve(self.bought[pick % len(self.bought)])

    @precondition(lambda self: self.bought)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        """The shop restocks what it cancels. Amazon's restocking beside a write is doubtful, so it stays out here."""
        one = self.bought[pick % len(self.bought)]
        if one.of.channel is Channel.SHOPIFY and one.seen and not one.cancelled:
            one.cancelled = True
            self.tick()
            self.shown[one.of] += one.units
            self.store.ledger.release(one.order.key, cancelled_by_channel=True)

    @rule(units=st.integers(1, 5))
    def restock(self, units: int) -> None:
        self.store.ledger.receive(StockReceipt(sku="PAN", node="west", quantity=units), by="ann", why="delivery")
        self.stock += units

    @rule()
    def plan(self) -> None:
        self.store.listings.plan(10)

    @rule(dies=st.sampled_from(["never", "never", "before", "after"]), shop=st.booleans())
    def publish(self, dies: str, shop: bool) -> None:
        """A worker sends a batch, and may die before the channel has it or before its own record."""
        batch = self.store.listings.next_batch(*(SHOP if shop else SELLER), 10 if shop else 1)
        if batch is None or dies == "before":
            return
        answers = self.carry_out(batch)
        if dies == "never":
            for _ in range(2):
                self.store.listings.answered(batch, answers)

    def carry_out(self, batch: Batch) -> list[PushAnswer]:
        """A key that the shop knows is answered as before, and nothing is done again."""
        if batch.batch_key in self.done:
            assert batch.sent_before is not None
            return self.done[batch.batch_key]
        (push,) = batch.pushes
        now = self.clock()
        state, found = PushState.ACCEPTED, None
        if push.key.channel is Channel.AMAZON:
            self.patches.append((now.timestamp(), push.quantity))
        elif push.change_from in (None, self.shown[push.key]):
            state, self.shown[push.key] = PushState.DONE, push.quantity
        else:
            state, found = PushState.STALE, offer(self.shown[push.key], at=now)
        self.done[batch.batch_key] = [PushAnswer(push_id=push.push_id, state=state, at=now, found=found)]
        return self.done[batch.batch_key]

    @precondition(lambda self: self.patches)
    @rule()
    def amazon_applies(self) -> None:
        self.tick()
        if self.patches:
            self.take_effect()
        self.tick()

    @rule(pan=st.sampled_from(PANS))
    def look(self, pan: ListingKey) -> None:
        self.tick()
        self.read(pan)
        self.tick()

    @rule(seconds=st.sampled_from([1.0, 5.0, 31.0, 200.0]))
    def pass_time(self, seconds: float) -> None:
        self.tick(seconds)

    @invariant()
    def no_more_can_be_sold_than_there_is(self) -> None:
        sold = sum(one.units for one in self.bought if not one.cancelled)
        exposed = sum(self.shown.values()) + sum(quantity for _, quantity in self.patches)
        assert sold + exposed <= self.stock

    @invariant()
    def the_books_agree_and_nothing_is_called_out(self) -> None:
        assert_balanced(self.store)
        told = Counter(alarm.kind for alarm in self.store.listings.alarms())
        assert not told[AlertKind.BEYOND_RIGHTS]
        assert pool_state(self.store).granted <= self.stock


class AdaptiveMachine(ListingMachine):
    """The same under `adaptive`, whose top-ups are ordinary absolute writes."""

    strategy = Strategy.ADAPTIVE


@pytest.mark.parametrize("machine", [ListingMachine, AdaptiveMachine])
def test_no_order_of_events_offers_more_than_there_is(machine: type[ListingMachine], sqlite_migrated: Path) -> None:
    machine.template = sqlite_migrated
    phases = [phase for phase in Phase if phase is not Phase.explain]
    few = settings(
        max_examples=examples(12),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=phases,
    )
    run_state_machine_as_test(machine, settings=few)
