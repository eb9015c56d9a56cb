"""One merchant to tell an order's story with: a real store and real workers, a fake channel and fake nodes."""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.testing import WorkflowEnvironment

from activities.messages import EventArrived, LookAgain, OperatorAnswer, OperatorRequest, OrderEnded, OrderStart
from activities.queues import ORDERS
from orderloom.domain.cancellations import CancelOutcome
from orderloom.domain.errors import Rejected, Throttled
from orderloom.domain.events import EventSource, NewEvent
from orderloom.domain.keys import Channel, OrderKey, workflow_id
from orderloom.domain.orders import (
    ChannelState,
    Component,
    Destination,
    Order,
    OrderLine,
    OrderReading,
    PersonalData,
    Story,
    TimeWindow,
)
from orderloom.domain.shipments import Package, ShipmentEvent, ShipmentEventKind
from orderloom.domain.stock import Listing, SkuMaster, StockCount
from orderloom.storage.store import Store
from tests.workflows.fake_listings import FakeListingBook
from tests.workflows.fakes import SHIPPED_AT, FakeChannel, FakeNode
from tests.workflows.stage import StoreClock
from tests.workflows.watching import Watching
from workflows.visibility import at_start

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


class World(Watching):
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
        self.own, self.hasty, self.harbor = FakeNode("own"), FakeNode("hasty"), FakeNode("harbor")
        self.annex = FakeNode("annex")
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
        origin: str = "",
        key: OrderKey | None = None,
    ) -> NewEvent:
        return NewEvent(
            origin=origin or f"{self.key.channel}:{self.key.account}",
            topic="orders/create",
            delivery_id=f"{self.key.order_id}-{next(self._deliveries)}",
            source=source,
            body=body,
            received_at=datetime.now(UTC),
            order_key=key or self.key,
        )

    def store_event(self, body: bytes, source: EventSource = EventSource.WEBHOOK, origin: str = "") -> str:
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

    def uninstall_app(self) -> None:
        """The shop's next call is not made, as the real client would have it."""
        self.store.accounts.pause(self.key.channel, self.key.account, datetime.now(UTC))
        (paused,) = self.store.accounts.paused()
        refusal = paused.refusal
        self.shopify.answers, self.shopify.cancels = [refusal], refusal

    async def connect_app(self) -> None:
        self.shopify.cancels = CancelOutcome.DONE
        self.store.accounts.resume(self.key.channel, self.key.account)
        await self.look_again()

    def fail_unexpectedly(self, text: str) -> None:
        """The next confirmation meets a defect whose text is not ours."""
        self.shopify.answers.append(ValueError(text))

    def throttle_confirmation(self, seconds: float) -> None:
        self.shopify.answers.append(Throttled("shopify:kitchen", seconds))

    async def fast_forward(self, order: WorkflowHandle[Any, Any], *, hours: float = 0, minutes: float = 0) -> None:
        """Move this order's own clock."""
        await self.server.fast_forward(order, timedelta(hours=hours, minutes=minutes))

    async def look_again(self) -> None:
        """What the relay does with the notes that transactions left."""
        for wakeup in self.store.events.claim_wakeups(10, timedelta(seconds=30)):
            await self.handle.signal("look_again", LookAgain(reason=wakeup.reason))
            self.store.events.wakeup_done(wakeup.wakeup_id)


def line(line_id: str = "1", listing: str = "PAN", quantity: int = 1, **facts: object) -> OrderLine:
    return OrderLine(line_id=line_id, listing=listing, quantity=quantity).model_copy(update=facts)
