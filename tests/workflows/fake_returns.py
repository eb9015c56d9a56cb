"""A channel whose report of returns is there when a test lets it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orderloom.domain.events import NewEvent
from orderloom.domain.returns_report import ReportWindow


@dataclass
class FakeReturns:
    events: list[NewEvent] = field(default_factory=list)
    looks_before_it_is_there: int = 1
    asked: list[ReportWindow] = field(default_factory=list)

    def find(self, window: ReportWindow, made_since: datetime) -> str | None:
        return None

    def ask(self, window: ReportWindow) -> str:
        self.asked.append(window)
        return f"report-{len(self.asked)}"

    def read(self, report: str) -> Sequence[NewEvent] | None:
        if self.looks_before_it_is_there:
            self.looks_before_it_is_there -= 1
            return None
        return self.events
