"""What many shops run instead: every few minutes it adds up what was sold and writes what is left to every channel.

It makes no mistake of its own. It oversells because both channels show the same units until its next round.
"""

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orderloom.domain.errors import Throttled
from orderloom.domain.listing.offers import Batch, Offer, Push
from orderloom.domain.listing.ports import ListingChannel

LONGEST_WAIT_SECONDS = 1.0


@dataclass
class BatchConnector:
    """One article on several channels. `sold` asks a channel's API how many units of it are on orders."""

    stock: int
    channels: Mapping[str, ListingChannel]
    offers: Mapping[str, Offer]
    sold: Mapping[str, Callable[[], int]]
    pushes: int = field(default=0, init=False)

    def publish(self) -> int:
        """One round; the quantity that it wrote everywhere."""
        left = max(self.stock - sum(self._asked(count) for count in self.sold.values()), 0)
        for name, channel in self.channels.items():
            self._write(channel, self.offers[name], left)
        return left

    def run(self, every: float, stop: threading.Event) -> None:
        """Rounds at `every`, 2 x `every`, ... seconds from now, until `stop` is set."""
        began, rounds = time.monotonic(), 1
        while not stop.wait(max(began + rounds * every - time.monotonic(), 0)):
            self.publish()
            rounds += 1

    def _write(self, channel: ListingChannel, offer: Offer, quantity: int) -> None:
        push = Push(
            push_id=0,
            key=offer.key,
            reference=offer.reference,
            change_from=None,
            quantity=quantity,
            places=offer.places,
        )
        self._asked(lambda: len(self._done(channel, push)))
        self.pushes += 1

    @staticmethod
    def _done(channel: ListingChannel, push: Push) -> Sequence[object]:
        return channel.push(Batch(batch_key=str(uuid.uuid4()), pushes=(push,)))

    @staticmethod
    def _asked(call: Callable[[], int]) -> int:
        """Its result. Asked to wait, it waits: a connector that gave up would oversell more, not less."""
        while True:
            try:
                return call()
            except Throttled as slow:
                time.sleep(min(slow.wait_seconds, LONGEST_WAIT_SECONDS))
