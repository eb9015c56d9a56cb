"""docker-compose.yml is what Compose accepts, with the names that the code knows."""

import os
import re
import shutil
import subprocess
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from ruamel.yaml import YAML

from orderloom.sandbox.config import SandboxConfig
from orderloom.settings import Settings
from starter.stack import programs
from tests.house.tables import ROOT, settings_rows


@pytest.fixture(scope="module")
def stack() -> Any:
    """The stack with the sandbox, as docker-compose itself understands it."""
    compose = shutil.which("docker-compose")
    if compose is None:
        pytest.skip("docker-compose is not installed; on Debian: apt-get install docker-compose")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("ORDERLOOM_", "TEMPORAL_"))}
    command = [compose, "--env-file", "deploy/sandbox.env", "--profile", "sandbox", "config"]
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return YAML(typ="safe").load(StringIO(done.stdout))


def seconds(duration: str) -> float:
    found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration)
    assert found
    return timedelta(minutes=int(found[1] or 0), seconds=int(found[2] or 0)).total_seconds()


def test_every_service_has_a_health_check(stack: Any) -> None:
    assert set(stack["services"]) == {"worker", "starter", "temporal", "postgres", "sandbox"}
    assert [name for name, service in stack["services"].items() if "healthcheck" not in service] == []


def test_our_services_wait_for_a_healthy_database_and_temporal(stack: Any) -> None:
    for name in ("worker", "starter"):
        waits = stack["services"][name]["depends_on"]
        assert {on: how["condition"] for on, how in waits.items()} == {
            "temporal": "service_healthy",
            "postgres": "service_healthy",
        }


def test_every_environment_name_is_a_setting(stack: Any) -> None:
    names = {name for part in ("worker", "starter") for name in stack["services"][part]["environment"]}
    assert names - settings_rows().keys() == set()


def test_a_stopping_worker_is_given_longer_than_it_takes(stack: Any) -> None:
    grace = Settings.model_fields["shutdown_grace"].default.total_seconds()
    assert seconds(stack["services"]["worker"]["stop_grace_period"]) >= grace + 10


def test_the_sandboxs_environment_is_read_by_settings_and_opens_the_sandbox(
    stack: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    for name, value in stack["services"]["worker"]["environment"].items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, str(value))
    settings = Settings(state_dir=tmp_path)
    sandbox = SandboxConfig.load(ROOT / "deploy" / "sandbox.json")
    assert settings.sandbox_speed == sandbox.speed
    for node in sandbox.nodes:
        assert settings.nodes[node.node].token.get_secret_value() == node.token
        assert settings.node_urls[node.node].endswith(f"/nodes/{node.node}")
    assert {seller.account for seller in sandbox.amazon} | {shop.account for shop in sandbox.shopify} == set(
        settings.accounts
    )


def test_the_development_server_is_started_as_the_embedded_one(stack: Any) -> None:
    command = stack["services"]["temporal"]["command"]
    flags: dict[str, dict[str, str]] = {}
    for option, value in pairwise(command):
        if option.startswith("--") and "=" in value:
            flags.setdefault(option, {}).update([value.split("=", 1)])
    assert flags == {
        "--search-attribute": programs.SEARCH_ATTRIBUTES,
        "--dynamic-config-value": programs.DYNAMIC_CONFIG,
        "--sqlite-pragma": programs.SQLITE_PRAGMAS,
    }
