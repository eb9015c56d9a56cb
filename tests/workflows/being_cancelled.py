"""A workflow that is cancelled while one of its steps runs."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowFailureError

from orderloom.domain.orders import HoldReason
from tests.workflows.world import World, line


async def until_told_of_it(world: World) -> None:
    """The story has been told that it is cancelled, and waits for the step."""
    while not await world.has_happened(
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ):
        pass


async def cancelled_while_it_is_stored(world: World) -> None:
    """It is held for an unmapped SKU; the answer to the step that stores this comes after the cancellation."""
    may_answer = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.store.orders, "set_status", _slow(world.store.orders.set_status, may_answer))
        order = await world.arrive(world.order(line("1", "NOBODY-KNOWS"), line("2", "PAN")))
        await world.until_held(HoldReason.SKU_UNMAPPED)
        await order.cancel()
        await until_told_of_it(world)
        may_answer.set()
        with pytest.raises(WorkflowFailureError):
            await order.result()


def _slow(step: Callable[..., Any], may_answer: threading.Event) -> Callable[..., Any]:
    def taking_its_time(*args: Any, **given: Any) -> None:
        step(*args, **given)
        may_answer.wait(8)

    return taking_its_time
