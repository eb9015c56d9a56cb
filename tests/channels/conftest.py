from collections.abc import Iterator

import pytest

from tests.channels.servers import ScriptedServer


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer().serving() as server:
        yield server
