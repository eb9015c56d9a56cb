"""The docs say what the code does: every setting, fact, error and hold has its row, and no row is left over."""

import ast
import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from temporalio.common import SearchAttributeIndexedValueType as IndexedValueType

from activities import queues
from orderloom import settings
from orderloom.channels.shopify.connecting import SCOPES
from orderloom.domain import errors
from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.carriers import CarrierSettings
from orderloom.domain.exchange import Exchange
from orderloom.domain.keys import Channel
from orderloom.domain.listing.policy import ListingPolicy
from orderloom.domain.listing.state import AlertKind
from orderloom.domain.merchant import (
    AmazonAccount,
    ListingSettings,
    MerchantConfig,
    NotificationQueue,
    ShopifyAccount,
)
from orderloom.domain.node_profile import (
    NodeAddress,
    NodeCalendar,
    Place,
    ShippingRate,
    ShippingService,
    ShippingZone,
    StockReading,
)
from orderloom.domain.node_settings import NodeSettings
from orderloom.domain.orders import HoldReason
from orderloom.domain.returning import ReturnRule
from orderloom.domain.rulebook import Backorder, Require, Rule, RuleAction, Split
from starter.stack import programs
from tests.house.tables import ROOT, facts_rows, settings_rows, table_rows
from workflows import visibility

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    secrets = settings.AccountSecrets.model_fields.keys() | settings.NodeSecrets.model_fields.keys()
    documented = table_rows("settings.md")
    assert secrets <= documented.keys()
    assert {name: row for name, row in documented.items() if name not in secrets} == settings_rows()


def test_every_fact_a_rule_may_use_is_documented_with_its_type_and_meaning() -> None:
    assert table_rows("rules.md") == facts_rows()


def test_every_field_of_the_configuration_is_documented() -> None:
    models: list[type[BaseModel]] = [MerchantConfig, AmazonAccount, ShopifyAccount, NodeSettings]
    models += (
        NotificationQueue,
        ListingSettings,
        ListingPolicy,
        NodeAddress,
        NodeCalendar,
        ShippingZone,
        ShippingService,
        ShippingRate,
        StockReading,
        Exchange,
        Place,
    )
    models += (CarrierSettings, Rule, Require, Split, Backorder, RuleAction, ActionSettings, ReturnRule)
    assert table_rows("configuration.md").keys() == {name for model in models for name in model.model_fields}


def test_every_error_is_documented() -> None:
    classes = [
        node.name for node in ast.parse(Path(errors.__file__).read_text()).body if isinstance(node, ast.ClassDef)
    ]
    assert table_rows("errors.md").keys() == set(classes)


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = (errors.__doc__ or "").strip().split("\n\n")[1]
    assert drawn in (ROOT / "docs" / "errors.md").read_text()
    parents = ["OrderloomError"]
    for line in drawn.splitlines()[1:]:
        found = re.fullmatch(r"((?:\|   |    )*)[|`]-- (\w+) .*", line)
        assert found, f"the tree has an unreadable line: {line}"
        depth = len(found[1]) // 4 + 1
        assert getattr(errors, found[2]).__base__.__name__ == parents[depth - 1], line
        parents[depth:] = [found[2]]


def test_every_hold_and_every_alarm_of_a_listing_is_documented_with_what_to_do() -> None:
    assert table_rows("operations.md").keys() == {*HoldReason, *AlertKind}


def architecture_row(subject: str) -> str:
    rows = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    return next(row for row in rows if row.startswith(f"| {subject}"))


def test_the_search_attributes_are_documented_with_their_types_and_registered_by_the_local_stack() -> None:
    groups = re.findall(r"((?:`\w+`,? ?)+)\((\w+)\)", architecture_row("search attributes"))
    documented = {name: kind for names, kind in groups for name in re.findall(r"`(\w+)`", names)}
    assert documented == programs.SEARCH_ATTRIBUTES
    kinds = {IndexedValueType.KEYWORD: "Keyword", IndexedValueType.KEYWORD_LIST: "KeywordList"}
    used = {key.name: kinds.get(key.indexed_value_type, "Datetime") for key in visibility.ALL}
    assert documented == used


def test_the_task_queues_are_documented_by_their_names() -> None:
    names = {
        queues.ORDERS,
        *(queue("{account}") for queue in (queues.amazon_orders, queues.amazon_shipping, queues.shopify)),
        *(queues.listings(channel, "{account}") for channel in Channel),
    }
    documented = set(re.findall(r"`([^`]+)`", architecture_row("task queues")))
    assert documented == names | {queues.node("{node}"), queues.action("{action}")}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_has_a_number_of_its_own_and_the_parts_of_the_template() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    numbers = [decision.name[:4] for decision in decisions]
    assert len(set(numbers)) == len(numbers)
    for decision in decisions:
        headings = re.findall(r"^## (.*)$", decision.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Consequences"], decision.name


def test_every_scope_that_a_shop_is_asked_for_is_named_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`((?:read|write)_\w+)`", page)) == SCOPES.keys()
