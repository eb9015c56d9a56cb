"""One child process: started on a leash, its output in a log file, stopped by its own pid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orderloom.domain.errors import OrderloomError

LEASH = Path(__file__).with_name("leash.py")
TAIL_LINES = 15


class StackFailed(OrderloomError):
    """A part of the stack did not start or did not become ready; carries the end of its log."""

    def __init__(self, name: str, why: str, log: Path) -> None:
        tail = tail_of(log)
        shown = f"; the end of {log}:\n{tail}" if tail else f"; {log} is empty"
        super().__init__(f"{name} {why}{shown}")
        self.name, self.why, self.log = name, why, log


@dataclass(frozen=True)
class Program:
    """What to run and how to see that it is ready. `is_ready` gets the time it was started (seconds, UTC epoch)."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Callable[[float], bool]
    stop_seconds: float = 10.0
    """How long it may take to end by itself after SIGTERM."""


@dataclass
class Child:
    """A program and its current process. Start it from a thread that lives as long as the child shall."""

    program: Program
    log: Path
    wanted: bool = False
    """False while somebody stopped or killed it on purpose."""
    has_been_ready: bool = False
    restarts: int = 0
    restart_at: float | None = None
    started_at: float = 0.0
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self.is_alive else None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def ending(self) -> str:
        """How the last process ended, in words."""
        code = self._process.returncode if self._process else None
        if code is None:
            return "has not ended"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own, so that Ctrl-C reaches the stack alone and the stop keeps its order.
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(LEASH), str(os.getpid()), *self.program.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(self.program.environment),
                start_new_session=True,
            )
        self.started_at = time.time()
        self.wanted, self.restart_at = True, None

    def stop(self) -> None:
        """Ask it to end, and end it when it has not after its time."""
        self.wanted, self.restart_at = False, None
        if self._process is None or not self.is_alive:
            return
        self._process.terminate()
        try:
            self._process.wait(self.program.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """SIGKILL: no chance to tidy up."""
        self.wanted, self.restart_at = False, None
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def tail_of(log: Path, lines: int = TAIL_LINES) -> str:
    if not log.is_file():
        return ""
    text = log.read_bytes()[-16_384:].decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
