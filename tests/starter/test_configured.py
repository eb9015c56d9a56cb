"""A worker or starter that comes back to a wrong file: it goes on with the last good one, and everything says so."""

from pathlib import Path

import httpx
import pytest

from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.stock import SkuMaster, StockCount
from orderloom.settings import Settings
from starter.configured import Configured, open_configured
from starter.http import create_app
from starter.rules_in_force import open_rulings, say_what_is_odd
from starter.services import build_services
from tests.starter.commands import Orderloom
from tests.starter.conftest import CONFIG
from tests.starter.servers import serving

GOOD = CONFIG.read_text(encoding="utf-8")
MISSPELT = GOOD.replace("order.weight_lb > 5.0", "order.wieght_lb > 5.0")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def using(settings: Settings, file: Path) -> Settings:
    return settings.model_copy(update={"config": file})


def started(using: Settings, process: str = "worker") -> Configured:
    found = open_configured(using, process)
    found.store.close()
    return found


def test_a_first_start_with_a_wrong_file_is_refused_in_one_line(using: Settings, file: Path) -> None:
    file.write_text(MISSPELT, encoding="utf-8")
    with pytest.raises(ConfigInvalid, match=r"shop\.yaml:47: rules\[1\]\.when: .* did you mean order\.weight_lb\?$"):
        open_configured(using, "worker")


WRONG = {
    "a condition": MISSPELT,
    "a field": GOOD.replace("    pool: fba", "    pol: fba"),
    "no yaml": "rules: [",
    "empty": "",
    "gone": None,
}


def test_a_start_with_a_file_that_has_become_wrong_goes_on_with_the_last_good_one(using: Settings, file: Path) -> None:
    good = started(using)
    for what, wrong in WRONG.items():
        file.unlink() if wrong is None else file.write_text(wrong, encoding="utf-8")
        found = open_configured(using, "worker")
        assert found.config == good.config, what
        assert found.settings.config.read_text(encoding="utf-8") == GOOD, "a copy to compare with"
        say_what_is_odd(found.settings, found.config, found.store)
        rulings = open_rulings(found.settings, found.config, found.store)
        assert rulings.of(0, None).router is not None, "the running rules stay in force"
        (refused,) = found.store.configurations.refused()
        assert (refused.process, str(file) in refused.why) == ("worker", True)
        found.store.close()
    file.write_text(GOOD.replace("Copper & Oak", "Iron & Ash"), encoding="utf-8")
    mended = started(using)
    assert mended.config.merchant == "Iron & Ash Kitchen"
    assert mended.settings is using


def test_a_node_that_may_not_move_its_stock_is_a_wrong_file_too(using: Settings, file: Path) -> None:
    found = open_configured(using, "worker")
    found.store.catalog.import_skus([SkuMaster(sku="PAN")])
    found.store.ledger.set_count(StockCount(sku="PAN", node="harbor_3pl", on_hand=5), "test", "count")
    found.store.close()
    moved = GOOD.replace("name: Harbor 3PL\n    pool: own", "name: Harbor 3PL\n    pool: far")
    file.write_text(moved, encoding="utf-8")
    assert started(using).config == found.config


def test_a_wrong_key_ring_is_said_as_what_it_is(using: Settings) -> None:
    started(using)
    broken = using.model_copy(update={"key_ring": {"a": Settings(key_ring={"a": "%%%"}).key_ring["a"]}})
    with pytest.raises(ConfigInvalid, match="ORDERLOOM_KEY_RING: a: is not base64"):
        open_configured(broken, "worker")


def test_everything_says_that_an_old_configuration_is_worked_with(
    using: Settings,
    file: Path,
    orderloom: Orderloom,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    started(using)
    file.write_text(MISSPELT, encoding="utf-8")
    services = build_services(using)
    with serving(create_app(services)) as address, httpx.Client(base_url=address, timeout=20) as client:
        assert 'orderloom_configuration_refused{process="starter"} 1.0' in client.get("/metrics").text
        page = client.get("/").text
        assert '<p role="alert">Wrong configuration: the starter that started at ' in page
        assert "did you mean order.weight_lb?" in page
    assert "the configuration is refused; the last good one goes on" in capsys.readouterr().out
    monkeypatch.setenv("ORDERLOOM_CONFIG", str(file))
    (now,) = (row for row in orderloom("doctor", "--json").json if row["what"] == "configuration")
    assert not now["good"]
    assert "a worker or starter goes on with the last good one, of " in now["text"]
    refused = orderloom("rules", "list")
    assert (refused.status, refused.err.count("\n")) == (1, 1), "a person is told, and nothing is done"
    file.write_text(GOOD, encoding="utf-8")
    told = [row for row in orderloom("doctor", "--json").json if row["what"] == "configuration"]
    assert [row["good"] for row in told] == [True, False]
    assert "and restart the starter" in told[1]["text"]
