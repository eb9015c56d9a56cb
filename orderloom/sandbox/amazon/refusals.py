"""Amazon's way of saying no: `{"errors": [{"code", "message", "details"}]}`, and which code goes with which status."""

from random import Random

from starlette.responses import JSONResponse, Response


class Refusal(Exception):
    """The call is answered with an error of SP-API's shape."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message, self.details = status, code, message, details

    def response(self) -> Response:
        error = {"code": self.code, "message": self.message, "details": self.details}
        return JSONResponse({"errors": [error]}, status_code=self.status)


def invalid_input(message: str, details: str = "") -> Refusal:
    return Refusal(400, "InvalidInput", message, details)


def not_found(order_id: str) -> Refusal:
    return Refusal(404, "NotFound", "Requested resource is not found.", f"Order {order_id} was not found.")


def unauthorized(details: str) -> Refusal:
    return Refusal(403, "Unauthorized", "Access to requested resource is denied.", details)


def quota_exceeded() -> Refusal:
    return Refusal(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")


def server_trouble(dice: Random) -> Response:
    """A 500 of SP-API's shape, or a 503 with an empty or an HTML body: all three occur (models#4850)."""
    kind = dice.randrange(3)
    if kind == 0:
        return Refusal(500, "InternalFailure", "We encountered an internal error. Please try again.").response()
    return Response(b"" if kind == 1 else b"<html><body>Service Unavailable</body></html>", status_code=503)
