"""What a channel and a node say of one order, in every order, repeated and late: the same end."""

import itertools
import math
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from activities.books import Books, Channels
from activities.messages import LateEvent, NormaliseRequest, ReserveRequest
from activities.preparing import PreparingActivities
from activities.recording import RecordingActivities
from activities.routing import RoutingActivities
from activities.rule_messages import RouteRequest
from activities.rulings import Rulings
from orderloom.domain.changes import GoodsBack
from orderloom.domain.events import EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.orders import ChannelState, OrderLine, OrderReading, PersonalData
from orderloom.domain.routing import Router
from orderloom.domain.shipments import (
    NodeShipment,
    NodeState,
    Package,
    ShipmentEvent,
    ShipmentEventKind,
    ShipmentLine,
)
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.storage.store import open_store
from orderloom.storage.vault import KeyRing
from tests.domain.orders import NOW, an_order
from tests.workflows.fakes import FakeCallbacks, FakeChannel
from tests.workflows.merchant import CONFIG

ACCOUNTS = {Channel.SHOPIFY: "kitchen", Channel.AMAZON: "kitchen_us"}
BACK = GoodsBack(change_id="refund-1", line_id="1", quantity=1, restocked_by_channel=True, at=NOW)
CREATED: dict[str, Any] = {"payment": "pending"}
PAID: dict[str, Any] = {"payment": "paid"}
EDITED: dict[str, Any] = {"payment": "paid", "quantities": (3, 1)}
REFUNDED: dict[str, Any] = {"payment": "partially_refunded", "quantities": (2, 1)}
CANCELLED: dict[str, Any] = {"payment": "refunded", "quantities": (2, 1), "state": ChannelState.CANCELLED}
LIFE = (CREATED, PAID, EDITED, REFUNDED, CANCELLED)
"""What a channel says of one order, each a minute after the one before."""


class Shop:
    """The steps on a real store, without a workflow that chooses among them."""

    def __init__(self, folder: Path) -> None:
        keys = KeyRing({"k": b"1" * 32}, "k")
        self.store = open_store(f"sqlite:///{folder}/orders.db", keys, accounts=CONFIG.accounts, nodes=CONFIG.nodes)
        store = self.store
        books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
        channel = cast(Any, FakeChannel())
        channels = Channels(CONFIG, dict.fromkeys(ACCOUNTS.items(), channel))
        self.preparing = PreparingActivities(books, channels)
        self.recording = RecordingActivities(books, {"own": cast(Any, FakeCallbacks("own"))})
        self.routing = RoutingActivities(books, channels, Rulings(CONFIG, Router.of(CONFIG)), store.actions)
        self._numbers = itertools.count(1)

    def order(self, channel: Channel = Channel.SHOPIFY, *, in_stock: bool = True) -> "OneOrder":
        order = OneOrder(self, channel, next(self._numbers))
        if in_stock:
            order.count_in()
        return order


