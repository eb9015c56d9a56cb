"""Files whose rules are wrong: each kind is refused whole, and the one line says where and what to write instead."""

from pathlib import Path

import pytest

from orderloom.configuration import doubts_about, load_config
from orderloom.domain.errors import ConfigInvalid

SHIPPED = (Path(__file__).parents[1] / "config" / "orderloom.yaml").read_text()
HEAVY = 'when: order.channel == "shopify" && order.weight_lb > 5.0'


def rules_file(tmp_path: Path, before: str, after: str) -> Path:
    """The shipped file after one change."""
    assert before in SHIPPED
    path = tmp_path / "orderloom.yaml"
    path.write_text(SHIPPED.replace(before, after, 1))
    return path


def under_rule(field: str) -> tuple[str, str]:
    """The shipped file with one more field under its second rule."""
    return "    send_to: [harbor_3pl]", f"    send_to: [harbor_3pl]\n    {field}"


def under_node(field: str) -> tuple[str, str]:
    return "    kind: 3pl", f"    kind: 3pl\n    {field}"


def top(field: str) -> tuple[str, str]:
    return "accounts:\n", f"{field}\naccounts:\n"


@pytest.mark.parametrize(
    ("change", "field", "instead"),
    [
        ((HEAVY, "when: order.wieght_lb > 5.0"), "rules[1].when", "did you mean order.weight_lb?"),
        ((HEAVY, "when: order.weight_lb > 5"), "rules[1].when", "write a number with a point, e.g. 5.0"),
        ((HEAVY, "when: order.weight_lb >"), "rules[1].when", "ends too early; write what comes after it"),
        ((HEAVY, "when: order.weight_lb"), "rules[1].when", "it must be true or false"),
        ((HEAVY, "when: order.skus.exists(s, s in hevy)"), "rules[1].when", "docs/rules.md lists the facts"),
        ((HEAVY, "when: order.lines.exists(l, l.wieght_kg > 2.0)"), "rules[1].when", "it has listing, quantity"),
        ((HEAVY, 'when: order.distance_km["harbour"] < 9.0'), "rules[1].when", "nodes are fba, harbor_3pl"),
        (
            ("send_to: [harbor_3pl]", "send_to: [harbour]"),
            "rules[1].send_to[0]",
            "nodes are fba, harbor_3pl, own_warehouse",
        ),
        (("send_to: [harbor_3pl]", "send_to: []"), "rules[1].send_to", "must name at least 1, e.g. `[a]`"),
        (under_rule("chose: cheapest"), "rules[1].chose", "did you mean `choose`?"),
        (under_rule("choose: cheap"), "rules[1].choose", "'first', 'cheapest', 'nearest'"),
        (under_rule("split: sometimes"), "rules[1].split", "must be `never`, or a limit such as `{up_to: 2"),
        (under_rule("split: {up_to: 0}"), "rules[1].split.up_to", "must be more than 0"),
        (under_rule("require: {leave_today: true}"), "rules[1].require.leave_today", "did you mean `leaves_today`?"),
        (under_rule("require: {countries: [usa]}"), "rules[1].require.countries[0]", "two capital letters, e.g. US"),
        (under_rule("require: {services: [rocket]}"), "rules[1].require.services[0]", "add `services` to a node"),
        (under_rule("otherwise: wait"), "rules[1].otherwise", "'next_rule', 'hold' or 'cancel'"),
        (under_rule("otherwise: {backorder_until: soon}"), "rules[1].otherwise.backorder_until", "'ship_by'"),
        (
            under_rule("otherwise: {backorder_until: ship_by, after: later}"),
            "rules[1].otherwise.after",
            "'next_rule', 'hold' or 'cancel'",
        ),
        (
            under_rule("then: [{action: tag, when: before_dispatch}]"),
            "rules[1].then[0].action",
            "declare it under `actions`",
        ),
        (under_rule("then: [{action: tag, when: before}]"), "rules[1].then[0].when", "'before_dispatch'"),
        (
            under_rule('then: [{action: tag, when: after_dispatch, hold_if: "true"}]'),
            "rules[1].then[0]",
            "write `when: before_dispatch`",
        ),
        (top("actions: {tag: {url: ftp://x}}"), "actions.tag.url", "https://chat.example.com"),
        (top("actions: {tag: {body: order.nam}}"), "actions.tag.body", "did you mean order.name?"),
        (top("actions: {tag: {body: personal.email}}"), "actions.tag.body", "write `personal: true`"),
        (
            top("actions: {tag: {answers: {risk: number}}}"),
            "actions.tag.answers.risk",
            "must be `double`, `int`, `bool`",
        ),
        (top("actions: {tag: {answers: {Risk: double}}}"), "actions.tag.answers.Risk", "must be small letters"),
        (top("actions: {tag: {body: answers.tag.risk}}"), "actions.tag.body", "write `answers: {FIELD: double}`"),
        ((HEAVY, "when: answers.tag.risk > 0.5"), "rules[1].when", "docs/rules.md lists"),
        (top("actions: {tag: {url: http://x.com, personal: true}}"), "actions.tag", "write an https address"),
        (under_rule("otherwise: {backorder_til: ship_by}"), "rules[1].otherwise.backorder_til", "`backorder_until`?"),
        (
            under_rule("accounts: {kitchn: {split: never}}"),
            "rules[1].accounts.kitchn",
            "accounts are kitchen, kitchen_us",
        ),
        (under_rule("accounts: {kitchen: {choose: }}"), "rules[1].accounts.kitchen.choose", "leave it out"),
        (top("sets: {order: [PAN]}"), "sets.order", "give the set another name"),
        (top("sets: {heavy: PAN}"), "sets.heavy", "write it in brackets, e.g. `[a, b]`"),
        (top("node_groups: {both: [harbour]}"), "node_groups.both[0]", "nodes are fba, harbor_3pl"),
        (top("node_groups: {fba: [harbor_3pl]}"), "node_groups.fba", "give the group another name"),
        (top("exchange: {rates: {CAD: 0}}"), "exchange.rates.CAD", "must be more than 0"),
        (under_node('calendar: {cutoff: "25:00"}'), "nodes[1].calendar.cutoff", 'from "00:00" to "23:59"'),
        (under_node("services: [{service: ground, transit_days: {far: 1}}]"), "nodes[1]", "names the zone 'far'"),
        (under_node("address: {country: US, latitude: 40}"), "nodes[1].address", "write both"),
    ],
)
def test_wrong_rules_are_refused_with_line_field_and_what_to_write(
    tmp_path: Path, change: tuple[str, str], field: str, instead: str
) -> None:
    path = rules_file(tmp_path, *change)
    with pytest.raises(ConfigInvalid) as refused:
        load_config(path)
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"{path}:{refused.value.line}: {field}: ")
    assert instead in message
    assert "Input should" not in message, "pydantic's own words"
    wrong = path.read_text().splitlines()[(refused.value.line or 0) - 1].strip()
    assert wrong in change[1] or field == "nodes[1]", "the line that was changed"


