"""The three actions that docs/rules.md shows, over real HTTP, and what becomes of a call that goes wrong."""

from collections.abc import Iterator
from typing import Any

import pytest

from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.actions import ActionState, compiled, judge, what_it_may_read
from orderloom.domain.errors import Rejected, Unavailable
from orderloom.domain.rulebook import RuleAction
from orderloom.fulfillment import HttpAction
from tests.domain.routing.merchant import decide, router, sold
from tests.fulfillment.services import Service
from tests.house.documented import documented_actions

DECIDED = decide(router({"send_to": "own"}), sold(("PAN", 2), tags=("vip",)))
GIVEN = what_it_may_read(DECIDED, "#1001")
DOCUMENTED = documented_actions()


@pytest.fixture
def service() -> Iterator[Service]:
    with Service().serving() as service:
        yield service


def call(service: Service, settings: ActionSettings, given: dict[str, Any] = GIVEN, token: str = "") -> Any:
    path = "/hook/{order_id}" if settings.url and "{order_id}" in settings.url else "/secret-hook"
    action = HttpAction("its_name", settings, service.url + path, token)
    try:
        return action.call("the-key", given)
    finally:
        action.close()


def test_an_order_is_tagged(service: Service) -> None:
    call(service, DOCUMENTED["tag_order"], token="shpat")
    _, headers, body = service.calls[0]
    assert (headers["Idempotency-Key"], headers["X-Shopify-Access-Token"]) == ("the-key", "shpat")
    assert body["variables"] == {"id": "gid://shopify/Order/1001", "tags": ["ships from own"]}


def test_a_chat_is_notified_and_its_answer_need_not_be_json(service: Service) -> None:
    service.answers.append((200, "ok"))
    assert call(service, DOCUMENTED["notify_chat"]) is None
    assert service.calls[0][2] == {"text": f"#1001: {DECIDED.sentence}"}


def test_a_fraud_service_is_asked_and_its_answer_decides(service: Service) -> None:
    service.answers += [(200, {"risk": 0.5}), (200, {"risk": 0.9}), (200, {"risk": 0.99})]
    act = RuleAction.model_validate(
        {
            "action": "fraud_check",
            "when": "before_dispatch",
            "hold_if": "answer.risk > 0.8",
            "cancel_if": "answer.risk > 0.95",
        }
    )
    states = [judge(act, call(service, DOCUMENTED["fraud_check"], token="t"), GIVEN)[0] for _ in range(3)]
    assert states == [ActionState.PASSED, ActionState.HELD, ActionState.CANCELS]
    assert service.calls[0][1]["Authorization"] == "Bearer t"
    assert service.calls[0][2]["order"] == "shopify:kitchen:1001"
    with pytest.raises(ValueError, match="gives no yes or no"):
        judge(act, {"score": 1}, GIVEN)


@pytest.mark.parametrize(
    ("answer", "error"), [((400, {"code": "bad"}), Rejected), ((404, {}), Unavailable), (None, Unavailable)]
)
def test_an_error_never_names_the_address_which_may_be_a_secret(
    service: Service, answer: tuple[int, Any] | None, error: type[Exception]
) -> None:
    service.answers.append(answer)
    with pytest.raises(error) as raised:
        call(service, ActionSettings())
    assert "secret-hook" not in str(raised.value)


def test_a_body_over_a_fact_that_is_unknown_says_how_to_ask_for_it(service: Service) -> None:
    with pytest.raises(Rejected, match=r"has\(order.FIELD\)"):
        call(service, ActionSettings(body='{"by": order.deliver_by}'))
    assert service.calls == []


def test_the_documented_actions_are_these_three_and_their_bodies_compile() -> None:
    assert set(DOCUMENTED) == {"tag_order", "notify_chat", "fraud_check"}
    assert all(compiled(action.body) for action in DOCUMENTED.values() if action.body)
