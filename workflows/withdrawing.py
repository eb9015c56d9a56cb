"""The channel that sold a cancelled order is told of it, where the change did not come from there."""

import asyncio

from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.messages import WithdrawRequest
from activities.withdrawing import WithdrawingActivities
from orderloom.domain.cancellations import CancellationState
from orderloom.domain.orders import ChannelState
from workflows.asking import ask
from workflows.desk import Desk, Withdrawal
from workflows.holds import cancel_rejected
from workflows.pausing import trouble_of, waits_for_account


class Withdrawing:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def channel_knows(self) -> bool:
        """Whether a cancelled order may end; until then the channel is being told, or a person has to."""
        desk, told = self._desk, self._desk.withdrawal
        if told is None or told.is_over:
            return True
        facts = desk.facts
        if told.state is CancellationState.ACCEPTED or (facts and facts.state is ChannelState.CANCELLED):
            told.is_over, told.trouble, desk.waiting = True, None, ""
            return True
        if told.state is None and not (told.task or told.trouble):
            told.task = desk.begin(self._tell(told))
        elif told.state is CancellationState.REJECTED:
            told.trouble, desk.waiting = cancel_rejected(told.detail), ""
        elif told.state and not waits_for_account(told.trouble):
            desk.waiting = f"{desk.key.channel.value.capitalize()} to take the cancellation"
        return False

    def tell_again(self) -> None:
        """An operator wants a refused cancellation told again."""
        told = self._desk.withdrawal
        if told and told.trouble:
            told.trouble = told.state = None
            told.again = True

    def was_done_by_hand(self) -> None:
        told = self._desk.withdrawal
        if told:
            told.is_over, told.trouble = True, None

    async def _tell(self, told: Withdrawal) -> None:
        key = self._desk.key
        told.again = False
        try:
            asked = WithdrawRequest(key=key, reason=told.reason)
            answer = await ask(WithdrawingActivities.withdraw, asked, queue=queues.confirmations(key))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                told.trouble = trouble_of(key, failed, cancel_rejected)
        else:
            told.state, told.detail = answer.state, answer.detail
        finally:
            told.task = None
