"""Where an order stands, said in three places at once: the database, the search attributes and the status card."""

from temporalio import workflow

from activities.messages import ShipmentState, StatusChange
from activities.preparing import PreparingActivities
from orderloom.domain.orders import Hold, HoldReason, OrderStatus
from workflows.asking import ask
from workflows.desk import Desk
from workflows.status_card import status_card
from workflows.visibility import Visible


class Standing:
    """The steps store their own progress; only a hold, a wait and their end are stored from here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._visible = Visible(desk.key)
        self._stored: tuple[Hold | None, bool] | None = None

    async def settle(self) -> None:
        desk = self._desk
        status, hold = status_of(desk), None if desk.end else desk.trouble
        facts = desk.facts
        self._visible.show(status, hold, desk.nodes, facts.ship_by if facts else None)
        name = facts.name if facts else str(desk.key)
        workflow.set_current_details(status_card(name, status, hold, desk.waiting, desk.happened))
        if desk.end is None:
            await self._store(status, hold)

    async def _store(self, status: OrderStatus, hold: Hold | None) -> None:
        desk = self._desk
        if self._stored is None:
            first = desk.facts
            self._stored = (first.hold, first.status is OrderStatus.WAITING) if first else (None, False)
        standing = (hold, status is OrderStatus.WAITING)
        if standing == self._stored:
            return
        self._stored = standing
        text = (
            f"{hold.detail}. To do: {hold.fix}" if hold else f"waits for {desk.waiting}" if desk.waiting else "goes on"
        )
        what = "waiting" if desk.waiting else "resumed"
        change = StatusChange(key=desk.key, status=status, hold=hold, what=what, text=text)
        await ask(PreparingActivities.set_status, change)


def status_of(desk: Desk) -> OrderStatus:
    if desk.end:
        return desk.end
    hold = desk.trouble
    if desk.waiting or (hold and hold.reason is HoldReason.BEFORE_LIVE):
        return OrderStatus.WAITING
    if hold:
        return OrderStatus.HELD
    return _progress_of(desk)


def _progress_of(desk: Desk) -> OrderStatus:
    alive = [s for s in desk.shipments.values() if s.state not in (ShipmentState.STOPPED, ShipmentState.REFUSED)]
    if desk.packages:
        everything = all(shipment.complete for shipment in alive)
        return OrderStatus.SHIPPED if everything else OrderStatus.PARTIALLY_SHIPPED
    if alive:
        sent = all(shipment.state is ShipmentState.SENT for shipment in alive)
        return OrderStatus.DISPATCHED if sent else OrderStatus.ROUTED
    return OrderStatus.RESERVED if desk.is_reserved else OrderStatus.ARRIVED
