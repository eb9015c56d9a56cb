"""The words after `orderloom`: one line of help for each, and where its command is.

Importing all commands takes two seconds, so `--help` shows these lines and a command imports what it needs itself.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "dev": (
        "processes",
        "Run the whole stack in the foreground: Temporal, sandbox, starter and worker. Ctrl-C stops it.",
    ),
    "worker": ("processes", "Run one worker process: the workflows and activities of all task queues."),
    "starter": ("processes", "Run one starter process: webhooks, callbacks, the operator's API, and the relay."),
    "demo": (
        "processes",
        "Play two minutes of a kitchen shop's day on the whole stack and print what became of its orders.",
    ),
    "doctor": ("doctor", "Check configuration, database, keys, Temporal and the secrets of every account and node."),
    "health": (
        "health",
        "Show paused accounts, late orders, and each Amazon account's rates of the last 30 days beside its targets.",
    ),
    "reconcile": (
        "reconcile",
        "Compare listings and orders with the channels and repair them. Exit status 1 where a person has to look.",
    ),
    "connect": ("connect", "Set up at a channel what an account needs to be told of changes."),
    "orders": ("orders", "Orders: where they stand and why."),
    "events": ("events", "What came and could not be read: read it again, or drop it."),
    "privacy": ("privacy", "Customers' requests: what is held of them, and forgetting it."),
    "skus": ("skus", "The SKU master and the listings that are mapped to it."),
    "inventory": ("inventory", "Stock: levels, movements, counts, and the audit of the ledger."),
    "listings": ("listings", "Listings: what they show, their alarms, and stopping them."),
    "rules": ("rule_commands", "The routing rules."),
    "sandbox": ("sandbox", "Stock a shop and buy from it, on the sandbox of the running local stack."),
    "bench": ("bench", "Yardsticks: each figure beside a bare one of the same run."),
}
"""Name -> (module of starter.cli, summary). The module has a group `app`, or a function of the command's name."""


def command_named(name: str) -> Any:
    """The command or the group of commands, imported now."""
    module = import_module(f"starter.cli.{COMMANDS[name][0]}")
    if hasattr(module, "app"):
        return typer.main.get_group(module.app)
    alone = typer.Typer(add_completion=False)
    alone.command(name)(getattr(module, name))
    return typer.main.get_command(alone)


class ImportedWhenUsed(TyperGroup):
    """A group whose commands stand for what `command_named` finds."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, known, rest = super().resolve_command(ctx, args)
        return name, known and command_named(str(known.name)), rest
