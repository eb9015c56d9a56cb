"""Events that only say that an order has changed: however many wait, the order is read again once.

It happens beside the story, because a channel may be away for hours while packages go on leaving.
"""

import asyncio

from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.rereading import RereadingActivities
from workflows.asking import ask
from workflows.desk import Desk, reason_of


class Hints:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._is_due = False

    def follow(self) -> None:
        """One that comes while the order is being read asks for one more reading: the first may have been too early."""
        desk = self._desk
        self._is_due = bool(desk.inbox.take_hints()) or self._is_due
        if self._is_due and desk.reading is None and desk.end is None:
            self._is_due = False
            desk.reading = desk.begin(self._read())

    async def _read(self) -> None:
        desk = self._desk
        try:
            read = await ask(RereadingActivities.follow_hint, desk.key, queue=queues.readings(desk.key))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                desk.tell(f"it changed at its channel and could not be read again: {reason_of(failed)}")
        else:
            desk.inbox.read_again(read.event_id)
        finally:
            desk.reading = None
