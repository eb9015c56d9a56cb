"""Options that many commands share."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from orderloom.domain.keys import OrderKey
from orderloom.settings import DEFAULT_STATE_DIR

StateDir = Annotated[
    Path,
    typer.Option(
        "--state-dir",
        envvar="ORDERLOOM_STATE_DIR",
        file_okay=False,
        help="Where database, keys, logs and the running stack's addresses lie.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Apply the good lines although others are bad.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most this many rows.")]
CsvFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE.csv")]

STATE_DIR = DEFAULT_STATE_DIR
NEGATIVE_NUMBERS: dict[str, bool] = {"ignore_unknown_options": True}
"""Context settings of a command that takes a quantity: -5 is one that is refused, no option that nobody knows."""


def said(why: str) -> str:
    """What is kept as the reason of a change has to be one."""
    if not why.strip():
        raise typer.BadParameter("say why, e.g. --why 'cycle count'", param_hint="--why")
    return why.strip()


def order_key(text: str) -> OrderKey:
    try:
        return OrderKey.parse(text)
    except ValueError as wrong:
        # Pydantic's own text spans several lines.
        why = str(wrong) if "\n" not in str(wrong) else f"{text!r} is no order key; write channel:account:order_id"
        raise typer.BadParameter(why) from None


Key = Annotated[
    OrderKey,
    typer.Argument(parser=order_key, metavar="KEY", help="channel:account:order_id, e.g. shopify:kitchen:1001"),
]


def operator() -> str:
    """Who is at the keyboard, for the order's timeline."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "operator"
