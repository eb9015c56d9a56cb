"""The only place where an error becomes a retry decision.

    Throttled                     again after the wait it asks for; benign
    Unavailable, OutcomeUnknown   again, by the step's policy
    StockMoved                    again
    AccountPaused                 not again where the workflow holds for it; else looked after every 30 s; benign
    AccessDenied                  again, slowly, counted and logged as an error: a person must act
    any other OrderloomError      not again: the workflow decides
    anything unexpected           again, by its type and place only: its text may quote personal data

Every message built here is free of personal data, so it may stand readable in a history.
"""

import functools
import inspect
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, FailureError

from activities.policies import POLICIES, Policy
from activities.pulse import pulse
from orderloom.domain.errors import (
    AccessDenied,
    AccountPaused,
    OrderloomError,
    OutcomeUnknown,
    StockMoved,
    Throttled,
    Unavailable,
)

log = structlog.stdlib.get_logger(__name__)

ACCESS_DENIED_DELAY = timedelta(minutes=2)
PAUSED_DELAY = timedelta(seconds=30)
"""Looking whether an account is still paused is one read of our own database."""
UNEXPECTED = "Unexpected"
_AGAIN = (Unavailable, OutcomeUnknown, StockMoved)
_HOME = Path(__file__).resolve().parents[1]
_ROOMS = ("activities", "orderloom")
Step = TypeVar("Step", bound=Callable[..., Any])


def _kinds(root: type[OrderloomError]) -> frozenset[str]:
    return frozenset({root.__name__}).union(*(_kinds(kind) for kind in root.__subclasses__()))


TRANSLATED = _kinds(OrderloomError) | {UNEXPECTED}
"""The types of the ApplicationErrors that are made here: the failure converter leaves their messages readable."""


def step(name: str) -> Callable[[Step], Step]:
    """Make a method the activity `name`, its errors translated. The name must have a row in POLICIES."""
    policy = POLICIES[name]

    def decorate(method: Step) -> Step:
        guarded = (_guard_async if inspect.iscoroutinefunction(method) else _guard)(method, policy)
        guarded.policy = policy  # type: ignore[attr-defined]
        # A step is never interrupted halfway: a cancelled one runs to its end and says what it did.
        return cast(Step, activity.defn(name=name, no_thread_cancel_exception=True)(guarded))

    return decorate


def policy_of(method: Callable[..., Any]) -> Policy:
    """The row of a method that `step` made an activity."""
    return cast(Policy, method.policy)  # type: ignore[attr-defined]


def translate(error: Exception, policy: Policy | None = None) -> FailureError:
    """What Temporal is told of this error."""
    if isinstance(error, FailureError):
        return error
    kind = type(error).__name__
    if isinstance(error, Throttled):
        wait = timedelta(seconds=error.wait_seconds)
        return ApplicationError(str(error), type=kind, next_retry_delay=wait, category=ApplicationErrorCategory.BENIGN)
    if isinstance(error, AccountPaused):
        benign, held = ApplicationErrorCategory.BENIGN, policy is not None and policy.held_while_paused
        delay = None if held else PAUSED_DELAY
        return ApplicationError(str(error), type=kind, next_retry_delay=delay, non_retryable=held, category=benign)
    if isinstance(error, AccessDenied):
        log.error("access denied: its credentials need a person", system=error.system, detail=error.detail)
        _count_denied(error.system)
        return ApplicationError(str(error), type=kind, next_retry_delay=ACCESS_DENIED_DELAY)
    if isinstance(error, OrderloomError):
        return ApplicationError(str(error), type=kind, non_retryable=not isinstance(error, _AGAIN))
    place = _place(error)
    log.error("unexpected error", error=kind, place=place)
    return ApplicationError(f"{kind} at {place}", type=UNEXPECTED)


def _count_denied(system: str) -> None:
    if activity.in_activity():
        counter = activity.metric_meter().create_counter(
            "orderloom_access_denied", "Answers that refused our credentials"
        )
        counter.add(1, {"system": system})


def _place(error: Exception) -> str:
    """The innermost line of ours that the error passed through, e.g. `orderloom/storage/orders.py:120 in record`."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_HOME) and (inner := path.relative_to(_HOME)).parts[0] in _ROOMS:
            return f"{inner.as_posix()}:{frame.lineno} in {frame.name}"
    return "an unknown place"


def _guard(method: Callable[..., Any], policy: Policy) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(*args: Any) -> Any:
        try:
            with pulse(policy.heartbeat):
                return method(*args)
        except Exception as error:  # noqa: BLE001 - every error is turned into a decision here
            # Without its cause: the chain would carry the original text into the history.
            raise translate(error, policy) from None

    return guarded


def _guard_async(method: Callable[..., Any], policy: Policy) -> Callable[..., Any]:
    @functools.wraps(method)
    async def guarded(*args: Any) -> Any:
        try:
            return await method(*args)
        except Exception as error:  # noqa: BLE001 - every error is turned into a decision here
            raise translate(error, policy) from None

    return guarded
