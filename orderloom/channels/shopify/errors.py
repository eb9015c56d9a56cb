"""From Shopify's answers to the errors of the domain: the one place where that is decided.

Shopify says no in three ways: an HTTP status, `errors` within a 200, and a mutation's `userErrors`.
"""

from collections.abc import Mapping
from typing import Any

import httpx

from orderloom.channels.exchange import seconds_of, unclear
from orderloom.domain.errors import AccessDenied, OutsideError, Rejected, ScopeMissing, Throttled, Unavailable

DEFAULT_WAIT_SECONDS = 2.0
_UNCLEAR_CODES = frozenset({"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"})
_NO_SUCH_PLACE = (404, 410, 421)
_DETAIL_LIMIT = 200


def bad_status(system: str, answer: httpx.Response, *, changes: bool) -> OutsideError:
    """What an answer other than 200 means."""
    status = answer.status_code
    if status in (401, 402, 403, 423):
        return AccessDenied(system, f"does not accept our token, or the shop is closed (HTTP {status})")
    if status in (429, 430):
        wait = seconds_of(answer.headers.get("Retry-After"))
        return Throttled(system, DEFAULT_WAIT_SECONDS if wait is None else wait)
    if status in _NO_SUCH_PLACE:
        return Unavailable(system, f"is not at this address (HTTP {status}): are shop and API version right?")
    if 400 <= status < 500:
        return Rejected(system, f"HTTP_{status}", "refused the request")
    return unclear(system, f"failed (HTTP {status})", changes=changes)


def graphql_error(system: str, errors: object, *, wait: float | None, changes: bool) -> OutsideError:
    """What `errors` within a 200 mean. `wait` is what the throttle status says about a THROTTLED one."""
    first = errors[0] if isinstance(errors, list) and errors else errors
    code, message = _code_and_message(first)
    if code == "THROTTLED":
        return Throttled(system, DEFAULT_WAIT_SECONDS if wait is None else wait)
    if code == "ACCESS_DENIED":
        return ScopeMissing(system, f"a scope is missing: {message}")
    if code in _UNCLEAR_CODES:
        return unclear(system, f"failed ({code})", changes=changes)
    return Rejected(system, code or "GRAPHQL_ERROR", message)


def user_error(system: str, message: str) -> Rejected:
    """fulfillmentCreate's userErrors have a message and a field, and no code."""
    return Rejected(system, "USER_ERROR", message[:_DETAIL_LIMIT])


def token_error(system: str, answer: httpx.Response) -> OutsideError:
    """What the token endpoint's refusal means. Nothing was done yet."""
    if answer.status_code == httpx.codes.BAD_REQUEST:
        return AccessDenied(system, "does not accept the app's client id and secret (HTTP 400)")
    return bad_status(system, answer, changes=False)


def json_of(answer: httpx.Response) -> object:
    """The answer's JSON, or None where it holds none."""
    try:
        return answer.json()
    except ValueError:
        return None


def _code_and_message(error: object) -> tuple[str, str]:
    if not isinstance(error, Mapping):
        return "", "refused the request"
    extensions: Any = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, Mapping) else None
    return str(code or ""), str(error.get("message") or "refused the request")[:_DETAIL_LIMIT]
