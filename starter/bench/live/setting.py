"""What a live sale is set in: the merchant's configuration with honest bounds, and the knobs of the two sandboxes."""

from datetime import timedelta
from pathlib import Path

from ruamel.yaml import YAML

from orderloom.domain.keys import Channel
from orderloom.sandbox.knobs import Knobs

SPEED = 60.0
"""Of orderloom's sandbox: Amazon's two minutes pass in 2 s, and orders are swept each 3 s. What the machine itself
takes for an order is not compressed, so orderloom sees orders later than the sale is short."""
AMAZON_EFFECT_SECONDS = (0.1, 1.0)
EFFECT_BOUND = timedelta(seconds=4)
"""The slowest effect outside a sale, and a second of the machine's. One so short is not sped up (listing/choice.py)."""
SIGHT_BOUND = timedelta(seconds=12)
"""Two seconds of Amazon's, three of the sweep, and a machine of two processors that is busy with all of it."""


def write_config(base: Path, file: Path) -> Path:
    """The configuration of `base` with bounds in time that hold on the compressed stage."""
    yaml = YAML()
    content = yaml.load(base)
    for account in content["accounts"]:
        account["sight_bound"] = f"PT{SIGHT_BOUND.total_seconds():.0f}S"
        if account["channel"] == Channel.AMAZON:
            account["effect_bound"] = f"PT{EFFECT_BOUND.total_seconds():.0f}S"
    file.parent.mkdir(parents=True, exist_ok=True)
    yaml.dump(content, file)
    return file


def knobs(before: Knobs) -> Knobs:
    return before.model_copy(update={"listing_effect_seconds": AMAZON_EFFECT_SECONDS})
