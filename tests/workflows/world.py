"""One merchant to tell an order's story with: a real store and real workers, a fake channel and fake nodes."""

import asyncio
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from types import SimpleNamespace
from typing import Any, cast

from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.messages import EventArrived, LookAgain, OperatorAnswer, OperatorRequest, OrderEnded, OrderStart
from activities.queues import ORDERS
from activities.rulings import Rulings
from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.events import EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey, workflow_id
from orderloom.domain.merchant import AmazonAccount, MerchantConfig, NodeKind, NodeSettings, ShopifyAccount
from orderloom.domain.orders import (
    ChannelState,
    Component,
    Destination,
    Hold,
    HoldReason,
    Order,
    OrderLine,
    OrderReading,
    OrderStatus,
    PersonalData,
    Story,
    TimeWindow,
)
from orderloom.domain.routing import Router
from orderloom.domain.rulebook import ActionTime, Backorder, OnFailure, Otherwise, Rule, RuleAction
from orderloom.domain.shipments import Package, ShipmentEvent, ShipmentEventKind
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.clients import Clients
from tests.workflows.fake_listings import FakeListingBook
from tests.workflows.fakes import SHIPPED_AT, FakeCallbacks, FakeChannel, FakeNode
from worker import build_workers
from workflows.visibility import at_start

LIVE_FROM = datetime(2026, 1, 1, tzinfo=UTC)
PLACED = datetime(2026, 11, 20, 12, tzinfo=UTC)
FAR_AWAY = datetime(2036, 1, 1, tzinfo=UTC)
BUYER = PersonalData(
    name="Wilhelmina Quackenbush",
    address_lines=("42 Featherstone Lane",),
    city="Poughkeepsie",
    region="NY",
    postal_code="12601-9876",
    country="US",
    phone="+18455550123",
    email="wilhelmina@quackenbush.example",
    note="ring twice, the dog is called Bartholomew",
)
PERSONAL_WORDS = ("Wilhelmina", "Quackenbush", "Featherstone", "12601-9876", "8455550123", "Bartholomew")

CONFIG = MerchantConfig(
    merchant="Test kitchen",
    accounts=(
        ShopifyAccount(channel=Channel.SHOPIFY, account="kitchen", shop="kitchen.myshopify.com", live_from=LIVE_FROM),
        AmazonAccount(
            channel=Channel.AMAZON,
            account="kitchen_us",
            seller_id="A1",
            marketplaces=("ATVPDKIKX0DER",),
            live_from=LIVE_FROM,
        ),
    ),
    nodes=(
        NodeSettings.model_validate(
            {"node": "own", "kind": NodeKind.WAREHOUSE, "name": "Own", "pool": "own", "url": "http://127.0.0.1:1"}
        ),
        NodeSettings.model_validate(
            {
                "node": "harbor",
                "kind": NodeKind.THIRD_PARTY,
                "name": "Harbor",
                "pool": "own",
                "url": "http://127.0.0.1:1",
            }
        ),
        NodeSettings(node="fba", kind=NodeKind.FBA, name="FBA", pool="fba"),
    ),
    actions={
        "fraud_check": ActionSettings(body='{"order": order.key}'),
        "notify_chat": ActionSettings(body='{"text": decision.sentence}', give_up_after=timedelta(seconds=30)),
    },
    rules=(
        Rule(name="Amazon's own", when="order.fulfilled_by_amazon", send_to=("fba",)),
        Rule(
            name="Some can wait",
            when='"backorder" in order.tags',
            send_to=("own", "harbor"),
            otherwise=Backorder(backorder_until="ship_by"),
        ),
        Rule(
            name="Some are all or nothing",
            when='"or_nothing" in order.tags',
            send_to=("own", "harbor"),
            otherwise=Otherwise.CANCEL,
        ),
        Rule(
            name="Some are checked",
            when='"check" in order.tags',
            send_to=("own", "harbor"),
            then=(
                RuleAction(
                    action="fraud_check",
                    when=ActionTime.BEFORE,
                    hold_if="answer.risk > 0.8",
                    cancel_if="answer.risk > 0.95",
                    on_failure=OnFailure.HOLD,
                ),
                RuleAction(action="notify_chat", when=ActionTime.AFTER),
            ),
        ),
        Rule(
            name="Some are told of",
            when='"chat" in order.tags',
            send_to=("own", "harbor"),
            then=(RuleAction(action="notify_chat", when=ActionTime.BEFORE),),
        ),
        Rule(name="Everything", when="true", send_to=("own", "harbor")),
    ),
)


