"""Step 4: a plan of shipments, and another one for what a node refused."""

from activities.messages import RouteRequest, ShipmentState
from activities.routing import RoutingActivities
from orderloom.domain.orders import OrderStatus
from workflows.asking import ask
from workflows.desk import Desk, Shipment


class Routing:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def route(self) -> None:
        desk = self._desk
        if not desk.route_due or desk.end or desk.is_cancelled:
            return
        desk.route_due = False
        # What a refused attempt still has under way must not be taken for news of the attempt that replaces it.
        await desk.leave([s for s in desk.shipments.values() if s.state is ShipmentState.REFUSED])
        asked = RouteRequest(key=desk.key, refusals=tuple(desk.refusals), rules_in_force=desk.rules_in_force)
        routed = await ask(RoutingActivities.route, asked)
        desk.rules_in_force = False
        desk.hold, desk.nodes = routed.hold, routed.nodes
        desk.tell(routed.sentence)
        if routed.hold:
            return
        desk.shipments = {n: s for n, s in desk.shipments.items() if s.state is not ShipmentState.REFUSED}
        for view in routed.plan:
            desk.shipments[view.number] = Shipment(view.number, view.node, view.state, view.ask_after)
        if not desk.shipments:
            desk.close(OrderStatus.COMPLETED, "nothing of it needs shipping")
