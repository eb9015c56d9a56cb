from pathlib import Path

import pytest

from orderloom.domain.errors import InputInvalid
from starter.bench import ledger, webhooks
from starter.bench.throughput.measuring import measure


def test_the_throughput_benchmark_completes_real_orders_and_bare_workflows() -> None:
    said: list[str] = []
    found = measure(2, said.append)
    assert found.orders == 2
    assert found.orders_per_second > 0
    assert found.bare_per_second > 0
    assert said == ["starting the stack", "1 bare workflows", "2 orders", "1 bare workflows"]


def test_webhooks_are_acknowledged_by_a_real_starter_beside_a_bare_app() -> None:
    found = webhooks.measure(20, at_once=4)
    assert found.webhooks == 20
    for each in (found.orderloom, found.bare):
        assert each.per_second > 0
        assert 0 < each.p50_ms <= each.p99_ms
    assert found.ratio == pytest.approx(found.orderloom.per_second / found.bare.per_second, rel=0.05)


def test_the_ledger_is_measured_on_an_empty_database_and_refuses_one_in_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    found = ledger.measure(8, url)
    assert (found.database, found.orders) == ("sqlite", 8)
    assert min(found.reserve_per_second, found.release_per_second, found.bare_per_second) > 0
    with pytest.raises(InputInvalid, match="name an empty database"):
        ledger.measure(8, url)
