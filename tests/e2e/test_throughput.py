"""`orderloom bench throughput` on the stack that runs here anyway."""

from starter.bench.throughput.measuring import Shelf, compare
from tests.e2e.kitchen import SHOP, Kitchen


def test_the_throughput_benchmark_completes_real_orders_and_bare_workflows(kitchen: Kitchen) -> None:
    said: list[str] = []
    found = compare(kitchen.stack, Shelf(account=SHOP, node="own_warehouse", sku="SPOON"), 2, said.append)
    assert found.orders == 2
    assert found.orders_per_second > 0
    assert found.bare_per_second > 0
    assert said == ["1 bare workflows", "2 orders", "1 bare workflows"]
