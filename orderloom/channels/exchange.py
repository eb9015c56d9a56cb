"""What the loss of an answer means, for both channels.

A read may be repeated, so its lost answer is `Unavailable`. A change may have been made, so its lost answer is
`OutcomeUnknown`, except where the request provably never left.
"""

import httpx

from orderloom.domain.errors import OutcomeUnknown, OutsideError, Unavailable

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
LONGEST_WAIT_SECONDS = 3600.0
_CONNECT_SECONDS = 5.0


def timeouts(seconds: float) -> httpx.Timeout:
    """`seconds` for an exchange, less for reaching the other side at all."""
    return httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))


def lost(system: str, failure: httpx.RequestError, *, changes: bool) -> OutsideError:
    """No answer came. The failure's own text is left out: it may hold the address."""
    kind = type(failure).__name__
    if isinstance(failure, _NEVER_SENT):
        return Unavailable(system, f"cannot be reached ({kind})")
    return unclear(system, f"gave no answer ({kind})", changes=changes)


def unclear(system: str, detail: str, *, changes: bool) -> OutsideError:
    """An answer that does not say what was done."""
    return OutcomeUnknown(system, detail) if changes else Unavailable(system, detail)


def seconds_of(header: str | None) -> float | None:
    """A header's non-negative number, bounded; None where it holds none."""
    try:
        number = float(header) if header is not None else -1.0
    except ValueError:
        return None
    return min(number, LONGEST_WAIT_SECONDS) if number >= 0 else None
