"""From Amazon's answers to the errors of the domain: the one place where that is decided.

`refuse_bad_answers` is a response hook of the HTTP client. It closes a defect of python-amazon-sp-api 2.1.35, which
takes any answer without an `errors` key for a success, an empty 503 included.
"""

from dataclasses import dataclass, field
from typing import Any

import httpx
from sp_api.base import SellingApiException

from orderloom.channels.exchange import lost, seconds_of, unclear
from orderloom.domain.errors import AccessDenied, OutsideError, Rejected, Throttled, Unavailable

RATE_HEADER = "x-amzn-RateLimit-Limit"
_TOKEN_WAIT_SECONDS = 5.0
_ACCESS_CODES = frozenset(
    {
        "",
        "Unauthorized",
        "AccessDenied",
        "InvalidAccessToken",
        "ExpiredToken",
        "InvalidSignature",
        "MissingAuthenticationToken",
    }
)
"""Codes of a 403 that speak of our access. Any other one speaks of the order: it is a refusal."""
_LOST_BEHIND_A_GATEWAY = frozenset({502, 504})
_DETAIL_LIMIT = 200


@dataclass(frozen=True)
class Operation:
    """One SP-API operation. `rate` is its documented default in calls per second, used where no header says it."""

    name: str
    rate: float
    changes: bool = False
    repeatable: bool = True
    """False: sent twice it may do harm, so a failure after sending is never taken for a proof that nothing was done."""


SEARCH_ORDERS = Operation("searchOrders", 0.0056)
GET_ORDER = Operation("getOrder", 0.5)
CONFIRM_SHIPMENT = Operation("confirmShipment", 2.0, changes=True)
SEARCH_LISTINGS = Operation("searchListingsItems", 5.0)
GET_LISTING = Operation("getListingsItem", 5.0)
PATCH_LISTING = Operation("patchListingsItem", 5.0, changes=True, repeatable=False)
GET_DESTINATIONS = Operation("getDestinations", 1.0)
CREATE_DESTINATION = Operation("createDestination", 1.0, changes=True, repeatable=False)
GET_SUBSCRIPTION = Operation("getSubscription", 1.0)
CREATE_SUBSCRIPTION = Operation("createSubscription", 1.0, changes=True, repeatable=False)
DELETE_SUBSCRIPTION = Operation("deleteSubscriptionById", 1.0, changes=True)
CREATE_FEED_DOCUMENT = Operation("createFeedDocument", 0.5, changes=False)
CREATE_FEED = Operation("createFeed", 0.0083, changes=True, repeatable=False)
GET_FEED = Operation("getFeed", 2.0)
GET_FEEDS = Operation("getFeeds", 0.0222)
GET_FEED_DOCUMENT = Operation("getFeedDocument", 0.0222)
CREATE_REPORT = Operation("createReport", 0.0167, changes=True, repeatable=False)
GET_REPORT = Operation("getReport", 2.0)
GET_REPORTS = Operation("getReports", 0.0222)
GET_REPORT_DOCUMENT = Operation("getReportDocument", 0.0167)
FBA_SUMMARIES = Operation("getInventorySummaries", 2.0)


@dataclass
class BadAnswer(Exception):
    """An answer that is not the success that was asked for. `code` is "" where it gives none."""

    status: int
    code: str = ""
    message: str = field(default="", repr=False)
    rate: float | None = None
    is_json: bool = False


def refuse_bad_answers(response: httpx.Response) -> None:
    """Raises BadAnswer for any status that is no success, and for a body that is no JSON object where one is due."""
    response.read()
    try:
        body = response.json()
    except ValueError:
        body = None
    if response.is_success and (isinstance(body, dict) or response.status_code == httpx.codes.NO_CONTENT):
        return
    first = _first_error(body)
    raise BadAnswer(
        status=response.status_code,
        code=str(first.get("code") or first.get("error") or ""),
        message=str(first.get("message") or "")[:_DETAIL_LIMIT],
        rate=seconds_of(response.headers.get(RATE_HEADER)),
        is_json=isinstance(body, dict),
    )


def translate(
    system: str, failure: "httpx.RequestError | BadAnswer | SellingApiException", operation: Operation
) -> OutsideError:
    """What a failed call of `operation` means."""
    if isinstance(failure, httpx.RequestError):
        return lost(system, failure, changes=operation.changes)
    if isinstance(failure, SellingApiException):
        return unclear(system, f"{operation.name} was answered only in part", changes=not operation.repeatable)
    return _refusal(system, failure, operation)


def token_error(system: str, failure: "httpx.RequestError | BadAnswer") -> OutsideError:
    """What a failed call of LWA means. Nothing was done yet."""
    if isinstance(failure, httpx.RequestError):
        return lost(system, failure, changes=False)
    if failure.status == httpx.codes.TOO_MANY_REQUESTS:
        return Throttled(system, _TOKEN_WAIT_SECONDS, "LWA asks us to slow down")
    if failure.status in (400, 401, 403) and failure.is_json:
        return AccessDenied(system, f"LWA does not accept our credentials ({failure.code or failure.status})")
    return Unavailable(system, f"LWA failed (HTTP {failure.status})")


def _refusal(system: str, answer: BadAnswer, operation: Operation) -> OutsideError:
    status, what = answer.status, f"{operation.name} (HTTP {answer.status})"
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return Throttled(system, 1.0 / (answer.rate or operation.rate), f"{operation.name} asks us to slow down")
    if status == httpx.codes.UNAUTHORIZED or (status == httpx.codes.FORBIDDEN and answer.code in _ACCESS_CODES):
        return AccessDenied(system, f"{what} does not accept our token or role: {answer.code or 'no code'}")
    if 400 <= status < 500 and answer.is_json:
        return Rejected(system, answer.code or f"HTTP_{status}", f"{what}: {answer.message}")
    if status in _LOST_BEHIND_A_GATEWAY or 200 <= status < 300:
        return unclear(system, f"{what} gave no usable answer", changes=operation.changes)
    return unclear(system, f"{what} failed", changes=status >= 500 and not operation.repeatable)


def is_not_found(refusal: Rejected) -> bool:
    """Whether Amazon knows no such thing; the codes that it writes beside its 404 differ."""
    return f"(HTTP {httpx.codes.NOT_FOUND.value})" in refusal.detail


def _first_error(body: Any) -> dict[str, Any]:
    """The first of `errors`, or LWA's `{"error": ...}`, or nothing."""
    if not isinstance(body, dict):
        return {}
    listed = body.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else body
    return first if isinstance(first, dict) else {}
