"""How every workflow asks for a step: under the step's policy, on the queue whose limit it counts against."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast, overload

from temporalio import workflow

from activities.retries import policy_of

Answer = TypeVar("Answer")


@overload
async def ask(
    method: Callable[..., Coroutine[Any, Any, Answer]], *given: object, queue: str | None = None
) -> Answer: ...
@overload
async def ask(method: Callable[..., Answer], *given: object, queue: str | None = None) -> Answer: ...
async def ask(method: Callable[..., Any], *given: object, queue: str | None = None) -> Any:
    """Run one step. It cannot be left half done: cancelling waits until the running attempt has ended.

    Without a queue it runs on the workflow's own.
    """
    policy = policy_of(method)
    return await workflow.execute_activity_method(
        cast(Any, method),
        args=list(given),
        task_queue=queue,
        start_to_close_timeout=policy.start_to_close,
        heartbeat_timeout=policy.heartbeat,
        retry_policy=policy.retry,
        summary=policy.summary,
        cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )
