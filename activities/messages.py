"""Everything that crosses Temporal, as frozen models: keys, ids and plain facts, never personal data.

Fields are only ever added, with a default, and never renamed: histories hold these shapes for months.
"""

from datetime import timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from orderloom.domain.cancellations import CancellationState, CancelReason
from orderloom.domain.keys import OrderKey
from orderloom.domain.model import Utc
from orderloom.domain.orders import ChannelState, Hold, HoldReason, OrderStatus, Story


class Message(BaseModel):
    """Ignores unknown fields, so that an older worker reads what a newer one wrote during a rolling deployment."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OrderStart(Message):
    key: OrderKey
    released: tuple[HoldReason, ...] = ()
    """Holds that an operator lifted in an earlier run of the same order."""
    released_changes: dict[HoldReason, str] = {}
    """Which change each of them was of."""


class OrderEnded(Message):
    status: OrderStatus


class EventArrived(Message):
    event_id: str
    hint: bool = False
    """Its body is not the order: it says that the order has changed and is to be read again."""


class LookAgain(Message):
    reason: str


class OperatorRequest(Message):
    by: str
    why: str = ""


class OperatorAnswer(Message):
    done: bool
    text: str


class LateEvent(Message):
    key: OrderKey
    event_id: str
    hint: bool = False
    """As in EventArrived."""
    return_mapped: bool = False
    """It is no event of the log: a listing of which units came back is mapped now."""


class PackageView(Message):
    """One package as the workflow sees it. `told` is true once its channel knows of it, or never needs to."""

    number: int
    shipment: int
    told: bool = False
    label: int = 0
    """How often its node has corrected its tracking number or carrier."""
    told_label: int = 0
    """The one that its channel has; equal where it needs no correction."""
    lost: bool = False


class ShipmentState(StrEnum):
    """How a workflow sees one shipment; the database keeps the finer states."""

    PLANNED = "planned"
    UNCLEAR = "unclear"
    """It may have been sent: ask the node before anything else."""
    SENT = "sent"
    REFUSED = "refused"
    STOPPED = "stopped"
    """The node cancelled it as we asked."""


class ShipmentView(Message):
    number: int
    node: str
    state: ShipmentState
    complete: bool = False
    """All its units have left."""
    ask_after: timedelta = timedelta(hours=6)
    give_up_after: timedelta | None = None
    """How long nothing of it may leave before its node is asked to let go of it; None: however long."""
    taken_at: Utc | None = None
    """When its node took it; None where that is not known yet."""


class WithdrawRequest(Message):
    key: OrderKey
    reason: CancelReason


class Withdrawn(Message):
    """How far the channel is with a cancellation; ACCEPTED also where there is nothing left to tell it."""

    state: CancellationState
    detail: str = ""
    reason: CancelReason | None = None
    """The one that was noted first; None in histories from before it was known."""


class CancelRequest(Message):
    """The order is to be cancelled: who and why in words, and what its channel is told (None: nothing)."""

    key: OrderKey
    why: str
    reason: CancelReason | None = None


class Edited(Message):
    """The order wants other units than nodes were asked for."""

    to_stop: tuple[int, ...] = ()
    """Shipments that hold units it does not want any more, and not all of which has left."""
    text: str = ""
    """What is different, in words."""


class Recall(Message):
    """A shipment that is under way and should not be, as the order is now."""

    shipment: int
    cause: HoldReason
    """The hold, where its node does not stop it."""
    text: str
    """Why, in words."""


class NormaliseRequest(Message):
    key: OrderKey
    event_id: str | None = None
    """None: read the stored order again, with the catalog as it is now."""


class Normalised(Message):
    """What the workflow must know of an order to choose its next step."""

    status: OrderStatus
    """As stored: an end when the order's story is over already."""
    hold: Hold | None
    name: str
    story: Story
    story_reason: str
    state: ChannelState
    fulfilled_by_channel: bool
    before_live: bool
    buyer_asks_to_cancel: bool
    has_address: bool
    open_units: int
    unmapped: tuple[str, ...]
    fulfilled: dict[str, int]
    """Units by line that left without us, as the channel counts them."""
    ship_by: Utc | None
    alert_at: Utc | None
    """When a person is to be told that it has not shipped yet."""
    leaves_by: Utc | None = None
    """The last parcels that keep the promise leave then; None: no cutoff is known."""
    shipments: tuple[ShipmentView, ...]
    packages: tuple[PackageView, ...]
    cancellation: Withdrawn | None = None
    """What became of our telling the channel that it is cancelled; None: it was not told."""
    knows_wishes: bool = False
    """False in histories from before the wish to cancel was stored: then only what was stopped shows it."""
    cancel: CancelRequest | None = None
    """The order is to be cancelled, and its workflow was lost before all of that was done."""
    wants: str = ""
    """Differs where the lines do: a digest of their ids and quantities."""
    edit: Edited | None = None
    """None where nodes were asked for what it wants, or for nothing yet."""
    read_again: bool = False
    """Two deliveries of the same moment differ: only its channel can say how it stands."""
    address: int = 0
    """How often its address has changed."""
    recalls: tuple[Recall, ...] = ()
    moved: str = ""
    """Differs where the channel was made to have another place ship it; empty where it was not."""
    moved_elsewhere: str = ""
    """Where it was moved to a place that is no node of ours: which, in words."""


class ReserveRequest(Message):
    key: OrderKey
    gone_before: dict[str, int] = {}
    """Units by line that had left before we ever counted this stock."""


class Shortage(Message):
    sku: str
    units: int


class Reserved(Message):
    shortages: tuple[Shortage, ...]


class Refusal(Message):
    node: str
    reason: str


class ShipmentStep(Message):
    key: OrderKey
    shipment: int


class RecallStep(ShipmentStep):
    why: str = "the order was edited"
    """Why its node is to let go of it, for the timeline."""


class Heard(StrEnum):
    """What a node let us know about a shipment."""

    ACCEPTED = "accepted"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The node says it never got the dispatch."""
    NOTHING = "nothing"
    """Nothing that concerns a current shipment: another order's, an earlier attempt's or an unreadable event."""


class ShipmentNews(Message):
    """The answer of every step that hears from a node. `packages` and `complete` tell of the whole order."""

    heard: Heard
    shipment: int | None = None
    reason: str = ""
    packages: tuple[PackageView, ...] = ()
    complete: tuple[int, ...] = ()


class ConfirmStep(Message):
    key: OrderKey
    package: int


class Confirmed(Message):
    package: int
    text: str
    label: int = 0
    """The label that the channel has now."""


class CorrectionsDue(Message):
    """Packages of an order whose story had ended, which its channel is to be told of once more."""

    packages: tuple[int, ...] = ()


class StatusChange(Message):
    key: OrderKey
    status: OrderStatus
    hold: Hold | None = None
    what: str
    text: str


class TimelineNote(Message):
    key: OrderKey
    what: str
    text: str
    once: str | None = None


class ObserveRequest(Message):
    key: OrderKey
    gone_before: dict[str, int] = {}


class CloseRequest(Message):
    key: OrderKey
    status: OrderStatus
    text: str
