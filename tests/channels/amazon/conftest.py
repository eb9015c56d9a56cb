from collections.abc import Iterator

import pytest

from orderloom.channels.amazon import AmazonChannel, AmazonCredentials
from tests.channels.amazon.payloads import ACCOUNT
from tests.channels.servers import Answer, ScriptedServer

TOKEN = Answer({"access_token": "Atza|first", "token_type": "bearer", "expires_in": 3600})


def connect(server: ScriptedServer, *, timeout: float = 10.0, client_id: str = "client") -> AmazonChannel:
    return AmazonChannel(
        ACCOUNT,
        AmazonCredentials(client_id, "lwa-secret", "Atzr|refresh"),
        endpoint=server.url,
        token_url=f"{server.url}/auth/o2/token",
        timeout=timeout,
    )


@pytest.fixture
def channel(server: ScriptedServer) -> Iterator[AmazonChannel]:
    server.on("/auth/o2/token", TOKEN)
    channel = connect(server)
    yield channel
    channel.close()


@pytest.fixture
def hasty(server: ScriptedServer) -> Iterator[AmazonChannel]:
    """A channel that waits for nothing longer than 0.3 s."""
    server.on("/auth/o2/token", TOKEN)
    channel = connect(server, timeout=0.3)
    yield channel
    channel.close()
