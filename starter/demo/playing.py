"""Plays the script against the running stack: buyers buy, an operator maps a SKU, a worker dies."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from orderloom.domain.keys import Channel
from orderloom.domain.stock import Listing
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.knobs import DeliveryKnobs, Knobs
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.storage.store import Store
from starter.demo.script import Sale, Script, SoldLine, Twist
from starter.demo.shop import AMAZON_ACCOUNT, SHOPIFY_ACCOUNT, UNMAPPED, UNMAPPED_MEANS, Shop
from starter.stack import Stack

DUPLICATE_RATE = 0.2
"""The share of all webhooks and callbacks that arrive twice."""
CHANGE_OF_MIND_SECONDS = 1.0
RESENT_AFTER_SECONDS = (0.0, 1.0, 2.0, 5.0, 15.0)
TICK_SECONDS = 0.25
RELEASE_SECONDS = 6.0
"""How long Amazon keeps an order pending."""


@dataclass(order=True)
class Act:
    """Something that happens at a moment, in seconds from the first sale."""

    at: float
    do: Callable[[], object] = field(compare=False)


class Player:
    """Runs the acts in their order and remembers which order came of which sale."""

    def __init__(
        self, stack: Stack, control: SandboxControl, store: Store, shop: Shop, say: Callable[[str], None]
    ) -> None:
        self._stack = stack
        self._control = control
        self._store = store
        self._parts = {item.listing: {part.sku: part.units for part in item.components} for item in shop.listings}
        self._parts[UNMAPPED] = {UNMAPPED_MEANS.sku: UNMAPPED_MEANS.units}
        self._say = say
        self._acts: list[Act] = []
        self.twists: dict[str, Twist] = {}
        """What was special about each order, by its key."""

    def play(self, script: Script, tick: Callable[[], None]) -> None:
        """Blocks until the last act is done; calls `tick` while it waits."""
        self._control.set_knobs(self._knobs())
        self._acts = [Act(sale.at, partial(self._sell, sale)) for sale in script.sales]
        self._acts += [Act(script.map_sku_at, self._map_sku), Act(script.kill_worker_at, self._kill_worker)]
        started = time.monotonic()
        while self._acts:
            self._acts.sort()
            wait = self._acts[0].at - (time.monotonic() - started)
            if wait > 0:
                tick()
                threading.Event().wait(min(wait, TICK_SECONDS))
            else:
                self._acts.pop(0).do()

    def _knobs(self) -> Knobs:
        twice = DeliveryKnobs(duplicate_rate=DUPLICATE_RATE)
        nodes = {
            node: knobs.model_copy(update={"callbacks": twice}) for node, knobs in self._control.knobs().nodes.items()
        }
        return Knobs(webhooks=twice, nodes=nodes)

    def _sell(self, sale: Sale) -> None:
        order = SandboxOrder(
            label=f"{sale.number}: {sale.twist.value}",
            lines=tuple(self._line(line) for line in sale.lines),
            fulfilled_by="amazon" if sale.twist is Twist.FBA else "merchant",
            prime=sale.twist in (Twist.FBA, Twist.SELLER_PRIME),
            pending=sale.twist is Twist.PENDING,
            with_note=sale.number % 5 == 0,
        )
        if sale.channel is Channel.AMAZON:
            account, order_id = AMAZON_ACCOUNT, self._control.place_amazon_order(AMAZON_ACCOUNT, order)
        else:
            account, order_id = SHOPIFY_ACCOUNT, self._control.place_shopify_order(SHOPIFY_ACCOUNT, order)
        self.twists[f"{sale.channel}:{account}:{order_id}"] = sale.twist
        self._acts += self._what_follows(sale, order_id)

    def _what_follows(self, sale: Sale, order_id: str) -> list[Act]:
        if sale.twist is Twist.CANCELLED:
            cancel = partial(self._control.cancel_shopify_order, SHOPIFY_ACCOUNT, order_id)
            return [Act(sale.at + CHANGE_OF_MIND_SECONDS, cancel)]
        if sale.twist is Twist.PENDING:
            release = partial(self._control.release_pending, AMAZON_ACCOUNT, (order_id,))
            return [Act(sale.at + RELEASE_SECONDS, release)]
        if sale.twist is Twist.REPEATED:
            resend = partial(self._control.resend_webhook, SHOPIFY_ACCOUNT, order_id)
            return [Act(sale.at + wait, resend) for wait in RESENT_AFTER_SECONDS]
        return []

    def _line(self, sold: SoldLine) -> SandboxLine:
        return SandboxLine(
            sku=sold.listing,
            quantity=sold.quantity,
            unit_price=sold.unit_price,
            grams=sold.grams,
            components=self._parts.get(sold.listing),
        )

    def _map_sku(self) -> None:
        listing = Listing(
            channel=Channel.SHOPIFY, account=SHOPIFY_ACCOUNT, listing=UNMAPPED, components=(UNMAPPED_MEANS,)
        )
        self._store.catalog.import_listings([listing])
        self._say(f"an operator maps {UNMAPPED}; what waits for it goes on by itself")

    def _kill_worker(self) -> None:
        self._stack.kill("worker")
        self._say("the worker is killed (SIGKILL) and started again")
        threading.Thread(target=self._stack.restart, args=("worker",), name="revive", daemon=True).start()
