"""The `orderloom` command. Exit status 0 done, 1 the thing asked for failed, 2 wrong usage.

An error is one clear line on stderr, never a traceback: `run` is the only place where exceptions end.
"""

import os
import sys
from collections.abc import Sequence

import typer

from orderloom.domain.errors import OrderloomError
from starter.cli import (
    bench,
    connect,
    doctor,
    health,
    inventory,
    listings,
    orders,
    privacy,
    processes,
    reconcile,
    rule_trials,
    rule_versions,
    rules,
    sandbox,
    skus,
    yardsticks,
)
from starter.cli.output import complain
from starter.logging import describe

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="orderloom",
    help="Weaves a merchant's Amazon and Shopify orders into one durable flow.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(processes.dev)
app.command()(processes.worker)
app.command()(processes.starter)
app.command()(processes.demo)
app.command()(doctor.doctor)
app.command()(health.health)
app.command()(reconcile.reconcile)
app.add_typer(connect.app, name="connect")
app.add_typer(orders.app, name="orders")
app.add_typer(privacy.app, name="privacy")
app.add_typer(skus.app, name="skus")
app.add_typer(inventory.app, name="inventory")
app.add_typer(listings.app, name="listings")
rules.app.command()(rule_trials.explain)
rules.app.command()(rule_trials.backtest)
rules.app.command()(rule_versions.apply)
rules.app.command()(rule_versions.versions)
rules.app.command()(rule_versions.rollback)
rules.app.command()(rule_versions.withdraw)
app.add_typer(rules.app, name="rules")
app.add_typer(sandbox.app, name="sandbox")
bench.app.command()(yardsticks.throughput)
bench.app.command()(yardsticks.webhooks)
bench.app.command()(yardsticks.ledger)
app.add_typer(bench.app, name="bench")


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say; the exit status."""
    try:
        return int(app(args=list(arguments), prog_name="orderloom", standalone_mode=False) or 0)
    except typer.TyperException as usage:
        complain(f"orderloom: {' '.join(usage.format_message().split())}" if usage.format_message() else "")
        return usage.exit_code
    except OrderloomError as failure:
        complain(f"orderloom: {failure}")
        return FAILED
    except (typer.Abort, KeyboardInterrupt):
        complain("orderloom: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, e.g. `head`, has enough. Python would complain about it once more while it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as defect:  # noqa: BLE001 - whatever it is, a person sees one line
        complain(f"orderloom: this is a defect of orderloom: {describe(defect)}")
        return FAILED


if __name__ == "__main__":
    main()
