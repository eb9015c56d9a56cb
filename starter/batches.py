"""Starts what tells a channel of cancellations in batches, for accounts where some wait."""

import asyncio
import time
from collections.abc import Callable

from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from activities.queues import ORDERS
from activities.round_messages import AccountRef
from orderloom.domain.cancellations import CancellationBook
from orderloom.domain.keys import Channel, cancellations_id
from starter.handover import CHANNEL_NAMES, bounded
from workflows.visibility import ACCOUNT, CHANNEL

AGAIN_SECONDS = 5.0
"""What goes on waiting is signalled no more often: enough to start a workflow that was lost."""


class Batches:
    """Signals each account with open cancellations, at once when they are new and from time to time while they wait."""

    def __init__(self, book: CancellationBook, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._clock = clock
        self._woken: dict[tuple[Channel, str], float] = {}

    async def wake(self, client: Client) -> int:
        """How many accounts were signalled. Raises Unavailable."""
        busy = set(await asyncio.to_thread(self._book.accounts))
        self._woken = {account: at for account, at in self._woken.items() if account in busy}
        now = self._clock()
        due = sorted(account for account in busy if now - self._woken.get(account, -AGAIN_SECONDS) >= AGAIN_SECONDS)
        for channel, account in due:
            await _signal_with_start(client, channel, account)
            self._woken[(channel, account)] = now
        return len(due)


async def _signal_with_start(client: Client, channel: Channel, account: str) -> None:
    await bounded(
        client.start_workflow(
            "cancellations",
            AccountRef(channel=channel, account=account),
            id=cancellations_id(account),
            task_queue=ORDERS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="work",
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(CHANNEL, channel.value), SearchAttributePair(ACCOUNT, account)]
            ),
            static_summary=f"{CHANNEL_NAMES[channel]} cancellations · {account}",
        )
    )
