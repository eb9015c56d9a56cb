"""All of a node's pages or nothing: what fails is kept as trouble, and no stock is touched."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.reading_stock import MOST_PAGES, StockActivities
from activities.round_messages import StockStart
from orderloom.domain.errors import StockUnreadable, Throttled, Unavailable
from orderloom.domain.merchant import MerchantConfig
from orderloom.domain.node_api import NodeApi, NodeCall
from orderloom.domain.node_profile import StockReading
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.rulebook import Rule
from orderloom.domain.stock_reading import NodeLevel, StockPage, StockRead
from orderloom.storage.store import Store, open_store
from tests.storage import shop

CALL = NodeCall(path="x")
API = NodeApi(dispatch=CALL, find=CALL, found="[]", stock=CALL, levels="[]")
PLAIN = shop.node("east").model_dump()


@dataclass
class Node:
    answers: list[StockPage | Exception]
    asked: list[str | None] = field(default_factory=list)

    def stock_page(self, page: str | None) -> StockPage:
        self.asked.append(page)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def page(following: str | None = None, **units: int) -> StockPage:
    levels = tuple(NodeLevel(sku=sku, on_hand=count) for sku, count in units.items())
    return StockPage(levels=levels, next_page=following)


@dataclass
class Asked:
    store: Store
    clock: shop.Clock
    waited: list[float] = field(default_factory=list)

    def read(self, *answers: StockPage | Exception, **how: object) -> tuple[StockRead, Node]:
        node = Node(list(answers))
        facts = PLAIN | {"api": API, "stock": StockReading(accept_units=5)} | how
        rules = (Rule(name="all", when="true", send_to=("east",)),)
        config = MerchantConfig(merchant="x", accounts=(), nodes=(NodeSettings(**facts),), rules=rules)
        steps = StockActivities(config, self.store.counts, {"east": node}, pause=self.waited.append, clock=self.clock)
        done: StockRead = ActivityEnvironment().run(steps.read_stock, StockStart(node="east"))
        return done, node


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    clock = shop.Clock()
    store = open_store(f"sqlite:///{tmp_path}/orders.db", shop.KEYS, nodes=shop.NODES, clock=clock)
    shop.stocked(store, PAN=10, POT=4)
    clock.advance(hours=1)
    yield Asked(store, clock)
    store.close()


def test_all_pages_make_one_reading(asked: Asked) -> None:
    done, node = asked.read(page("2", PAN=9), page(POT=4))
    assert (done, node.asked) == (StockRead(skus=2, moved=1), [None, "2"])
    assert shop.levels(asked.store, "PAN") == (9, 0, 0)


def test_a_master_is_followed_however_large_the_difference(asked: Asked) -> None:
    done, _ = asked.read(page(PAN=900, POT=4), mastered="elsewhere")
    assert done.moved == 1
    assert shop.levels(asked.store, "PAN") == (900, 0, 0)


def test_a_limit_is_waited_out(asked: Asked) -> None:
    done, _ = asked.read(Throttled("node:east", 0.5), page(PAN=10, POT=4))
    assert (done.skus, asked.waited) == (2, [0.5])


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([page("2", PAN=9), Unavailable("node:east", "gave no answer")], "gave no answer"),
        ([page("2", PAN=9), StockUnreadable("east", "on_hand: is text")], "is text"),
        ([page("2", PAN=9), page(PAN=9, POT=4)], "PAN is told twice"),
        ([page("2", PAN=9), page("2", POT=4)], "its pages do not end (2 read)"),
        ([page(str(number)) for number in range(MOST_PAGES)], "its pages do not end (1000 read)"),
        ([page(PAN=9)], "it says nothing of POT"),
        ([page()], "it says nothing of PAN"),
    ],
)
def test_half_a_reading_or_nonsense_changes_nothing_and_is_called_out(
    asked: Asked, answers: list[StockPage | Exception], why: str
) -> None:
    with pytest.raises(ApplicationError):
        asked.read(*answers)
    assert [shop.levels(asked.store, sku)[0] for sku in ("PAN", "POT")] == [10, 4]
    assert asked.store.counts.proposals(open_only=False) == []
    (trouble,) = asked.store.counts.readings()
    assert why in trouble.trouble
    asked.read(page(PAN=9, POT=4))
    assert asked.store.counts.readings()[0].trouble == ""


def test_only_an_outage_is_asked_about_again(asked: Asked) -> None:
    for failure, again in ((Unavailable("node:east", "down"), True), (StockUnreadable("east", "text"), False)):
        with pytest.raises(ApplicationError) as failed:
            asked.read(failure)
        assert failed.value.non_retryable is not again


def test_a_node_that_is_asked_no_longer_is_left_alone(asked: Asked) -> None:
    done, node = asked.read(stock=None)
    assert (done, node.asked) == (StockRead(skus=0), [])


def test_a_node_without_secrets_is_called_out_as_that(asked: Asked) -> None:
    facts = PLAIN | {"stock": StockReading()}
    rules = (Rule(name="all", when="true", send_to=("east",)),)
    config = MerchantConfig(merchant="x", accounts=(), nodes=(NodeSettings(**facts),), rules=rules)
    with pytest.raises(ApplicationError) as failed:
        ActivityEnvironment().run(StockActivities(config, asked.store.counts, {}).read_stock, StockStart(node="east"))
    assert failed.value.non_retryable
    assert "add them to ORDERLOOM_NODES" in asked.store.counts.readings()[0].trouble
