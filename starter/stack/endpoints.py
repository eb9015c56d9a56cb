"""Where the running stack listens: its ports, and the ready file that scripts read."""

import random
import socket
from pathlib import Path

from orderloom.domain.errors import InputInvalid
from orderloom.domain.keys import Channel
from orderloom.domain.model import Frozen

LOOPBACK = "127.0.0.1"
FREE_PORTS = range(12_000, 32_000)
"""Where a free port is looked for: below what the system hands out to outgoing connections (Linux from 32768, macOS
from 49152), which could take it between choosing and listening."""
TRIES = 50


class AccountEndpoint(Frozen):
    channel: Channel
    account: str
    webhook_secret: str | None
    """Signs webhooks of a shop; Amazon sends none."""


class Endpoints(Frozen):
    """The ready file (`orderloom dev --ready-file`)."""

    starter_url: str
    sandbox_url: str
    temporal_address: str
    temporal_ui_url: str
    accounts: tuple[AccountEndpoint, ...]


class Ports(Frozen):
    starter: int
    temporal: int
    temporal_ui: int
    sandbox: int

    @classmethod
    def choose(cls, *, starter: int, temporal: int, temporal_ui: int, sandbox: int) -> "Ports":
        """Take the given ports, and free ones for 0. Raises InputInvalid for a port in use."""
        asked = {
            "--port": starter,
            "--temporal-port": temporal,
            "--temporal-ui-port": temporal_ui,
            "--sandbox-port": sandbox,
        }
        # All are held until all are chosen, so that no free port is handed out twice.
        held = [_bind(option, port) if port else _bind_any() for option, port in asked.items()]
        chosen = [sock.getsockname()[1] for sock in held]
        for sock in held:
            sock.close()
        return cls(starter=chosen[0], temporal=chosen[1], temporal_ui=chosen[2], sandbox=chosen[3])


def _bind(option: str, port: int) -> socket.socket:
    try:
        return _listen(port)
    except OSError as taken:
        raise InputInvalid("orderloom dev", None, option, f"port {port} is in use ({taken.strerror})") from None


def _bind_any() -> socket.socket:
    for port in random.sample(FREE_PORTS, TRIES):
        try:
            return _listen(port)
        except OSError:
            continue
    raise InputInvalid("orderloom dev", None, "ports", f"none of {TRIES} ports that were tried is free")


def _listen(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As a server does: a port in TIME_WAIT after a restart counts as free.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(1)
    except OSError:
        sock.close()
        raise
    return sock


def write_private(path: Path, text: str) -> None:
    """Replace a file that only its owner may read; a reader sees the old or the new one, never half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)
