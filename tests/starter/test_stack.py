"""The local stack as real processes: it comes up, heals, is found by other commands, and leaves nothing behind."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from orderloom.domain.errors import InputInvalid
from orderloom.settings import Settings
from starter.stack import Stack, StackFailed
from starter.stack.endpoints import Ports
from starter.stack.processes import Program
from starter.stack.supervisor import Supervisor
from tests.starter.conftest import CONFIG
from tests.starter.servers import until

PARTS = ("temporal", "sandbox", "starter", "worker")
SLEEPER = (sys.executable, "-c", "import signal; signal.pause()")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process that has ended and was not asked for yet counts as gone.
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Iterator[Supervisor]:
    running = Supervisor(tmp_path, said.append)
    yield running
    running.close(("part",))


def program(*command: str, ready: bool = True, stop_seconds: float = 5.0) -> Program:
    return Program("part", command, dict(os.environ), lambda started_at: ready, stop_seconds)


@pytest.mark.timeout(240)
def test_the_stack_comes_up_heals_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said: list[str] = []
    with Stack(tmp_path, speed=60, say=said.append) as stack:
        assert httpx.get(f"{stack.endpoints.starter_url}/readyz", timeout=10).json()["temporal"] == "up"
        assert Settings(state_dir=tmp_path).temporal_address == stack.endpoints.temporal_address
        for name in ("settings.json", "sandbox.json", "keys/stack.json"):
            assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600, name

        stack.kill("worker")
        assert stack.pid("worker") is None
        stack.restart("worker")

        before = {name: stack.pid(name) for name in PARTS}
        assert all(before.values())
        os.kill(before["starter"] or 0, signal.SIGKILL)
        until(lambda: stack.pid("starter") not in (None, before["starter"]))
        assert any("starter was ended by SIGKILL" in line for line in said)
        pids = [pid for name in PARTS if (pid := stack.pid(name))]

        with pytest.raises(InputInvalid, match="a stack runs here already"):
            Stack(tmp_path).start()
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.timeout(240)
def test_dev_writes_the_ready_file_and_stops_everything_when_it_is_told_to(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ports = ("--port", "0", "--temporal-port", "0", "--temporal-ui-port", "0", "--sandbox-port", "0")
    command = [sys.executable, "-m", "starter.cli.app", "dev", *ports, "--ready-file", str(ready)]
    with subprocess.Popen(
        [*command, "--state-dir", str(tmp_path / "state")], cwd=CONFIG.parents[1], stdout=subprocess.PIPE
    ) as dev:
        until(lambda: ready.exists() or dev.poll() is not None, seconds=120)
        found = json.loads(ready.read_text(encoding="utf-8"))
        assert set(found) == {"starter_url", "sandbox_url", "temporal_address", "temporal_ui_url", "accounts"}
        assert {account["channel"] for account in found["accounts"]} == {"shopify", "amazon"}
        assert httpx.get(f"{found['starter_url']}/healthz", timeout=10).status_code == 200
        children = _children_of(dev.pid)
        assert len(children) == len(PARTS)
        dev.send_signal(signal.SIGTERM)
        assert dev.wait(60) == 0
        assert not ready.exists()
        assert not any(is_alive(pid) for pid in children)


KILLED_STACK = """
import sys, pathlib
from starter.stack.processes import Program
from starter.stack.supervisor import Supervisor
supervisor = Supervisor(pathlib.Path(sys.argv[1]), print)
sleeper = (sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()")
supervisor.spawn(Program("part", sleeper, {}, lambda started_at: True))
print(supervisor.pid("part"), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_a_part_dies_with_a_stack_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_STACK, str(tmp_path)]
    with subprocess.Popen(command, cwd=CONFIG.parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stack:
        assert stack.stdout is not None
        part = int(stack.stdout.readline())
        until(lambda: "up" in (tmp_path / "part.log").read_text(encoding="utf-8"))
        assert is_alive(part)
        stack.kill()
        stack.wait()
        until(lambda: not is_alive(part))


def _children_of(pid: int) -> list[int]:
    """Linux lists a child under the thread that started it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    taken = Ports.choose(starter=0, temporal=0, temporal_ui=0, sandbox=0).starter
    with socket.socket() as other:
        other.bind(("127.0.0.1", taken))
        other.listen()
        with pytest.raises(InputInvalid, match=f"--port: port {taken} is in use"):
            Stack(tmp_path, port=taken).start()


def test_a_part_that_ends_before_it_is_ready_shows_the_end_of_its_log(supervisor: Supervisor) -> None:
    supervisor.spawn(program(sys.executable, "-c", "print('no licence'); raise SystemExit(3)", ready=False))
    with pytest.raises(StackFailed, match="ended with exit status 3 before it was ready") as failure:
        supervisor.wait_until_ready("part", 20)
    assert "no licence" in str(failure.value)


def test_a_part_that_is_never_ready_is_given_up(supervisor: Supervisor) -> None:
    supervisor.spawn(program(*SLEEPER, ready=False))
    with pytest.raises(StackFailed, match="was not ready after 0 s"):
        supervisor.wait_until_ready("part", 0.3)


def test_a_part_that_was_killed_on_purpose_stays_dead_until_it_is_restarted(
    supervisor: Supervisor, said: list[str]
) -> None:
    supervisor.spawn(program(*SLEEPER))
    supervisor.wait_until_ready("part", 20)
    first = supervisor.pid("part")
    supervisor.kill("part")
    supervisor.stop("part")
    assert (supervisor.pid("part"), said) == (None, [])
    supervisor.restart("part")
    assert supervisor.pid("part") not in (None, first)


def test_a_part_that_does_not_stop_in_its_time_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    supervisor.spawn(program(sys.executable, "-c", deaf, stop_seconds=0.2))
    until(lambda: "deaf" in (tmp_path / "part.log").read_text(encoding="utf-8"))
    pid = supervisor.pid("part")
    supervisor.stop("part")
    assert pid is not None
    assert not is_alive(pid)
