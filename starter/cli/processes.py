"""The commands that run something until it is told to stop: dev, worker, starter, demo."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from starter.cli.options import STATE_DIR, StateDir
from starter.cli.output import print_line
from starter.cli.session import load_settings
from starter.stack import Stack
from starter.stack.endpoints import write_private

Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")]


def dev(
    port: Port = 8080,
    temporal_port: Port = 7233,
    temporal_ui_port: Port = 8233,
    sandbox_port: Port = 8090,
    ready_file: Annotated[Path | None, typer.Option(help="Written as JSON when all is ready.")] = None,
    speed: Annotated[float, typer.Option(min=0.1, help="How many times faster the sandbox's limits run.")] = 1.0,
    config: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="The merchant's YAML file.")] = None,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Run the whole stack in the foreground: Temporal, sandbox, starter and worker. Ctrl-C stops it."""
    stack = Stack(
        state_dir,
        port=port,
        temporal_port=temporal_port,
        temporal_ui_port=temporal_ui_port,
        sandbox_port=sandbox_port,
        speed=speed,
        config=config,
        say=lambda line: print(line, flush=True),  # noqa: T201 - a line at once, also into a pipe
    )
    if ready_file is not None:
        # A script that waits for it must not find the one of an earlier run.
        ready_file.unlink(missing_ok=True)
    signal.signal(signal.SIGTERM, _as_ctrl_c)
    try:
        stack.start()
        _announce(stack, ready_file)
        threading.Event().wait()
    except KeyboardInterrupt:
        print_line("stopping")
    finally:
        # A second Ctrl-C would leave the stop half done.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        stack.stop()
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


def worker(state_dir: StateDir = STATE_DIR) -> None:
    """Run one worker process: the workflows and activities of all task queues."""
    os.environ["ORDERLOOM_STATE_DIR"] = str(state_dir)
    root = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    # The worker is a program of its own; this process becomes it, so that signals reach it directly.
    os.execv(sys.executable, [sys.executable, "-m", "worker"])  # noqa: S606


def starter(state_dir: StateDir = STATE_DIR) -> None:
    """Run one starter process: webhooks, callbacks, the operator's API, and the relay."""
    from starter.http.__main__ import serve

    serve(load_settings(state_dir))


def demo(
    stay: Annotated[bool, typer.Option("--stay", help="Keep the stack running afterwards, until Ctrl-C.")] = False,
    state_dir: StateDir = STATE_DIR,
) -> None:
    """Play two minutes of a kitchen shop's day on the whole stack and print what became of its orders."""
    from starter.demo.run import run_demo

    raise typer.Exit(run_demo(state_dir, stay))


def _announce(stack: Stack, ready_file: Path | None) -> None:
    found = stack.endpoints
    if ready_file is not None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        # It holds the sandbox's webhook secrets.
        write_private(ready_file, found.model_dump_json(indent=2))
    print_line(f"starter      {found.starter_url}")
    print_line(f"temporal     {found.temporal_address}, its UI {found.temporal_ui_url}")
    print_line(f"sandbox      {found.sandbox_url}")
    print_line(f"logs         {stack.logs}")
    print_line("ready; Ctrl-C stops everything")
    sys.stdout.flush()


def _as_ctrl_c(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