@dataclass
class StoreClock:
    """What the store takes for the present: `behind` the real one where a test needs rows that are old."""

    behind: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind


class Stage:
    """The one set of workers that all tests share, playing in whichever world is on. Starting and stopping workers
    for each test would lose tasks that the server hands to a worker which has just left."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.world: World

    def workers(self, threads: ThreadPoolExecutor) -> list[Worker]:
        clients = Clients(
            amazon=cast(Any, {"kitchen_us": self._channel("amazon")}),
            shopify=cast(Any, {"kitchen": self._channel("shopify")}),
            nodes=cast(Any, {"own": self._stand_in("own"), "harbor": self._stand_in("harbor")}),
            callbacks=cast(Any, {"own": FakeCallbacks("own"), "harbor": FakeCallbacks("harbor")}),
            actions=cast(Any, {name: self._stand_in(f"actions.{name}") for name in CONFIG.actions}),
        )
        ports = ("events", "orders", "catalog", "ledger", "shipments", "cancellations", "privacy", "counts", "actions")
        books = {port: self._stand_in(f"store.{port}") for port in ports}
        store = cast(Store, SimpleNamespace(**books, listings=self._stand_in("listings")))
        settings = Settings(worker_threads=8, shutdown_grace=timedelta(seconds=1))
        rulings = Rulings(CONFIG, Router(CONFIG.rules, CONFIG.nodes), self._stand_in("store.rule_versions"))
        return build_workers(self._client, settings, CONFIG, rulings, store, clients, threads)

    def _channel(self, path: str) -> Any:
        channel = self._stand_in(path)
        channel.listings = self._stand_in(f"{path}.listings")
        channel.cancel_feed = self._stand_in(f"{path}.cancel_feed")
        return channel

    def _stand_in(self, path: str) -> Any:
        return StandIn(lambda: attrgetter(path)(self.world))


class StandIn:
    """Passes everything on to an object that changes from test to test."""

    def __init__(self, current: Callable[[], Any]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> Any:
        return getattr(self._current(), name)


class World:
    """Everything a test touches. `orders` are told apart by their numbers, which no two tests share."""

    _numbers = itertools.count(1001)

    def __init__(self, store: Store, clock: StoreClock, server: WorkflowEnvironment, client: Client) -> None:
        self.store = store
        self.clock = clock
        self.server = server
        self.client = client
        self.shopify, self.amazon = FakeChannel(), FakeChannel()
        self.listings = FakeListingBook()
        self.actions = SimpleNamespace()
        self.own, self.harbor = FakeNode("own"), FakeNode("harbor")
        self.key = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id=str(next(self._numbers)))
        self._deliveries = itertools.count(1)
        store.catalog.import_skus([SkuMaster(sku="PAN", weight_grams=900), SkuMaster(sku="LID", weight_grams=300)])
        self.stock(own={"PAN": 10, "LID": 10}, harbor={"PAN": 10, "LID": 10})

    def stock(self, **nodes: dict[str, int]) -> None:
        counts = [
            StockCount(sku=sku, node=node, on_hand=units) for node, skus in nodes.items() for sku, units in skus.items()
        ]
        self.store.ledger.import_counts(counts, "test", "count")

    def map_listing(self, listing: str, sku: str) -> None:
        components = (Component(sku=sku),)
        self.store.catalog.import_listings(
            [Listing(channel="shopify", account="kitchen", listing=listing, components=components)]
        )

    def order(self, *lines: OrderLine, **facts: object) -> Order:
        base = Order(
            key=self.key,
            name=f"#{self.key.order_id}",
            placed_at=PLACED,
            updated_at=PLACED,
            state=ChannelState.OPEN,
            story=Story.SHIP,
            destination=Destination(country="US", region="NY"),
            has_address=True,
            ship_by=TimeWindow(latest=FAR_AWAY),
            lines=lines or (line(),),
        )
        return base.model_copy(update=facts)

    def new_event(
        self,
        body: bytes,
        source: EventSource = EventSource.WEBHOOK,
        origin: str = "shopify:kitchen",
        key: OrderKey | None = None,
    ) -> NewEvent:
        return NewEvent(
            origin=origin,
            topic="orders/create",
            delivery_id=f"{self.key.order_id}-{next(self._deliveries)}",
            source=source,
            body=body,
            received_at=datetime.now(UTC),
            order_key=key or self.key,
        )

    def store_event(
        self, body: bytes, source: EventSource = EventSource.WEBHOOK, origin: str = "shopify:kitchen"
    ) -> str:
        return self.store.events.store(self.new_event(body, source, origin)).event_id

    async def arrive(self, order: Order) -> WorkflowHandle[Any, OrderEnded]:
        body = OrderReading(order=order, personal=BUYER).model_dump_json().encode()
        return await self.arrive_raw(body)

    async def arrive_raw(self, body: bytes) -> WorkflowHandle[Any, OrderEnded]:
        """What the relay does: store, then signal-with-start."""
        return await self.start("channel_event", EventArrived(event_id=self.store_event(body)))

    async def hint(self, *orders: Order) -> WorkflowHandle[Any, OrderEnded]:
        """The channel says that the order has changed, and what it is when it is read again, once for each reading."""
        return await self.start("channel_event", EventArrived(event_id=self.hinted(*orders), hint=True))

    def hinted(self, *orders: Order) -> str:
        readings = [OrderReading(order=order, personal=BUYER) for order in orders]
        self.shopify.fetches += [reading.model_dump_json().encode() for reading in readings]
        return self.store_event(b"{}")

    async def start(self, signal: str, content: EventArrived | LookAgain) -> WorkflowHandle[Any, OrderEnded]:
        return await self.client.start_workflow(
            "order",
            OrderStart(key=self.key),
            id=workflow_id(self.key),
            task_queue=ORDERS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            start_signal=signal,
            start_signal_args=[content],
            search_attributes=at_start(self.key),
            result_type=OrderEnded,
        )

    async def callback(
        self,
        node: FakeNode,
        dispatch_id: str,
        kind: ShipmentEventKind = ShipmentEventKind.SHIPPED,
        package: Package | None = None,
        reason: str = "",
    ) -> str:
        event_id = self.callback_event(node, dispatch_id, package, kind, reason)
        await self.handle.signal("shipment_event", EventArrived(event_id=event_id))
        return event_id

    def callback_event(
        self,
        node: FakeNode,
        dispatch_id: str,
        package: Package | None,
        kind: ShipmentEventKind = ShipmentEventKind.SHIPPED,
        reason: str = "",
    ) -> str:
        event = ShipmentEvent(
            delivery_id=f"{dispatch_id}-{next(self._deliveries)}",
            node=node.name,
            dispatch_id=dispatch_id,
            kind=kind,
            occurred_at=SHIPPED_AT,
            package=package,
            reason=reason,
        )
        return self.store_event(event.model_dump_json().encode(), EventSource.CALLBACK, f"node:{node.name}")

    async def callback_raw(self, node: FakeNode, body: bytes) -> None:
        event_id = self.store_event(body, EventSource.CALLBACK, f"node:{node.name}")
        await self.handle.signal("shipment_event", EventArrived(event_id=event_id))

    async def ship(self, node: FakeNode, dispatch_id: str | None = None) -> None:
        """The node ships everything of its last dispatch and calls back."""
        name = dispatch_id or node.asked[-1].dispatch_id
        await self.callback(node, name, package=node.ship(name))

    async def ask(self, update: str, why: str = "") -> OperatorAnswer:
        request = OperatorRequest(by="kim", why=why)
        answer: OperatorAnswer = await self.handle.execute_update(update, request, result_type=OperatorAnswer)
        return answer

    async def restart(self, why: LookAgain) -> None:
        """What the relay does for an order whose workflow Temporal does not know any more."""
        await self.client.start_workflow(
            "order",
            OrderStart(key=self.key),
            id=workflow_id(self.key),
            task_queue=ORDERS,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="look_again",
            start_signal_args=[why],
        )

    def reject_confirmation(self, why: str) -> None:
        self.shopify.answers.append(Rejected("shopify:kitchen", "invalid", why))

    def fail_unexpectedly(self, text: str) -> None:
        """The next confirmation meets a defect whose text is not ours."""
        self.shopify.answers.append(ValueError(text))

    def throttle_confirmation(self, seconds: float) -> None:
        self.shopify.answers.append(Throttled("shopify:kitchen", seconds))

    async def fast_forward(self, order: WorkflowHandle[Any, Any], *, hours: float = 0, minutes: float = 0) -> None:
        """Move this order's own clock."""
        await self.server.fast_forward(order, timedelta(hours=hours, minutes=minutes))

    async def card(self) -> str:
        """What a person reads in the Temporal UI."""
        name = "__temporal_workflow_metadata"
        metadata: WorkflowMetadata = await self.handle.query(name, result_type=WorkflowMetadata)
        return metadata.current_details

    async def look_again(self) -> None:
        """What the relay does with the notes that transactions left."""
        for wakeup in self.store.events.claim_wakeups(10, timedelta(seconds=30)):
            await self.handle.signal("look_again", LookAgain(reason=wakeup.reason))
            self.store.events.wakeup_done(wakeup.wakeup_id)

    @property
    def handle(self) -> WorkflowHandle[Any, OrderEnded]:
        return self.client.get_workflow_handle(workflow_id(self.key), result_type=OrderEnded)

    @property
    def status(self) -> OrderStatus:
        record = self.store.orders.find(self.key)
        return record.status if record else OrderStatus.ARRIVED

    @property
    def hold(self) -> Hold | None:
        record = self.store.orders.find(self.key)
        return record.hold if record else None

    @property
    def timeline(self) -> list[str]:
        return [entry.what for entry in self.store.stories.show(self.key).timeline]

    @property
    def texts(self) -> list[str]:
        return [entry.text for entry in self.store.stories.show(self.key).timeline]

    def on_hand(self, sku: str) -> int:
        return sum(level.on_hand for level in self.store.ledger.show(sku))

    def reserved(self, sku: str) -> int:
        return sum(level.reserved for level in self.store.ledger.show(sku))

    async def has_happened(self, *kinds: "EventType.ValueType") -> bool:
        """Whether the history of this order's workflow has these events, in this order."""
        events = iter((await self.handle.fetch_history()).events)
        return all(any(event.event_type == kind for event in events) for kind in kinds)

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for a condition; the test's own timeout bounds it."""
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other threads, without an event to wait on
            await asyncio.sleep(0.02)

    async def until_card(self, words: str) -> None:
        while words not in await self.card():  # noqa: ASYNC110 - the server tells nobody that a card has changed
            await asyncio.sleep(0.02)

    async def until_status(self, status: OrderStatus) -> None:
        await self.until(lambda: self.status is status)

    async def until_held(self, reason: HoldReason) -> None:
        await self.until(lambda: self.hold is not None and self.hold.reason is reason)


def line(line_id: str = "1", listing: str = "PAN", quantity: int = 1, **facts: object) -> OrderLine:
    return OrderLine(line_id=line_id, listing=listing, quantity=quantity).model_copy(update=facts)
