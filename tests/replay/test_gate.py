"""The gate itself: a step that is added, left out or moved without a patch fails the replay of a kept history."""

import base64
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from activities.messages import OrderStart, TimelineNote
from activities.preparing import PreparingActivities
from orderloom.domain.keys import Channel, OrderKey
from tests.replay.test_replay import HISTORIES, load
from worker import WORKFLOWS
from workflows.acting import Acting
from workflows.alerting import ShipByAlarms
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.confirming import Confirming
from workflows.connection import DATA_CONVERTER
from workflows.desk import Desk
from workflows.editing import Editing
from workflows.ending import Ending
from workflows.giving_up import GivingUp
from workflows.hints import Hints
from workflows.operator import Operator
from workflows.order import OrderWorkflow
from workflows.preparing import Preparing
from workflows.routing import Routing
from workflows.shipping import Shipping
from workflows.standing import Standing
from workflows.withdrawing import Withdrawing

ROOT = Path(__file__).resolve().parents[2]
KEY = OrderKey(channel=Channel.SHOPIFY, account="kitchen", order_id="1")
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
    (Ending, "compensate", "workflow_cancelled"),
    (Acting, "act", "held_by_action"),
    (ShipByAlarms, "call_out", "late"),
    (GivingUp, "give_up", "given_up"),
    (Hints, "_read", "edited_after_dispatch"),
    (Operator, "_release", "relabelled_and_lost"),
    (Shipping, "_dispatch", "silent_node"),
    (Shipping, "record", "reopened"),
    (Standing, "settle", "mapped_later"),
    (Withdrawing, "_tell", "cancelled_by_batch"),
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


BESIDE_ORDERS = {
    "after-order": "after_a_hint",
    "cancellations": "cancellations_told",
    "fba": "fba",
    "follow": "follow",
    "housekeeping": "housekeeping_with_looks",
    "publisher": "published",
    "reconcile": "reconciled",
    "resolve": "resolved",
    "returns": "returns",
    "stock": "stock",
    "sweep": "swept",
}
"""Every other workflow, and a history of it."""


def test_every_workflow_has_its_place_in_the_gate() -> None:
    assert {*BESIDE_ORDERS, "order"} == {_name(one) for one in WORKFLOWS}
    assert {part for part, _, _ in PARTS} == _parts_of_orders()


def test_every_patch_is_in_a_kept_history() -> None:
    """A marker that no history has: what a run does after it could change unnoticed."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "workflows").glob("*.py")]
    patches = {found for text in sources for found in re.findall(r'"([a-z]+(?:-[a-z]+){2,})"', text)}
    assert len(patches) > 5
    assert patches - {patch for path in HISTORIES for patch in _markers(path)} == set()


def _markers(path: Path) -> Iterator[str]:
    for event in json.loads(path.read_text(encoding="utf-8"))["events"]:
        details = event.get("markerRecordedEventAttributes", {}).get("details", {})
        for payload in (payload for each in details.values() for payload in each["payloads"]):
            told = json.loads(base64.b64decode(payload["data"]))
            if isinstance(told, dict) and "id" in told:
                yield told["id"]


def _name(of: type) -> str:
    found: str = of.__dict__["__temporal_workflow_definition"].name
    return found


def _parts_of_orders() -> set[type]:
    """The classes that an order's story is put together from and that ask for steps."""
    parts = vars(OrderWorkflow(OrderStart(key=KEY))).values()
    return {type(part) for part in parts if not isinstance(part, Desk)} | {Editing, Withdrawing}


@pytest.mark.parametrize(("name", "scenario"), BESIDE_ORDERS.items(), ids=BESIDE_ORDERS)
async def test_a_step_added_to_any_other_workflow_fails_the_gate_too(
    monkeypatch: pytest.MonkeyPatch, name: str, scenario: str
) -> None:
    await replay(scenario)
    module = sys.modules[next(one for one in WORKFLOWS if _name(one) == name).__module__]

    async def and_a_further_step(*given: Any, **more: Any) -> Any:
        await ask(PreparingActivities.note, TimelineNote(key=KEY, what="further", text="a further step"))
        return await ask(*given, **more)

    monkeypatch.setattr(module, "ask", and_a_further_step)
    with pytest.raises(NondeterminismError):
        await replay(scenario)


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
