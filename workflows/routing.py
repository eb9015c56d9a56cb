"""Step 4: a plan of shipments, and another one for what a node refused. Or a wait for stock, or an end, by rule."""

from datetime import datetime

from temporalio import workflow

from activities.messages import ShipmentState, TimelineNote
from activities.preparing import PreparingActivities
from activities.routing import RoutingActivities
from activities.rule_messages import Routed, RouteRequest
from orderloom.domain.cancellations import CancelReason
from orderloom.domain.orders import HoldReason, OrderStatus
from workflows.acting import acts_of
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.desk import Desk, Shipment
from workflows.holds import moved_elsewhere


class Routing:
    def __init__(self, desk: Desk, cancelling: Cancelling) -> None:
        self._desk = desk
        self._cancelling = cancelling

    async def route(self) -> None:
        desk = self._desk
        waited_until = self._waited_until()
        if not (desk.route_due or waited_until) or desk.end or desk.is_cancelled:
            return
        desk.route_due = False
        if desk.facts and (where := desk.facts.moved_elsewhere) and HoldReason.MOVED_ELSEWHERE not in desk.released:
            # Whatever asks for a plan: another place ships it, and then no node of ours does.
            desk.hold = moved_elsewhere(where)
            return
        # What a refused attempt still has under way must not be taken for news of the attempt that replaces it.
        await desk.leave([s for s in desk.shipments.values() if s.state is ShipmentState.REFUSED])
        asked = RouteRequest(
            key=desk.key,
            refusals=tuple(desk.refusals),
            rules_in_force=desk.rules_in_force,
            not_before=waited_until,
        )
        routed = await ask(RoutingActivities.route, asked)
        desk.rules_in_force = False
        desk.hold, desk.nodes = routed.hold, routed.nodes
        desk.waiting, desk.backorder_until, desk.opens_at = "", routed.backorder_until, routed.opens_at
        desk.tell(routed.sentence)
        if routed.plan or routed.actions or desk.asks_to_decide or not desk.has_sent:
            await self._take_acts(routed)
        if routed.cancel:
            why = f"cancelled by rule: {routed.sentence}"
            await ask(PreparingActivities.note, TimelineNote(key=desk.key, what="cancelled_by_rule", text=why))
            await self._cancelling.cancel(why, CancelReason.OUT_OF_STOCK if routed.lacks_units else CancelReason.OTHER)
        elif routed.backorder_until:
            desk.waiting = f"stock: a backorder until {routed.backorder_until:%Y-%m-%d %H:%M} UTC"
        elif not (routed.hold or routed.asks):
            self._take_up(routed)
            self._take_deadline(routed)

    def deadlines(self) -> list[tuple[datetime, str]]:
        desk = self._desk
        if desk.backorder_until is None or desk.is_cancelled:
            return []
        opens = [(desk.opens_at, "a node's next day begins")] if desk.opens_at else []
        return [(desk.backorder_until, "its backorder ends"), *opens]

    def _take_up(self, routed: Routed) -> None:
        desk = self._desk
        desk.shipments = {n: s for n, s in desk.shipments.items() if not _is_replaced(s)}
        for view in routed.plan:
            desk.shipments[view.number] = Shipment.of(view)
        if not desk.shipments:
            desk.close(OrderStatus.COMPLETED, "nothing of it needs shipping")

    def _take_deadline(self, routed: Routed) -> None:
        """Its nodes are known now, and with them the last parcels that keep its promise."""
        desk = self._desk
        if desk.facts and routed.alert_at:
            changed = {"alert_at": routed.alert_at, "leaves_by": routed.leaves_by}
            desk.facts = desk.facts.model_copy(update=changed)

    async def _take_acts(self, routed: Routed) -> None:
        """The same decision goes on with what it has begun; another one leaves that."""
        desk = self._desk
        acts = acts_of(routed, desk.acts)
        await desk.leave([act for name, act in desk.acts.items() if name not in acts])
        desk.acts = acts

    def _waited_until(self) -> datetime | None:
        """The end of a backorder, or a node's next day within it, that has come."""
        come = [at for at, _ in self.deadlines() if at <= workflow.now()]
        return max(come, default=None)


def _is_replaced(shipment: Shipment) -> bool:
    """A new plan takes the place of what a node refused and of what no node was asked for."""
    is_untouched = shipment.state is ShipmentState.PLANNED and not (shipment.task or shipment.trouble)
    return is_untouched or shipment.state is ShipmentState.REFUSED
