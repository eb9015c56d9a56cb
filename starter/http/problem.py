"""The body of every answer that is not a success."""

from orderloom.domain.model import Frozen


class Problem(Frozen):
    """`error` is a fixed word for programs, `detail` one sentence for people."""

    error: str
    detail: str
