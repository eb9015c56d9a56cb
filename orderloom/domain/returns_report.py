"""A channel's report of returns: asked for, made in its own time, and read row by row as events of orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from orderloom.domain.events import NewEvent
from orderloom.domain.model import Frozen, Utc


class ReportWindow(Frozen):
    """Returns that buyers asked for in between, whatever became of them since."""

    since: Utc
    until: Utc


class ReturnsChannel(Protocol):
    """A report is asked for, and looked at until it has ended."""

    def find(self, window: ReportWindow, made_since: datetime) -> str | None:
        """The newest report of this kind, made from then on, that covers the window; None where there is none."""

    def ask(self, window: ReportWindow) -> str:
        """The report's name. Raises OutcomeUnknown where it may or may not be under way: look with `find`."""

    def read(self, report: str) -> Sequence[NewEvent] | None:
        """An event for each row; none where there was nothing to report. None while it is being made.

        STORED is what came back, KEPT what was only asked for, UNREADABLE a row that says nothing plain. Raises
        Rejected where the channel could not make it.
        """
