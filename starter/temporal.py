"""The starter's connection to Temporal: made when first needed, so that a missing server never stops the intake."""

import asyncio
from collections.abc import Awaitable, Callable

from temporalio.client import Client
from temporalio.service import RPCError

from orderloom.domain.errors import Unavailable
from orderloom.settings import Settings
from workflows.connection import connect

SYSTEM = "temporal"
CONNECT_SECONDS = 5.0

Connect = Callable[[], Awaitable[Client]]


class TemporalConnection:
    """One client for the whole process. Once connected it finds back to the server by itself."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> Client:
        """Raises Unavailable while the server has never been reached."""
        async with self._connecting:
            if self._client is None:
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        self._client = await self._connect()
                except (RuntimeError, RPCError, OSError, TimeoutError) as failure:
                    # The SDK raises a bare RuntimeError for a failed first connection.
                    raise Unavailable(SYSTEM, f"cannot be reached ({type(failure).__name__})") from failure
            return self._client

    async def check(self) -> None:
        """Raises Unavailable unless the server answers now."""
        client = await self.client()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                healthy = await client.service_client.check_health()
        except (RPCError, TimeoutError) as failure:
            raise Unavailable(SYSTEM, f"does not answer ({type(failure).__name__})") from failure
        if not healthy:
            raise Unavailable(SYSTEM, "answers that it is not serving")


def connector(settings: Settings) -> Connect:
    """How this process reaches Temporal: the settings' address, and TEMPORAL_* for everything else."""
    return lambda: connect(settings.temporal_address)
