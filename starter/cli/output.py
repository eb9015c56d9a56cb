"""What the commands print: tables of at most 100 columns for people, JSON for programs."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

WIDTH = 100
BIG_FILE_LINES = 2_000
"""From here on reading a file takes long enough to show how far it is."""


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def print_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, nothing: str, right: Sequence[str] = ()
) -> None:
    """One table, or the sentence `nothing` where there are no rows. Columns in `right` hold numbers."""
    if not rows:
        print_line(nothing)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        # As Text, so that a bracket in a product's name is no markup.
        table.add_row(*(Text(str(cell)) for cell in row))
    console().print(table)


def console() -> Console:
    """Made for each use: standard output may be another one by then, as in tests."""
    fresh = Console(highlight=False, markup=False)
    fresh.width = min(fresh.width, WIDTH) if fresh.is_terminal else WIDTH
    return fresh


class Steps:
    """Counts lines on a progress bar, where there is one."""

    def __init__(self, bar: Progress | None, total: int, what: str) -> None:
        self._bar = bar
        self._task = bar.add_task(what, total=total) if bar else None

    def advance(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)


@contextmanager
def progress(what: str, lines: int) -> Iterator[Steps]:
    """A bar on the terminal's stderr while a big file is read; nothing for a small one or without a terminal."""
    screen = Console(stderr=True)
    if lines < BIG_FILE_LINES or not screen.is_terminal:
        yield Steps(None, lines, what)
        return
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True
    ) as bar:
        yield Steps(bar, lines, what)


@contextmanager
def working(what: str, lines: int) -> Iterator[None]:
    """A moving bar on the terminal's stderr while many lines are written in one transaction."""
    screen = Console(stderr=True)
    if lines < BIG_FILE_LINES or not screen.is_terminal:
        yield
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), console=screen, transient=True) as bar:
        bar.add_task(what, total=None)
        yield
