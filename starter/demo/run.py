"""`orderloom demo`: start the stack, open the shop, play the script, judge what came of it.

Exit status 0 when the sandbox, the order book and the ledger agree that everything went as it should; 1 otherwise.
"""

import random
import shutil
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from orderloom.configuration import load_config
from orderloom.domain.orders import OrderStatus
from orderloom.domain.records import OrderSummary
from orderloom.sandbox.control import SandboxControl
from orderloom.settings import Settings
from orderloom.storage.store import Store
from starter.bench.live.run import furnisher, play_sales
from starter.bench.live.sale import LiveSale, open_sale
from starter.bench.live.setting import SPEED, write_config
from starter.demo.playing import Player
from starter.demo.report import DemoReport, Performance, with_flash_sale, write_report
from starter.demo.screen import LiveCount, a_console, show_flash_sale, show_outcome
from starter.demo.script import Script, Twist, write_script
from starter.demo.shop import Shop, open_shop
from starter.opening import open_merchant_store
from starter.stack import Stack, programs

ORDERS, SECONDS = 120, 60.0
PICK_SECONDS = 3.0
SALE_SECONDS, VISITS_PER_SECOND = 15.0, 3.0
SETTLE_SECONDS = 90.0
LOOK_SECONDS = 0.5
MANY = 10_000


def run_demo(state_dir: Path, stay: bool, *, orders: int = ORDERS, seconds: float = SECONDS) -> int:
    """Play one demo in `{state_dir}/demo`; its report is `{state_dir}/demo/report.json`."""
    console = a_console()
    home = state_dir / "demo"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    console.print(f"Starting Temporal, sandbox, starter and worker in {home}")
    sales = [open_sale(random.SystemRandom().randrange(10_000), SALE_SECONDS, VISITS_PER_SECOND)]
    config_file = write_config(programs.ROOT / "config" / "orderloom.yaml", home / "orderloom.yaml")
    put_up = furnisher(sales, load_config(config_file))
    with Stack(home, speed=SPEED, config=config_file, pick_seconds=PICK_SECONDS, furnish=put_up) as stack:
        settings = Settings(state_dir=home)
        store = open_merchant_store(settings, load_config(settings.config))
        try:
            report = _perform(console, stack, store, orders, seconds)
            report = _flash_sale(console, stack, store, sales, report)
        finally:
            store.close()
        (home / "report.json").write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
        console.print(f"Report: {home / 'report.json'}")
        if stay:
            _stay(console, stack)
        else:
            console.print("`orderloom demo --stay` keeps all of it up, with every order's history in the Temporal UI.")
    return 1 if report.failures else 0


def _perform(console: Console, stack: Stack, store: Store, orders: int, seconds: float) -> DemoReport:
    console.print(
        f"The sandbox plays Amazon, Shopify and the nodes; Amazon's published limits run {SPEED:.0f} times faster.\n"
        f"Temporal UI: {stack.endpoints.temporal_ui_url}"
    )
    shop = open_shop()
    _stock_up(store, shop)
    console.print(f"Copper & Oak Kitchen opens with {len(shop.masters)} SKUs. {orders} buyers come in {seconds:.0f} s.")
    script = write_script(shop, seed=random.SystemRandom().randrange(2**32), orders=orders, seconds=seconds)
    started = time.monotonic()
    with SandboxControl(stack.endpoints.sandbox_url) as control, LiveCount(console, orders) as screen:
        player = Player(stack, control, store, shop, screen.say)
        player.play(script, lambda: screen.show(_orders(store)))
        _wait_until_settled(control, store, script, screen)
        duration = time.monotonic() - started
        truth = control.truth()
    stories = [store.stories.show(order.key) for order in _orders(store)]
    report = write_report(truth, stories, store, Performance(shop, script, player.twists, duration))
    show_outcome(console, report, stories, truth)
    return report


def _flash_sale(
    console: Console, stack: Stack, store: Store, sales: Sequence[LiveSale], report: DemoReport
) -> DemoReport:
    sale = sales[0]
    console.print(
        f"A flash sale of {sale.stock} units: {len(sale.visits)} buyers in {sale.seconds:.0f} s on both channels."
        " The same buyers visit a shop whose connector runs in batches."
    )
    with SandboxControl(stack.endpoints.sandbox_url) as control:
        found = play_sales(stack.state_dir, stack.config, store, control, sales)
    show_flash_sale(console, found)
    return with_flash_sale(report, found, store)


def _stock_up(store: Store, shop: Shop) -> None:
    store.catalog.import_skus(shop.masters, by="demo")
    store.catalog.import_listings(shop.listings)
    store.ledger.import_counts(shop.stock, by="demo", why="opening stock")


def _orders(store: Store) -> list[OrderSummary]:
    return list(store.stories.list(limit=MANY))


def _wait_until_settled(control: SandboxControl, store: Store, script: Script, screen: LiveCount) -> None:
    """Until every sale has its end or its hold, and every webhook and callback is taken; or SETTLE_SECONDS."""
    held = sum(sale.twist is Twist.SHORT for sale in script.sales)
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        orders = _orders(store)
        screen.show(orders)
        ended = sum(order.status.is_end for order in orders)
        waiting = sum(order.status is OrderStatus.HELD for order in orders)
        if ended >= len(script.sales) - held and waiting == held and not control.truth().undelivered:
            return
        threading.Event().wait(LOOK_SECONDS)
    screen.say(f"not everything has settled after {SETTLE_SECONDS:.0f} s")


def _stay(console: Console, stack: Stack) -> None:
    found = stack.endpoints
    console.print(f"Temporal UI  {found.temporal_ui_url}\nstarter      {found.starter_url}\nCtrl-C ends it.")
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    over.wait()
