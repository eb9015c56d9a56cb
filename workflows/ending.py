"""How an order's story ends: complete, cancelled, or with its workflow cancelled from outside."""

from typing import cast

from temporalio import workflow

from activities.closing import ClosingActivities
from activities.messages import CloseRequest, LateEvent, OrderEnded, ShipmentState
from orderloom.domain.orders import OrderStatus
from workflows.after_order import follow_late_hint, record_late
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.desk import Desk, Shipment
from workflows.preparing import ENDED_BEFORE
from workflows.standing import Standing
from workflows.withdrawing import Withdrawing


class Ending:
    def __init__(self, desk: Desk, cancelling: Cancelling, withdrawing: Withdrawing, standing: Standing) -> None:
        self._desk = desk
        self._cancelling = cancelling
        self._withdrawing = withdrawing
        self._standing = standing

    async def complete(self) -> None:
        """The last package is confirmed, or what was left of a cancelled order has come to rest."""
        desk = self._desk
        waits = desk.hold or desk.waiting or desk.backorder_until
        is_waiting = desk.end or desk.route_due or (waits and not desk.is_cancelled)
        if (
            is_waiting
            or not (desk.shipments or desk.is_cancelled)
            or not all(map(self._is_settled, desk.shipments.values()))
        ):
            return
        if not all(package.is_settled for package in desk.packages.values()):
            return
        if not desk.is_cancelled and not all(act.is_done for act in desk.acts.values()):
            return
        await desk.leave(desk.shipments.values())
        if desk.is_cancelled:
            await self._cancelling.release()
            if not self._withdrawing.channel_knows():
                return
            if desk.withdrawal:
                await desk.leave([desk.withdrawal])
        if desk.packages:
            desk.close(OrderStatus.COMPLETED, "all that was to ship has shipped, and the channel knows")
        else:
            why = f": {desk.cancelled_because}" if desk.cancelled_because else ""
            desk.close(OrderStatus.CANCELLED, f"cancelled, nothing of it has left{why}")

    async def close(self) -> OrderEnded:
        """Store the end. An event that comes while the workflow returns is recorded as late, never lost."""
        desk = self._desk
        end = cast(OrderStatus, desk.end)
        if desk.end_text != ENDED_BEFORE:
            await ask(ClosingActivities.close, CloseRequest(key=desk.key, status=end, text=desk.end_text))
        await self._standing.settle()
        await self._finish()
        return OrderEnded(status=end)

    async def compensate(self) -> None:
        """Stop and release what can be. An order that a node ships nevertheless stays open and is taken up again."""
        desk = self._desk
        told = [desk.withdrawal] if desk.withdrawal else []
        await desk.leave([*desk.shipments.values(), *desk.packages.values(), *told, *desk.acts.values()])
        if desk.end is None:
            await self._cancelling.cancel("its workflow was cancelled; its channel was not told")
            if desk.withdrawal:
                await desk.leave([desk.withdrawal])
        if desk.end is not None:
            await self.close()
        else:
            await self._standing.settle()
            await self._finish()

    async def _finish(self) -> None:
        desk = self._desk
        unread = await desk.leave_reading()
        desk.is_over = True
        while unread or not desk.inbox.is_empty or not workflow.all_handlers_finished():
            desk.inbox.take_asked()
            if desk.inbox.take_hints() or unread:
                unread = False
                await follow_late_hint(desk.key)
            for event_id in (*desk.inbox.take_channel_events(), *desk.inbox.take_shipment_events()):
                await record_late(LateEvent(key=desk.key, event_id=event_id))
            desk.inbox.take_look_again()
            await workflow.wait_condition(workflow.all_handlers_finished)

    def _is_settled(self, shipment: Shipment) -> bool:
        if shipment.state is ShipmentState.REFUSED:
            return self._desk.is_cancelled
        return shipment.complete or shipment.state is ShipmentState.STOPPED
