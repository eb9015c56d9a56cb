"""Starts the reconciliation of an account, or joins the one that runs, and waits for its report."""

import asyncio
from datetime import datetime

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities.queues import ORDERS
from activities.round_messages import Reconciled, ReconcileStart
from orderloom.domain.errors import OutcomeUnknown, Rejected, Unavailable
from orderloom.domain.keys import catch_up_id, reconcile_id
from orderloom.domain.listing.reconcile import Cause
from starter.handover import CHANNEL_NAMES, bounded

LONGEST_LOOK_BACK = 60
"""Days that orders are compared for at most: of older ones Shopify tells nothing without a scope of its own."""
UNREPAIRED = (Cause.EDITED_BY_HAND, Cause.UNEXPLAINED)
"""A person has to look: nothing that we know of explains it."""


class Reconciliations:
    """Raises Unavailable where Temporal is away, Rejected where a reconciliation failed."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def run(self, start: ReconcileStart, wait_seconds: float) -> Reconciled:
        """Its report. Raises OutcomeUnknown after `wait_seconds`; it goes on then."""
        running = await self._started(start)
        try:
            async with asyncio.timeout(wait_seconds):
                return await running.result()
        except TimeoutError:
            why = f"no report within {wait_seconds:.0f} s; is a worker running? It goes on"
            raise OutcomeUnknown(_name(start), why) from None
        except WorkflowFailureError as failed:
            raise Rejected(_name(start), "failed", str(failed.cause)) from None
        except RPCError as failure:
            raise Unavailable("temporal", f"cannot tell of it now ({failure.status.name})") from failure

    async def catch_up(self, start: ReconcileStart, since: datetime) -> str:
        """Start to read what was made or changed since; the workflow's id. It goes on without us. Safe to repeat."""
        name = catch_up_id(start.channel, start.account, since)
        await self._started(start.model_copy(update={"changed_since": since}), name)
        return name

    async def _started(self, start: ReconcileStart, name: str = "") -> "WorkflowHandle[object, Reconciled]":
        return await bounded(
            self._client.start_workflow(
                "reconcile",
                start,
                id=name or reconcile_id(start.channel, start.account),
                task_queue=ORDERS,
                result_type=Reconciled,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                static_summary=f"Reconciling {CHANNEL_NAMES[start.channel]} · {start.account}",
            )
        )


def unrepaired(report: Reconciled) -> int:
    """Listings whose difference nothing explains."""
    return sum(report.causes.get(cause.value, 0) for cause in UNREPAIRED)


def _name(start: ReconcileStart) -> str:
    return f"reconciliation of {start.channel}:{start.account}"
