"""Orders in flight must survive a new version: every kept history replays on today's workflow code."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.replay.after_scenarios import AFTER_SCENARIOS
from tests.replay.listing_scenarios import LISTING_SCENARIOS
from tests.replay.move_scenarios import MOVE_SCENARIOS
from tests.replay.scenarios import SCENARIOS
from tests.replay.schedule_scenarios import SCHEDULE_SCENARIOS
from worker import WORKFLOWS, workflow_runner
from workflows.connection import DATA_CONVERTER

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def replayer() -> Replayer:
    return Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=workflow_runner())


def load(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await replayer().replay_workflow(load(path))


def test_every_scenario_has_its_history() -> None:
    scenarios = {*SCENARIOS, *LISTING_SCENARIOS, *SCHEDULE_SCENARIOS, *AFTER_SCENARIOS, *MOVE_SCENARIOS}
    assert scenarios <= {path.stem for path in HISTORIES}


async def test_a_history_that_the_code_does_not_follow_is_noticed() -> None:
    path = next(path for path in HISTORIES if path.stem == "completed")
    swapped = path.read_text(encoding="utf-8").replace('"name": "reserve"', '"name": "route"')
    with pytest.raises(NondeterminismError):
        await replayer().replay_workflow(WorkflowHistory.from_json("swapped", swapped))
