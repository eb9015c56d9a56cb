"""The `orderloom` command. Exit status 0 done, 1 the thing asked for failed, 2 wrong usage.

An error is one clear line on stderr, never a traceback: `run` is the only place where exceptions end.
"""

import os
import sys
from collections.abc import Sequence

import typer

from orderloom.domain.errors import OrderloomError
from starter.cli.commands import COMMANDS, ImportedWhenUsed
from starter.cli.output import complain
from starter.logging import configure_logging, describe

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="orderloom",
    help="Weaves a merchant's Amazon and Shopify orders into one durable flow.",
    cls=ImportedWhenUsed,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _name, (_, _summary) in COMMANDS.items():
    app.command(_name, help=_summary)(lambda: None)


def main() -> None:
    # What is printed is the answer; a command that runs for long sets its own log afterwards.
    configure_logging("WARNING")
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
