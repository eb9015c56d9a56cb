"""Step 8, an edit after dispatch: what a node has beyond the order is stopped, what it lacks becomes a shipment."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import queues
from activities.dispatching import NodeActivities
from activities.messages import Heard, Normalised, RecallStep, ReserveRequest, ShipmentState
from activities.preparing import PreparingActivities
from orderloom.domain.orders import HoldReason
from workflows.asking import ask
from workflows.desk import Desk, Shipment, reason_of
from workflows.holds import edited_too_late, what_is_missing
from workflows.shipping import Shipping


class Editing:
    def __init__(self, desk: Desk, shipping: Shipping) -> None:
        self._desk = desk
        self._shipping = shipping

    async def follow(self, facts: Normalised) -> None:
        """Bring what nodes were asked for into line with what the order wants now, as far as they go along."""
        desk, edit = self._desk, facts.edit
        if edit is None:
            return
        for number in edit.to_stop:
            await self._recall(desk.shipments.get(number), edit.text)
        # The rest of a recalled shipment is planned again with what was added.
        reserved = await ask(PreparingActivities.reserve, ReserveRequest(key=desk.key, gone_before=desk.gone_before))
        desk.hold = what_is_missing(facts, reserved.shortages, frozenset(desk.released))
        if desk.backorder_until and desk.hold and desk.hold.reason is HoldReason.OUT_OF_STOCK:
            # What is short already waits for its stock, as the rules said.
            desk.hold = None
        desk.route_due = desk.hold is None

    async def settle_dispatches(self) -> bool:
        """The lines changed while a node is being asked: whether that had to be brought to its end first."""
        running = [s for s in self._desk.shipments.values() if s.task and s.state is ShipmentState.PLANNED]
        if not running or not workflow.patched("settle-dispatches-before-edit"):
            return False
        await self._desk.leave(running)
        return True

    def ship_as_dispatched(self) -> None:
        """An operator lets go what a node did not stop."""
        self._desk.released.add(HoldReason.EDITED_TOO_LATE)
        for shipment in self._desk.shipments.values():
            if shipment.trouble and shipment.trouble.reason is HoldReason.EDITED_TOO_LATE:
                shipment.trouble = None

    async def _recall(self, shipment: Shipment | None, text: str) -> None:
        desk = self._desk
        if shipment is None or HoldReason.EDITED_TOO_LATE in desk.released:
            return
        await desk.leave([shipment])
        asked = RecallStep(key=desk.key, shipment=shipment.number)
        try:
            news = await ask(NodeActivities.recall, asked, queue=queues.node(shipment.node))
        except ActivityError as failed:
            shipment.trouble = edited_too_late(shipment.node, shipment.number, text, reason_of(failed))
            return
        if news.heard is Heard.CANCELLED:
            shipment.state, shipment.trouble = ShipmentState.REFUSED, None
            desk.tell(f"{shipment.node} stopped shipment {shipment.number}, because the order was edited")
            return
        self._shipping.hear(news)
        if not shipment.complete and shipment.is_under_way:
            shipment.trouble = edited_too_late(shipment.node, shipment.number, text, "it goes on")
