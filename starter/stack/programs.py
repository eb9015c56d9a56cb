"""The four programs of the local stack and their command lines."""

import os
import sys
from pathlib import Path

from starter.stack.endpoints import LOOPBACK, Ports
from starter.stack.processes import Program
from starter.stack.readiness import answers, temporal_serves, worker_polls

ROOT = Path(__file__).resolve().parents[2]
"""Where worker.py and the packages lie."""
SEARCH_ATTRIBUTES = {
    "OrderChannel": "Keyword",
    "OrderAccount": "Keyword",
    "OrderStatus": "Keyword",
    "OrderHold": "Keyword",
    "OrderNodes": "KeywordList",
    "OrderShipBy": "Datetime",
}
DYNAMIC_CONFIG = {
    # Timers and retries of the development server fire on the second otherwise.
    "history.timerProcessorMaxTimeShift": '"10ms"',
    # A queue's rate limit is divided over its partitions: with one, a limit of a few calls a minute is exact.
    "matching.numTaskqueueReadPartitions": "1",
    "matching.numTaskqueueWritePartitions": "1",
}
SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": "normal"}
WORKER_STOP_SECONDS = 40.0
"""More than the 30 s of `shutdown_grace`."""


def child_environment(state_dir: Path) -> dict[str, str]:
    """The environment without addresses and credentials of another stack: the state directory holds this one's.

    A shop's real token in the environment must never reach a process that plays with the sandbox.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "ORDERLOOM_"))}
    chosen = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **kept,
        **chosen,
        "ORDERLOOM_STATE_DIR": str(state_dir),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONUNBUFFERED": "1",
    }


_PASSED_ON = ("ORDERLOOM_DATABASE_URL", "ORDERLOOM_KEY_RING", "ORDERLOOM_KEY_ID", "ORDERLOOM_LOG_LEVEL")
"""Settings that mean the same in any stack."""


def temporal(state_dir: Path, ports: Ports) -> Program:
    binary = Path(sys.executable).parent / "temporal"
    command = [str(binary), "server", "start-dev", "--ip", LOOPBACK, "--log-level", "warn"]
    command += ["--port", str(ports.temporal), "--ui-port", str(ports.temporal_ui), "--ui-disable-news-fetch"]
    command += ["--db-filename", str(state_dir / "temporal.db")]
    command += _pairs("--sqlite-pragma", SQLITE_PRAGMAS)
    command += _pairs("--search-attribute", SEARCH_ATTRIBUTES)
    command += _pairs("--dynamic-config-value", DYNAMIC_CONFIG)
    address = f"{LOOPBACK}:{ports.temporal}"
    return Program(
        "temporal", tuple(command), child_environment(state_dir), temporal_serves(address, tuple(SEARCH_ATTRIBUTES))
    )


def sandbox(state_dir: Path, ports: Ports, config_file: Path) -> Program:
    return Program(
        "sandbox",
        _python("orderloom.sandbox", "--port", str(ports.sandbox), "--config", str(config_file)),
        child_environment(state_dir),
        answers(f"http://{LOOPBACK}:{ports.sandbox}/", healthy=False),
    )


def starter(state_dir: Path, ports: Ports) -> Program:
    return Program(
        "starter",
        _python("starter.http"),
        child_environment(state_dir),
        answers(f"http://{LOOPBACK}:{ports.starter}/readyz"),
    )


def worker(state_dir: Path, ports: Ports, task_queue: str) -> Program:
    return Program(
        "worker",
        _python("worker"),
        child_environment(state_dir),
        worker_polls(f"{LOOPBACK}:{ports.temporal}", task_queue),
        stop_seconds=WORKER_STOP_SECONDS,
    )


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *arguments)


def _pairs(option: str, values: dict[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in (option, f"{name}={value}")]