class OneOrder:
    """It alone sells its two SKUs; ten of each lie at the node."""

    def __init__(self, shop: Shop, channel: Channel, number: int) -> None:
        self.shop, self.store = shop, shop.store
        self.key = OrderKey(channel=channel, account=ACCOUNTS[channel], order_id=str(number))
        self.skus = (f"PAN-{number}", f"LID-{number}")
        self._deliveries = itertools.count(1)

    def count_in(self) -> None:
        self.store.catalog.import_skus([SkuMaster(sku=sku) for sku in self.skus])
        counts = [StockCount(sku=sku, node="own", on_hand=10) for sku in self.skus]
        self.store.ledger.import_counts(counts, "test", "count")

    def stored(self, body: str, source: EventSource, origin: str) -> str:
        event = NewEvent(
            origin=origin,
            topic="orders/create",
            delivery_id=f"{self.key.order_id}-{next(self._deliveries)}",
            source=source,
            body=body.encode(),
            received_at=datetime.now(UTC),
            order_key=self.key,
        )
        return self.store.events.store(event).event_id

    def hear(self, minute: int, **facts: Any) -> None:
        """The channel tells, and the order is read and reserved, as its workflow has it done."""
        reading = self.reading(minute, **facts).model_dump_json()
        event_id = self.stored(reading, EventSource.WEBHOOK, f"{self.key.channel}:{self.key.account}")
        self.shop.preparing.normalise(NormaliseRequest(key=self.key, event_id=event_id))
        self.shop.preparing.reserve(ReserveRequest(key=self.key))

    def hears_again(self, event_id: str | None) -> bool:
        """Whether the channel has to be asked once more, after this event (or none) was read."""
        return self.shop.preparing.normalise(NormaliseRequest(key=self.key, event_id=event_id)).read_again

    def record(self, minute: int, **facts: Any) -> None:
        self.store.orders.record(self.reading(minute, **facts), "any")

    def reading(self, minute: int, quantities: Sequence[int] = (2, 0), **facts: Any) -> OrderReading:
        lines = tuple(
            OrderLine(line_id=str(place), listing=sku, quantity=quantity)
            for place, (sku, quantity) in enumerate(zip(self.skus, quantities, strict=True), start=1)
        )
        order = an_order(*lines, updated_at=NOW + timedelta(minutes=minute), **facts)
        named = order.model_copy(update={"key": self.key})
        return OrderReading(order=named, personal=PersonalData(name="Kim"))

    def dispatch(self) -> str:
        self.shop.routing.route(RouteRequest(key=self.key))
        shipment = self.store.shipments.begin_dispatch(self.key, 1)
        accepted = NodeShipment(dispatch_id=shipment.dispatch_id, state=NodeState.ACCEPTED)
        self.store.shipments.dispatched(self.key, 1, accepted)
        return shipment.dispatch_id

    def report(self, dispatch_id: str, kind: ShipmentEventKind, package: Package | None) -> None:
        event = ShipmentEvent(
            delivery_id="any", node="own", dispatch_id=dispatch_id, kind=kind, occurred_at=NOW, package=package
        )
        event_id = self.stored(event.model_dump_json(), EventSource.CALLBACK, "node:own")
        self.shop.recording.record_shipment(LateEvent(key=self.key, event_id=event_id))

    def end(self) -> dict[str, object]:
        """Where it stands when all was told, in words that no other order has."""
        order = self.store.orders.get(self.key).order
        levels = [level for sku in self.skus for level in self.store.ledger.show_nodes(sku)]
        packages = self.store.shipments.packages(self.key)
        return {
            "state": order.state,
            "payment": order.payment,
            "wanted": [line.quantity for line in order.lines],
            "on hand": sum(level.on_hand for level in levels),
            "reserved": sum(line.reserved for line in self.store.ledger.reservation(self.key).lines),
            "packages": sorted((p.package.package_id, p.package.tracking_number) for p in packages),
            "came back": sum(entry.what == "came_back" for entry in self.store.stories.show(self.key).timeline),
        }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterable[Shop]:
    shop = Shop(tmp_path_factory.mktemp("any-order"))
    yield shop
    assert shop.store.ledger.verify().violations == ()
    shop.store.close()


def test_the_newest_word_of_a_channel_stands_in_every_order(shop: Shop) -> None:
    """All 120 orders of five readings, on the store alone."""
    ends = []
    for told in itertools.permutations(range(len(LIFE))):
        order = shop.order(in_stock=False)
        for minute in told:
            order.record(minute, **LIFE[minute])
        known = shop.store.orders.get(order.key).order
        ends.append((known.state, known.payment, [line.quantity for line in known.lines]))
    assert ends == [(ChannelState.CANCELLED, "refunded", [2, 1])] * 120


@pytest.mark.parametrize("length", [2, 3, 4])
def test_what_is_reserved_ends_the_same_in_every_order(shop: Shop, length: int) -> None:
    ends = []
    for told in itertools.permutations(range(length)):
        order = shop.order()
        for minute in told:
            order.hear(minute, **LIFE[minute])
        ends.append(order.end())
    assert ends == [ends[0]] * len(ends)
    assert ends[0]["reserved"] == sum(LIFE[length - 1].get("quantities", (2, 0)))


