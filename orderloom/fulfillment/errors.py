"""From a node's HTTP answers to the errors of the domain: the one place where that is decided.

What an answer means depends on whether repeating the request is safe. A read or a cancel may be repeated, so a lost
answer to it is `Unavailable`. A dispatch may not: once it was sent, a lost or unclear answer is `OutcomeUnknown`.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from orderloom.domain.errors import AccessDenied, OutcomeUnknown, OutsideError, Rejected, Throttled, Unavailable
from orderloom.fulfillment.wire import as_code

DEFAULT_WAIT_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 3600.0
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_NOT_SERVED = frozenset({404, 405, 408, 410})
"""Answers of a wrong address or a node that gave up waiting: the request was not looked at."""


def lost(system: str, failure: httpx.RequestError, *, repeatable: bool) -> OutsideError:
    """No answer came. The failure's own text is left out: it may hold the address with its user and password."""
    kind = type(failure).__name__
    if isinstance(failure, _NEVER_SENT):
        return Unavailable(system, f"cannot be reached ({kind})")
    return unclear(system, f"gave no answer ({kind})", repeatable=repeatable)


def unclear(system: str, detail: str, *, repeatable: bool) -> OutsideError:
    return Unavailable(system, detail) if repeatable else OutcomeUnknown(system, detail)


def refusal(system: str, answer: httpx.Response, *, repeatable: bool) -> OutsideError:
    """What an answer other than 200 or 201 means."""
    status = answer.status_code
    if status in (401, 403):
        return AccessDenied(system, f"does not accept our token (HTTP {status})")
    if status == 429:
        return Throttled(system, wait_seconds(answer.headers.get("retry-after")))
    if status in _NOT_SERVED:
        return Unavailable(system, f"does not serve {answer.request.url.path} (HTTP {status}); is its url right?")
    if 400 <= status < 500:
        return Rejected(system, code_of(answer), f"refused (HTTP {status})")
    return unclear(system, f"failed (HTTP {status})", repeatable=repeatable)


def code_of(answer: httpx.Response) -> str:
    """The `code` of a refusal, or `http_{status}` where the node gave none."""
    try:
        body = answer.json()
    except ValueError:
        body = None
    code = as_code(body.get("code")) if isinstance(body, dict) else ""
    return code or f"http_{answer.status_code}"


def wait_seconds(retry_after: str | None) -> float:
    """Seconds to wait by a Retry-After header, which is a number or an HTTP date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return DEFAULT_WAIT_SECONDS
    try:
        asked = float(retry_after) if retry_after.strip().isdecimal() else _seconds_until(retry_after)
    except (ValueError, OverflowError):
        return DEFAULT_WAIT_SECONDS
    return min(max(asked, 0.0), LONGEST_WAIT_SECONDS)


def _seconds_until(date: str) -> float:
    then = parsedate_to_datetime(date)
    return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() - datetime.now(UTC).timestamp()
