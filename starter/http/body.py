"""Reads a request's raw body up to a limit, without ever holding more than that."""

import asyncio

from fastapi import Request

BODY_LIMIT = 10 * 1024 * 1024
"""Bytes. Far above what Shopify sends for an order of 500 lines."""
READ_SECONDS = 30.0


class BodyTooLarge(Exception):
    """More than BODY_LIMIT bytes were announced or sent."""


class BodyTooSlow(Exception):
    """The body did not arrive within READ_SECONDS."""


async def read_body(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The raw bytes. Raises BodyTooLarge as soon as the limit is passed, BodyTooSlow, and ClientDisconnect."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLarge
    body = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise BodyTooLarge
    except TimeoutError:
        raise BodyTooSlow from None
    return bytes(body)
