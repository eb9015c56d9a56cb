"""Calls an order out before it is late."""

from datetime import datetime

from temporalio import workflow

from activities.messages import TimelineNote
from activities.preparing import PreparingActivities
from orderloom.domain.orders import Story
from workflows.asking import ask
from workflows.desk import Desk


class ShipByAlert:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._called_out_for: datetime | None = None

    async def call_out(self) -> None:
        """Once per promised time; a held order most of all."""
        facts, due = self._desk.facts, self.due_at
        if facts is None or due is None or due > workflow.now():
            return
        self._called_out_for = facts.ship_by
        text = f"has not shipped and must by {facts.ship_by:%Y-%m-%d %H:%M} UTC"
        workflow.logger.warning("%s %s", self._desk.key, text)
        self._desk.tell(text)
        note = TimelineNote(key=self._desk.key, what="ship_by_alert", text=text, once=f"ship_by_alert:{facts.ship_by}")
        await ask(PreparingActivities.note, note)

    @property
    def due_at(self) -> datetime | None:
        """None where nobody waits for us to ship."""
        desk, facts = self._desk, self._desk.facts
        if facts is None or desk.end or desk.is_cancelled or facts.before_live or facts.story is not Story.SHIP:
            return None
        has_left = bool(desk.shipments) and all(shipment.complete for shipment in desk.shipments.values())
        return None if has_left or facts.ship_by == self._called_out_for else facts.alert_at
