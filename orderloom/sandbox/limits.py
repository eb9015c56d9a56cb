"""The token bucket that both Amazon and Shopify publish as their rate limit."""

from dataclasses import dataclass, field
from datetime import datetime

from orderloom.sandbox.clock import Clock

_ROUNDING = 0.01
"""Tokens. Who waits exactly as long as it takes must not fail by a rounding error of the clock."""


@dataclass
class TokenBucket:
    """Holds at most `size` tokens and regains `rate` of them per second."""

    rate: float
    size: float
    clock: Clock
    _level: float = field(init=False)
    _read_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self._level = self.size
        self._read_at = self.clock.now()

    @property
    def available(self) -> float:
        now = self.clock.now()
        elapsed = max((now - self._read_at).total_seconds(), 0.0)
        self._level = min(self.size, self._level + elapsed * self.rate)
        self._read_at = now
        return self._level

    def take(self, tokens: float = 1.0) -> bool:
        """Take them all, or none and say False."""
        if self.available < tokens - _ROUNDING:
            return False
        self._level = max(self._level - tokens, 0.0)
        return True

    def give_back(self, tokens: float) -> None:
        self._level = min(self.size, self._level + tokens)