def caret(path: Path, wrong: ConfigInvalid) -> str:
    assert wrong.line
    assert wrong.column
    return path.read_text().splitlines()[wrong.line - 1][wrong.column - 1 :]


def test_the_column_is_that_of_the_file_for_plain_and_quoted_conditions(tmp_path: Path) -> None:
    for after, rest in (
        ("when: order.prime && order.wieght_lb > 5.0", ".wieght_lb > 5.0"),
        ("when: 'order.prime && order.wieght_lb > 5.0'", ".wieght_lb > 5.0'"),
        ("when: order.prime && order.weight_lb > 5", "> 5"),
    ):
        path = rules_file(tmp_path, HEAVY, after)
        with pytest.raises(ConfigInvalid) as refused:
            load_config(path)
        assert caret(path, refused.value) == rest


@pytest.mark.parametrize(
    "condition",
    [
        ">\n      order.prime &&\n      order.wieght_lb > 5.0",
        ">-\n      order.prime &&\n\n      order.wieght_lb > 5.0",
        "|\n      order.prime &&\n\n        order.wieght_lb > 5.0",
        "order.prime &&\n        order.wieght_lb > 5.0",
    ],
    ids=["folded", "folded over a blank line", "literal", "plain"],
)
def test_a_condition_over_several_lines_has_its_caret_on_the_line_that_is_wrong(tmp_path: Path, condition: str) -> None:
    path = rules_file(tmp_path, HEAVY, f"when: {condition}")
    with pytest.raises(ConfigInvalid, match=r"did you mean order\.weight_lb") as refused:
        load_config(path)
    assert caret(path, refused.value) == ".wieght_lb > 5.0"
    assert "\n" not in str(refused.value)


