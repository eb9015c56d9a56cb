"""Rules that hang on what a service answers: asked for only where it matters, recorded, and decided again the same."""

from pathlib import Path
from typing import Any

import pytest

from orderloom.configuration import doubts_about, load_config
from orderloom.domain.actions import judge, what_it_may_read
from orderloom.domain.answers import read_answer
from orderloom.domain.decisions import Decision, Inputs
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.routing.condition_words import condition_in_words
from orderloom.domain.routing.history import compare
from orderloom.domain.rulebook import ActionTime, RuleAction
from tests.domain.routing.merchant import MONDAY_NOON, NODES, decide, router, sold
from tests.house.documented import documented_example

FIELDS: dict[str, Any] = {"risk": "double", "orders": "int", "blocked": "bool", "advice": ["approve", "review"]}
ACTIONS = {"fraud_check": {"body": '{"order": order.key}', "answers": FIELDS}}
DEAR = 'order.value > 200.0 && answers.fraud_check.advice == "review"'
USING = router(
    {"when": "order.value > 200.0 && answers.fraud_check.risk > 0.8", "send_to": "west"},
    {"when": DEAR, "send_to": "own", "require": {"services": ["air"]}},
    {"send_to": "own"},
    actions=ACTIONS,
)


def decided(total: str = "300", **answer: Any) -> Decision:
    return decide(USING, sold(("PAN", 1), total=total), answers={"fraud_check": answer} if answer else None)


def went(decision: Decision) -> tuple[str, str | None, str | None]:
    (shipment,) = decision.plan
    return shipment.node, shipment.service, decision.rule


def test_a_rule_that_hangs_on_an_answer_plans_nothing_and_asks_for_it() -> None:
    asking = decided()
    assert (asking.asks, asking.plan, asking.hold, asking.rule) == (("fraud_check",), (), None, None)
    assert asking.sentence == "fraud_check is asked before this order is decided."
    (verdict,) = asking.trace
    assert verdict.missing == ("answers.fraud_check.risk",)
    assert verdict.said == "does not match: answers.fraud_check.risk unknown"


def test_an_order_that_no_answer_would_change_asks_nobody() -> None:
    assert went(decided(total="100")) == ("own", "ground", "rule 3")


@pytest.mark.parametrize(
    ("answer", "goes"),
    [
        ({"risk": 0.9, "advice": "review"}, ("west", "ground", "rule 1")),
        ({"risk": 0.5, "advice": "review"}, ("own", "air", "rule 2")),
        ({"risk": 0.1, "advice": "approve"}, ("own", "ground", "rule 3")),
    ],
)
def test_an_answer_chooses_the_rule_the_node_and_the_service(
    answer: dict[str, Any], goes: tuple[str, str, str]
) -> None:
    made = decided(**answer)
    assert went(made) == goes
    assert made.facts["answers.fraud_check.risk"] == answer["risk"]
    assert made.asks == ()


def test_an_answer_that_lacks_a_field_leaves_it_unknown_and_is_not_asked_for_again() -> None:
    made = decided(orders=3)
    assert went(made)[2] == "rule 3"
    assert [verdict.missing for verdict in made.trace[:2]] == [
        ("answers.fraud_check.risk",),
        ("answers.fraud_check.advice",),
    ]


def test_a_decision_made_again_from_its_record_is_the_same_and_asks_nobody() -> None:
    made = decided(risk=0.5, advice="review")
    assert made.inputs is not None
    recorded = Inputs.model_validate_json(made.inputs.model_dump_json())
    assert USING.decide_again(recorded, MONDAY_NOON) == made
    found = compare(router({"when": "answers.fraud_check.risk > 0.4", "send_to": "east"}, actions=ACTIONS), [made])
    assert [(other.before, other.after) for other in found.biggest] == [("own", "east")]
    found = compare(USING, [decided(total="100").model_copy(update={"inputs": decided().inputs})])
    assert [(other.before, other.after) for other in found.biggest] == [("own", "asks fraud_check")]


def test_only_declared_fields_that_fit_their_type_are_kept_of_an_answer() -> None:
    said = {"risk": 1, "orders": 2.5, "blocked": "no", "advice": "Wilhelmina Quackenbush", "name": "Wilhelmina"}
    assert read_answer(FIELDS, said) == {"risk": 1.0}
    assert read_answer(FIELDS, {"risk": float("nan"), "orders": 2**63, "blocked": False, "advice": "review"}) == {
        "blocked": False,
        "advice": "review",
    }
    assert read_answer(FIELDS, ["risk"]) == read_answer(FIELDS, {"risk": True, "advice": ["review"]}) == {}


