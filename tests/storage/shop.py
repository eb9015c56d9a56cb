"""A small shop to store things of: its nodes, orders, events, decisions and packages."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import HttpUrl

from orderloom.domain.decisions import Decision, NodeVerdict, RuleVerdict
from orderloom.domain.events import EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.node_settings import NodeKind, NodeSettings
from orderloom.domain.orders import Component, Order, OrderLine, OrderReading, PersonalData
from orderloom.domain.shipments import Package, PlannedShipment, ShipmentLine
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.storage.store import Store
from orderloom.storage.vault import KeyRing
from tests.domain.orders import an_order

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEYS = KeyRing({"k1": b"1" * 32}, "k1")
SKUS = ("LID", "PAN", "POT")
BUYER = PersonalData(
    name="Ada Buyer", address_lines=("1 Main St",), city="Ithaca", country="US", email="ada@example.com"
)


class Clock:
    """A clock that moves only when told, so that every time in a test is known."""

    def __init__(self, now: datetime = START) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> datetime:
        self.now += timedelta(**units)
        return self.now


def node(name: str, pool: str = "own", kind: NodeKind = NodeKind.WAREHOUSE) -> NodeSettings:
    url = None if kind is NodeKind.FBA else HttpUrl("http://127.0.0.1:9/")
    return NodeSettings(node=name, kind=kind, name=name, pool=pool, url=url)


NODES = (node("east"), node("west"), node("fba", "fba", NodeKind.FBA))


def key(number: int | str = 1001, channel: Channel = Channel.SHOPIFY) -> OrderKey:
    return OrderKey(channel=channel, account="kitchen", order_id=str(number))


def line(line_id: str, sku: str | None, quantity: int = 1, fulfilled: int = 0, *parts: Component) -> OrderLine:
    mapped = parts or ((Component(sku=sku),) if sku else None)
    return OrderLine(
        line_id=line_id,
        listing=sku or f"listing-{line_id}",
        title=f"Title {line_id}",
        quantity=quantity,
        fulfilled=fulfilled,
        components=mapped,
    )


def order(number: int | str = 1001, *lines: OrderLine, **facts: object) -> Order:
    facts = {"key": key(number), "name": f"#{number}", "placed_at": START, "updated_at": START} | facts
    return an_order(*lines or (line("1", "PAN"),), **facts)  # type: ignore[arg-type]


def reading(placed: Order, personal: PersonalData = BUYER) -> OrderReading:
    return OrderReading(order=placed, personal=personal)


def event(delivery: str = "d1", number: int | str | None = 1001, **facts: object) -> NewEvent:
    base = NewEvent(
        origin="shopify:kitchen",
        topic="orders/create",
        delivery_id=delivery,
        source=EventSource.WEBHOOK,
        body=b'{"name": "Ada Buyer"}',
        received_at=START,
        order_key=None if number is None else key(number),
    )
    return base.model_copy(update=facts)


def stocked(store: Store, **units: int) -> None:
    """Put SKUs into the master and these units of them into the node `east`."""
    store.catalog.import_skus([SkuMaster(sku=sku) for sku in SKUS], by="test")
    counts = [StockCount(sku=sku, node="east", on_hand=count) for sku, count in units.items()]
    store.ledger.import_counts(counts, by="test", why="opening stock")


def planned(number: int, at: str, *lines: tuple[str, str, int]) -> PlannedShipment:
    return PlannedShipment(number=number, node=at, lines=shipment_lines(lines))


def shipment_lines(lines: Sequence[tuple[str, str, int]]) -> tuple[ShipmentLine, ...]:
    return tuple(ShipmentLine(line_id=line_id, sku=sku, quantity=quantity) for line_id, sku, quantity in lines)


def decision(of: OrderKey, at: datetime, *plan: PlannedShipment) -> Decision:
    verdicts = tuple(NodeVerdict(node=shipment.node, taken=True, reason="has all of it") for shipment in plan)
    return Decision(
        key=of,
        decided_at=at,
        rules_hash="abc",
        rule="test",
        plan=plan,
        trace=(RuleVerdict(rule="test", matched=True, nodes=verdicts),),
        facts={},
        sentence="It ships.",
    )


def package(package_id: str, *lines: tuple[str, str, int]) -> Package:
    return Package(
        package_id=package_id,
        carrier="UPS",
        tracking_number=f"1Z{package_id}",
        shipped_at=START,
        lines=shipment_lines(lines),
    )


def levels(store: Store, sku: str, pool: str = "own") -> tuple[int, int, int]:
    """(on_hand, reserved, short) of a SKU in a pool."""
    row = next(row for row in store.ledger.show(sku) if row.pool == pool)
    return (row.on_hand, row.reserved, row.short)


def woken(store: Store) -> list[tuple[str, str]]:
    """Take every open wake-up: (order id, reason)."""
    wakeups = store.events.claim_wakeups(100, timedelta(minutes=1))
    for wakeup in wakeups:
        store.events.wakeup_done(wakeup.wakeup_id)
    return [(wakeup.order_key.order_id, wakeup.reason) for wakeup in wakeups]


def assert_balanced(store: Store) -> None:
    report = store.ledger.verify()
    assert report.is_balanced, report.violations
