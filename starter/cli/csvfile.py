"""Reads a CSV file of people: every bad field is named with its file and line, and good rows are typed."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Generic, TypeVar

from orderloom.domain.errors import InputInvalid
from starter.cli.output import progress

T = TypeVar("T")
LONGEST_TEXT = 500
YES, NO = ("yes", "y", "true", "1"), ("no", "n", "false", "0")


@dataclass
class Row:
    """One line. An accessor that meets a bad value notes it and answers None; an empty field is None too."""

    file: str
    line: int
    values: dict[str, str]
    problems: list[InputInvalid] = field(default_factory=list)

    def complain(self, name: str, why: str) -> None:
        self.problems.append(InputInvalid(self.file, self.line, name, why))

    def text(self, name: str) -> str | None:
        value = self.values.get(name, "").strip()
        if len(value) > LONGEST_TEXT or not value.isprintable():
            self.complain(name, f"must be at most {LONGEST_TEXT} printable characters")
            return None
        return value or None

    def required(self, name: str) -> str:
        value = self.text(name)
        if value is None and not self.values.get(name, "").strip():
            self.complain(name, "is empty")
        return value or ""

    def count(self, name: str, *, least: int) -> int | None:
        """A whole number of at least `least`."""
        value = self.text(name)
        if value is None:
            return None
        if not (value.isascii() and value.isdecimal() and least <= int(value) <= 10_000_000):
            self.complain(name, f"must be a whole number from {least} on, not {value!r}")
            return None
        return int(value)

    def amount(self, name: str) -> Decimal | None:
        """A number of at least 0 with a decimal point."""
        value = self.text(name)
        if value is None:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not (number.is_finite() and 0 <= number <= 10_000_000):
            self.complain(name, f"must be a number such as 12.50, not {value!r}")
            return None
        return number

    def yes_no(self, name: str) -> bool | None:
        value = (self.text(name) or "").lower()
        if value and value not in YES + NO:
            self.complain(name, f"must be yes or no, not {value!r}")
        return True if value in YES else False if value in NO else None


@dataclass(frozen=True)
class Columns:
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()


@dataclass
class Content(Generic[T]):
    """What a file holds: every row that could be read, and what is wrong with it or with the others."""

    rows: list[tuple[Row, T]] = field(default_factory=list)
    problems: list[InputInvalid] = field(default_factory=list)
    bad_lines: set[int] = field(default_factory=set)

    @property
    def good(self) -> list[tuple[Row, T]]:
        return [entry for entry in self.rows if entry[0].line not in self.bad_lines]

    def refuse(self, row: Row, name: str, why: str) -> None:
        """Count a row as bad although each of its fields can be read."""
        self.problems.append(InputInvalid(row.file, row.line, name, why))
        self.bad_lines.add(row.line)


def read_csv(path: Path, columns: Columns, parse: Callable[[Row], T | None]) -> Content[T]:
    """Read the file. Raises InputInvalid where it is no such file at all: not UTF-8, or with other columns."""
    text = _read(path)
    content: Content[T] = Content()
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    with progress(f"Reading {path.name}", text.count("\n")) as steps:
        try:
            names = _header(path, next(reader, []), columns)
            for cells in reader:
                steps.advance()
                if any(cell.strip() for cell in cells):
                    _take(content, _row(path, reader.line_num, names, cells), parse)
        except csv.Error as wrong:
            raise InputInvalid(str(path), reader.line_num, "csv", str(wrong)) from None
    return content


def _take(content: Content[T], row: Row, parse: Callable[[Row], T | None]) -> None:
    parsed = None if row.problems else parse(row)
    if parsed is not None:
        content.rows.append((row, parsed))
    if row.problems:
        content.problems += row.problems
        content.bad_lines.add(row.line)


def _row(path: Path, line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    row = Row(str(path), line, dict(zip(names, cells, strict=False)))
    if len(cells) != len(names):
        row.complain("line", f"has {len(cells)} fields, the first line names {len(names)}")
    return row


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputInvalid(str(path), None, "file", "is not UTF-8 text; save it as `CSV UTF-8`") from None
    except OSError as failure:
        raise InputInvalid(str(path), None, "file", f"cannot be read: {failure.strerror}") from None


def _header(path: Path, cells: Sequence[str], columns: Columns) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    known = columns.required + columns.optional
    for name in names:
        if name not in known:
            raise InputInvalid(str(path), 1, name or "(empty)", f"is no column here; columns are {', '.join(known)}")
        if names.count(name) > 1:
            raise InputInvalid(str(path), 1, name, "is there twice")
    for name in columns.required:
        if name not in names:
            raise InputInvalid(str(path), 1, name, "is missing in the first line")
    return names
