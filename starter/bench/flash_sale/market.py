"""The two channels as they really behave, and the truth about the stock."""

from dataclasses import dataclass, field

from starter.bench.flash_sale.scenarios import AMAZON, SHOPIFY


@dataclass
class Market:
    """What each channel shows, what was sold in truth, and for how long a listing stood at 0 beside unsold stock."""

    stock: int
    shown: dict[str, int] = field(default_factory=lambda: {AMAZON: 0, SHOPIFY: 0})
    sold: int = 0
    orders: int = 0
    turned_away: int = 0
    demand: int = 0
    dark: dict[str, float] = field(default_factory=lambda: {AMAZON: 0.0, SHOPIFY: 0.0})
    open_for: float = 0.0
    open_ended: frozenset[str] = frozenset()
    """Channels that go on selling at zero."""
    _since: float = 0.0

    @property
    def has_stock(self) -> bool:
        """Over 5 % of it is unsold."""
        return self.stock - self.sold > 0.05 * self.stock

    def pass_time(self, now: float) -> None:
        """Account for the time since the last event. The sale opens at 0."""
        passed, self._since = now - self._since, max(now, self._since)
        if passed <= 0 or not self.has_stock:
            return
        self.open_for += passed
        for channel, units in self.shown.items():
            if units <= 0 and channel not in self.open_ended:
                self.dark[channel] += passed

    def buy(self, channel: str, units: int) -> int:
        """A buyer takes what is listed, at most `units`; the channel decrements its own listing."""
        self.demand += units
        taken = units if channel in self.open_ended else min(units, self.shown[channel])
        if taken <= 0:
            self.turned_away += self.has_stock
            return 0
        self.shown[channel] -= taken
        self.sold += taken
        self.orders += 1
        return taken

    def restore(self, channel: str, units: int) -> None:
        """A cancelled order's units, put back by the channel itself."""
        self.shown[channel] += units
        self.sold -= units
