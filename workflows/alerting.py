"""Calls an order out before it is late, louder when it is, and again every day until everything has left."""

from datetime import datetime

from temporalio import workflow

from activities.messages import Normalised, TimelineNote
from activities.preparing import PreparingActivities
from orderloom.domain.orders import Story
from orderloom.domain.ship_by import Alarm, days_late, next_alarm
from workflows.asking import ask
from workflows.desk import Desk

SHOWN = "%Y-%m-%d %H:%M UTC"


class ShipByAlarms:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._called_out_for: datetime | None = None
        self._last: datetime | None = None
        """The last alarm for that promised time."""
        self._escalates = True

    async def call_out(self) -> None:
        """What is due now. A new promise begins anew; a held order is called out most of all."""
        facts, due = self._desk.facts, self.due_at
        if facts is None or facts.ship_by is None or due is None or due > workflow.now():
            return
        self._escalates = workflow.patched("escalate-late-orders")
        self._called_out_for, self._last = facts.ship_by, workflow.now()
        if workflow.now() < facts.ship_by:
            await self._raise(Alarm.SOON, self._soon(facts), f"{Alarm.SOON}:{facts.ship_by}")
        else:
            days = days_late(facts.ship_by, workflow.now())
            await self._raise(Alarm.LATE, self._late(facts.ship_by, days), f"{Alarm.LATE}:{facts.ship_by}:{days}")

    @property
    def due_at(self) -> datetime | None:
        """None where nobody waits for us to ship."""
        desk, facts = self._desk, self._desk.facts
        if facts is None or desk.end or desk.is_cancelled or facts.before_live or facts.story is not Story.SHIP:
            return None
        has_left = bool(desk.shipments) and all(shipment.complete for shipment in desk.shipments.values())
        if has_left or facts.ship_by is None or facts.alert_at is None:
            return None
        last = self._last if facts.ship_by == self._called_out_for else None
        if last and not self._escalates:
            return None
        return next_alarm(facts.alert_at, facts.ship_by, last)

    async def _raise(self, alarm: Alarm, text: str, once: str) -> None:
        say = workflow.logger.error if alarm is Alarm.LATE else workflow.logger.warning
        say("%s %s", self._desk.key, text)
        self._desk.tell(text)
        await ask(PreparingActivities.note, TimelineNote(key=self._desk.key, what=alarm.value, text=text, once=once))

    def _soon(self, facts: Normalised) -> str:
        text = f"has not shipped and must by {facts.ship_by:{SHOWN}}"
        if facts.leaves_by and facts.leaves_by != facts.ship_by:
            text += f"; the last parcels before that leave at {facts.leaves_by:{SHOWN}}"
        return text

    def _late(self, ship_by: datetime, days: int) -> str:
        """With what it waits for, where that is known."""
        text = f"is late: it had to ship by {ship_by:{SHOWN}}"
        if days:
            text += f", {days} day{'s' if days > 1 else ''} ago"
        trouble = self._desk.trouble
        waits = trouble.detail if trouble else self._desk.waiting
        return f"{text}; {waits}" if waits else text
