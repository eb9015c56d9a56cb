"""What nodes say beforehand of price, promise and whether they can: asked while an order is decided, never waited for.

The only place besides a dispatch that reads an order's address: Amazon prices a parcel by it. It goes to the node and
nowhere else; what comes back names nobody and is kept with the decision (Inputs.quotes).
"""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from activities.books import Books
from orderloom.domain.decisions import Decision
from orderloom.domain.errors import OutsideError, Rejected, Throttled
from orderloom.domain.nodes import FulfillmentOffers, ShippingOffer
from orderloom.domain.orders import Order
from orderloom.domain.quotes import Quote, Unquoted, as_quote
from orderloom.domain.routing import Router
from orderloom.domain.shipments import DispatchRequest

PATIENCE_SECONDS = 2.0
"""For all questions of one decision together: an order goes on without an answer."""
KEPT_SECONDS = 60.0
"""How long an answer holds for the same parcel, e.g. where stock moved and the order is decided once more."""
SILENCE_SECONDS = 10.0
"""A node that did not answer in time is left alone for so long: an outage must not cost every order the patience."""
MOST_QUESTIONS = 6
"""In one decision: the whole order, and parts of it where it may be split."""
MOST_KEPT = 1_000
THREADS = 4


@dataclass
class Pace:
    """A node's published limit: so many questions a second, and a burst. Not safe for threads by itself."""

    per_second: float = 2.0
    burst: int = 30
    _left: float = field(default=0.0, init=False)
    _at: float | None = field(default=None, init=False)

    def wait(self, now: float, patience: float) -> float | None:
        """Take one question and say how long to wait with it; None, and nothing taken, where that is too long."""
        since = now - self._at if self._at is not None else float("inf")
        left = min(self._left + since * self.per_second, float(self.burst))
        wait = max(0.0, (1.0 - left) / self.per_second)
        if wait > patience:
            return None
        self._left, self._at = left - 1.0, now
        return wait


@dataclass
class _Node:
    offers: FulfillmentOffers
    pace: Pace
    quiet_until: float = 0.0
    why_quiet: str = ""


class QuoteDesk:
    """Asks nodes that quote. Safe for many threads; without such nodes it costs nothing."""

    def __init__(
        self,
        books: Books,
        nodes: Mapping[str, FulfillmentOffers],
        *,
        paces: Mapping[str, Pace] | None = None,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._books = books
        self._nodes = {name: _Node(node, (paces or {}).get(name) or Pace()) for name, node in nodes.items()}
        self._patience, self._clock, self._pause = patience, clock, pause
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="quotes")
        self._kept: dict[str, tuple[float, Quote]] = {}
        self._lock = Lock()

    def consult(self, router: Router, decision: Decision, now: datetime) -> Decision:
        """The decision as it is with every quote that could change it; an answer may lead to another question."""
        given, until, asked = decision.inputs, self._clock() + self._patience, 0
        if given is None or not self._nodes:
            return decision
        while asked < MOST_QUESTIONS:
            parcels = [parcel for parcel in router.unquoted(given, now) if parcel.node in self._nodes]
            parcels = parcels[: MOST_QUESTIONS - asked]
            if not parcels:
                break
            quotes = self._ask(given.order, parcels, until)
            given, asked = given.model_copy(update={"quotes": (*given.quotes, *quotes)}), asked + len(parcels)
        return router.decide_again(given, now) if given.quotes else decision

    def _ask(self, order: Order, parcels: Sequence[Unquoted], until: float) -> list[Quote]:
        recipient = self._books.orders.personal(order.key)
        requests = [
            DispatchRequest(
                dispatch_id="preview",
                node=parcel.node,
                channel=order.key.channel,
                placed_at=order.placed_at,
                order_name=order.name,
                service_level=order.service_level,
                lines=parcel.lines,
                recipient=recipient,
            )
            for parcel in parcels
        ]
        return [self._quote(parcel, request, until) for parcel, request in zip(parcels, requests, strict=True)]

    def _quote(self, parcel: Unquoted, request: DispatchRequest, until: float) -> Quote:
        content = request.model_dump_json(exclude={"order_name", "placed_at"})
        name = hashlib.sha256(content.encode()).hexdigest()
        with self._lock:
            since, kept = self._kept.get(name, (0.0, None))
            if kept and self._clock() - since < KEPT_SECONDS:
                return kept
        answer = self._answer(parcel, request, until)
        if answer.is_answered:
            with self._lock:
                while len(self._kept) >= MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept.pop(name, None)
                self._kept[name] = (self._clock(), answer)
        return answer

    def _answer(self, parcel: Unquoted, request: DispatchRequest, until: float) -> Quote:
        node = self._nodes[parcel.node]
        try:
            self._take_turn(node, until)
            return as_quote(parcel, self._offers(node, request, until))
        except Rejected as refusal:
            return Quote(node=parcel.node, lines=parcel.lines, refusal=refusal.detail)
        except _Silent as silent:
            return Quote(node=parcel.node, lines=parcel.lines, unanswered=str(silent))

    def _take_turn(self, node: _Node, until: float) -> None:
        with self._lock:
            now = self._clock()
            if now < node.quiet_until:
                raise _Silent(node.why_quiet)
            wait = node.pace.wait(now, until - now)
        if wait is None:
            raise _Silent("it is asked as often as it allows")
        if wait:
            self._pause(wait)

    def _offers(self, node: _Node, request: DispatchRequest, until: float) -> Sequence[ShippingOffer]:
        """In a thread of its own: a client's own time limit is meant for orders, and is longer."""
        asking: Future[Sequence[ShippingOffer]] = self._threads.submit(node.offers.offers, request)
        try:
            return asking.result(max(0.0, until - self._clock()))
        except TimeoutError:
            asking.cancel()
            raise self._left_alone(node, f"no answer within {self._patience:g} s", SILENCE_SECONDS) from None
        except Throttled as throttled:
            raise self._left_alone(node, throttled.detail, throttled.wait_seconds) from None
        except Rejected:
            raise
        except OutsideError as failure:
            raise self._left_alone(node, failure.detail, SILENCE_SECONDS) from None

    def _left_alone(self, node: _Node, why: str, seconds: float) -> "_Silent":
        with self._lock:
            node.quiet_until, node.why_quiet = self._clock() + seconds, why
        return _Silent(why)


class _Silent(Exception):
    """No answer, and why."""
