"""How errors leave the starter: one status and one JSON body `{"error", "detail"}` per kind."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from orderloom.domain.errors import (
    InputInvalid,
    OrderClosed,
    OrderloomError,
    OrderUnknown,
    OutcomeUnknown,
    Rejected,
    Unavailable,
    WrongSignature,
)
from starter.http.body import BodyTooLarge, BodyTooSlow
from starter.http.problem import Problem
from starter.http.webhooks import NobodyListens

STATUS: dict[type[Exception], int] = {
    InputInvalid: 400,
    WrongSignature: 401,
    OrderUnknown: 404,
    NobodyListens: 404,
    OrderClosed: 409,
    Rejected: 409,
    Unavailable: 503,
    OutcomeUnknown: 504,
    OrderloomError: 500,
}
"""The nearest class in an error's ancestry decides."""
ABOUT_THE_BODY: dict[type[Exception], tuple[int, str]] = {
    BodyTooSlow: (408, "the body did not arrive in time"),
    BodyTooLarge: (413, "the body is larger than 10 MB"),
    ClientDisconnect: (400, "the sender left before its body had arrived"),
}


def install(app: FastAPI) -> None:
    app.add_exception_handler(OrderloomError, _known)
    for kind in ABOUT_THE_BODY:
        app.add_exception_handler(kind, _about_the_body)


async def _known(request: Request, failure: Exception) -> JSONResponse:
    status = next(STATUS[kind] for kind in type(failure).__mro__ if kind in STATUS)
    headers = {"Retry-After": "5"} if status == 503 else {}
    return _problem(status, type(failure).__name__, str(failure), headers)


async def _about_the_body(request: Request, failure: Exception) -> JSONResponse:
    status, text = ABOUT_THE_BODY[type(failure)]
    # What is left of the body would be read as the next request.
    return _problem(status, type(failure).__name__, text, {"Connection": "close"})


def _problem(status: int, error: str, detail: str, headers: dict[str, str]) -> JSONResponse:
    return JSONResponse(Problem(error=error, detail=detail).model_dump(), status_code=status, headers=headers)
