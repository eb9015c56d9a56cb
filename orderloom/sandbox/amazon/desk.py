"""What the operations on one part of a seller share: whose part it is, and the body that was sent."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from fastapi import Request
from starlette.responses import Response

from orderloom.sandbox.amazon.orders import AmazonSeller
from orderloom.sandbox.amazon.refusals import invalid_input
from orderloom.sandbox.amazon.routes import AmazonSide

Part = TypeVar("Part")


class Desk(Generic[Part]):
    """Serves operations for the token's seller; `parts` are by account."""

    def __init__(self, side: AmazonSide, parts: Mapping[str, Part]) -> None:
        self._side = side
        self._parts = parts

    async def serve(self, request: Request, operation: str, work: Callable[[Part], Response]) -> Response:
        def act(seller: AmazonSeller) -> Response:
            return work(self._parts[seller.config.account])

        return await self._side.perform(request, operation, act)


def json_document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid_input("Request body is not valid JSON.")
    return document
