"""Reservations a second of the ledger, beside bare transactions of one INSERT and one UPDATE on the same database."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, update

from orderloom.configuration import load_config
from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, Component, Order, OrderLine, OrderReading, PersonalData, Story
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.storage.store import Store, open_store
from orderloom.storage.vault import KeyRing

SHOP = Path(__file__).with_name("shop.yaml")
NODE, POOL, SKU = "own_warehouse", "own", "PAN"
ROUNDS = 4
KEYS = KeyRing({"bench": b"0" * 32}, "bench")

_bare = MetaData()
_entries = Table("bench_entries", _bare, Column("entry", Integer, primary_key=True), Column("what", String))
_total = Table("bench_total", _bare, Column("total", Integer, primary_key=True), Column("units", Integer))


@dataclass(frozen=True)
class LedgerSpeed:
    """Transactions a second, one after another. A ratio of 1 would be a ledger that costs nothing beyond its rows."""

    database: str
    orders: int
    reserve_per_second: float
    release_per_second: float
    bare_per_second: float
    reserve_to_bare: float
    release_to_bare: float


def measure(orders: int, database_url: str | None = None) -> LedgerSpeed:
    """Turn by turn in rounds, so that a slow moment of the machine meets all of them.

    Without an address the database is a SQLite file of its own. Raises InputInvalid for one that is in use.
    """
    with tempfile.TemporaryDirectory(prefix="orderloom-bench-") as folder:
        url = database_url or f"sqlite:///{folder}/ledger.db"
        with closing(open_store(url, KEYS, nodes=load_config(SHOP).nodes)) as store:
            if store.ledger.show() or store.stories.list(limit=1):
                raise InputInvalid("bench", None, "--database", "has stock or orders; name an empty database")
            _stock(store, orders)
            return _measure(store, url.partition(":")[0], orders)


def _measure(store: Store, kind: str, orders: int) -> LedgerSpeed:
    took = {"bare": 0.0, "reserve": 0.0, "release": 0.0}
    sold = [_order(number) for number in range(orders)]
    for start in range(ROUNDS):
        batch = sold[start::ROUNDS]
        for order in batch:
            store.orders.record(OrderReading(order=order, personal=PersonalData()), f"bench-{order.key.order_id}")
        took["bare"] += _time(batch, lambda _: store.database.write(_bare_transaction))
        took["reserve"] += _time(batch, lambda order: store.ledger.reserve(order, POOL))
        took["release"] += _time(batch, lambda order: store.ledger.release(order.key))
    speed = {name: orders / seconds for name, seconds in took.items()}
    return LedgerSpeed(
        database=kind,
        orders=orders,
        reserve_per_second=round(speed["reserve"], 1),
        release_per_second=round(speed["release"], 1),
        bare_per_second=round(speed["bare"], 1),
        reserve_to_bare=round(speed["reserve"] / speed["bare"], 3),
        release_to_bare=round(speed["release"] / speed["bare"], 3),
    )


def _time(orders: Sequence[Order], work: Callable[[Order], object]) -> float:
    begun = time.perf_counter()
    for order in orders:
        work(order)
    return time.perf_counter() - begun


def _bare_transaction(connection: Connection) -> None:
    connection.execute(insert(_entries).values(what=SKU))
    connection.execute(update(_total).where(_total.c.total == 1).values(units=_total.c.units + 1))


def _stock(store: Store, units: int) -> None:
    def bare(connection: Connection) -> None:
        _bare.create_all(connection)
        connection.execute(insert(_total).values(total=1, units=0))

    store.database.write(bare)
    store.catalog.import_skus([SkuMaster(sku=SKU, weight_grams=900)], by="bench")
    store.ledger.import_counts([StockCount(sku=SKU, node=NODE, on_hand=units)], by="bench", why="opening stock")


def _order(number: int) -> Order:
    now = datetime.now(UTC)
    return Order(
        key=OrderKey(channel=Channel.SHOPIFY, account="bench", order_id=str(number + 1)),
        name=f"#{number + 1}",
        placed_at=now,
        updated_at=now,
        state=ChannelState.OPEN,
        story=Story.SHIP,
        has_address=True,
        lines=(OrderLine(line_id="1", listing=SKU, quantity=1, components=(Component(sku=SKU),)),),
    )
