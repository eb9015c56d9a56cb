"""The yardstick: a workflow of the shape of an order that does nothing. Six activities, one signal in between."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import Worker

QUEUE = "bench-bare"
THREADS = 16
STEPS_BEFORE, STEPS_AFTER = 4, 2


@activity.defn(name="bare-step")
def step(number: int) -> int:
    return number


@workflow.defn(name="bare")
class BareWorkflow:
    def __init__(self) -> None:
        self._shipped = False

    @workflow.run
    async def run(self) -> None:
        for number in range(STEPS_BEFORE):
            await self._do(number)
        await workflow.wait_condition(lambda: self._shipped)
        for number in range(STEPS_AFTER):
            await self._do(number)

    @workflow.signal
    def shipped(self) -> None:
        self._shipped = True

    async def _do(self, number: int) -> None:
        await workflow.execute_activity(step, number, start_to_close_timeout=timedelta(seconds=30))


async def run_bare(address: str, count: int, run_name: str) -> None:
    """Run `count` of them on the server at `address` with one worker, until the last is done."""
    client = await Client.connect(address)
    with ThreadPoolExecutor(THREADS) as threads:
        worker = Worker(
            client, task_queue=QUEUE, workflows=[BareWorkflow], activities=[step], activity_executor=threads
        )
        async with worker:
            await asyncio.gather(*(_one(client, f"{run_name}-{number}") for number in range(count)))


async def _one(client: Client, workflow_id: str) -> None:
    handle = await client.start_workflow(BareWorkflow.run, id=workflow_id, task_queue=QUEUE)
    await handle.signal(BareWorkflow.shipped)
    await handle.result()
