"""Pools to start from, and a fake pair of channels that do exactly what the facts say and nothing in time."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from orderloom.domain.keys import Channel
from orderloom.domain.listing.moves import Alert, Move, SetShopify, WriteZero
from orderloom.domain.listing.observe import (
    cancelled,
    change_made,
    change_stale,
    reading_observed,
    sale_seen,
    stock_changed,
    write_accepted,
    write_lost,
)
from orderloom.domain.listing.plan import plan
from orderloom.domain.listing.policy import ListingPolicy, Strategy
from orderloom.domain.listing.state import AlertKind, Lags, ListingState, PoolState, Reading

LAGS = Lags(effect=20, sight=30)
AT_THE_LATEST = LAGS.sight - 1e-6
"""So that no rounding of a sum makes an order a late one."""
GRANTED = ListingPolicy(strategy=Strategy.GRANTED)
ADAPTIVE = ListingPolicy(strategy=Strategy.ADAPTIVE)


def listing(name: str, units: int = 0, rights: int = 0, share: float = 0.5, each: int = 1) -> ListingState:
    """A listing at rest; its channel is the first part of its name."""
    return ListingState(
        name=name,
        channel=Channel(name.split("-")[0]),
        lags=LAGS,
        units=each,
        rights=rights,
        reading=Reading(units=units, at=0),
        share=share,
    )


def pool(available: int, *listings: ListingState, gap: float = 20.0) -> PoolState:
    return PoolState(available=available, listings={one.name: one for one in listings}, gap=gap, last_sale=0)


@dataclass
class Sale:
    number: int
    name: str
    quantity: int
    at: float


@dataclass
class Shop:
    """Two or more listings, moves in flight, and orders that nobody has seen yet, in any order and more than once."""

    state: PoolState
    policy: ListingPolicy
    now: float = 0.0
    shown: dict[str, int] = field(default_factory=dict)
    calls: deque[SetShopify] = field(default_factory=deque)
    patches: deque[tuple[str, int, float]] = field(default_factory=deque)
    unseen: list[Sale] = field(default_factory=list)
    lost: list[Sale] = field(default_factory=list)
    ever_lost: int = 0
    reserved: dict[int, Sale] = field(default_factory=dict)
    cancelled: set[int] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)
    stock: int = 0
    sold: int = 0
    asked: dict[str, tuple[float, int | None]] = field(default_factory=dict)
    """Calls for a figure that are under way: when each was sent, and the figure once the channel has taken it."""
    done: dict[int, bool] = field(default_factory=dict)
    """Of a call (by identity) that Shopify took up and whose answer was lost: whether it did it."""

    def __post_init__(self) -> None:
        self.stock = self.state.available
        self.shown = {name: one.reading.units // one.units for name, one in self.state.listings.items()}
        self.look()

    @property
    def exposed(self) -> int:
        """Units that could be sold from now on if every write in flight took effect at the worst moment."""
        shown = sum(units * self.state.listings[name].units for name, units in self.shown.items())
        waiting = [call for call in self.calls if id(call) not in self.done]
        raises = sum(max(c.quantity - (c.change_from or 0), 0) * self._each(c.listing) for c in waiting)
        return shown + raises + sum(units * self._each(name) for name, units, _ in self.patches)

    @property
    def noticed(self) -> set[AlertKind]:
        """All that was ever called out: nobody clears it."""
        return {kind for _, kind in self.state.alerts}

    def _each(self, name: str) -> int:
        return self.state.listings[name].units

    def look(self) -> None:
        self.state, moves = plan(self.state, self.policy, self.now)
        for move in moves:
            self._send(move)

    def _send(self, move: Move) -> None:
        if isinstance(move, Alert):
            return
        if isinstance(move, SetShopify):
            self.calls.append(move)
        else:
            units = 0 if isinstance(move, WriteZero) else move.quantity
            self.patches.append((move.listing, units, self.now))

    def buy(self, name: str, quantity: int = 1) -> None:
        taken = min(quantity, self.shown[name])
        if taken:
            self.shown[name] -= taken
            self.sold += taken * self._each(name)
            self.unseen.append(Sale(next(self.numbers), name, taken, self.now))

    def see(self, index: int, again: bool = False) -> None:
        """An order reaches the ledger, which drops a repeat by its key."""
        sale = self.unseen[index % len(self.unseen)]
        if sale.number not in self.reserved:
            self.reserved[sale.number] = sale
            self.state = sale_seen(self.state, sale.name, sale.quantity, sale.at, self.now)
        if not again:
            self.unseen.remove(sale)
        self.look()

    def lose(self, index: int) -> None:
        """An order that does not reach us within the bound of sight, or never."""
        sale = self.unseen[index % len(self.unseen)]
        self.unseen.remove(sale)
        if sale.number not in self.reserved:
            self.lost.append(sale)
            self.ever_lost += sale.quantity * self._each(sale.name)

    def find(self, index: int) -> None:
        """A lost order reaches us after all."""
        sale = self.lost.pop(index % len(self.lost))
        self.reserved[sale.number] = sale
        self.state = sale_seen(self.state, sale.name, sale.quantity, sale.at, self.now)
        self.look()

    def answer(self) -> None:
        """Shopify answers the oldest call; one that was sent before is answered as it was then, by its key.

        That it found another figure says nothing of the figure's moment, so it is read anew (inventory_pushes).
        """
        if not self.calls:
            return
        self.carry_out()
        call = self.calls.popleft()
        if self.done.pop(id(call)):
            self.state = change_made(self.state, call.listing, self.now)
        else:
            self.state = change_stale(self.state, call.listing, self.shown[call.listing], self.now)
        self.look()

    def carry_out(self) -> None:
        """Shopify does the oldest call; what happens before `answer` happens while the call is sent again."""
        if not self.calls or id(self.calls[0]) in self.done:
            return
        call = self.calls[0]
        fits = call.change_from in (None, self.shown[call.listing])
        self.done[id(call)] = fits
        if fits:
            self.shown[call.listing] = call.quantity

    def accept(self) -> None:
        """Amazon's answers arrive."""
        for name, one in self.state.listings.items():
            if one.channel is Channel.AMAZON:
                self.state = write_accepted(self.state, name, self.now)
        self.look()

    def lose_answer(self, dead: bool) -> None:
        """The connection breaks during the newest patch; a dead one never reached Amazon."""
        if not self.patches:
            return
        name = self.patches[-1][0]
        if self.state.listings[name].pending is None:
            return
        if dead:
            self.patches.pop()
        self.state = write_lost(self.state, name, self.now)
        self.look()

    def edit(self, name: str, by: int) -> None:
        """Somebody changes the figure by hand; we read it at once."""
        self.shown[name] = max(self.shown[name] + by, 0)
        self.pass_time(0.1)
        self.read(name)

    def take_effect(self) -> None:
        if self.patches:
            name, units, _ = self.patches.popleft()
            self.shown[name] = units

    def read(self, name: str) -> None:
        self.state = reading_observed(self.state, name, self.shown[name], self.now)
        self.look()

    def ask(self, name: str) -> None:
        """The call for a figure leaves; one at a time for each listing."""
        self.asked.setdefault(name, (self.now, None))

    def take_figure(self, name: str) -> None:
        """The channel looks it up, some time after the call was sent and before its answer is here."""
        if name in self.asked and self.asked[name][1] is None:
            self.asked[name] = (self.asked[name][0], self.shown[name])

    def hear(self, name: str) -> None:
        """The answer is here."""
        self.take_figure(name)
        asked, figure = self.asked.pop(name, (0.0, None))
        if figure is not None:
            self.state = reading_observed(self.state, name, figure, asked, self.now)
            self.look()

    def restock(self, difference: int) -> None:
        self.stock += difference
        self.state = stock_changed(self.state, difference)
        self.look()

    def cancel(self, number: int) -> None:
        """A buyer cancels an order that we know; the channel restocks it before we hear of it."""
        sale = self.reserved.get(number)
        if sale is None or number in self.cancelled or sale in self.unseen:
            return
        self.cancelled.add(number)
        self.shown[sale.name] += sale.quantity
        self.sold -= sale.quantity * self._each(sale.name)
        self.state = cancelled(self.state, sale.name, sale.quantity, restored=True, now=self.now)
        self.look()

    def pass_time(self, seconds: float) -> None:
        """Time passes, but not beyond a bound that the protocol is promised."""
        until = self.now + seconds
        while self.patches and self.patches[0][2] + LAGS.effect <= until:
            self.take_effect()
        self.now = until
        for sale in [sale for sale in self.unseen if sale.at + AT_THE_LATEST <= until]:
            # Seen at the very limit, before anything is planned at the later time.
            self.state = (
                sale_seen(self.state, sale.name, sale.quantity, sale.at, sale.at + AT_THE_LATEST)
                if (sale.number not in self.reserved)
                else self.state
            )
            self.reserved[sale.number] = sale
            self.unseen.remove(sale)
        self.look()

    def settle(self) -> None:
        """Let everything in flight arrive."""
        for _ in range(12):
            while self.calls:
                self.answer()
            while self.unseen:
                self.see(0)
            self.take_effect()
            for name in self.shown:
                self.read(name)
            self.pass_time(60)
