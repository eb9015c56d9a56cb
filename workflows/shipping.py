"""Steps 5 and 6: every planned shipment is dispatched and awaited, days or weeks, beside all else that happens."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.dispatching import NodeActivities
from activities.messages import Heard, LateEvent, Refusal, ShipmentNews, ShipmentState, ShipmentStep
from activities.recording import RecordingActivities
from orderloom.domain.orders import HoldReason, Story
from workflows.asking import ask
from workflows.desk import Desk, Shipment, reason_of
from workflows.holds import TOO_LATE, dispatch_unclear, rest_refused

UNCLEAR_AFTER = timedelta(minutes=15)
"""How long a dispatch may go without an answer before a person is told. It goes on being tried."""


class Shipping:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def dispatch(self) -> None:
        """Send all that is planned, and what may or may not have been sent: the step asks before it sends again."""
        if self._desk.awaits_actions:
            return
        for shipment in self._desk.shipments.values():
            to_send = shipment.state in (ShipmentState.PLANNED, ShipmentState.UNCLEAR) and not shipment.complete
            if to_send and not (shipment.task or shipment.trouble or self._desk.is_cancelled or self._keeps(shipment)):
                shipment.unclear_at = workflow.now() + UNCLEAR_AFTER
                if shipment.given_at is None:
                    shipment.was_given(workflow.now())
                shipment.task = self._desk.begin(self._dispatch(shipment))

    def _keeps(self, shipment: Shipment) -> bool:
        """It was planned, and meanwhile the order has to wait."""
        desk = self._desk
        waits = desk.hold is not None or (desk.facts is not None and desk.facts.story is Story.WAIT)
        return waits and shipment.state is ShipmentState.PLANNED and workflow.patched("holds-keep-what-is-planned")

    async def record(self) -> None:
        """Take in what nodes reported, and ask the ones that have been silent for too long."""
        for event_id in self._desk.inbox.take_shipment_events():
            arrived = LateEvent(key=self._desk.key, event_id=event_id)
            self.hear(await ask(RecordingActivities.record_shipment, arrived))
        for shipment in self._awaited():
            if shipment.task is None and shipment.ask_at and shipment.ask_at <= workflow.now():
                shipment.task = self._desk.begin(self._ask(shipment))
        for shipment in self._desk.shipments.values():
            self._call_out_unclear(shipment)

    def hear(self, news: ShipmentNews) -> None:
        """Take in what is known now. The order in which news comes does not matter."""
        desk = self._desk
        desk.add_packages(news.packages)
        for number in news.complete:
            if number in desk.shipments:
                desk.shipments[number].complete = True
        shipment = desk.shipments.get(news.shipment or 0)
        if shipment is None or news.heard is Heard.NOTHING:
            return
        if news.heard in (Heard.REFUSED, Heard.CANCELLED):
            self._refused(shipment, news.reason)
        elif news.heard is Heard.UNKNOWN:
            shipment.trouble = dispatch_unclear(shipment.node, "took the dispatch and does not know it any more")
        else:
            self._alive(shipment, news.heard)

    def ask_again(self) -> None:
        """An operator wants every troubled shipment tried again."""
        for shipment in self._desk.shipments.values():
            is_silent = shipment.trouble and shipment.trouble.reason is HoldReason.NODE_SILENT
            if shipment.trouble and not is_silent and shipment.task is None:
                shipment.trouble = None
                if shipment.state is ShipmentState.SENT:
                    shipment.state = ShipmentState.UNCLEAR

    def deadlines(self) -> list[tuple[datetime, str]]:
        """When something is due without news: (time, why)."""
        asks = [(s.ask_at, f"ask {s.node} what became of shipment {s.number}") for s in self._awaited() if not s.task]
        unclear = [(s.unclear_at, f"{s.node} has not answered") for s in self._desk.shipments.values() if s.task]
        return [(at, why) for at, why in (*asks, *unclear) if at is not None]

    def _awaited(self) -> list[Shipment]:
        shipments = self._desk.shipments.values()
        sent = [s for s in shipments if s.state is ShipmentState.SENT and not s.complete]
        return [s for s in sent if not s.trouble or s.trouble.reason is HoldReason.NODE_SILENT]

    async def _dispatch(self, shipment: Shipment) -> None:
        try:
            asked = ShipmentStep(key=self._desk.key, shipment=shipment.number)
            news = await ask(NodeActivities.dispatch, asked, queue=queues.node(shipment.node))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                shipment.trouble = dispatch_unclear(shipment.node, reason_of(failed))
            elif shipment.state is ShipmentState.PLANNED:
                shipment.state = ShipmentState.UNCLEAR
        else:
            self.hear(news)
        finally:
            shipment.task = shipment.unclear_at = None

    async def _ask(self, shipment: Shipment) -> None:
        try:
            asked = ShipmentStep(key=self._desk.key, shipment=shipment.number)
            self._desk.tell(f"{shipment.node} was silent and is asked")
            self.hear(await ask(NodeActivities.ask_node, asked, queue=queues.node(shipment.node)))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                shipment.trouble = dispatch_unclear(shipment.node, reason_of(failed))
        finally:
            shipment.task = None
            shipment.ask_at = workflow.now() + shipment.ask_after

    def _alive(self, shipment: Shipment, heard: Heard) -> None:
        if shipment.state in (ShipmentState.PLANNED, ShipmentState.UNCLEAR):
            shipment.state = ShipmentState.SENT
            shipment.was_given(workflow.now())
            self._desk.tell(f"{shipment.node} took shipment {shipment.number}")
        stays = shipment.trouble and shipment.trouble.reason in (HoldReason.NODE_SILENT, *TOO_LATE)
        if heard is not Heard.ACCEPTED or not stays:
            shipment.trouble = None
        shipment.ask_at = workflow.now() + shipment.ask_after

    def _refused(self, shipment: Shipment, reason: str) -> None:
        desk = self._desk
        if shipment.state in (ShipmentState.STOPPED, ShipmentState.REFUSED):
            return
        if shipment.complete:
            # What has left is all that it is now; the rest is planned anew.
            desk.route_due = desk.route_due or not desk.is_cancelled
            return
        if any(package.shipment == shipment.number for package in desk.packages.values()):
            shipment.trouble = rest_refused(shipment.node, reason)
            return
        shipment.state, shipment.trouble = ShipmentState.REFUSED, None
        desk.refusals.append(Refusal(node=shipment.node, reason=reason))
        desk.tell(f"{shipment.node} refused shipment {shipment.number}: {reason}")
        desk.route_due = not desk.is_cancelled

    def _call_out_unclear(self, shipment: Shipment) -> None:
        if shipment.task and shipment.unclear_at and shipment.unclear_at <= workflow.now():
            shipment.unclear_at = None
            shipment.trouble = dispatch_unclear(
                shipment.node, "has not answered yet; it is being asked again and again"
            )
