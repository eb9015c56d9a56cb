from collections import Counter

from orderloom.domain.keys import Channel
from starter.demo.latency import percentiles
from starter.demo.script import Twist, write_script
from starter.demo.shop import SCARCE, SET, UNMAPPED, UNMAPPED_MEANS, open_shop

SHOP = open_shop()
SCRIPT = write_script(SHOP, seed=1)


def test_the_shop_has_1200_skus_and_both_nodes_have_stock() -> None:
    assert len({master.sku for master in SHOP.masters}) == 1200
    assert {count.node for count in SHOP.stock} == {"own_warehouse", "harbor_3pl"}


def test_shop_and_script_are_the_same_on_every_run() -> None:
    assert open_shop() == SHOP
    assert write_script(SHOP, seed=1) == SCRIPT
    assert write_script(SHOP, seed=2) != SCRIPT


def test_six_of_ten_orders_come_from_amazon_and_every_twist_happens() -> None:
    channels = Counter(sale.channel for sale in SCRIPT.sales)
    assert channels == {Channel.AMAZON: 72, Channel.SHOPIFY: 48}
    assert {sale.twist for sale in SCRIPT.sales} == set(Twist)
    assert {sale.twist for sale in write_script(SHOP, 1, orders=30, seconds=10).sales} == set(Twist)


def test_everything_that_is_sold_is_known_except_the_unmapped_sku() -> None:
    known = {master.sku for master in SHOP.masters} | {listing.listing for listing in SHOP.listings}
    sold = {line.listing for sale in SCRIPT.sales for line in sale.lines}
    assert sold - known == {UNMAPPED}
    assert UNMAPPED_MEANS.sku in known
    assert SET in sold


def test_only_the_scarce_sku_can_run_short() -> None:
    stock: Counter[str] = Counter()
    for count in SHOP.stock:
        stock[count.sku] += count.on_hand
    assert stock[SCARCE] == 2
    assert SCRIPT.short_units == 1
    assert all(units >= 10 for sku, units in stock.items() if sku != SCARCE)


def test_the_sku_is_mapped_and_the_worker_killed_while_orders_still_come() -> None:
    last = SCRIPT.sales[-1].at
    unmapped = next(sale for sale in SCRIPT.sales if sale.twist is Twist.UNMAPPED)
    assert unmapped.at < SCRIPT.map_sku_at < last
    assert SCRIPT.sales[0].at < SCRIPT.kill_worker_at < last


def test_percentiles_are_ranks_of_what_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert percentiles(values).model_dump() == {"orders": 100, "p50": 50.0, "p95": 95.0, "p99": 99.0}
    assert percentiles([]).p50 is None