def test_a_step_that_dies_after_reading_one_of_two_words_of_a_second_still_has_the_channel_asked(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies(BaseException):
        """A process that is killed after its transaction and before its answer."""

    def commit_and_die(reading: OrderReading, event_id: str) -> None:
        record(reading, event_id)
        raise Dies

    order, record = shop.order(), shop.store.orders.record
    order.hear(0, **CREATED)
    tie = order.stored(order.reading(0, **PAID).model_dump_json(), EventSource.WEBHOOK, "shopify:kitchen")
    with monkeypatch.context() as dying:
        dying.setattr(shop.store.orders, "record", commit_and_die)
        with pytest.raises(Dies):
            order.hears_again(tie)
    assert [order.hears_again(tie), order.hears_again(tie)] == [True, True]
    assert order.hears_again(None), "a workflow that was lost meanwhile and is started again"
    asked = order.stored(order.reading(0, **PAID).model_dump_json(), EventSource.REREAD, "shopify:kitchen")
    assert [order.hears_again(asked), order.hears_again(None), order.hears_again(tie)] == [False, False, False]


def test_a_word_that_is_repeated_newer_or_from_a_sweep_needs_no_question(shop: Shop) -> None:
    order = shop.order()
    order.hear(0, **CREATED)
    told = [(0, CREATED, EventSource.WEBHOOK), (1, PAID, EventSource.WEBHOOK), (1, EDITED, EventSource.SWEEP)]
    for minute, facts, source in told:
        event_id = order.stored(order.reading(minute, **facts).model_dump_json(), source, "shopify:kitchen")
        assert not order.hears_again(event_id)


@pytest.mark.parametrize("seed", range(8))
def test_what_is_reserved_of_a_whole_life_ends_the_same_in_a_random_order(shop: Shop, seed: int) -> None:
    order = shop.order()
    for minute in random.Random(seed).sample(range(4), 4):
        order.hear(minute, **LIFE[minute])
    end = order.end()
    assert (end["wanted"], end["reserved"], end["on hand"]) == ([2, 1], 3, 20)


def told_of(order: OneOrder, dispatch_id: str) -> list[Callable[[], None]]:
    """What its node and its channel say after dispatch; the first five: two packages, two changes, one package lost."""
    report, paid = partial(order.report, dispatch_id), "paid"
    boxes = [
        Package(package_id=f"box-{n}", carrier="UPS", tracking_number=f"T-{n}", shipped_at=NOW, lines=lines)
        for n, lines in enumerate(_boxes(order.skus), start=1)
    ]
    return [
        *(partial(report, ShipmentEventKind.SHIPPED, box) for box in boxes),
        partial(order.hear, 1, quantities=(2, 1), payment=paid, tags=("vip",)),
        partial(order.hear, 2, quantities=(2, 1), payment="partially_refunded", came_back=(BACK,)),
        partial(report, ShipmentEventKind.LOST, boxes[1]),
        partial(report, ShipmentEventKind.ACCEPTED, None),
        partial(report, ShipmentEventKind.DELIVERED, boxes[0]),
    ]


TOLD = {
    "state": ChannelState.OPEN,
    "payment": "partially_refunded",
    "wanted": [2, 1],
    "on hand": 20 - 3 + 1,
    "reserved": 0,
    "packages": [("box-1", "T-1"), ("box-2", "T-2")],
    "came back": 1,
}


@pytest.mark.parametrize(("channel", "length"), [(Channel.SHOPIFY, 5), (Channel.AMAZON, 4)])
def test_packages_of_a_node_and_changes_of_its_channel_end_the_same_in_every_order(
    shop: Shop, channel: Channel, length: int
) -> None:
    """The steps read an order as either adapter gives it, so all five events are played on one channel."""
    ends = []
    for turns in itertools.permutations(range(length)):
        order = shop.order(channel)
        order.hear(0, quantities=(2, 1), **PAID)
        told = told_of(order, order.dispatch())
        for turn in turns:
            told[turn]()
        ends.append(order.end())
    assert ends == [TOLD] * math.factorial(length)


@pytest.mark.parametrize("seed", range(10))
def test_repeated_events_of_a_channel_and_its_node_end_the_same_in_a_random_order(shop: Shop, seed: int) -> None:
    order = shop.order(list(Channel)[seed % 2])
    order.hear(0, quantities=(2, 1), **PAID)
    told = told_of(order, order.dispatch())
    told += random.Random(seed).choices(told, k=3)
    random.Random(seed).shuffle(told)
    for tell in told:
        tell()
    assert order.end() == TOLD
    packages = order.store.shipments.packages(order.key)
    assert {entry.package.package_id for entry in packages if entry.lost_at} == {"box-2"}
    assert {entry.package.package_id for entry in packages if entry.delivered_at} == {"box-1"}


def _boxes(skus: tuple[str, str]) -> list[tuple[ShipmentLine, ...]]:
    pan, lid = skus
    first = (ShipmentLine(line_id="1", sku=pan, quantity=1),)
    return [first, (*first, ShipmentLine(line_id="2", sku=lid, quantity=1))]
