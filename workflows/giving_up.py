"""Step 5, a node that ships nothing: it is asked to let go, and only its own word sends the shipment to another one."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities import queues
from activities.dispatching import NodeActivities
from activities.messages import Heard, RecallStep, ShipmentNews, ShipmentState
from orderloom.domain.orders import HoldReason
from workflows.asking import ask
from workflows.desk import Desk, Shipment, reason_of
from workflows.holds import not_let_go
from workflows.shipping import UNCLEAR_AFTER, Shipping


class GivingUp:
    def __init__(self, desk: Desk, shipping: Shipping) -> None:
        self._desk = desk
        self._shipping = shipping

    async def give_up(self) -> None:
        """Ask for what its node has had for too long. A node without `gives_up_after` is never asked."""
        # A dispatch that is still being tried comes to rest first, and its last attempt may have been answered.
        await self._desk.leave(self._due())
        for shipment in self._due():
            shipment.recall_at, shipment.unclear_at = None, workflow.now() + UNCLEAR_AFTER
            shipment.task = self._desk.begin(self._recall(shipment))

    def ask_again(self) -> None:
        """An operator wants every node that did not let go asked once more."""
        for shipment in self._desk.shipments.values():
            if shipment.trouble and shipment.trouble.reason is HoldReason.NODE_SILENT and shipment.task is None:
                shipment.trouble, shipment.recall_at = None, workflow.now()

    def deadlines(self) -> list[tuple[datetime, str]]:
        """When something is due without news: (time, why)."""
        return [(at, f"{s.node} has shipped nothing of shipment {s.number}") for at, s in self._silent()]

    def _due(self) -> list[Shipment]:
        return [shipment for at, shipment in self._silent() if at <= workflow.now()]

    def _silent(self) -> Iterator[tuple[datetime, Shipment]]:
        """Nothing of them has left, and nobody but their node stands in the way."""
        desk = self._desk
        begun = {package.shipment for package in desk.packages.values()}
        for shipment in desk.shipments.values():
            over = shipment.state in (ShipmentState.REFUSED, ShipmentState.STOPPED) or shipment.number in begun
            of_a_person = shipment.trouble and shipment.trouble.reason is not HoldReason.DISPATCH_UNCLEAR
            if shipment.recall_at and not (over or of_a_person or desk.is_cancelled):
                yield shipment.recall_at, shipment

    async def _recall(self, shipment: Shipment) -> None:
        desk = self._desk
        since = f"silent since {shipment.given_at:%Y-%m-%d %H:%M} UTC"
        desk.tell(f"{shipment.node} is {since} and is asked to let go of shipment {shipment.number}")
        try:
            asked = RecallStep(key=desk.key, shipment=shipment.number, why=f"it was {since}")
            news = await ask(NodeActivities.recall, asked, queue=queues.node(shipment.node))
        except (ActivityError, asyncio.CancelledError) as failed:
            if not is_cancelled_exception(failed):
                shipment.trouble = not_let_go(shipment.node, since, reason_of(failed))
        else:
            self._hear(shipment, news, since)
        finally:
            shipment.task = shipment.unclear_at = None

    def _hear(self, shipment: Shipment, news: ShipmentNews, since: str) -> None:
        if news.heard is Heard.ACCEPTED and shipment.state is ShipmentState.UNCLEAR:
            # It has it after all: the dispatch step records that, and the node's time begins.
            shipment.trouble = shipment.given_at = None
        elif news.heard is Heard.ACCEPTED:
            self._shipping.hear(news)
            shipment.trouble = not_let_go(shipment.node, since, "it goes on with it")
        else:
            # "Cancelled" and "never had it" are proof that it may be shipped from elsewhere; nothing else is.
            let_go = news.heard is Heard.CANCELLED
            self._shipping.hear(news.model_copy(update={"reason": since}) if let_go else news)
