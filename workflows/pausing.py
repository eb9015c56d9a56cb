"""A shop that uninstalled the app: what it has to be told waits as a hold, and goes on once it is connected again."""

from collections.abc import Callable

from temporalio.exceptions import ActivityError, ApplicationError

from orderloom.domain.accounts import RECONNECTED
from orderloom.domain.errors import AccountPaused
from orderloom.domain.keys import OrderKey
from orderloom.domain.orders import Hold, HoldReason
from workflows.desk import Desk, reason_of
from workflows.holds import account_paused


def is_paused(failed: BaseException) -> bool:
    cause = failed.cause if isinstance(failed, ActivityError) else None
    return isinstance(cause, ApplicationError) and cause.type == AccountPaused.__name__


def trouble_of(key: OrderKey, failed: BaseException, rejected: Callable[[str], Hold]) -> Hold:
    """What keeps the channel from being told: its account is paused, or it has said no."""
    return account_paused(key) if is_paused(failed) else rejected(reason_of(failed))


def waits_for_account(trouble: Hold | None) -> bool:
    return trouble is not None and trouble.reason is HoldReason.ACCOUNT_PAUSED


def go_on(desk: Desk, reasons: list[str]) -> None:
    """The account is back: all that waited for it is told now."""
    if RECONNECTED not in reasons:
        return
    told = desk.withdrawal
    if told and waits_for_account(told.trouble):
        # It was noted as asked for, and nobody was asked.
        told.state = None
    for work in desk.works:
        if waits_for_account(work.trouble):
            work.trouble = None