def test_what_a_rule_has_done_may_read_answers_as_well() -> None:
    given = what_it_may_read(decided(risk=0.9), "#1001")
    act = RuleAction(action="chat", when=ActionTime.BEFORE, hold_if="answers.fraud_check.risk > 0.8")
    assert judge(act, {}, given)[0].value == "held"
    assert not [name for name in given["order"] if "answers" in name]


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("answers.fraud_check.risk > 0.8", "the risk that fraud_check answers is over 0.8"),
        ("!answers.fraud_check.blocked", "the blocked that fraud_check answers is false"),
        ('answers.fraud_check.advice == "review"', "the advice that fraud_check answers is review"),
    ],
)
def test_a_condition_on_an_answer_is_read_back_in_words(condition: str, words: str) -> None:
    assert condition_in_words(condition) == words


SIGNED = {"service": "signature", "transit_days": {"near": 2, "us": 5}}
PLACES = {"own_warehouse": {**NODES["own"]}, "harbor_3pl": {**NODES["east"], "services": [SIGNED]}}


@pytest.mark.parametrize(
    ("total", "answer", "goes"),
    [
        ("50", None, ("own_warehouse", "ground", "Everything else")),
        ("300", {"risk": 0.9, "advice": "review"}, ("own_warehouse", "ground", "Doubtful orders wait for a person")),
        (
            "300",
            {"risk": 0.5, "advice": "review"},
            ("harbor_3pl", "signature", "Somewhat doubtful ones are signed for"),
        ),
        ("300", {"risk": 0.1, "advice": "approve"}, ("own_warehouse", "ground", "Everything else")),
        ("300", {"advice": "approve"}, ("own_warehouse", "ground", "Everything else")),
    ],
)
def test_the_documented_example_does_what_the_page_says(
    total: str, answer: dict[str, Any] | None, goes: tuple[str, str, str]
) -> None:
    shown = documented_example("Asking before deciding")
    named = {name: {**said, "node": name} for name, said in PLACES.items()}
    using = router(*shown["rules"], nodes=named, actions=shown["actions"])
    stock = {name: {"PAN": 9} for name in PLACES}
    given = {"fraud_check": answer} if answer else None
    made = decide(using, sold(("PAN", 1), total=total), stock, answers=given)
    assert went(made) == goes
    holds = [judge(act, answer, what_it_may_read(made, "#1"))[0].value for act in made.then if act.branches]
    assert holds == (["held"] if made.rule == "Doubtful orders wait for a person" else [])


FILE = """
merchant: Kitchen
accounts: [{channel: shopify, account: kitchen, shop: kitchen.myshopify.com}]
nodes: [{node: own, kind: warehouse, name: Own, pool: own, url: "http://127.0.0.1:1"}]
actions:
  fraud_check: {url: "http://127.0.0.1:2", answers: {risk: double, advice: [approve, review]}}
rules:
  - name: Dear
    send_to: [own]
    when: WHEN
  - name: All
    when: "true"
    send_to: [own]
    then: [{action: fraud_check, when: before_dispatch, hold_if: HOLD}]
"""
FINE = ("answers.fraud_check.risk > 0.5", "answer.risk > 0.5")


def written(folder: Path, when: str = FINE[0], hold: str = FINE[1]) -> Path:
    path = folder / "orderloom.yaml"
    path.write_text(FILE.replace("WHEN", when).replace("HOLD", hold), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("when", "instead", "rest"),
    [
        ("answers.fraud_check.rsk > 0.5", "did you mean answers.fraud_check.risk?", ".rsk > 0.5"),
        ("answers.fraud_chek.risk > 0.5", "did you mean answers.fraud_check.risk?", ".risk > 0.5"),
        ("answers.fraud_check.risk > 1", "write a number with a point", "> 1"),
        ("answers.fraud_check.advice", "it must be true or false", "answers.fraud_check.advice"),
    ],
)
def test_a_wrong_answer_in_a_condition_is_refused_with_line_caret_and_what_to_write(
    tmp_path: Path, when: str, instead: str, rest: str
) -> None:
    path = written(tmp_path, when)
    with pytest.raises(ConfigInvalid, match=r"rules\[0\]\.when: ") as refused:
        load_config(path)
    assert instead in str(refused.value)
    assert refused.value.line == 10
    assert refused.value.column
    assert path.read_text().splitlines()[9][refused.value.column - 1 :] == rest


@pytest.mark.parametrize(
    ("hold", "instead"),
    [
        ("answer.rsk > 0.5", "fraud_check declares no answer 'rsk'; it has advice, risk"),
        ("answers.fraud_check.rsk > 0.5", "there are answers.fraud_check.advice, answers.fraud_check.risk"),
    ],
)
def test_a_wrong_answer_in_a_branch_is_refused_with_what_there_is(tmp_path: Path, hold: str, instead: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"rules\[1\]\.then\[0\]\.hold_if: column ") as refused:
        load_config(written(tmp_path, hold=hold))
    assert instead in str(refused.value)
    assert refused.value.line == 14


def test_a_word_that_no_answer_can_be_is_warned_about(tmp_path: Path) -> None:
    path = written(tmp_path, 'answers.fraud_check.advice == "refuse"')
    (doubt,) = doubts_about(load_config(path), path)
    assert doubt.why.endswith("never matches: answers.fraud_check.advice is one of approve, review")
