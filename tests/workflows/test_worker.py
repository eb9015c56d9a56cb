import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from orderloom.domain.errors import ConfigInvalid
from orderloom.settings import AccountSecrets, NodeSecrets, Settings
from tests.workflows.server import start_server
from worker import run_worker

SHIPPED_CONFIG = Path(__file__).parents[2] / "config" / "orderloom.yaml"


def settings(state_dir: Path, **more: object) -> Settings:
    return Settings.model_validate({"state_dir": state_dir, "config": SHIPPED_CONFIG} | more)


async def test_an_account_without_its_secrets_is_named_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"^ORDERLOOM_ACCOUNTS: kitchen_us.client_id: is missing$"):
        await run_worker(settings(tmp_path))


@pytest.fixture
async def own_server() -> AsyncIterator[WorkflowEnvironment]:
    """Of its own: a worker that leaves takes tasks of the queues with it that all other tests share."""
    async with await start_server() as environment:
        yield environment


async def test_the_worker_polls_and_stops_when_it_is_told_to(tmp_path: Path, own_server: WorkflowEnvironment) -> None:
    secret = SecretStr("secret")
    amazon = AccountSecrets(client_id="id", client_secret=secret, refresh_token=secret)
    node = NodeSecrets(token=secret, callback_secrets=(secret,))
    config = tmp_path / "orderloom.yaml"
    mapped = SHIPPED_CONFIG.read_text().replace("pool: fba\n", "pool: fba\n    multi_channel: {account: kitchen_us}\n")
    config.write_text(mapped.replace("kind: 3pl\n", "kind: 3pl\n    api: {preset: shipbob}\n"))
    given = settings(
        tmp_path,
        config=config,
        accounts={"kitchen_us": amazon, "kitchen": AccountSecrets(access_token=secret)},
        nodes={"own_warehouse": node, "harbor_3pl": node},
        temporal_address=own_server.client.service_client.config.target_host,
        shutdown_grace=1,
        amazon_endpoint="http://127.0.0.1:9",
        amazon_token_url="http://127.0.0.1:9/auth/o2/token",
    )
    polled: list[bool] = []

    def stop() -> None:
        polled.append(True)
        os.kill(os.getpid(), signal.SIGTERM)

    await run_worker(given, ready=stop)
    assert polled == [True]
    config.write_text(config.read_text().replace("order.weight_lb > 5.0", "order.wieght_lb > 5.0"))
    await run_worker(given, ready=stop)
    assert polled == [True, True], "one that comes back to a wrong file goes on with the last good one"
    schedules = {listed.id async for listed in await own_server.client.list_schedules()}
    assert {"sweep:amazon:kitchen_us", "follow:fba"} <= schedules
