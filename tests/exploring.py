"""How many examples a property test tries: the same ones every time, or more of them at random.

A red run should come from a change and not from luck, so `make test` derives the examples from the test itself.
`EXPLORE=20 make test ARGS=tests/domain/listing` tries twenty times as many, others each time.
"""

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXPLORE", "0"))


def examples(usual: int) -> int:
    return usual * max(TIMES, 1)


def load_profile() -> None:
    """How long one example takes says how busy the machine is, and nothing of the code."""
    settings.register_profile("any machine", deadline=None, derandomize=TIMES == 0, print_blob=TIMES > 0)
    settings.load_profile("any machine")
