"""Step 7: the channel is told of each package once, beside all else that happens."""

import asyncio

from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.confirming import ConfirmingActivities
from activities.messages import ConfirmStep
from workflows.asking import ask
from workflows.desk import Desk, Package, reason_of
from workflows.holds import confirmation_rejected


class Confirming:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def confirm(self) -> None:
        for package in self._desk.packages.values():
            if not (package.told or package.task or package.trouble):
                package.task = self._desk.begin(self._confirm(package))

    def confirm_again(self) -> None:
        """An operator wants every rejected confirmation tried again."""
        for package in self._desk.packages.values():
            package.trouble = None

    def was_done_by_hand(self) -> None:
        """An operator told the channel."""
        for package in self._desk.packages.values():
            if package.trouble:
                package.told, package.trouble = True, None
                self._desk.tell(f"package {package.number} was confirmed by hand")

    async def _confirm(self, package: Package) -> None:
        asked = ConfirmStep(key=self._desk.key, package=package.number)
        try:
            done = await ask(ConfirmingActivities.confirm, asked, queue=queues.confirmations(self._desk.key))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                package.trouble = confirmation_rejected(package.number, reason_of(failed))
        else:
            package.told = True
            self._desk.tell(done.text)
        finally:
            package.task = None
