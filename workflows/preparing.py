"""Steps 2 and 3: an order is read and reserved again and again until nothing is missing."""

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.messages import Normalised, NormaliseRequest, ObserveRequest, ReserveRequest, ShipmentState
from activities.preparing import PreparingActivities
from activities.routing import RoutingActivities
from activities.rule_messages import RouteRequest
from orderloom.domain.cancellations import CancellationState, CancelReason
from orderloom.domain.orders import ChannelState, HoldReason, OrderStatus, Story
from workflows.asking import ask
from workflows.desk import Desk, Shipment, Withdrawal, reason_of
from workflows.editing import Editing
from workflows.holds import unreadable, what_is_missing
from workflows.pausing import go_on

ENDED_BEFORE = "its story had ended before"


class Preparing:
    def __init__(self, desk: Desk, editing: Editing) -> None:
        self._desk = desk
        self._editing = editing
        self.channel_cancelled = False

    async def normalise(self) -> None:
        """Read every new event; without one, the stored order when there is a reason to look again."""
        look_again = self._desk.inbox.take_look_again()
        events: list[str | None] = list(self._desk.inbox.take_channel_events())
        if not events and (look_again or self._desk.prepare_due or self._desk.facts is None):
            events = [None]
        for place, event_id in enumerate(events):
            try:
                await self._read(event_id)
            except ActivityError:
                # Cancelled: the end of the story takes what was not read.
                self._desk.inbox.put_back(*filter(None, events[place:]))
                raise
        go_on(self._desk, look_again)
        for reason in look_again:
            self._desk.tell(f"looked again: {reason}")

    async def reserve(self) -> None:
        """Reserve what is there. What is missing becomes a hold, what is not ours to ship is only watched."""
        desk, facts = self._desk, self._desk.facts
        if not desk.prepare_due or facts is None or desk.end or desk.is_cancelled:
            return
        desk.prepare_due = False
        if desk.has_sent:
            # What a node refused may find another node now.
            desk.route_due = desk.route_due or desk.hold is not None or desk.backorder_until is not None
            await self._editing.follow(facts)
        elif facts.story is Story.SKIP:
            desk.close(OrderStatus.SKIPPED, f"skipped: {facts.story_reason}")
        elif facts.fulfilled_by_channel:
            await self._observe_channel_fulfillment(facts)
        elif facts.state is ChannelState.FULFILLED or (facts.story is Story.OBSERVE and not facts.open_units):
            await ask(PreparingActivities.observe, ObserveRequest(key=desk.key, gone_before=desk.gone_before))
            desk.close(OrderStatus.OBSERVED, f"observed: {facts.story_reason or 'fulfilled without us'}")
        else:
            await self._reserve(facts)

    async def _read(self, event_id: str | None) -> None:
        desk = self._desk
        try:
            facts = await ask(PreparingActivities.normalise, NormaliseRequest(key=desk.key, event_id=event_id))
        except ActivityError as failed:
            why = reason_of(failed)
            desk.tell(f"could not read an event: {why}")
            if desk.facts is None:
                desk.hold = unreadable(why)
            return
        if desk.facts is None:
            self._take_up(facts)
        elif await self._editing.settle_dispatches(facts):
            await self._read(None)
            return
        if desk.end and event_id:
            desk.inbox.put_back(event_id)
        desk.facts = facts
        desk.released.renew(facts)
        if facts.read_again:
            desk.inbox.ask_channel(event_id or "")
        self._hear_of_withdrawal(facts)
        desk.prepare_due = True
        self.channel_cancelled = facts.state is ChannelState.CANCELLED

    def _hear_of_withdrawal(self, facts: Normalised) -> None:
        """What the channel made of the cancellation. That it is asked for was noted before anybody was told."""
        told, known = self._desk.withdrawal, facts.cancellation
        if told is None or known is None:
            return
        if told.again and known.state is CancellationState.REJECTED and workflow.patched("told-again-in-spite-of-it"):
            return
        nobody_is_told = told.state is None and known.state is CancellationState.ASKED
        if not (nobody_is_told and workflow.patched("asked-is-not-told")):
            told.state, told.detail = known.state, known.detail

    def _take_up(self, facts: Normalised) -> None:
        """The first reading. An order that lost its workflow goes on from what the database knows of it."""
        desk = self._desk
        desk.hold = None
        desk.tell(f"{facts.name} arrived")
        if facts.status.is_end:
            desk.close(facts.status, ENDED_BEFORE)
        if facts.before_live:
            desk.gone_before = facts.fulfilled
        for view in facts.shipments:
            shipment = Shipment.of(view)
            if shipment.is_under_way:
                # Reports of it may have gone to the lost workflow, so the node is asked at once.
                shipment.ask_at = workflow.now()
                desk.shipments[view.number] = shipment
        if not facts.knows_wishes:
            was_stopped = any(view.state is ShipmentState.STOPPED for view in facts.shipments)
            desk.is_cancelled = was_stopped or facts.cancellation is not None
        if facts.cancellation:
            # Where the lost workflow may not have told the channel yet, it is told again, which is safe.
            desk.withdrawal = Withdrawal(facts.cancellation.reason or CancelReason.MERCHANT)
        desk.nodes = tuple(dict.fromkeys(shipment.node for shipment in desk.shipments.values()))
        desk.add_packages(facts.packages)
        desk.route_due = desk.has_sent

    async def _observe_channel_fulfillment(self, facts: Normalised) -> None:
        """Amazon ships it from its own stock: the decision is recorded, nothing is reserved or dispatched."""
        routed = await ask(RoutingActivities.route, RouteRequest(key=self._desk.key))
        self._desk.nodes = routed.nodes
        self._desk.close(OrderStatus.OBSERVED, facts.story_reason or routed.sentence)

    async def _reserve(self, facts: Normalised) -> None:
        desk = self._desk
        reserved = await ask(PreparingActivities.reserve, ReserveRequest(key=desk.key, gone_before=desk.gone_before))
        desk.is_reserved = True
        watched = facts.story is Story.OBSERVE
        has_work = bool(facts.open_units) and not watched
        desk.hold = what_is_missing(facts, reserved.shortages, desk.released.standing) if has_work else None
        desk.waiting, desk.backorder_until = "", None
        if watched or (facts.story is Story.WAIT and desk.hold is None):
            desk.waiting = facts.story_reason or "the channel"
        if desk.hold and desk.hold.reason is HoldReason.OUT_OF_STOCK and facts.story is Story.SHIP:
            # Whether what is short is held, waited for or cancelled is the rules' to say.
            desk.hold = None if workflow.patched("rules-decide-shortages") else desk.hold
        desk.route_due = desk.hold is None and not desk.waiting
