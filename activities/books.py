"""The stores that every step works on, and what several steps do with them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from activities.messages import PackageView
from orderloom.domain.assigned import Choice, choice_of
from orderloom.domain.books import Catalog, EventLog, Ledger, OrderBook, ShipmentBook
from orderloom.domain.cancellations import CancellationBook
from orderloom.domain.carriers import CarrierTable
from orderloom.domain.keys import Channel, OrderKey
from orderloom.domain.mapping import map_lines, names_of_lines
from orderloom.domain.merchant import Account, MerchantConfig, ShopifyAccount
from orderloom.domain.orders import Order
from orderloom.domain.ports import SalesChannel
from orderloom.domain.records import OrderRecord, PackageRecord, TimelineEntry
from orderloom.domain.ship_by import Deadline, deadline
from orderloom.domain.shipments import confirmable_lines, left_without_us
from orderloom.domain.waiting import DispatchWhen

DEFAULT_ASK_AFTER = timedelta(hours=6)


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Books:
    """One store behind its ports."""

    events: EventLog
    orders: OrderBook
    catalog: Catalog
    ledger: Ledger
    shipments: ShipmentBook
    cancellations: CancellationBook
    clock: Callable[[], datetime] = utc_now

    def note(self, key: OrderKey, what: str, text: str, once: str | None = None) -> None:
        self.orders.note(key, TimelineEntry(at=self.clock(), what=what, text=text, once=once))

    def mapped(self, order: Order) -> Order:
        """With the components that its listings have now."""
        components = self.catalog.components(order.key.channel, order.key.account, names_of_lines(order))
        skus = {part.sku for parts in components.values() for part in parts}
        return map_lines(order, components, self.catalog.masters(sorted(skus)))

    def ours_to_ship(self, key: OrderKey) -> Order:
        """The order with its lines' `fulfilled` cut down to what left without us."""
        packages = tuple(entry.package for entry in self.shipments.packages(key))
        order = self.orders.get(key).order
        return order.model_copy(update={"lines": left_without_us(order.lines, packages)})


def settle_baseline(order: Order, gone_before: dict[str, int]) -> Order:
    """Forget units that had left before we ever counted this stock: they were never in it."""
    lines = tuple(
        line.model_copy(
            update={
                "fulfilled": line.fulfilled - (gone := min(gone_before.get(line.line_id, 0), line.fulfilled)),
                "quantity": line.quantity - gone,
            }
        )
        for line in order.lines
    )
    return order.model_copy(update={"lines": lines})


def package_views(record: OrderRecord, packages: Sequence[PackageRecord]) -> tuple[PackageView, ...]:
    """Packages as the workflow sees them; one that completes no line is told of together with the one that does."""
    return tuple(_view(entry, told=not needs_telling(record, packages, entry)) for entry in packages)


def _view(entry: PackageRecord, *, told: bool) -> PackageView:
    never_told = told and not entry.confirmed_at
    return PackageView(
        number=entry.number,
        shipment=entry.shipment,
        told=told,
        label=entry.label,
        told_label=entry.label if never_told else entry.told_label,
        lost=entry.lost_at is not None,
    )


def needs_telling(record: OrderRecord, packages: Sequence[PackageRecord], entry: PackageRecord) -> bool:
    if entry.confirmed_at or record.order.confirms_itself:
        return False
    earlier = tuple(other.package for other in packages if other.number < entry.number)
    return bool(confirmable_lines(record.order.lines, earlier, entry.package))


@dataclass(frozen=True)
class Channels:
    """The connected accounts: their configuration and the client that speaks to each."""

    config: MerchantConfig
    clients: dict[tuple[Channel, str], SalesChannel]

    @cached_property
    def carriers(self) -> CarrierTable:
        return CarrierTable(self.config.carriers)

    def client(self, key: OrderKey) -> SalesChannel:
        """Raises KeyError for an account that is not configured any more."""
        return self.clients[(key.channel, key.account)]

    def account(self, key: OrderKey) -> Account:
        account = self.config.account(key.channel, key.account)
        if account is None:
            raise KeyError((key.channel, key.account))
        return account

    def dispatch_when(self, key: OrderKey) -> DispatchWhen:
        """From which payment state on an order is dispatched. Amazon shows none before it is paid."""
        account = self.account(key)
        return account.dispatch_when if isinstance(account, ShopifyAccount) else DispatchWhen.ANY

    def choice(self, order: Order) -> Choice:
        """What of it was moved at its channel, and to which nodes."""
        account = order.key.account
        return choice_of(order.assigned or (), lambda location: self.config.node_at(account, location))

    def deadline(self, order: Order, nodes: Iterable[str]) -> Deadline | None:
        """When it has to leave these nodes; while it waits for none, those of its account's pool."""
        if order.ship_by.latest is None:
            return None
        waiting = set(nodes)
        pool = self.account(order.key).pool
        return deadline(
            order.ship_by.latest,
            self.config.ship_by_alert,
            planned=[node for node in self.config.nodes if node.node in waiting],
            possible=[node for node in self.config.nodes if node.pool == pool and node.takes_dispatches],
        )

    def ask_after(self, node: str) -> timedelta:
        """How long this node may be silent; a node that is configured no longer is asked by the default."""
        found = self.config.node(node)
        return found.ask_after if found else DEFAULT_ASK_AFTER

    def give_up_after(self, node: str) -> timedelta | None:
        """How long nothing may leave there before another node is tried; None: however long."""
        found = self.config.node(node)
        return found.gives_up_after if found else None
