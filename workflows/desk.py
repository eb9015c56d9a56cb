"""What all parts of an order's story share: what is known, what is under way, and how a step is asked for."""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

from activities.messages import Normalised, OrderStart, PackageView, Refusal, ShipmentState, ShipmentView
from activities.rule_messages import ActionView
from orderloom.domain.cancellations import CancellationState, CancelReason
from orderloom.domain.orders import Hold, OrderStatus
from orderloom.domain.rulebook import ActionTime
from workflows.holds import package_lost
from workflows.inbox import Inbox
from workflows.releases import Releases

Answer = TypeVar("Answer")


@dataclass
class Shipment:
    number: int
    node: str
    state: ShipmentState
    ask_after: timedelta
    complete: bool = False
    ask_at: datetime | None = None
    trouble: Hold | None = None
    task: "asyncio.Task[None] | None" = None
    unclear_at: datetime | None = None
    """When a dispatch that got no answer yet is shown to a person. It goes on being tried."""
    give_up_after: timedelta | None = None
    given_at: datetime | None = None
    """When its node was asked for it, and later when it took it."""
    recall_at: datetime | None = None
    """When its node is to be asked to let go of it, if nothing of it has left by then."""

    @classmethod
    def of(cls, view: ShipmentView) -> "Shipment":
        shipment = cls(view.number, view.node, view.state, view.ask_after, view.complete)
        shipment.give_up_after = view.give_up_after
        if view.taken_at:
            shipment.was_given(view.taken_at)
        return shipment

    def was_given(self, at: datetime) -> None:
        """From now on its node's time runs."""
        self.given_at = at
        self.recall_at = at + self.give_up_after if self.give_up_after else None

    @property
    def is_under_way(self) -> bool:
        return self.state in (ShipmentState.UNCLEAR, ShipmentState.SENT)


@dataclass
class Package:
    number: int
    shipment: int
    told: bool
    trouble: Hold | None = None
    task: "asyncio.Task[None] | None" = None
    label: int = 0
    told_label: int = 0
    """Below `label`: the channel has to be told that the tracking number is another one."""
    lost: Hold | None = None
    loss_settled: bool = False

    @property
    def needs_correction(self) -> bool:
        return self.told and self.told_label < self.label

    @property
    def is_settled(self) -> bool:
        return self.told and not (self.needs_correction or self.lost)


@dataclass
class Withdrawal:
    """The channel is to be told that the order is cancelled, because it does not know it yet."""

    reason: CancelReason
    state: CancellationState | None = None
    """As far as it is known to have come; None: it has to be told."""
    detail: str = ""
    is_over: bool = False
    again: bool = False
    """A person wants it told again: an earlier refusal is known and counts no more."""
    trouble: Hold | None = None
    task: "asyncio.Task[None] | None" = None


@dataclass
class Act:
    """An action of the rule that took the order."""

    view: ActionView
    decision: str
    decided_at: datetime
    attempt: int = 1
    to_decide: bool = False
    """Its answer is needed before anything is planned; then the order is decided again."""
    is_done: bool = False
    has_answered: bool = False
    cancels: str = ""
    """Why its answer asks to cancel the order."""
    trouble: Hold | None = None
    task: "asyncio.Task[None] | None" = None

    @property
    def name(self) -> str:
        return f"{self.view.act.action}:{self.view.act.when}:{self.decision}"

    @property
    def is_before(self) -> bool:
        return self.view.act.when is ActionTime.BEFORE


