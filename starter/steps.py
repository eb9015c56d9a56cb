"""Every step that a worker process may do, joined with the clients and books that it needs: the activities by part.

`worker.py` says which of them each task queue offers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from activities.acting import ActingActivities
from activities.books import Books, Channels
from activities.cancelling import CancellingActivities
from activities.closing import ClosingActivities
from activities.confirming import ConfirmingActivities
from activities.dispatching import NodeActivities
from activities.following import FollowedNode, FollowedReports, FollowingActivities
from activities.housekeeping import HousekeepingActivities
from activities.preparing import PreparingActivities
from activities.publishing import PublishingActivities
from activities.quoting import Pace, QuoteDesk
from activities.reading_fba import FbaActivities
from activities.reading_returns import ReturnsActivities
from activities.reading_stock import StockActivities
from activities.reconciling import ReconcilingActivities, pace_beside
from activities.recording import RecordingActivities
from activities.rereading import RereadingActivities
from activities.resolving import ResolvingActivities
from activities.routing import RoutingActivities
from activities.rulings import Rulings
from activities.sweeping import AccountFeed, SweepingActivities
from activities.withdrawing import WithdrawingActivities
from orderloom.domain.keys import Channel
from orderloom.domain.listing.ports import ListingChannel, PolicyBook
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.domain.nodes import FulfillmentOffers
from orderloom.domain.ports import RecentOrders
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.clients import Clients
from starter.opening import policy_book

CANCEL_POLL = timedelta(seconds=30)
"""Between two questions about a feed of cancellations: feeds take minutes."""
CANCEL_APART = timedelta(seconds=120)
"""Between two such feeds: createFeed's published rate."""
RETURNS_POLL = timedelta(seconds=60)
"""Between two looks at a report of returns: reports take minutes."""


@dataclass(frozen=True)
class Steps:
    """By kind of task queue: objects whose methods are activities."""

    orders: tuple[object, ...]
    amazon_orders: tuple[object, ...]
    amazon_shipping: tuple[object, ...]
    amazon_listings: tuple[object, ...]
    shopify: tuple[object, ...]
    shopify_listings: tuple[object, ...]
    node: tuple[object, ...]
    action: tuple[object, ...]


def build_steps(settings: Settings, config: MerchantConfig, rulings: Rulings, store: Store, clients: Clients) -> Steps:
    books = Books(store.events, store.orders, store.catalog, store.ledger, store.shipments, store.cancellations)
    channels, feeds = Channels(config, clients.channels), _feeds(config, clients)
    may_answer = {name: action.answers for name, action in config.actions.items()}
    acting = ActingActivities(books, store.actions, clients.actions, may_answer)
    publishing = PublishingActivities(store.listings, _publishing(config, clients))
    pace = pace_beside(settings.sweep_interval, settings.speed)
    reconciling = _reconciling(books, channels, feeds, store, clients, policy_book(settings, config), pace)
    telling = (ConfirmingActivities(books, channels), WithdrawingActivities(books, channels))
    rereading = RereadingActivities(books, channels)
    shops = {(Channel.SHOPIFY, name): shop for name, shop in clients.shopify.items()}
    returns = ReturnsActivities(
        books, {name: client.returns for name, client in clients.amazon.items()}, poll=RETURNS_POLL / settings.speed
    )
    return Steps(
        orders=(acting, *_of_orders(settings, books, channels, rulings, config, store, clients)),
        amazon_orders=(SweepingActivities(store.events, feeds), rereading, reconciling, returns),
        amazon_shipping=(*telling, _cancelling(books, channels, settings, clients)),
        amazon_listings=(publishing, reconciling, FbaActivities(store.catalog, store.ledger, clients.amazon)),
        shopify=(*telling, rereading, reconciling, ResolvingActivities(books, shops)),
        shopify_listings=(publishing, reconciling),
        node=_of_nodes(books, config, store, clients),
        action=(acting,),
    )


def _quote_desk(
    settings: Settings, config: MerchantConfig, books: Books, nodes: Mapping[str, FulfillmentOffers]
) -> QuoteDesk:
    """Each node is asked as often as it allows, in this process."""
    rates = {node.node: node.requests_per_second * settings.speed for node in config.nodes}
    return QuoteDesk(books, nodes, paces={name: Pace(rates[name]) for name in nodes})


def _of_orders(
    settings: Settings,
    books: Books,
    channels: Channels,
    rulings: Rulings,
    config: MerchantConfig,
    store: Store,
    clients: Clients,
) -> tuple[object, ...]:
    """Database steps; routing also asks nodes what they would charge, for two seconds at most."""
    quoting = clients.multi_channel_nodes(config, store)
    # What was stored under the topic of callbacks by earlier versions is read as what it is.
    followed = dict.fromkeys(quoting, FollowedReports())
    described = clients.described_readers(config, store)
    recording = RecordingActivities(books, {**clients.callbacks, **described, **followed})
    return (
        PreparingActivities(books, channels),
        RoutingActivities(books, channels, rulings, store.actions, _quote_desk(settings, config, books, quoting)),
        recording,
        ClosingActivities(books, channels, recording),
        HousekeepingActivities(books, store.privacy, store.listings),
    )


def _of_nodes(books: Books, config: MerchantConfig, store: Store, clients: Clients) -> tuple[object, ...]:
    amazon, described = clients.multi_channel_nodes(config, store), clients.described_nodes(store)
    nodes: dict[str, FollowedNode] = {**clients.nodes, **described, **amazon}
    parcels_every = {node.node: node.parcels_are_asked_every for node in config.nodes}
    return (
        NodeActivities(books, nodes),
        FollowingActivities(
            books,
            nodes,
            feeds=amazon,
            parcels_every={name: every for name, every in parcels_every.items() if every},
        ),
        StockActivities(config, store.counts, {**clients.nodes, **described}),
    )


def _cancelling(books: Books, channels: Channels, settings: Settings, clients: Clients) -> CancellingActivities:
    return CancellingActivities(
        books,
        {(Channel.AMAZON, name): client.cancel_feed for name, client in clients.amazon.items()},
        channels,
        poll=CANCEL_POLL / settings.speed,
        apart=CANCEL_APART / settings.speed,
    )


def _feeds(config: MerchantConfig, clients: Clients) -> dict[tuple[Channel, str], AccountFeed]:
    return {
        (account.channel, account.account): AccountFeed(
            clients.amazon[account.account], timedelta(days=account.look_back_days)
        )
        for account in config.accounts
        if isinstance(account, AmazonAccount)
    }


def _reconciling(
    books: Books,
    channels: Channels,
    feeds: dict[tuple[Channel, str], AccountFeed],
    store: Store,
    clients: Clients,
    policies: PolicyBook,
    pace: float,
) -> ReconcilingActivities:
    recent: dict[tuple[Channel, str], RecentOrders] = {(Channel.SHOPIFY, n): c for n, c in clients.shopify.items()}
    return ReconcilingActivities(
        books, store.listings, policies, clients.listings, channels, feeds, recent, pace_seconds=pace
    )


def _publishing(config: MerchantConfig, clients: Clients) -> dict[tuple[Channel, str], ListingChannel]:
    publishing = {(account.channel, account.account) for account in config.accounts if account.publish}
    return {name: listings for name, listings in clients.listings.items() if name in publishing}
