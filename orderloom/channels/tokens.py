"""A bearer token that is fetched once for all threads of a worker, and again before it ends or once it is refused.

Its end is looked for on two clocks: one that nobody sets stands still while the machine sleeps, and one that tells the
time of day may be set back.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

JUST_FETCHED_SECONDS = 30.0
"""A token this new that followed a refused one is no stale one: the next would be refused too."""
_LATEST_RENEWAL = 0.75
"""The share of its life after which even a short-lived token is renewed."""


@dataclass(frozen=True)
class Grant:
    """What a token endpoint gave: the token, and for how many seconds it is good."""

    token: str = field(repr=False)
    seconds: float


@dataclass(frozen=True)
class _Held:
    token: str = field(repr=False)
    fetched_at: float
    renew_at: float
    renew_at_time: float
    """The same by the time of day."""
    follows_a_refused_one: bool


class SharedToken:
    """`fetch` is called by one thread at a time and raises domain errors."""

    def __init__(
        self,
        fetch: Callable[[], Grant],
        *,
        renew_before: float,
        clock: Callable[[], float] = time.monotonic,
        time_of_day: Callable[[], float] = time.time,
    ) -> None:
        self._fetch = fetch
        self._renew_before = renew_before
        self._clock = clock
        self._time_of_day = time_of_day
        self._was_refused = False
        self._lock = threading.Lock()
        self._held: _Held | None = None

    @property
    def current(self) -> str | None:
        """The token that is held, good or not; None before the first call."""
        return self._held.token if self._held else None

    def get(self) -> str:
        with self._lock:
            if self._held is None or self._has_to_be_renewed(self._held):
                grant, now = self._fetch(), self._clock()
                life = max(grant.seconds - self._renew_before, grant.seconds * _LATEST_RENEWAL)
                until = self._time_of_day() + life
                self._held = _Held(grant.token, now, now + life, until, follows_a_refused_one=self._was_refused)
                self._was_refused = False
            return self._held.token

    def _has_to_be_renewed(self, held: _Held) -> bool:
        return self._clock() >= held.renew_at or self._time_of_day() >= held.renew_at_time

    def renew(self, refused: str) -> bool:
        """Let go of a refused token. True where `get` gives another one; not where this one was fetched just now
        because another was refused, and not renewed by another thread meanwhile."""
        with self._lock:
            if self._held is None or self._held.token != refused:
                return True
            is_new = self._clock() - self._held.fetched_at < JUST_FETCHED_SECONDS
            if is_new and self._held.follows_a_refused_one:
                return False
            self._held, self._was_refused = None, True
            return True


def grant_of(body: object, default_seconds: float) -> Grant | None:
    """The grant in a token endpoint's JSON (RFC 6749, 5.1); None where it holds no token."""
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(token, str) or not token:
        return None
    seconds = body.get("expires_in")
    return Grant(token, float(seconds) if isinstance(seconds, int | float) and seconds > 0 else default_seconds)