@dataclass
class Desk:
    """One order's papers."""

    start: OrderStart
    inbox: Inbox = field(default_factory=Inbox)
    facts: Normalised | None = None
    shipments: dict[int, Shipment] = field(default_factory=dict)
    packages: dict[int, Package] = field(default_factory=dict)
    acts: dict[str, Act] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    nodes: tuple[str, ...] = ()
    released: Releases = field(init=False)
    gone_before: dict[str, int] = field(default_factory=dict)
    hold: Hold | None = None
    """What keeps the order from being reserved or routed; troubles of a shipment or package are kept with it."""
    waiting: str = ""
    """What it waits for without needing a person, in words."""
    reading: "asyncio.Task[None] | None" = None
    """It is being read again from its channel, as a hint asked for."""
    backorder_until: datetime | None = None
    """By rule it waits for stock until then; units that come wake it."""
    opens_at: datetime | None = None
    """Within that wait: when a node's next day may let it ship."""
    is_reserved: bool = False
    prepare_due: bool = False
    route_due: bool = False
    rules_in_force: bool = False
    """The next plan is made by the rules in force then, not by those that the order was decided with."""
    is_cancelled: bool = False
    cancelled_because: str = ""
    """Who wanted it and why, in words."""
    is_released: bool = False
    withdrawal: Withdrawal | None = None
    end: OrderStatus | None = None
    end_text: str = ""
    happened: list[str] = field(default_factory=list)
    stirred: bool = False
    is_over: bool = False
    """The workflow is about to return; whatever still comes is late."""

    def __post_init__(self) -> None:
        self.key = self.start.key
        self.released = Releases(self.start.released, self.start.released_changes)

    def begin(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        """Let something go on beside the story; when it is done the story looks around again."""
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self.stir())
        return task

    async def leave(self, works: "Iterable[Shipment | Package | Withdrawal | Act]") -> None:
        """Bring to rest what goes on beside the story: a running attempt ends, no further one begins."""
        busy = [work for work in works if work.task]
        tasks = [work.task for work in busy if work.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await workflow.wait(tasks)
        for work in busy:
            work.task = None

    async def leave_reading(self) -> bool:
        """Bring a reading to rest; whether there was one."""
        reading, self.reading = self.reading, None
        if reading:
            reading.cancel()
            await workflow.wait([reading])
        return reading is not None

    def stir(self) -> None:
        self.stirred = True

    def tell(self, text: str) -> None:
        """A line for the status card."""
        self.happened.append(text)

    def close(self, status: OrderStatus, text: str) -> None:
        self.end, self.end_text = status, text
        self.tell(text)

    def add_packages(self, views: tuple[PackageView, ...]) -> None:
        for view in views:
            package = self.packages.setdefault(view.number, Package(view.number, view.shipment, view.told))
            package.told = package.told or view.told
            package.label = max(package.label, view.label)
            package.told_label = max(package.told_label, view.told_label)
            self._lose(package, view)

    def _lose(self, package: Package, view: PackageView) -> None:
        package.loss_settled = package.loss_settled and view.lost
        package.lost = package_lost(package.number) if view.lost and not package.loss_settled else None

    @property
    def has_sent(self) -> bool:
        """Something may be at a node, so the order's lines are settled."""
        return bool(self.packages) or any(shipment.is_under_way for shipment in self.shipments.values())

    @property
    def trouble(self) -> Hold | None:
        """The first thing that waits for a person."""
        troubles = (work.trouble for work in self.works)
        return self.hold or next(filter(None, (*troubles, *(each.lost for each in self.packages.values()))), None)

    @property
    def is_due(self) -> bool:
        """A step whose turn in this round had passed became due: the story goes round once more before it waits."""
        return not self.is_cancelled and (self.route_due or (self.prepare_due and self.facts is not None))

    @property
    def is_busy(self) -> bool:
        """A dispatch, a question, a confirmation or a reading is under way."""
        return self.reading is not None or any(work.task for work in self.works)

    @property
    def awaits_actions(self) -> bool:
        """Something that the rule has done before dispatch is not through."""
        return self.asks_to_decide or any(act.is_before and not act.is_done for act in self.acts.values())

    @property
    def asks_to_decide(self) -> bool:
        """What was planned before counts no more, and nothing is planned anew until answers are there."""
        return any(act.to_decide for act in self.acts.values())

    @property
    def works(self) -> "list[Shipment | Package | Withdrawal | Act]":
        told = [self.withdrawal] if self.withdrawal else []
        return [*self.shipments.values(), *self.packages.values(), *told, *self.acts.values()]


def reason_of(failed: BaseException) -> str:
    """Why a step gave up, in words that are free of personal data. A cancellation is no such reason: it goes on up."""
    if is_cancelled_exception(failed):
        raise failed
    cause = failed.cause if isinstance(failed, ActivityError) else None
    return cause.message if isinstance(cause, ApplicationError) else "it was not done in time"
