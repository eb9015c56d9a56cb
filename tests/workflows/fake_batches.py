"""A channel that takes cancellations in batches and answers when a test lets it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from orderloom.domain.cancel_batches import BatchEnd, BatchResult, CancelEntry


@dataclass
class FakeBatches:
    drafts: list[tuple[CancelEntry, ...]] = field(default_factory=list)
    submitted: list[str] = field(default_factory=list)
    questions_before_the_answer: int = 2
    refused: dict[str, str] = field(default_factory=dict)

    def prepare(self, entries: Sequence[CancelEntry]) -> str:
        self.drafts.append(tuple(entries))
        return str(len(self.drafts))

    def submit(self, draft: str) -> str:
        self.submitted.append(f"feed-{draft}")
        return f"feed-{draft}"

    def since(self, moment: datetime) -> Sequence[str]:
        return self.submitted

    def result(self, batch: str) -> BatchResult | None:
        if self.questions_before_the_answer:
            self.questions_before_the_answer -= 1
            return None
        return BatchResult(end=BatchEnd.DONE, refused=self.refused)
