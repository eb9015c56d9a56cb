"""Step 8, an order that changes after dispatch: nodes are asked to stop what should not leave as it is.

It was edited, goes to another address, is to ship from another place, waits again for its payment or its channel, or
its buyer does not want it. What a node stops is planned again as the order is then; what it does not stop waits for a
person, or for the cause to pass.
"""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import queues
from activities.dispatching import NodeActivities
from activities.messages import Heard, Normalised, Recall, RecallStep, ReserveRequest, ShipmentState
from activities.preparing import PreparingActivities
from orderloom.domain.orders import HoldReason, Story
from workflows.asking import ask
from workflows.desk import Desk, Shipment, reason_of
from workflows.holds import TOO_LATE, too_late, what_is_missing
from workflows.shipping import Shipping


class Editing:
    def __init__(self, desk: Desk, shipping: Shipping) -> None:
        self._desk = desk
        self._shipping = shipping

    async def follow(self, facts: Normalised) -> None:
        """Bring what nodes were asked for into line with what the order wants now, as far as they go along."""
        desk, recalls, waits = self._desk, _recalls(facts), facts.story is Story.WAIT
        self._lift(recalls)
        if waits:
            desk.route_due = False
        elif not desk.backorder_until:
            desk.waiting = ""
        if facts.edit is None and not recalls:
            return
        for recall in recalls:
            await self._recall(desk.shipments.get(recall.shipment), recall)
        # The rest of a recalled shipment is planned again with what was added.
        reserved = await ask(PreparingActivities.reserve, ReserveRequest(key=desk.key, gone_before=desk.gone_before))
        desk.hold = what_is_missing(facts, reserved.shortages, desk.released.standing)
        if desk.backorder_until and desk.hold and desk.hold.reason is HoldReason.OUT_OF_STOCK:
            # What is short already waits for its stock, as the rules said.
            desk.hold = None
        if desk.hold and any(s.trouble and s.trouble.reason is desk.hold.reason for s in desk.shipments.values()):
            # The node that does not stop ships it from the wrong place: that is what a person has to know first.
            desk.hold = None
        if waits and not self._goes_on_whole(facts):
            desk.waiting = facts.story_reason
        desk.route_due = desk.hold is None and not waits

    async def settle_dispatches(self, facts: Normalised) -> bool:
        """The order changed while a node is being asked: whether that had to be brought to its end first."""
        before = self._desk.facts
        if before is None:
            return False
        was_edited = before.wants != facts.wants
        is_elsewhere = before.address != facts.address or before.moved != facts.moved
        is_due = was_edited or is_elsewhere or _must_stop(facts) > _must_stop(before)
        running = [s for s in self._desk.shipments.values() if s.task and s.state is ShipmentState.PLANNED]
        marker = "settle-dispatches-before-edit" if was_edited else "settle-dispatches-before-recall"
        if not is_due or not running or not workflow.patched(marker):
            return False
        await self._desk.leave(running)
        return True

    def ship_as_dispatched(self, cause: HoldReason) -> None:
        """An operator lets go what a node did not stop."""
        self._desk.released.give(cause, self._desk.facts)
        for shipment in self._desk.shipments.values():
            if shipment.trouble and shipment.trouble.reason is cause:
                shipment.trouble = None

    def _lift(self, recalls: tuple[Recall, ...]) -> None:
        """What should be stopped no more goes on by itself."""
        wanted = {(recall.shipment, recall.cause) for recall in recalls}
        for shipment in self._desk.shipments.values():
            trouble = shipment.trouble
            if trouble and trouble.reason in TOO_LATE and (shipment.number, trouble.reason) not in wanted:
                shipment.trouble = None

    def _goes_on_whole(self, facts: Normalised) -> bool:
        """Nothing is missing: all that was asked of nodes has left or could not be stopped."""
        stopped = any(shipment.state is ShipmentState.REFUSED for shipment in self._desk.shipments.values())
        shortened = any(
            shipment.complete and recall.shipment == shipment.number
            for shipment in self._desk.shipments.values()
            for recall in facts.recalls
        )
        return facts.edit is None and not stopped and not shortened

    async def _recall(self, shipment: Shipment | None, recall: Recall) -> None:
        desk = self._desk
        if shipment is None or recall.cause in desk.released:
            return
        await desk.leave([shipment])
        asked = RecallStep(key=desk.key, shipment=shipment.number, why=recall.text)
        try:
            news = await ask(NodeActivities.recall, asked, queue=queues.node(shipment.node))
        except ActivityError as failed:
            shipment.trouble = too_late(recall, shipment.node, reason_of(failed))
            return
        if news.heard is not Heard.CANCELLED:
            self._shipping.hear(news)
            if not shipment.complete and shipment.is_under_way:
                shipment.trouble = too_late(recall, shipment.node, "it goes on")
            return
        desk.add_packages(news.packages)
        shipment.trouble = None
        desk.tell(f"{shipment.node} stopped shipment {shipment.number}, because {recall.text}")
        if shipment.number in news.complete:
            # A part had left: the shipment is that part, and the rest is planned anew.
            shipment.state, shipment.complete = ShipmentState.SENT, True
        else:
            shipment.state = ShipmentState.REFUSED


def _recalls(facts: Normalised) -> tuple[Recall, ...]:
    """One for each shipment. What stops the whole order comes before an edit of it."""
    edit = facts.edit
    text = f"the order was edited ({edit.text})" if edit else ""
    edited = [Recall(shipment=n, cause=HoldReason.EDITED_TOO_LATE, text=text) for n in edit.to_stop] if edit else []
    stopped = {recall.shipment for recall in facts.recalls}
    return (*facts.recalls, *(recall for recall in edited if recall.shipment not in stopped))


def _must_stop(facts: Normalised) -> bool:
    return facts.story is Story.WAIT or facts.buyer_asks_to_cancel
