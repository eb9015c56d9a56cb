"""An answer that gets lost on its way: the call was carried out, and the caller never learns it."""

from typing import Literal

from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send


class DroppedAnswer(Response):
    """Starts an answer and ends the connection before its body is complete."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def lost_answer(way: Literal["drop", "504"]) -> Response:
    if way == "drop":
        return DroppedAnswer()
    return PlainTextResponse("upstream timed out", status_code=504)
