from collections.abc import Iterator

import pytest

from orderloom.channels.shopify import FixedToken, ShopifyChannel, TokenProvider
from tests.channels.servers import ScriptedServer
from tests.channels.shopify.payloads import ACCOUNT


def connect(
    server: ScriptedServer,
    tokens: TokenProvider | None = None,
    *,
    timeout: float = 10.0,
    locations: tuple[str, ...] = (),
) -> ShopifyChannel:
    return ShopifyChannel(
        ACCOUNT,
        tokens or FixedToken("shpat_secret"),
        api_version="2026-10",
        endpoint=f"{server.url}/shopify",
        timeout=timeout,
        locations=locations,
    )


@pytest.fixture
def channel(server: ScriptedServer) -> Iterator[ShopifyChannel]:
    channel = connect(server)
    yield channel
    channel.close()


@pytest.fixture
def hasty(server: ScriptedServer) -> Iterator[ShopifyChannel]:
    """A channel that waits for nothing longer than 0.3 s."""
    channel = connect(server, timeout=0.3)
    yield channel
    channel.close()
