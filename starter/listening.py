"""What connects the threads that read notification queues with the starter's event loop."""

import asyncio
import contextlib
from functools import partial

import structlog
from temporalio.client import ScheduleOverlapPolicy
from temporalio.service import RPCError

from orderloom.channels.amazon.queue import SqsQueue
from orderloom.domain.errors import Unavailable
from orderloom.domain.keys import follow_id
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.handover import bounded
from starter.metrics import Meters
from starter.notifications import NotificationReader
from starter.notified import NotificationIntake
from starter.relay import Relay
from starter.temporal import TemporalConnection

log = structlog.get_logger(__name__)


def notification_readers(
    settings: Settings, config: MerchantConfig, store: Store, meters: Meters
) -> tuple[NotificationReader, ...]:
    """One for each Amazon account that names a queue."""
    return tuple(
        NotificationReader(
            account.account,
            SqsQueue(account.account, account.notifications, endpoint=settings.sqs_endpoint),
            intake_of(account, store),
            meters,
        )
        for account in config.accounts
        if isinstance(account, AmazonAccount) and account.notifications
    )


def intake_of(account: AmazonAccount, store: Store) -> NotificationIntake:
    return NotificationIntake(account, store.events, store.listings.heard_quantity, partial(_node_of, store))


def _node_of(store: Store, dispatch_id: str) -> str | None:
    shipment = store.shipments.by_dispatch_id(dispatch_id)
    return shipment.node if shipment else None


async def follow_now(temporal: TemporalConnection, node: str) -> None:
    """Run a node's sweep at once, after one that runs. Where Temporal is away its schedule comes soon enough."""
    try:
        client = await temporal.client()
        handle = client.get_schedule_handle(follow_id(node))
        await bounded(handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE))
    except (Unavailable, RPCError) as failure:
        log.warning("a node could not be followed at once", node=node, why=type(failure).__name__)


def wake(loop: asyncio.AbstractEventLoop, relay: Relay) -> None:
    """From a thread. Nothing where the loop has ended: the next relay finds what is stored."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(relay.wake)
