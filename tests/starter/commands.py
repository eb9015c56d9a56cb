"""Calls the `orderloom` command as a person does: exit status, standard output and error."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Orderloom = Callable[..., Result]


def written(name: str, text: str) -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name
