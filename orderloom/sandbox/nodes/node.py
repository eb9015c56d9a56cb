"""One node: takes each dispatch id once, ships after its picking time, and calls back."""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from random import Random
from typing import Literal
from uuid import UUID

from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import NodeConfig
from orderloom.sandbox.knobs import Fate, NodeKnobs
from orderloom.sandbox.nodes.shelves import Shelves
from orderloom.sandbox.nodes.shipments import Shipment, WireLine, WirePackage, WireRequest, pack
from orderloom.sandbox.outbox import Delivery, Outbox

Kind = Literal["accepted", "shipped", "delivered", "lost", "cancelled", "refused"]
Asked = Literal["accepted", "repeated", "mismatch", "refused"]


class Node:
    """Its state ends with the process; a shipment that waits to be picked lives in the event loop."""

    def __init__(self, config: NodeConfig, clock: Clock, fate: Fate, outbox: Outbox, dice: Random) -> None:
        self.config = config
        self.shipments: dict[str, Shipment] = {}
        self.shelves = Shelves()
        self.called_off: set[str] = set()
        """Dispatch ids that were cancelled before they arrived."""
        self._clock = clock
        self._fate = fate
        self._outbox = outbox
        self._dice = dice

    @property
    def knobs(self) -> NodeKnobs:
        return self._fate.knobs.node(self.config.node)

    def ask(self, request: WireRequest) -> tuple[Asked, Shipment]:
        """Take a dispatch. The same id with the same content is the same shipment; a refusal is remembered too."""
        known = self.shipments.get(request.dispatch_id)
        if known is not None:
            known.asked += 1
            if known.request != request:
                return "mismatch", known
            return ("refused" if known.state == "refused" else "repeated"), known
        shipment = Shipment(request=request, received_at=self._clock.now())
        self.shipments[request.dispatch_id] = shipment
        reason = "called_off" if request.dispatch_id in self.called_off else self.knobs.refuse
        if reason:
            shipment.state, shipment.reason = "refused", reason
            return "refused", shipment
        self._outbox.spawn(self._work(shipment, self.knobs))
        return "accepted", shipment

    def stock_page(self, after: str) -> dict[str, object]:
        """The units that are promised to no order it was given, from the SKU behind `after` on."""
        promised: Counter[str] = Counter()
        for shipment in self.shipments.values():
            for line in shipment.staying():
                promised[line.sku] += line.quantity
        return self.shelves.page(after, promised)

    def cancel(self, shipment: Shipment) -> None:
        """Stop it if nothing has left yet; else it stays what it is."""
        if shipment.state == "accepted" and not shipment.packages:
            shipment.state = "cancelled"
            shipment.waiting.clear()
            self._report(shipment, "cancelled")

    def ship_rest(self, shipment: Shipment) -> int:
        """Let the packages leave that the knob `held_back` kept; returns how many did."""
        count = len(shipment.waiting)
        for _ in range(count):
            self._ship_next(shipment)
        return count

    def relabel(self, shipment: Shipment, tracking_number: str, carrier: str) -> None:
        """Its last package goes under another label; it is reported as shipped once more."""
        label = {"tracking_number": tracking_number, "carrier": carrier, "tracking_url": None}
        shipment.packages[-1] = shipment.packages[-1].model_copy(update=label)
        self._report(shipment, "shipped", shipment.packages[-1])

    def lose(self, shipment: Shipment) -> None:
        """Its last package will not arrive."""
        lost = shipment.packages[-1] = shipment.packages[-1].model_copy(update={"lost_at": self._clock.now()})
        self._report(shipment, "lost", lost)

    async def _work(self, shipment: Shipment, knobs: NodeKnobs) -> None:
        if not knobs.out_of_order:
            self._report(shipment, "accepted")
        await asyncio.sleep(self.config.pick_seconds if knobs.pick_seconds is None else knobs.pick_seconds)
        if shipment.state != "accepted":
            return
        if knobs.refuse_later:
            shipment.state, shipment.reason = "refused", knobs.refuse_later
            self._report(shipment, "refused")
            return
        shipment.waiting = pack(shipment.request.lines, knobs.packages)
        while len(shipment.waiting) > knobs.held_back:
            self._ship_next(shipment)
        if knobs.out_of_order:
            self._report(shipment, "accepted")

    def _ship_next(self, shipment: Shipment) -> None:
        package = self._label(shipment, shipment.waiting.pop(0))
        shipment.packages.append(package)
        self.shelves.take(package.lines)
        if not shipment.waiting:
            shipment.state = "shipped"
        self._report(shipment, "shipped", package)
        under_way = self.knobs.delivered_after_seconds
        if under_way is not None:
            self._outbox.spawn(self._deliver(shipment, package, under_way))

    async def _deliver(self, shipment: Shipment, package: WirePackage, seconds: float) -> None:
        await asyncio.sleep(seconds)
        place = next(n for n, each in enumerate(shipment.packages) if each.package_id == package.package_id)
        update = {"delivered_at": self._clock.now()}
        shipment.packages[place] = shipment.packages[place].model_copy(update=update)
        self._report(shipment, "delivered", shipment.packages[place])

    def _label(self, shipment: Shipment, lines: tuple[WireLine, ...]) -> WirePackage:
        tracking = f"1Z{self._dice.randrange(36**7):011d}{self._dice.randrange(10**5):05d}"
        return WirePackage(
            package_id=f"P{len(shipment.packages) + 1}",
            carrier="UPS",
            service="Ground",
            tracking_number=tracking,
            tracking_url=f"https://tracking.example/{tracking}",
            shipped_at=self._clock.now(),
            lines=lines,
        )

    def _report(self, shipment: Shipment, kind: Kind, package: WirePackage | None = None) -> None:
        if self.knobs.silent:
            return
        delivery_id = str(UUID(int=self._dice.getrandbits(128), version=4))
        report = {
            "delivery_id": delivery_id,
            "dispatch_id": shipment.dispatch_id,
            "kind": kind,
            "occurred_at": self._clock.now().isoformat(),
            "reason": shipment.reason,
            "package": package.model_dump(mode="json") if package else None,
        }
        body = json.dumps(report).encode()
        signature = hmac.new(self.config.callback_secret.encode(), body, hashlib.sha256).hexdigest()
        delivery = Delivery(
            sender=f"node:{self.config.node}",
            topic=kind,
            subject=shipment.dispatch_id,
            delivery_id=delivery_id,
            path=f"/webhooks/fulfillment/{self.config.node}",
            headers={
                "Content-Type": "application/json",
                "X-Orderloom-Delivery": delivery_id,
                "X-Orderloom-Signature": f"sha256={signature}",
            },
            body=body,
            made_at=self._clock.now(),
        )
        self._outbox.post(delivery, self.knobs.callbacks)
