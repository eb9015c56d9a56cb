"""What one starter process is made of, joined from the settings once."""

import asyncio
from dataclasses import dataclass, field

from fastapi import Request

from orderloom.channels.shopify import ShopifyWebhooks
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.batches import Batches
from starter.configured import open_configured
from starter.deliveries import DeliveryReader, node_callbacks, shopify_webhooks
from starter.health import measure_health
from starter.listening import follow_now, notification_readers, wake
from starter.metrics import Meters
from starter.notifications import NotificationReader
from starter.operators import Operators
from starter.publishers import Publishers
from starter.relay import Relay
from starter.rules_in_force import say_what_is_odd
from starter.tallies import push_backlog, relay_backlog
from starter.temporal import Connect, TemporalConnection, connector

LISTENING_STOP_SECONDS = 5.0
"""How long a stopping starter waits for the notification queues; a long poll may last longer."""


@dataclass
class Services:
    """Everything the HTTP side needs. `close` when the process ends."""

    config: MerchantConfig
    store: Store
    temporal: TemporalConnection
    relay: Relay
    operators: Operators
    shopify_webhooks: dict[str, ShopifyWebhooks]
    node_callbacks: dict[str, DeliveryReader]
    meters: Meters = field(default_factory=Meters)
    notifications: tuple[NotificationReader, ...] = ()

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Read the notification queues, each in a thread of its own; the relay runs in `loop`."""

        def follow(node: str) -> None:
            if not loop.is_closed():
                asyncio.run_coroutine_threadsafe(follow_now(self.temporal, node), loop)

        for reader in self.notifications:
            reader.start(lambda: wake(loop, self.relay), follow)

    def stop_listening(self) -> None:
        """What a poll still brings after that is given back or comes again."""
        for reader in self.notifications:
            reader.stop()
        for reader in self.notifications:
            reader.join(LISTENING_STOP_SECONDS)

    def check_database(self) -> None:
        """Raises Unavailable."""
        self.store.database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one())

    def measure_backlog(self) -> None:
        """Raises Unavailable."""
        backlog = relay_backlog(self.store.database)
        self.meters.backlog_events.set(backlog.events)
        self.meters.backlog_seconds.set(backlog.oldest_seconds)
        pushes = push_backlog(self.store.database)
        self.meters.pushes.set(pushes.pushes)
        self.meters.pushes_seconds.set(pushes.oldest_seconds)
        self.meters.alarms.set(pushes.alarms)
        self.meters.proposals.set(len(self.store.counts.proposals()))
        self.meters.unread_nodes.set(sum(bool(one.trouble) for one in self.store.counts.readings()))
        self.meters.privacy_requests.set(len(self.store.privacy_requests.all()))
        self.meters.configured(self.store.configurations.refused())
        self.meters.standing(measure_health(self.store, self.config))

    def close(self) -> None:
        self.store.close()


def services_of(request: Request) -> Services:
    """The services of the running app, for its routes."""
    services: Services = request.app.state.services
    return services


def build_services(settings: Settings) -> Services:
    """Raises ConfigInvalid for a wrong configuration where none was ever good, Unavailable where the database is away.

    Temporal may be away: the relay finds it when it comes back.
    """
    found = open_configured(settings, "starter")
    say_what_is_odd(found.settings, found.config, found.store)
    return join(found.settings, found.config, found.store, connector(settings))


def join(settings: Settings, config: MerchantConfig, store: Store, connect: Connect) -> Services:
    meters = Meters()
    temporal = TemporalConnection(connect)
    publishers = Publishers(store.listings, [(each.channel, each.account) for each in config.accounts if each.publish])
    return Services(
        config=config,
        store=store,
        temporal=temporal,
        relay=Relay(
            store,
            temporal,
            lease=settings.relay_lease,
            meters=meters,
            publishers=publishers,
            batches=Batches(store.cancellations),
        ),
        operators=Operators(store.orders, temporal),
        shopify_webhooks=shopify_webhooks(settings, config),
        node_callbacks=node_callbacks(settings, config, store),
        meters=meters,
        notifications=notification_readers(settings, config, store, meters),
    )
