"""The token bucket that both Amazon and Shopify publish as their rate limit."""

from dataclasses import dataclass, field

from orderloom.sandbox.clock import Clock


@dataclass
class TokenBucket:
    """Holds at most `size` tokens and regains `rate` of them per second."""

    rate: float
    size: float
    clock: Clock
    _level: float = field(init=False)
    _read_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._level = self.size
        self._read_at = self.clock.now().timestamp()

    @property
    def available(self) -> float:
        now = self.clock.now().timestamp()
        self._level = min(self.size, self._level + max(now - self._read_at, 0.0) * self.rate)
        self._read_at = now
        return self._level

    def take(self, tokens: float = 1.0) -> bool:
        """Take them all, or none and say False."""
        if self.available < tokens:
            return False
        self._level -= tokens
        return True

    def give_back(self, tokens: float) -> None:
        self._level = min(self.size, self._level + tokens)