def test_a_quoted_condition_over_several_lines_is_named_by_its_own_column(tmp_path: Path) -> None:
    path = rules_file(tmp_path, HEAVY, 'when:\n      "order.prime &&\n      order.wieght_lb > 5.0"')
    with pytest.raises(ConfigInvalid, match=r"column 21 of .* did you mean order\.weight_lb") as refused:
        load_config(path)
    assert refused.value.column is None


@pytest.mark.parametrize(
    ("change", "at", "words"),
    [
        (
            (HEAVY, "when: order.weight_lb > 5.0 && order.weight_lb < 4.0"),
            "order.weight_lb < 4.0",
            "exclude each other",
        ),
        ((HEAVY, "when: order.prime && !order.prime"), "!order.prime", "exclude each other"),
        (
            (HEAVY, 'when: order.distance_km["fba"] < 90.0 && order.distance_km["fba"] >= 90.0'),
            'order.distance_km["fba"] >= 90.0',
            "exclude each other",
        ),
        ((HEAVY, 'when: order.channel == "ebay"'), 'order.channel == "ebay"', "is one of amazon, shopify"),
        ((HEAVY, 'when: order.account == "kitchn"'), 'order.account == "kitchn"', "is one of kitchen, kitchen_us"),
        ((HEAVY, 'when: "false"'), 'when: "false"', "never matches"),
    ],
)
def test_a_rule_that_can_never_match_is_warned_about(
    tmp_path: Path, change: tuple[str, str], at: str, words: str
) -> None:
    path = rules_file(tmp_path, *change)
    (doubt,) = doubts_about(load_config(path), path)
    assert words in doubt.why
    assert caret(path, doubt) == at


def test_a_rule_that_an_earlier_one_leaves_no_order_to_is_warned_about(tmp_path: Path) -> None:
    path = rules_file(tmp_path, *under_rule("otherwise: hold"))
    assert doubts_about(load_config(path), path) == [], "each of the shipped rules has orders of its own"
    path = rules_file(tmp_path, 'order.channel == "amazon" && order.fulfilled_by_amazon', '"true"\n    otherwise: hold')
    shadowed = doubts_about(load_config(path), path)
    assert [doubt.field for doubt in shadowed] == ["rules[1].when", "rules[2].when", "rules[3].when"]
    assert "the rule 'Amazon and Prime to FBA' above ends all that it matches" in shadowed[0].why
    path = rules_file(
        tmp_path,
        HEAVY + "\n    send_to: [harbor_3pl]",
        "when: order.weight_lb > 3.0\n    send_to: [harbor_3pl]\n    otherwise: hold\n"
        "  - name: Heavier\n    when: order.prime && order.weight_lb >= 4.0\n    send_to: [own_warehouse]",
    )
    assert [doubt.field for doubt in doubts_about(load_config(path), path)] == ["rules[2].when"]
