"""The benches whose yardstick needs no stack; that of throughput is in tests/e2e, on the stack that runs there."""

import subprocess
import sys
from pathlib import Path

import pytest

from orderloom.domain.errors import InputInvalid, Unavailable
from starter.bench import ledger
from starter.bench.webhooks.measuring import BARE, compare
from starter.bench.webhooks.real import starter_app
from starter.bench.webhooks.serving import served
from tests.starter.servers import serving


def test_webhooks_are_acknowledged_by_a_real_starter_beside_a_bare_app(tmp_path: Path) -> None:
    with served(BARE) as bare, serving(starter_app(tmp_path)) as starter:
        found = compare(bare, starter, 4, at_once=2)
    assert (found.webhooks, found.at_once) == (4, 2)
    for each in (found.orderloom, found.bare):
        assert each.per_second > 0
        assert 0 < each.p50_ms <= each.p99_ms
    assert found.ratio == pytest.approx(found.orderloom.per_second / found.bare.per_second, rel=0.05, abs=0.001)


def test_the_bare_app_holds_nothing_of_the_starter_that_it_is_measured_beside() -> None:
    ask = f"import sys, {BARE}; print(*sorted(n for n in sys.modules if n.startswith(('starter', 'orderloom'))))"
    found = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    package = BARE.rpartition(".")[0]
    assert found == ["starter", "starter.bench", package, BARE, f"{package}.serving"]


def test_a_measured_app_that_does_not_start_is_said(tmp_path: Path) -> None:
    with served("starter.bench.none_of_this_name") as gone, pytest.raises(Unavailable, match="did not answer"):
        compare(gone, gone, 2, at_once=1)


def test_the_ledger_is_measured_on_an_empty_database_and_refuses_one_in_use(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    found = ledger.measure(4, url)
    assert (found.database, found.orders) == ("sqlite", 4)
    assert min(found.reserve_per_second, found.release_per_second, found.bare_per_second) > 0
    with pytest.raises(InputInvalid, match="name an empty database"):
        ledger.measure(4, url)
