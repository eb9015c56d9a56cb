"""The whole stack of one state directory: Temporal, sandbox, starter and worker.

Everything it makes up (ports, secrets) is written to the state directory before the first process starts, so that every
other command finds the running stack there (`settings.json`). Two stacks cannot share a state directory.
"""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from activities.queues import ORDERS
from orderloom.configuration import load_config
from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig
from orderloom.settings import STATE_FILE
from starter.stack import programs
from starter.stack.endpoints import LOOPBACK, AccountEndpoint, Endpoints, Ports, write_private
from starter.stack.processes import Program, StackFailed
from starter.stack.secrets import StackSecrets
from starter.stack.supervisor import Supervisor

PUBLISHED_SWEEP_SECONDS = 180.0
STARTUP_SECONDS = 60.0
STOP_ORDER = ("starter", "worker", "sandbox", "temporal")
"""What calls goes before what is called."""


class Stack:
    """Start, stop, kill and restart the stack; every method blocks until it is done. A context manager.

    A port of 0 means a free one, chosen once, so that a restarted part keeps its address. `speed` is the sandbox's one
    knob: how many times faster than published its limits and waiting times run. `furnish` is called with the sandbox's
    address when it is ready and nothing that reads it has started: what it lists there is found from the first reading.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        port: int = 0,
        temporal_port: int = 0,
        temporal_ui_port: int = 0,
        sandbox_port: int = 0,
        speed: float = 1.0,
        config: Path | None = None,
        pick_seconds: float = 2.0,
        furnish: Callable[[str], None] = lambda sandbox_url: None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.state_dir = state_dir.resolve()
        self.speed = speed
        self.config_file = (config or programs.ROOT / "config" / "orderloom.yaml").resolve()
        self.config: MerchantConfig = load_config(self.config_file)
        self._asked_ports = {
            "starter": port,
            "temporal": temporal_port,
            "temporal_ui": temporal_ui_port,
            "sandbox": sandbox_port,
        }
        self._pick_seconds = pick_seconds
        self._furnish = furnish
        self._say = say
        self._lock: IO[str] | None = None
        self._supervisor: Supervisor | None = None
        self._endpoints: Endpoints | None = None

    @property
    def endpoints(self) -> Endpoints:
        if self._endpoints is None:
            raise InputInvalid("stack", None, "endpoints", "the stack is not started")
        return self._endpoints

    @property
    def logs(self) -> Path:
        return self.state_dir / "logs"

    def start(self) -> None:
        """Raises StackFailed with the end of the log of what failed; then nothing is left running."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self._lock = _hold(self.state_dir)
        try:
            ports = Ports.choose(**self._asked_ports)
            self._prepare(ports)
            self._supervisor = Supervisor(self.logs, self._say)
            self._bring_up(
                programs.temporal(self.state_dir, ports),
                programs.sandbox(self.state_dir, ports, self.state_dir / "sandbox.json"),
            )
            self._furnish(self.endpoints.sandbox_url)
            self._bring_up(
                programs.starter(self.state_dir, ports),
                programs.worker(self.state_dir, ports, ORDERS),
            )
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all children gracefully, in order. May be called more than once."""
        if self._supervisor is not None:
            self._supervisor.close(STOP_ORDER)
            self._supervisor = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def kill(self, name: str) -> None:
        """SIGKILL one part and leave it dead until `restart`."""
        self._running.kill(name)

    def restart(self, name: str) -> None:
        """Start one part (again) and wait until it is ready."""
        self._running.restart(name)
        self._running.wait_until_ready(name, STARTUP_SECONDS)

    def pid(self, name: str) -> int | None:
        """The process id of `temporal`, `sandbox`, `starter` or `worker`; None while it is down."""
        return self._running.pid(name)

    def __enter__(self) -> "Stack":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    @property
    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise StackFailed("stack", "is not running", self.logs / "stack.log")
        return self._supervisor

    def _bring_up(self, *parts: Program) -> None:
        for part in parts:
            self._running.spawn(part)
        for part in parts:
            self._running.wait_until_ready(part.name, STARTUP_SECONDS)
            self._say(f"{part.name} is ready")

    def _prepare(self, ports: Ports) -> None:
        secrets = StackSecrets.load_or_create(self.state_dir / "keys" / "stack.json", self.config)
        starter_url = f"http://{LOOPBACK}:{ports.starter}"
        sandbox = secrets.for_sandbox(
            self.config, speed=self.speed, starter_url=starter_url, pick_seconds=self._pick_seconds
        )
        write_private(self.state_dir / "sandbox.json", json.dumps(sandbox, indent=2))
        write_private(self.state_dir / STATE_FILE, json.dumps(self._settings(ports, secrets), indent=2))
        self._endpoints = Endpoints(
            starter_url=starter_url,
            sandbox_url=f"http://{LOOPBACK}:{ports.sandbox}",
            temporal_address=f"{LOOPBACK}:{ports.temporal}",
            temporal_ui_url=f"http://{LOOPBACK}:{ports.temporal_ui}",
            accounts=tuple(
                AccountEndpoint(
                    channel=account.channel,
                    account=account.account,
                    webhook_secret=secrets.accounts[account.account].webhook_secret
                    if account.channel is Channel.SHOPIFY
                    else None,
                )
                for account in self.config.accounts
            ),
        )

    def _settings(self, ports: Ports, secrets: StackSecrets) -> dict[str, Any]:
        sandbox = f"http://{LOOPBACK}:{ports.sandbox}"
        return {
            "config": str(self.config_file),
            "temporal_address": f"{LOOPBACK}:{ports.temporal}",
            "starter_host": LOOPBACK,
            "starter_port": ports.starter,
            "amazon_endpoint": sandbox,
            "amazon_token_url": f"{sandbox}/auth/o2/token",
            "shopify_endpoint": f"{sandbox}/shopify",
            "node_urls": {node: f"{sandbox}/nodes/{node}" for node in secrets.nodes},
            "sandbox_speed": self.speed,
            "sweep_interval": PUBLISHED_SWEEP_SECONDS / self.speed,
            **secrets.for_settings(),
        }


def _hold(state_dir: Path) -> IO[str]:
    """Lock the state directory for this process; the kernel lets go of it however the process ends."""
    lock = (state_dir / "stack.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise InputInvalid(str(state_dir), None, "--state-dir", f"a stack runs here already (pid {owner})") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
