"""`orderloom bench flash-sale --live`: brings up the stack, plays the sales one after another, and compares."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from orderloom.configuration import load_config
from orderloom.domain.merchant import MerchantConfig
from orderloom.sandbox.control import SandboxControl
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.bench.live.rival import open_rival
from starter.bench.live.sale import FLIP, PUBLISHED, LiveSale, open_sale
from starter.bench.live.setting import SPEED, knobs, write_config
from starter.bench.live.stage import Stage, furnish
from starter.bench.live.tally import Comparison, Tally, compare
from starter.opening import open_merchant_store
from starter.stack import Stack, programs

SECONDS, VISITS_PER_SECOND = 90.0, 1.0
"""Long enough for a refill and a drain within the bounds that setting.py says."""
AT_ONCE = 3
"""Sales at a time, each of an article of its own: with all that follows from an order, what two processors bear."""
PICK_SECONDS = 1.0


def play_live(state_dir: Path, seeds: int, say: Callable[[str], None], step: Callable[[], None]) -> Comparison:
    """Play one sale for each seed in `{state_dir}/flash-sale`, the published one and a flip in turn.

    `step` is called after each.

    Raises StackFailed where the stack does not start, and Unavailable where it does not keep up.
    """
    home = state_dir / "flash-sale"
    shutil.rmtree(home, ignore_errors=True)
    seeded = zip(range(1, seeds + 1), cycle((PUBLISHED, FLIP)), strict=False)
    sales = [open_sale(seed, SECONDS, VISITS_PER_SECOND, scenario) for seed, scenario in seeded]
    config_file = write_config(programs.ROOT / "config" / "orderloom.yaml", home / "orderloom.yaml")
    furnish_it = furnisher(sales, load_config(config_file))
    stack = Stack(home, speed=SPEED, config=config_file, pick_seconds=PICK_SECONDS, furnish=furnish_it, say=say)
    with stack, opened(home, stack.config) as store, SandboxControl(stack.endpoints.sandbox_url) as control:
        return play_sales(home, stack.config, store, control, sales, step)


def furnisher(sales: Sequence[LiveSale], config: MerchantConfig) -> Callable[[str], None]:
    """Lists the articles in the stack's sandbox before anything reads it."""

    def put_up(sandbox_url: str) -> None:
        with SandboxControl(sandbox_url) as control:
            furnish(control, config, sales)

    return put_up


def play_sales(
    home: Path,
    config: MerchantConfig,
    store: Store,
    control: SandboxControl,
    sales: Sequence[LiveSale],
    step: Callable[[], None] = lambda: None,
) -> Comparison:
    """Play them on the stack that runs already, whose sandbox was furnished with them."""
    tallies: list[Tally] = []
    control.set_knobs(knobs(control.knobs()))
    with open_rival(home / "rival", config, sales[0].factor) as rival:
        stage = Stage(control, store, config, rival)
        stage.stock_up(sales)
        for first in range(0, len(sales), AT_ONCE):
            together = sales[first : first + AT_ONCE]
            tallies += stage.play(together)
            for _ in together:
                step()
    return compare(sales, tallies)


@contextmanager
def opened(home: Path, config: MerchantConfig) -> Iterator[Store]:
    store = open_merchant_store(Settings(state_dir=home), config)
    try:
        yield store
    finally:
        store.close()
