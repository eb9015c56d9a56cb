"""The development server that the tests run on: the same binary that `orderloom dev` starts, with skippable time."""

import sys
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from workflows.connection import DATA_CONVERTER, ensure_search_attributes

DYNAMIC_CONFIG = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # Timers and retries fire on the second otherwise.
    "history.timerProcessorMaxTimeShift": '"10ms"',
    # So that a test sees a long life go on as a new run; no order's test has so many events.
    "limit.historyCount.suggestContinueAsNew": "150",
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
}


async def start_server() -> WorkflowEnvironment:
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        data_converter=DATA_CONVERTER,
        dev_server_existing_path=str(Path(sys.executable).parent / "temporal"),
        dev_server_log_level="error",
        dev_server_extra_args=[
            part for name, value in DYNAMIC_CONFIG.items() for part in ("--dynamic-config-value", f"{name}={value}")
        ],
    )
    await ensure_search_attributes(environment.client)
    return environment
