from collections.abc import Iterator

import pytest

from orderloom.fulfillment import HttpNode
from tests.fulfillment.nodes import ScriptedNode


@pytest.fixture
def node() -> Iterator[ScriptedNode]:
    with ScriptedNode().serving() as node:
        yield node


@pytest.fixture
def client(node: ScriptedNode) -> Iterator[HttpNode]:
    client = HttpNode("harbor", node.url, "token-of-ours", timeout=5)
    yield client
    client.close()
