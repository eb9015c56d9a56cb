"""How the stack sees that a part is ready: by asking it, never by waiting a while."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from orderloom.sandbox.loopback import TRUSTS_NOBODY

NAMESPACE = "default"
Probe = Callable[[float], bool]
"""Given when the part was started (UTC epoch seconds): is it ready?"""


def answers(url: str, *, healthy: bool = True) -> Probe:
    """It answers HTTP; with `healthy` also that it answers 200."""

    def probe(started_at: float) -> bool:
        try:
            answer = httpx.get(url, timeout=3.0, trust_env=False, verify=TRUSTS_NOBODY)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 or not healthy

    return probe


def temporal_serves(address: str, search_attributes: tuple[str, ...]) -> Probe:
    """The server answers and has registered our search attributes."""

    async def look() -> bool:
        client = await Client.connect(address)
        known = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace=NAMESPACE))
        return set(search_attributes) <= set(known.custom_attributes)

    return lambda started_at: _in_a_loop_of_its_own(look())


def worker_polls(address: str, task_queue: str) -> Probe:
    """Some worker has asked for workflows of this queue since the part was started."""

    async def look(started_at: float) -> bool:
        client = await Client.connect(address)
        request = DescribeTaskQueueRequest(
            namespace=NAMESPACE,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        described = await client.workflow_service.describe_task_queue(request)
        return any(poller.last_access_time.ToNanoseconds() / 1e9 >= started_at for poller in described.pollers)

    return lambda started_at: _in_a_loop_of_its_own(look(started_at))


def _in_a_loop_of_its_own(look: Coroutine[Any, Any, bool]) -> bool:
    """False while Temporal cannot be reached. The thread lets callers that run a loop themselves wait here."""

    async def bounded() -> bool:
        async with asyncio.timeout(5):
            return await look

    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            return thread.submit(asyncio.run, bounded()).result()
        except (RPCError, RuntimeError, TimeoutError):
            # The SDK raises a bare RuntimeError for a failed first connection.
            return False
