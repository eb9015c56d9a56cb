"""Whatever happens to orders and stock, in whatever order, the ledger stays balanced."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from orderloom.domain.errors import OrderClosed, StockMoved
from orderloom.domain.records import DispatchState
from orderloom.domain.stock import StockCount
from orderloom.storage.database import Database
from orderloom.storage.store import Store, open_store
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

NUMBERS = st.integers(1, 4)
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
        self.released: set[int] = set()

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(number=NUMBERS, pans=UNITS, lids=UNITS, gone=st.integers(0, 1))
    def reserve(self, number: int, pans: int, lids: int, gone: int) -> None:
        placed = order(number, line("1", "PAN", pans, min(gone, pans)), line("2", "LID", lids))
        before = self.store.ledger.reservation(placed.key)
        reservation = self.store.ledger.reserve(placed, "own")
        assert self.store.ledger.reserve(placed, "own") == reservation
        if number in self.released:
            assert reservation == before
            assert all(not row.reserved and not row.short for row in reservation.lines)

    @rule(number=NUMBERS, pans=UNITS)
    def sold_at_a_till(self, number: int, pans: int) -> None:
        self.store.ledger.sold_elsewhere(order(number, line("1", "PAN", pans, pans)), "own", "west")

    @rule(number=NUMBERS)
    def release(self, number: int) -> None:
        self.store.ledger.release(key(number))
        self.released.add(number)

    @rule(sku=SKU, at=AT, units=st.integers(0, 12))
    def count(self, sku: str, at: str, units: int) -> None:
        receipt = self.store.ledger.set_count(StockCount(sku=sku, node=at, on_hand=units), by="ann", why="count")
        assert receipt.after == units

    @rule(number=NUMBERS, first=AT, second=AT, shipments=st.integers(0, 2))
    def decide(self, number: int, first: str, second: str, shipments: int) -> None:
        rows = self.store.ledger.reservation(key(number)).lines
        plan = [
            planned(place, at, (row.line_id, row.sku, row.reserved))
            for place, (at, row) in enumerate(zip((first, second), rows, strict=False), start=1)
            if row.reserved
        ]
        before = self.store.shipments.shipments(key(number))
        try:
            self.store.ledger.decide(decision(key(number), self.clock.advance(seconds=1), *plan[:shipments]))
        except (StockMoved, OrderClosed):
            assert self.store.shipments.shipments(key(number)) == before

    @rule(number=NUMBERS, refused=st.booleans())
    def dispatch(self, number: int, refused: bool) -> None:
        for shipment in self.store.shipments.shipments(key(number)):
            if shipment.state in (DispatchState.PLANNED, DispatchState.REFUSED):
                self.store.shipments.begin_dispatch(key(number), shipment.number)
                if refused:
                    self.store.shipments.refused(key(number), shipment.number, "closed")

    @rule(number=NUMBERS, units=st.integers(1, 5), repeats=st.integers(1, 2))
    def ship(self, number: int, units: int, repeats: int) -> None:
        for shipment in self.store.shipments.shipments(key(number)):
            if shipment.state is DispatchState.SENDING:
                self.boxes += 1
                box = package(f"B{self.boxes}", ("1", "PAN", units), ("2", "LID", units))
                for _ in range(repeats):
                    self.store.shipments.add_package(shipment.dispatch_id, box)
                    self.store.ledger.ship(key(number), shipment.number, box)

    @invariant()
    def the_ledger_is_balanced(self) -> None:
        assert_balanced(self.store)


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
        max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    run_state_machine_as_test(LedgerMachine, settings=limits)
