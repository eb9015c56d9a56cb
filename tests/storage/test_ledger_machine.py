"""Whatever happens to orders and stock, in whatever order, the ledger stays balanced."""

import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from orderloom.domain.errors import StockMoved
from orderloom.domain.records import DispatchState, ShipmentRecord
from orderloom.domain.stock import Reservation, StockCount
from orderloom.storage.database import Database
from orderloom.storage.store import Store, open_store
from tests.exploring import examples
from tests.storage.shop import (
    KEYS,
    NODES,
    Clock,
    assert_balanced,
    decision,
    key,
    line,
    order,
    package,
    planned,
    stocked,
)

PICK = st.integers(0, 5)
"""Which of the orders that a rule may work on, modulo their number."""
UNITS = st.integers(0, 4)
AT = st.sampled_from(["east", "west"])
SKU = st.sampled_from(["PAN", "LID"])


class LedgerMachine(RuleBasedStateMachine):
    """Orders of two lines over two SKUs at two nodes; few units, so that everything collides."""

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        path = self.folder / "ledger.db"
        path.write_bytes(self.template.read_bytes())
        self.clock = Clock()
        self.store = Store(Database(f"sqlite:///{path}"), KEYS, self.clock)
        self.boxes = 0
        self.live: list[int] = []
        self.released: list[int] = []
        self.sending: list[ShipmentRecord] = []
        self.steps = 0

    def teardown(self) -> None:
        assert_balanced(self.store)
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(pans=st.integers(1, 3), lids=UNITS)
    def a_new_order(self, pans: int, lids: int) -> None:
        self.live.append(len(self.live) + len(self.released) + 1)
        self.ask(self.live[-1], pans, lids, 0)

    @precondition(lambda self: self.live)
    @rule(pick=PICK, pans=UNITS, lids=UNITS, gone=st.integers(0, 1))
    def a_change(self, pick: int, pans: int, lids: int, gone: int) -> None:
        self.ask(self.live[pick % len(self.live)], pans, lids, min(gone, pans))

    @precondition(lambda self: self.released)
    @rule(pick=PICK)
    def a_late_reservation(self, pick: int) -> None:
        rows = self.ask(self.released[pick % len(self.released)], 2, 2, 0).lines
        assert all(not row.reserved and not row.short for row in rows)

    def ask(self, number: int, pans: int, lids: int, gone: int) -> Reservation:
        placed = order(number, line("1", "PAN", pans, gone), line("2", "LID", lids))
        reservation = self.store.ledger.reserve(placed, "own")
        assert self.store.ledger.reserve(placed, "own") == reservation
        return reservation

    @precondition(lambda self: self.live)
    @rule(pick=PICK, pans=UNITS)
    def a_sale_at_a_till(self, pick: int, pans: int) -> None:
        placed = order(self.live[pick % len(self.live)], line("1", "PAN", pans, pans))
        self.store.ledger.sold_elsewhere(placed, "own", "west")

    @precondition(lambda self: len(self.live) > 2)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        number = self.live.pop(pick % len(self.live))
        for _ in range(2):
            self.store.ledger.release(key(number))
        self.released.append(number)

    @rule(sku=SKU, at=AT, units=st.integers(0, 12))
    def count(self, sku: str, at: str, units: int) -> None:
        receipt = self.store.ledger.set_count(StockCount(sku=sku, node=at, on_hand=units), by="ann", why="count")
        assert receipt.after == units

    @precondition(lambda self: self.live)
    @rule(pick=PICK, sends=st.booleans(), splits=st.booleans())
    def decide(self, pick: int, sends: bool, splits: bool) -> None:
        """Place what the order has reserved and not sent; sometimes where there is too little of it."""
        of = key(self.live[pick % len(self.live)])
        before = self.store.shipments.shipments(of)
        firm = [s for s in before if s.state in (DispatchState.SENDING, DispatchState.SHIPPED)]
        sent = Counter({(one.line_id, one.sku): one.quantity for s in firm for one in s.lines})
        wanted = [
            (row.line_id, row.sku, row.reserved - sent[(row.line_id, row.sku)])
            for row in self.store.ledger.reservation(of).lines
            if row.reserved > sent[(row.line_id, row.sku)]
        ]
        taken = {shipment.number for shipment in firm}
        numbers = [number for number in range(1, 9) if number not in taken]
        nodes = ("east", "west") if splits else ("east", "east")
        plan = [planned(number, at, asked) for number, at, asked in zip(numbers, nodes, wanted, strict=False)]
        try:
            self.store.ledger.decide(decision(of, self.clock.advance(seconds=1), *plan))
        except StockMoved:
            assert self.store.shipments.shipments(of) == before
            return
        for shipment in plan if sends else ():
            self.store.shipments.begin_dispatch(of, shipment.number)

    @precondition(lambda self: self.sending)
    @rule(pick=PICK, again=st.booleans())
    def refuse(self, pick: int, again: bool) -> None:
        shipment = self.sending[pick % len(self.sending)]
        self.store.shipments.refused(shipment.key, shipment.number, "closed")
        if again:
            assert self.store.shipments.begin_dispatch(shipment.key, shipment.number).attempt == shipment.attempt + 1

    @precondition(lambda self: self.sending)
    @rule(pick=PICK, units=st.integers(1, 4), repeats=st.integers(1, 2))
    def ship(self, pick: int, units: int, repeats: int) -> None:
        shipment = self.sending[pick % len(self.sending)]
        self.boxes += 1
        box = package(f"B{self.boxes}", *((one.line_id, one.sku, units) for one in shipment.lines))
        for _ in range(repeats):
            self.store.shipments.add_package(shipment.dispatch_id, box)
            self.store.ledger.ship(shipment.key, shipment.number, box)

    @invariant()
    def the_ledger_is_balanced(self) -> None:
        """Verifying takes as long as all else in a step; what was unbalanced once does not mend itself."""
        self.steps += 1
        if self.steps % 5 == 0:
            assert_balanced(self.store)
        every = (shipment for number in self.live for shipment in self.store.shipments.shipments(key(number)))
        self.sending = [shipment for shipment in every if shipment.state is DispatchState.SENDING]


@pytest.fixture(scope="session")
def stocked_file(sqlite_migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("machine") / "stocked.db"
    path.write_bytes(sqlite_migrated.read_bytes())
    store = open_store(f"sqlite:///{path}", KEYS, nodes=NODES)
    stocked(store, PAN=4, LID=4)
    store.close()
    return path


def test_every_story_of_orders_and_stock_leaves_a_balanced_ledger(stocked_file: Path) -> None:
    LedgerMachine.template = stocked_file
    limits = settings(
        max_examples=examples(40),
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        # Shrinking a story on a real file takes minutes; the story that failed is printed as it is.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
    run_state_machine_as_test(LedgerMachine, settings=limits)
