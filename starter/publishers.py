"""Wakes the publishers of accounts that have work, and starts those that do not run."""

import asyncio
import time
from collections.abc import Callable, Sequence

from temporalio.client import Client
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)

from activities.queues import ORDERS
from activities.round_messages import AccountRef
from orderloom.domain.keys import Channel, publisher_id
from orderloom.domain.listing.ports import ListingBook
from starter.handover import CHANNEL_NAMES, bounded
from workflows.visibility import ACCOUNT, CHANNEL

AGAIN_SECONDS = 5.0
"""A backlog that stays is signalled no more often: enough to start a publisher that was lost."""

Account = tuple[Channel, str]


class Publishers:
    """`accounts` are those that publish: each is woken once at the start, when nothing of it may be known yet."""

    def __init__(
        self, book: ListingBook, accounts: Sequence[Account], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._book = book
        self._publishing = frozenset(accounts)
        self._clock = clock
        self._woken: dict[Account, float] = {}
        self._never_woken = set(accounts)

    async def wake(self, client: Client) -> int:
        """Signal what has work and was not signalled just now; how many. Raises Unavailable."""
        busy = set(await asyncio.to_thread(self._book.accounts_with_work)) & self._publishing
        # One whose backlog was worked off is signalled at once when it has work again.
        self._woken = {account: at for account, at in self._woken.items() if account in busy}
        now = self._clock()
        due = [account for account in busy if now - self._woken.get(account, -AGAIN_SECONDS) >= AGAIN_SECONDS]
        chosen = sorted({*due, *self._never_woken})
        for account in chosen:
            await _signal_with_start(client, *account)
            self._woken[account] = now
            self._never_woken.discard(account)
        return len(chosen)


async def _signal_with_start(client: Client, channel: Channel, account: str) -> None:
    await bounded(
        client.start_workflow(
            "publisher",
            AccountRef(channel=channel, account=account),
            id=publisher_id(channel, account),
            task_queue=ORDERS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="work",
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(CHANNEL, channel.value), SearchAttributePair(ACCOUNT, account)]
            ),
            static_summary=f"{CHANNEL_NAMES[channel]} listings · {account}",
        )
    )
