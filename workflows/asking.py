"""How every workflow asks for a step: under the step's policy, on the queue whose limit it counts against."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar, cast, overload

from temporalio import workflow

from activities.retries import policy_of

Answer = TypeVar("Answer")


@overload
async def ask(
    method: Callable[..., Coroutine[Any, Any, Answer]],
    *given: object,
    queue: str | None = None,
    within: timedelta | None = None,
) -> Answer: ...
@overload
async def ask(
    method: Callable[..., Answer], *given: object, queue: str | None = None, within: timedelta | None = None
) -> Answer: ...
async def ask(
    method: Callable[..., Any], *given: object, queue: str | None = None, within: timedelta | None = None
) -> Any:
    """Run one step. It cannot be left half done: cancelling waits until the running attempt has ended.

    Without a queue it runs on the workflow's own; `within` bounds all attempts together.
    """
    policy = policy_of(method)
    return await workflow.execute_activity_method(
        cast(Any, method),
        args=list(given),
        task_queue=queue,
        schedule_to_close_timeout=within,
        start_to_close_timeout=policy.start_to_close,
        heartbeat_timeout=policy.heartbeat,
        retry_policy=policy.retry,
        summary=policy.summary,
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )


async def end_if_cancelled() -> None:
    """Raise what a cancelled workflow ends by. A story that goes round asks this once a round.

    A cancellation that comes while a step runs only cancels the waiting for that step; the step ends well, `ask`
    returns its answer, and nobody would ever hear of the cancellation again.
    """
    if workflow.cancellation_reason() is not None:
        # It may be on its way to this very task: let it arrive here, not in the middle of the compensation.
        await asyncio.sleep(0)
        raise asyncio.CancelledError
