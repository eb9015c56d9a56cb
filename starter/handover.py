"""How one event reaches its order: signal-with-start, or a follow-up where the order's story has ended."""

import asyncio
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, TypeVar

import structlog
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import EventArrived, LateEvent, LookAgain, OrderStart
from activities.queues import ORDERS
from activities.round_messages import ResolveStart
from orderloom.domain.books import OrderBook
from orderloom.domain.errors import Unavailable
from orderloom.domain.events import EventSource, NamelessEvent, PendingEvent, Wakeup, is_hint
from orderloom.domain.keys import Channel, OrderKey, follow_up_id, resolve_id, workflow_id
from orderloom.domain.records import OrderRecord
from orderloom.storage.wakeups import RETURN_MAPPED
from workflows.visibility import at_start

RPC_SECONDS = 5.0
CHANNEL_NAMES = {Channel.AMAZON: "Amazon", Channel.SHOPIFY: "Shopify"}

log = structlog.get_logger(__name__)
Answer = TypeVar("Answer")


class Outcome(StrEnum):
    DELIVERED = "delivered"
    LATE = "late"


class Handover:
    """Raises Unavailable where Temporal could not take it now; any other error is about this event alone."""

    def __init__(self, orders: OrderBook) -> None:
        self._orders = orders

    async def hand_over(self, client: Client, event: PendingEvent) -> Outcome:
        """Give the event to its order's workflow, starting it where there is none yet."""
        record = await asyncio.to_thread(self._orders.find, event.order_key)
        late = LateEvent(key=event.order_key, event_id=event.event_id, hint=is_hint(event.topic))
        if record is not None and record.status.is_end:
            return await self._follow_up(client, late)
        arrived = EventArrived(event_id=event.event_id, hint=is_hint(event.topic))
        signal = "shipment_event" if event.source is EventSource.CALLBACK else "channel_event"
        try:
            await _signal_with_start(client, event.order_key, record, signal, arrived)
        except WorkflowAlreadyStartedError:
            return await self._follow_up(client, late)
        return Outcome.DELIVERED

    async def resolve(self, client: Client, event: NamelessEvent) -> None:
        """Start what asks the channel for the event's order; one that is under way goes on."""
        channel, _, account = event.origin.partition(":")
        start = ResolveStart(channel=Channel(channel), account=account, event_id=event.event_id)
        await bounded(
            client.start_workflow(
                "resolve",
                start,
                id=resolve_id(event.event_id),
                task_queue=ORDERS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"which order an event is about · {account}",
            )
        )

    async def wake_up(self, client: Client, wakeup: Wakeup) -> None:
        """Ask an order to look again. An open order whose workflow is lost is started again."""
        key, reason = wakeup.order_key, LookAgain(reason=wakeup.reason)
        if wakeup.reason == RETURN_MAPPED:
            # The number of a wakeup is never given twice.
            name = f"{RETURN_MAPPED}-{wakeup.wakeup_id}"
            await self._follow_up(client, LateEvent(key=key, event_id=name, return_mapped=True))
            return
        record = await asyncio.to_thread(self._orders.find, key)
        if record is None or record.status.is_end:
            return
        try:
            await bounded(client.get_workflow_handle(workflow_id(key)).signal("look_again", reason))
        except RPCError as missing:
            if missing.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self._start_again(client, key, record, reason)

    async def _start_again(self, client: Client, key: OrderKey, record: OrderRecord, reason: LookAgain) -> None:
        """Also after a workflow that was terminated or failed: its stock is reserved and its buyer waits."""
        log.warning("an open order had no workflow; starting it again", order=str(key), status=record.status.value)
        again = WorkflowIDReusePolicy.ALLOW_DUPLICATE
        await _signal_with_start(client, key, record, "look_again", reason, reuse=again)

    async def _follow_up(self, client: Client, late: LateEvent) -> Outcome:
        key = late.key
        try:
            await bounded(
                client.start_workflow(
                    "after-order",
                    late,
                    id=follow_up_id(key, late.event_id),
                    task_queue=ORDERS,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    search_attributes=at_start(key),
                    static_summary=f"After {_summary(key, None)}",
                )
            )
        except WorkflowAlreadyStartedError:
            log.info("a late event has been followed up before", order=str(key), event_id=late.event_id)
        return Outcome.LATE


async def _signal_with_start(
    client: Client,
    key: OrderKey,
    record: OrderRecord | None,
    signal: str,
    content: EventArrived | LookAgain,
    *,
    # The SDK's default silently starts a finished order again.
    reuse: WorkflowIDReusePolicy = WorkflowIDReusePolicy.REJECT_DUPLICATE,
) -> None:
    await bounded(
        client.start_workflow(
            "order",
            OrderStart(key=key),
            id=workflow_id(key),
            task_queue=ORDERS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            start_signal=signal,
            start_signal_args=[content],
            search_attributes=at_start(key),
            static_summary=_summary(key, record),
        )
    )


async def bounded(call: Coroutine[Any, Any, Answer]) -> Answer:
    """Wait for Temporal no longer than RPC_SECONDS. Raises Unavailable for an outage; a refusal passes through."""
    try:
        async with asyncio.timeout(RPC_SECONDS):
            return await call
    except TimeoutError as failure:
        raise Unavailable("temporal", f"did not answer within {RPC_SECONDS:.0f} s") from failure
    except RPCError as failure:
        if failure.status in (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND):
            raise
        raise Unavailable("temporal", f"cannot take it now ({failure.status.name})") from failure


def _summary(key: OrderKey, record: OrderRecord | None) -> str:
    name = record.order.name if record else f"order {key.order_id}"
    return f"{CHANNEL_NAMES[key.channel]} {name} · {key.account}"
