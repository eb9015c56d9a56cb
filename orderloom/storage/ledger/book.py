"""The ledger as the rest of orderloom sees it: each method is one transaction."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, select

from orderloom.domain.changes import GoodsBack
from orderloom.domain.decisions import Decision
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Order, OrderLine
from orderloom.domain.shipments import Package, PlannedShipment
from orderloom.domain.stock import (
    CountReceipt,
    LedgerReport,
    Movement,
    PoolLevel,
    Reservation,
    StockCount,
    StockLevel,
    StockReceipt,
)
from orderloom.storage import waiting
from orderloom.storage.database import Database
from orderloom.storage.ledger import (
    at_amazon,
    auditing,
    counting,
    deciding,
    departing,
    elsewhere,
    history,
    observing,
    reserving,
    returning,
)
from orderloom.storage.ledger.rows import as_reservation, held_by
from orderloom.storage.tables import node_stock, pool_stock


class SqlLedger:
    """Implements the port Ledger, and the counts and checks of the command line."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def reserve(self, order: Order, pool: str, pools: Mapping[str, str] | None = None) -> Reservation:
        return self._database.write(lambda c: reserving.reserve(c, order, pool, pools or {}, self._clock()))

    def reservation(self, key: OrderKey) -> Reservation:
        return self._database.read(lambda connection: as_reservation(held_by(connection, str(key))))

    def release(self, key: OrderKey, *, cancelled_by_channel: bool = False) -> None:
        self._database.write(lambda c: reserving.release(c, key, cancelled_by_channel, self._clock()))

    def observe(self, order: Order, pool: str, node: str | None = None, *, cancelled_by_channel: bool = False) -> None:
        self._database.write(lambda c: observing.observe(c, order, pool, node, cancelled_by_channel, self._clock()))

    def levels(self, skus: Sequence[str], nodes: Sequence[str], key: OrderKey) -> Sequence[StockLevel]:
        return self._database.read(lambda connection: deciding.levels(connection, list(skus), list(nodes), key))

    def decide(self, decision: Decision) -> None:
        """Raises StockMoved and, for a reservation that has ended, OrderClosed; then nothing is stored."""
        self._database.write(lambda connection: deciding.decide(connection, decision, self._clock()))

    def planned(self, key: OrderKey, shipment: int) -> PlannedShipment | None:
        return self._database.read(lambda connection: deciding.planned(connection, key, shipment))

    def last_plan(self, key: OrderKey) -> Decision | None:
        return self._database.read(lambda connection: deciding.last_plan(connection, key))

    def ship(self, key: OrderKey, shipment: int, package: Package) -> None:
        self._database.write(lambda connection: departing.ship(connection, key, shipment, package, self._clock()))

    def shorten(self, key: OrderKey, shipment: int) -> None:
        self._database.write(lambda connection: departing.shorten(connection, key, shipment, self._clock()))

    def sold_elsewhere(self, order: Order, pool: str, node: str) -> None:
        self._database.write(lambda c: elsewhere.sold_elsewhere(c, order, pool, node, self._clock()))

    def record_fba_snapshot(self, node: str, levels: Mapping[str, int], read_at: datetime) -> int:
        return self._database.write(lambda c: at_amazon.record_snapshot(c, node, levels, read_at, self._clock()))

    def take_back(self, key: OrderKey, line: OrderLine, goods: GoodsBack, node: str | None) -> bool:
        return self._database.write(lambda c: returning.take_back(c, key, line, goods, node, self._clock()))

    def return_waits(self, key: OrderKey, line: OrderLine, goods: GoodsBack) -> bool:
        return self._database.write(lambda c: waiting.return_waits(c, key, line, goods, self._clock()))

    def waiting_returns(self, key: OrderKey) -> Sequence[GoodsBack]:
        return self._database.read(lambda connection: waiting.returns_of(connection, key))

    def fba_sale(self, order: Order, node: str) -> None:
        self._database.write(lambda c: at_amazon.sold_by_amazon(c, order, node, self._clock()))

    def set_count(self, count: StockCount, by: str, why: str) -> CountReceipt:
        """Raises InputInvalid for an unknown SKU or node."""
        return self.import_counts([count], by, why)[0]

    def import_counts(self, counts: Sequence[StockCount], by: str, why: str) -> list[CountReceipt]:
        """Every count or none, in one transaction; one receipt per count, in their order."""
        return self._database.write(lambda c: counting.count(c, counts, by, why, self._clock()))

    def receive(self, receipt: StockReceipt, by: str, why: str) -> CountReceipt:
        """Raises InputInvalid for an unknown SKU or node."""
        return self.import_receipts([receipt], by, why)[0]

    def import_receipts(
        self, receipts: Sequence[StockReceipt], by: str, why: str, once: str | None = None
    ) -> list[CountReceipt]:
        """Everything that came in or nothing, in one transaction; one answer per line, in their order.

        `once` names the delivery: received a second time it raises InputInvalid, and nothing is added.
        """
        return self._database.write(lambda c: counting.receive(c, receipts, by, why, self._clock(), once))

    def show(self, sku: str | None = None, limit: int = 1000, after: str = "") -> list[PoolLevel]:
        """Stock by SKU and pool, in order of SKU from behind `after`."""
        statement = select(pool_stock).where(pool_stock.c.sku > after)
        statement = statement.order_by(pool_stock.c.sku, pool_stock.c.pool).limit(limit)
        if sku is not None:
            statement = statement.where(pool_stock.c.sku == sku)
        return self._database.read(
            lambda connection: [PoolLevel(**row._mapping) for row in connection.execute(statement)]
        )

    def show_nodes(self, sku: str) -> list[StockLevel]:
        """Stock of one SKU at each node that ever had it."""
        statement: Select[tuple[str, str, int, int]] = (
            select(node_stock).where(node_stock.c.sku == sku).order_by(node_stock.c.node)
        )
        return self._database.read(
            lambda connection: [StockLevel(**row._mapping) for row in connection.execute(statement)]
        )

    def history(self, sku: str, limit: int = 100, before: int | None = None) -> list[Movement]:
        """The movements of one SKU, the last first, from before the movement `before`.

        Raises InputInvalid for an unknown SKU.
        """
        return self._database.read(lambda connection: history.movements_of(connection, sku, limit, before))

    def verify(self) -> LedgerReport:
        return self._database.read(lambda connection: auditing.verify(connection, self._clock()))

    def short_units(self) -> int:
        """Units that channels sold beyond stock and that no count has served yet."""
        return self._database.read(auditing.short_units)

    def oversold_units(self) -> int:
        """Units reserved or dispatched beyond what was on hand. 0, unless the ledger failed."""

        def work(connection: Connection) -> int:
            return auditing.oversold_units(connection)

        return self._database.read(work)
