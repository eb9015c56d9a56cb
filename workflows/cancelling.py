"""Step 8, a change of mind: what has not left is stopped, and what could not be stopped goes on and says so."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities import queues
from activities.closing import ClosingActivities
from activities.dispatching import NodeActivities
from activities.messages import CancelRequest, Heard, ShipmentState, ShipmentStep, TimelineNote
from activities.preparing import PreparingActivities
from orderloom.domain.cancellations import CancelReason
from orderloom.domain.orders import OrderStatus
from workflows.asking import ask
from workflows.desk import Desk, Shipment, Withdrawal, reason_of
from workflows.shipping import Shipping
from workflows.withdrawing import Withdrawing


class Cancelling:
    def __init__(self, desk: Desk, shipping: Shipping, withdrawing: Withdrawing) -> None:
        self._desk = desk
        self._shipping = shipping
        self._withdrawing = withdrawing

    async def cancel(self, why: str, reason: CancelReason | None = None) -> str:
        """Stop the order as far as it can be stopped; the answer says what happened.

        `reason` is what its channel is told; None where the channel knows it, or nobody is to tell it.
        """
        desk = self._desk
        if desk.is_cancelled:
            return "it was cancelled before; what goes on could not be stopped"
        desk.is_cancelled, desk.route_due, desk.hold, desk.waiting = True, False, None, ""
        if workflow.patched("wish-to-cancel-comes-first"):
            # Whoever goes on, should this workflow be lost from here on, knows what was to be done.
            wish = CancelRequest(key=desk.key, why=why, reason=reason)
            stands = await ask(ClosingActivities.wish_to_cancel, wish)
            why, reason = stands.why, stands.reason
        desk.cancelled_because = why
        if reason and workflow.patched("tell-channel-of-cancellation"):
            desk.withdrawal = desk.withdrawal or Withdrawal(reason)
        await desk.leave([*desk.shipments.values(), *desk.acts.values()])
        for shipment in list(desk.shipments.values()):
            await self._stop(shipment)
        going_on = [shipment for shipment in desk.shipments.values() if shipment.is_under_way]
        if not going_on and not desk.packages:
            await self.release()
            desk.tell(f"cancelled: {why}")
            if self._withdrawing.channel_knows():
                desk.close(OrderStatus.CANCELLED, why)
                return "cancelled; the stock is released"
            return f"cancelled; the stock is released, and {desk.key.channel.value.capitalize()} is told"
        text = f"too late to stop all of it ({why}): {', '.join(self._what_stays(going_on))}"
        note = TimelineNote(key=desk.key, what="cancel_too_late", text=text, once=f"cancel_too_late:{text}")
        await ask(PreparingActivities.note, note)
        desk.tell(text)
        return text

    async def release(self) -> None:
        """Give back what has not left, once all of it has come to rest."""
        if not self._desk.is_released:
            await ask(ClosingActivities.release_stock, self._desk.key)
            self._desk.is_released = True

    def _what_stays(self, going_on: list[Shipment]) -> list[str]:
        """What cannot be undone: whole shipments, and what had left before the rest was stopped."""
        left = {package.shipment for package in self._desk.packages.values()}
        numbers = {shipment.number for shipment in going_on}
        parts = [f"a part of shipment {number} has left" for number in sorted(left - numbers)]
        return [*(_what_goes_on(shipment, began=shipment.number in left) for shipment in going_on), *parts]

    async def _stop(self, shipment: Shipment) -> None:
        if shipment.state is ShipmentState.PLANNED:
            shipment.state = ShipmentState.STOPPED
        if not shipment.is_under_way or shipment.complete:
            return
        asked = ShipmentStep(key=self._desk.key, shipment=shipment.number)
        try:
            news = await ask(NodeActivities.cancel_dispatch, asked, queue=queues.node(shipment.node))
        except ActivityError as failed:
            self._desk.tell(f"{shipment.node} could not be asked to stop: {reason_of(failed)}")
            return
        if news.heard is Heard.CANCELLED:
            shipment.state, shipment.trouble = ShipmentState.STOPPED, None
            self._desk.tell(f"{shipment.node} stopped shipment {shipment.number}")
        self._shipping.hear(news)


def _what_goes_on(shipment: Shipment, *, began: bool) -> str:
    what = "has left" if shipment.complete else "has left in part, and the rest goes on" if began else "goes on"
    return f"shipment {shipment.number} at {shipment.node} {what}"
