"""Step 5, and what else is asked of a node: always under the dispatch id, an unknown outcome resolved by asking."""

from collections.abc import Mapping
from dataclasses import dataclass

from activities.books import Books
from activities.messages import Heard, RecallStep, ShipmentNews, ShipmentStep
from activities.retries import step
from activities.shipping import current, news, record_answer, record_packages, refuse
from orderloom.domain.errors import AccessDenied, OutcomeUnknown, Rejected
from orderloom.domain.orders import OrderStatus
from orderloom.domain.ports import FulfillmentNode
from orderloom.domain.records import DispatchState, ShipmentRecord
from orderloom.domain.shipments import DispatchRequest, NodeShipment, NodeState

MAYBE_THERE = (DispatchState.SENDING, DispatchState.DISPATCHED)
ENDED = {
    DispatchState.SHIPPED: Heard.SHIPPED,
    DispatchState.CANCELLED: Heard.CANCELLED,
    DispatchState.REFUSED: Heard.REFUSED,
}
"""Reported by the node while its answer to the dispatch was still being waited for."""


@dataclass(frozen=True)
class NodeActivities:
    books: Books
    nodes: Mapping[str, FulfillmentNode]

    @step("dispatch")
    def dispatch(self, asked: ShipmentStep) -> ShipmentNews:
        """Ask the node to ship. A refusal is an answer, not an error: the next node is tried by the workflow."""
        before = current(self.books, asked.key, asked.shipment)
        if before.state in ENDED:
            return news(self.books, before, ENDED[before.state], before.reason)
        maybe_there = before.state in MAYBE_THERE
        shipment = before if maybe_there else self.books.shipments.begin_dispatch(asked.key, asked.shipment)
        node = self._node(shipment)
        try:
            answer = (node.find(shipment.dispatch_id) if maybe_there else None) or self._send(node, shipment)
        except Rejected as refusal:
            return refuse(self.books, shipment, refusal.detail)
        if answer.state not in (NodeState.REFUSED, NodeState.CANCELLED):
            self._record_dispatch(shipment, answer)
        return record_answer(self.books, shipment, answer)

    @step("ask_node")
    def ask_node(self, asked: ShipmentStep) -> ShipmentNews:
        """What the node knows; packages whose callback never came are recorded. UNKNOWN: it has no such dispatch."""
        shipment = current(self.books, asked.key, asked.shipment)
        answer = self._node(shipment).find(shipment.dispatch_id)
        if answer is None:
            return news(self.books, shipment, Heard.UNKNOWN)
        return record_answer(self.books, shipment, answer)

    @step("cancel_dispatch")
    def cancel_dispatch(self, asked: ShipmentStep) -> ShipmentNews:
        """CANCELLED where the node stopped it or never had it; else what it is doing instead."""
        shipment = current(self.books, asked.key, asked.shipment)
        answer = self._stop(shipment)
        if answer.state is not NodeState.CANCELLED:
            return record_answer(self.books, shipment, answer)
        record_packages(self.books, shipment, answer.packages)
        text = f"{shipment.node} stopped shipment {shipment.number}"
        if self._has_left(shipment):
            # What had left before it stopped the rest is all that the shipment is.
            self.books.ledger.shorten(asked.key, asked.shipment)
            text = f"{shipment.node} stopped the rest of shipment {shipment.number}"
        else:
            self.books.shipments.cancelled(asked.key, asked.shipment)
        self.books.note(asked.key, "stopped", text, once=f"stopped:{shipment.dispatch_id}")
        return news(self.books, shipment, Heard.CANCELLED, answer.reason)

    @step("recall")
    def recall(self, asked: RecallStep) -> ShipmentNews:
        """As `cancel_dispatch`, but the order goes on: what the node stopped is free to be planned again."""
        shipment = current(self.books, asked.key, asked.shipment)
        if shipment.state in ENDED:
            return news(self.books, shipment, ENDED[shipment.state], shipment.reason)
        answer = self._stop(shipment)
        if answer.state is not NodeState.CANCELLED:
            return record_answer(self.books, shipment, answer)
        record_packages(self.books, shipment, answer.packages)
        text = f"{shipment.node} stopped shipment {shipment.number}, because {asked.why}"
        if self._has_left(shipment):
            # What had left before it stopped the rest is not planned again.
            self.books.ledger.shorten(asked.key, asked.shipment)
            text = f"{shipment.node} stopped the rest of shipment {shipment.number}, because {asked.why}"
        else:
            self.books.shipments.refused(asked.key, asked.shipment, f"stopped, because {asked.why}")
        self.books.note(asked.key, "recalled", text, once=f"recalled:{shipment.dispatch_id}")
        return news(self.books, shipment, Heard.CANCELLED, answer.reason)

    def _has_left(self, shipment: ShipmentRecord) -> bool:
        return any(package.shipment == shipment.number for package in self.books.shipments.packages(shipment.key))

    def _stop(self, shipment: ShipmentRecord) -> NodeShipment:
        """The node's answer; one that never had the dispatch has stopped it."""
        node = self._node(shipment)
        try:
            return node.cancel(shipment.dispatch_id)
        except Rejected as refusal:
            never_there = NodeShipment(dispatch_id=shipment.dispatch_id, state=NodeState.CANCELLED)
            answer = node.find(shipment.dispatch_id) or never_there
            return answer.model_copy(update={"reason": refusal.detail})

    def _send(self, node: FulfillmentNode, shipment: ShipmentRecord) -> NodeShipment:
        order = self.books.orders.get(shipment.key).order
        planned = self.books.ledger.planned(shipment.key, shipment.number)
        request = DispatchRequest(
            dispatch_id=shipment.dispatch_id,
            node=shipment.node,
            channel=shipment.key.channel,
            placed_at=order.placed_at,
            order_name=order.name,
            service_level=(planned.service if planned else None) or order.service_level,
            ship_by=order.ship_by.latest,
            lines=shipment.lines,
            recipient=self.books.orders.personal(shipment.key),
        )
        try:
            return node.dispatch(request)
        except OutcomeUnknown:
            found = node.find(shipment.dispatch_id)
            if found is None:
                raise
            return found

    def _record_dispatch(self, shipment: ShipmentRecord, answer: NodeShipment) -> None:
        self.books.shipments.dispatched(shipment.key, shipment.number, answer)
        others = [s for s in self.books.shipments.shipments(shipment.key) if s.number != shipment.number]
        if not self.books.shipments.packages(shipment.key) and all(
            other.state not in (DispatchState.PLANNED, DispatchState.SENDING) for other in others
        ):
            self.books.orders.advance(shipment.key, OrderStatus.DISPATCHED)
        text = f"{shipment.node} took shipment {shipment.number} as {shipment.dispatch_id}"
        self.books.note(shipment.key, "dispatched", text, once=f"dispatched:{shipment.dispatch_id}")

    def _node(self, shipment: ShipmentRecord) -> FulfillmentNode:
        node = self.nodes.get(shipment.node)
        if node is None:
            # Slowly again, like a wrong password: the configuration needs a person.
            raise AccessDenied(f"node:{shipment.node}", "is not configured here or has no secrets")
        return node
