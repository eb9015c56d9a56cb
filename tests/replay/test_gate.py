"""The gate itself: a step that is added, left out or moved without a patch fails the replay of a kept history."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from activities.messages import TimelineNote
from activities.preparing import PreparingActivities
from tests.replay.test_replay import HISTORIES, load
from worker import WORKFLOWS
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.confirming import Confirming
from workflows.connection import DATA_CONVERTER
from workflows.desk import Desk
from workflows.editing import Editing
from workflows.ending import Ending
from workflows.preparing import Preparing
from workflows.routing import Routing

Step = Callable[..., Awaitable[Any]]
PARTS: list[tuple[type, str, str]] = [
    (Preparing, "reserve", "completed"),
    (Routing, "route", "backordered"),
    (Confirming, "_confirm", "confirmation_rejected"),
    (Cancelling, "cancel", "cancelled_after_dispatch"),
    (Cancelling, "release", "workflow_cancelled"),
    (Editing, "follow", "edited_after_dispatch"),
    (Editing, "_recall", "edited_too_late"),
    (Ending, "close", "paid_later"),
]
"""A part of an order's story, and a history that goes through it."""


async def replay(scenario: str) -> None:
    # Outside the sandbox, which would load the parts of the story anew and unchanged.
    replayer = Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=UnsandboxedWorkflowRunner())
    await replayer.replay_workflow(load(next(path for path in HISTORIES if path.stem == scenario)))


def with_a_further_step(part: Step, *, patched: bool) -> Step:
    async def changed(self: Any, *given: Any) -> Any:
        desk: Desk = self._desk
        if not patched or workflow.patched("a-further-step"):
            await ask(PreparingActivities.note, TimelineNote(key=desk.key, what="further", text="a further step"))
        return await part(self, *given)

    return changed


@pytest.mark.parametrize(("part", "name", "scenario"), PARTS, ids=[f"{p.__name__}.{n}" for p, n, _ in PARTS])
async def test_a_step_added_without_a_patch_fails_the_gate_and_with_one_passes_it(
    monkeypatch: pytest.MonkeyPatch, part: type, name: str, scenario: str
) -> None:
    original = getattr(part, name)
    await replay(scenario)
    monkeypatch.setattr(part, name, with_a_further_step(original, patched=False))
    with pytest.raises(NondeterminismError):
        await replay(scenario)
    monkeypatch.setattr(part, name, with_a_further_step(original, patched=True))
    await replay(scenario)


async def test_a_step_left_out_without_a_patch_fails_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(self: Cancelling) -> None:
        return

    monkeypatch.setattr(Cancelling, "release", nothing)
    with pytest.raises(NondeterminismError):
        await replay("cancelled_after_dispatch")
