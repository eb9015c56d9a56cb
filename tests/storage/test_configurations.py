"""The configuration that each kind of process started with last, on both databases."""

from datetime import timedelta

from orderloom.domain.configured import KeptConfiguration, RefusedConfiguration
from orderloom.storage.configurations import last_good
from orderloom.storage.store import open_store
from tests.storage.shop import KEYS, START, Clock


def test_the_newest_good_file_is_kept_and_a_refusal_lasts_until_a_good_start(database_url: str) -> None:
    assert last_good(database_url) is None
    clock = Clock()
    store = open_store(database_url, KEYS, clock=clock)
    kept = store.configurations
    kept.keep("worker", "first")
    clock.advance(hours=1)
    kept.keep("starter", "second")
    later = START + timedelta(hours=1)
    good = last_good(database_url)
    assert good == KeptConfiguration(text="second", kept_at=later)
    assert kept.refused() == []
    clock.advance(hours=1)
    kept.refuse("worker", good, "orderloom.yaml:7: rules: is wrong")
    told = RefusedConfiguration(
        process="worker", refused_at=later + timedelta(hours=1), why="orderloom.yaml:7: rules: is wrong", kept_at=later
    )
    assert kept.refused() == [told]
    assert last_good(database_url) == good, "what was refused is not kept"
    kept.keep("worker", "third")
    assert kept.refused() == []
    store.close()
