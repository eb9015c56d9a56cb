"""What an operator may ask of an order, and the answer."""

from temporalio.exceptions import ActivityError

from activities import queues
from activities.messages import ShipmentState, TimelineNote
from activities.preparing import PreparingActivities
from activities.rereading import RereadingActivities
from orderloom.domain.cancellations import CancelReason
from orderloom.domain.orders import HoldReason
from workflows.acting import Acting
from workflows.asking import ask
from workflows.cancelling import Cancelling
from workflows.confirming import Confirming
from workflows.desk import Desk, reason_of
from workflows.editing import Editing
from workflows.giving_up import GivingUp
from workflows.holds import TOO_LATE
from workflows.inbox import Asked, Wish
from workflows.shipping import Shipping
from workflows.withdrawing import Withdrawing

MENDED_AT_THE_CHANNEL = (HoldReason.NO_ADDRESS, HoldReason.UNREADABLE)
"""What was missing is there now, or it is not: only the channel can tell."""


class Operator:
    def __init__(
        self,
        desk: Desk,
        shipping: Shipping,
        giving_up: GivingUp,
        confirming: Confirming,
        cancelling: Cancelling,
        withdrawing: Withdrawing,
        editing: Editing,
        acting: Acting,
    ) -> None:
        self._desk = desk
        self._shipping = shipping
        self._giving_up = giving_up
        self._confirming = confirming
        self._cancelling = cancelling
        self._withdrawing = withdrawing
        self._editing = editing
        self._acting = acting
        self._unanswered: list[Asked] = []

    async def listen(self) -> None:
        for asked in self._desk.inbox.take_asked():
            if asked.wish is Wish.CANCEL:
                asked.reply(True, await self._cancelling.cancel(_because(asked), self._reason))
                continue
            self._unanswered.append(asked)
            if asked.wish is Wish.RETRY:
                await self._retry(asked)
            elif asked.wish is Wish.REROUTE:
                await self._reroute(asked)
            else:
                await self._release(asked)

    def answer(self) -> None:
        """After everything was tried once more: does the order go on?"""
        hold = self._desk.trouble
        for asked in self._unanswered:
            asked.reply(hold is None, f"still held: {hold.detail}; {hold.fix}" if hold else "it goes on")
        self._unanswered.clear()

    async def _retry(self, asked: Asked) -> None:
        desk = self._desk
        if desk.trouble is None:
            asked.reply(False, "nothing waits for a retry; what fails is tried again by itself")
            return
        if desk.hold and desk.hold.reason in MENDED_AT_THE_CHANNEL:
            await self._read_again(asked)
        desk.tell(f"retry asked by {asked.request.by}")
        desk.refusals.clear()
        was_too_late = desk.trouble.reason in TOO_LATE
        desk.prepare_due = desk.prepare_due or desk.hold is not None or was_too_late
        self._shipping.ask_again()
        self._giving_up.ask_again()
        self._confirming.confirm_again()
        self._withdrawing.tell_again()
        self._acting.ask_again()

    async def _reroute(self, asked: Asked) -> None:
        """What no node has is planned again, by the rules in force now. What a node has, or may have, stays there."""
        desk = self._desk
        over = (ShipmentState.REFUSED, ShipmentState.STOPPED)
        at_nodes = [f"{s.node} has shipment {s.number}" for s in desk.shipments.values() if s.state not in over]
        if at_nodes and desk.hold is None:
            asked.reply(False, f"nothing is left to plan: {', '.join(at_nodes)}, or is being asked to take it")
            return
        desk.refusals.clear()
        desk.rules_in_force = desk.prepare_due = True
        text = f"to be planned again by the rules in force: {_because(asked)}"
        await ask(PreparingActivities.note, TimelineNote(key=desk.key, what="rerouted", text=text))
        desk.tell(text)

    async def _read_again(self, asked: Asked) -> None:
        desk = self._desk
        try:
            read = await ask(RereadingActivities.reread, desk.key, queue=queues.readings(desk.key))
        except ActivityError as failed:
            asked.reply(False, f"it could not be read again: {reason_of(failed)}")
        else:
            desk.inbox.read_again(read.event_id)

    async def _release(self, asked: Asked) -> None:
        desk, hold = self._desk, self._desk.trouble
        if hold is None:
            asked.reply(False, "it is not held")
        elif hold.reason is HoldReason.BEFORE_LIVE:
            await self._adopt(asked)
        elif hold.reason is HoldReason.BUYER_ASKS_TO_CANCEL:
            self._editing.ship_as_dispatched(hold.reason)
            desk.prepare_due = True
            await self._note(asked, "shipped although the buyer asks to cancel")
        elif hold.reason is HoldReason.MOVED_ELSEWHERE:
            self._editing.ship_as_dispatched(hold.reason)
            desk.prepare_due = True
            await self._note(asked, "shipped from our own nodes although it was moved to another place")
        elif hold.reason in (HoldReason.ACTION_HOLDS, HoldReason.ACTION_FAILED):
            await self._acting.go_on_without(_because(asked))
            await self._note(asked, "went on without an action")
        elif hold.reason is HoldReason.CONFIRMATION_REJECTED:
            self._confirming.was_done_by_hand()
            await self._note(asked, "confirmed at the channel by hand")
        elif hold.reason is HoldReason.PACKAGE_LOST:
            self._confirming.loss_is_settled()
            await self._note(asked, "a lost package was settled by hand")
        elif hold.reason in TOO_LATE:
            self._editing.ship_as_dispatched(hold.reason)
            await self._note(asked, f"shipped as dispatched ({hold.reason})")
        elif hold.reason is HoldReason.CANCEL_REJECTED:
            self._withdrawing.was_done_by_hand()
            await self._note(asked, "cancelled at the channel by hand")
        else:
            asked.reply(False, f"this hold cannot be lifted by hand: {hold.detail}; {hold.fix}")

    @property
    def _reason(self) -> CancelReason:
        facts = self._desk.facts
        return CancelReason.BUYER if facts and facts.buyer_asks_to_cancel else CancelReason.MERCHANT

    async def _adopt(self, asked: Asked) -> None:
        note = TimelineNote(key=self._desk.key, what="adopted", text=f"adopted by {_because(asked)}", once="adopted")
        await ask(PreparingActivities.adopt, note)
        self._desk.prepare_due = True

    async def _note(self, asked: Asked, text: str) -> None:
        line = TimelineNote(key=self._desk.key, what="released", text=f"{text}: {_because(asked)}")
        await ask(PreparingActivities.note, line)
        self._desk.tell(line.text)


def _because(asked: Asked) -> str:
    request = asked.request
    return f"{request.by}: {request.why}" if request.why else request.by
