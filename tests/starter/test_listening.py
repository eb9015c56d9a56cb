"""A running starter reads its queue beside its relay: what it stored is handed over, a node is followed at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleState,
    WorkflowExecutionStatus,
)

from orderloom.domain.keys import Channel, OrderKey, follow_id, workflow_id
from orderloom.domain.merchant import AmazonAccount, MerchantConfig
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter import services as composition
from starter.http import create_app
from starter.services import join
from tests.channels.amazon.notices import fulfillment_change, order_change
from tests.channels.amazon.payloads import ACCOUNT
from tests.sqs import QueueServer
from tests.starter.servers import PATIENCE_SECONDS, TemporalServer, serving, until
from tests.starter.test_described_callbacks import NODE, dispatched

ORDER_ID = "111-4040404-0404040"


async def soon(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(2 * PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - what it asks is another process
            await asyncio.sleep(0.05)


async def test_a_running_starter_hands_an_order_over_and_has_a_node_followed_at_once(
    settings: Settings,
    merchant: MerchantConfig,
    store: Store,
    temporal: TemporalServer,
    queue_server: QueueServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(composition, "LISTENING_STOP_SECONDS", 0.0)
    queue = queue_server.queue()
    accounts = tuple(
        each.model_copy(update={"notifications": queue.settings, "seller_id": ACCOUNT.seller_id})
        if isinstance(each, AmazonAccount)
        else each
        for each in merchant.accounts
    )
    (account,) = (each.account for each in accounts if each.channel is Channel.AMAZON)
    settings = settings.model_copy(update={"sqs_endpoint": queue_server.endpoint})
    client = await temporal.connect()
    never = Schedule(
        action=ScheduleActionStartWorkflow("follow", id=follow_id(NODE), task_queue="nobody"),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(hours=1))]),
        state=ScheduleState(paused=True),
    )
    schedule = await client.create_schedule(follow_id(NODE), never)
    dispatch_id = dispatched(store)
    services = join(settings, merchant.model_copy(update={"accounts": accounts}), store, temporal.connect)
    with serving(create_app(services)):
        queue.send(order_change("live-1", ORDER_ID))
        queue.send(fulfillment_change(dispatch_id, "live-2"))

        async def is_followed() -> bool:
            return (await schedule.describe()).info.num_actions == 1

        await soon(is_followed)
        key = OrderKey(channel=Channel.AMAZON, account=account, order_id=ORDER_ID)

        async def is_running() -> bool:
            found = [each async for each in client.list_workflows(f"WorkflowId = '{workflow_id(key)}'")]
            return [each.status for each in found] == [WorkflowExecutionStatus.RUNNING]

        await soon(is_running)
        await asyncio.to_thread(until, lambda: queue.left() == 0)
    # Ends the long poll that was under way: a stopped reader gives what it brings back.
    queue.send(order_change("live-3", ORDER_ID))
    (reader,) = services.notifications
    assert await asyncio.to_thread(reader.join, PATIENCE_SECONDS)
    assert queue.left() == 1
    await schedule.delete()
    await client.get_workflow_handle(workflow_id(key)).terminate("the test is over")
