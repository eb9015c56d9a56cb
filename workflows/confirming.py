"""Step 7: the channel is told of each package once, beside all else that happens."""

import asyncio
from functools import partial

from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.confirming import ConfirmingActivities
from activities.messages import ConfirmStep
from workflows.asking import ask
from workflows.desk import Desk, Package
from workflows.holds import confirmation_rejected, correction_rejected
from workflows.pausing import trouble_of


class Confirming:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def confirm(self) -> None:
        for package in self._desk.packages.values():
            if package.task or package.trouble:
                continue
            if not package.told:
                package.task = self._desk.begin(self._confirm(package))
            elif package.needs_correction:
                package.task = self._desk.begin(self._correct(package))

    def confirm_again(self) -> None:
        """An operator wants every rejected confirmation tried again."""
        for package in self._desk.packages.values():
            package.trouble = None

    def was_done_by_hand(self) -> None:
        """An operator told the channel."""
        for package in self._desk.packages.values():
            if package.trouble:
                package.told, package.trouble, package.told_label = True, None, package.label
                self._desk.tell(f"package {package.number} was confirmed by hand")

    def loss_is_settled(self) -> None:
        """An operator refunded or replaced what was lost."""
        for package in self._desk.packages.values():
            if package.lost:
                package.lost, package.loss_settled = None, True

    async def _confirm(self, package: Package) -> None:
        asked = ConfirmStep(key=self._desk.key, package=package.number)
        try:
            done = await ask(ConfirmingActivities.confirm, asked, queue=queues.confirmations(self._desk.key))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                package.trouble = trouble_of(self._desk.key, failed, partial(confirmation_rejected, package.number))
        else:
            package.told, package.told_label = True, max(package.told_label, done.label)
            self._desk.tell(done.text)
        finally:
            package.task = None

    async def _correct(self, package: Package) -> None:
        asked = ConfirmStep(key=self._desk.key, package=package.number)
        try:
            done = await ask(ConfirmingActivities.correct_tracking, asked, queue=queues.confirmations(self._desk.key))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                package.trouble = trouble_of(self._desk.key, failed, partial(correction_rejected, package.number))
        else:
            package.told_label = max(package.told_label, done.label)
            self._desk.tell(done.text)
        finally:
            package.task = None
