"""Writes the histories of all scenarios: `python -m tests.replay.record [name ...]`.

Record a new scenario, or a new history of an old one beside its predecessor when a step was added behind
`workflow.patched`. Never overwrite a history to make a failing replay pass: orders in flight have that history.
"""

import asyncio
import json
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from tests.replay.after_scenarios import AFTER_SCENARIOS
from tests.replay.listing_scenarios import LISTING_SCENARIOS
from tests.replay.move_scenarios import MOVE_SCENARIOS
from tests.replay.scenarios import SCENARIOS
from tests.replay.schedule_scenarios import SCHEDULE_SCENARIOS
from tests.workflows.conftest import open_test_store
from tests.workflows.server import start_server
from tests.workflows.stage import Stage, StoreClock
from tests.workflows.world import World
from workflows.connection import DATA_CONVERTER

OF_OTHERS = {**LISTING_SCENARIOS, **SCHEDULE_SCENARIOS, **AFTER_SCENARIOS, **MOVE_SCENARIOS}
"""Scenarios of workflows that are no orders."""
HISTORIES = Path(__file__).parent / "histories"

OF_THE_MACHINE = ("identity", "encodedAttributes", "stackTrace")
WORKER = re.compile(r"^\d+@\S+$")
"""A worker's own queue is called by its process id and host."""


async def record(names: list[str]) -> None:
    async with await start_server() as server, AsyncExitStack() as running:
        client = await server.connect_client(data_converter=DATA_CONVERTER)
        stage = Stage(client)
        for worker in stage.workers(running.enter_context(ThreadPoolExecutor(48))):
            await running.enter_async_context(worker)
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                clock = StoreClock()
                store = open_test_store(Path(folder) / "orderloom.db", clock)
                stage.world = World(store, clock, server, client)
                history = await (await play(name, stage.world)).fetch_history()
                text = json.dumps(without_machine(json.loads(history.to_json())), indent=1)
                (HISTORIES / f"{name}.json").write_text(text + "\n", encoding="utf-8")
                store.close()


async def play(name: str, world: World) -> WorkflowHandle[Any, Any]:
    """Play one scenario; the workflow whose history is kept."""
    if name in OF_OTHERS:
        return await OF_OTHERS[name](world)
    await SCENARIOS[name](world)
    return world.handle


def without_machine(part: Any) -> Any:
    """The history without what tells only of the machine that recorded it: host names, process ids, stack traces."""
    if isinstance(part, list):
        return [without_machine(each) for each in part]
    if isinstance(part, dict):
        return {name: without_machine(each) for name, each in part.items() if name not in OF_THE_MACHINE}
    return WORKER.sub("worker", part) if isinstance(part, str) else part


if __name__ == "__main__":
    asyncio.run(record(sys.argv[1:] or [*SCENARIOS, *OF_OTHERS]))
