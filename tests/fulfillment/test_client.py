import json
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from orderloom.domain.errors import AccessDenied, OutcomeUnknown, OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.shipments import NodeState
from orderloom.fulfillment import HttpNode
from tests.fulfillment.nodes import DISPATCH_ID, Answer, ScriptedNode, a_document, a_package, a_request

PERSONAL = ("Quill", "Main Street", "zoe@")


def test_a_dispatch_carries_the_token_the_idempotency_key_and_all_of_the_protocols_fields(
    node: ScriptedNode, client: HttpNode
) -> None:
    node.answers = [Answer(201, a_document())]
    shipment = client.dispatch(a_request())
    assert shipment.state is NodeState.ACCEPTED
    (asked,) = node.asked
    assert (asked.method, asked.path) == ("POST", "/nodes/harbor/shipments")
    assert asked.headers["Authorization"] == "Bearer token-of-ours"
    assert asked.headers["Idempotency-Key"] == DISPATCH_ID
    body = json.loads(asked.body)
    assert set(body) == {"dispatch_id", "order_name", "service_level", "ship_by", "lines", "recipient"}
    assert body["lines"] == [{"line_id": "1", "sku": "PAN", "quantity": 2}]
    assert body["ship_by"] == "2026-11-25T17:00:00+00:00"
    assert body["recipient"]["address_lines"] == ["12 Main Street"]


def test_the_same_request_is_sent_in_the_same_bytes(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(200, a_document())]
    client.dispatch(a_request())
    client.dispatch(a_request())
    assert node.asked[0].body == node.asked[1].body


def test_packages_are_read_with_their_times_in_utc(node: ScriptedNode, client: HttpNode) -> None:
    package = a_package(shipped_at="2026-11-23T05:00:00-05:00", weight_grams=800)
    node.answers = [Answer(200, a_document(state="shipped", packages=[package]))]
    shipment = client.find(DISPATCH_ID)
    assert shipment is not None
    assert shipment.packages[0].shipped_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert shipment.packages[0].tracking_number == "1Z999"


def test_what_a_node_never_got_is_found_as_nothing(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(404, {"code": "unknown_dispatch"})]
    assert client.find(DISPATCH_ID) is None
    assert node.asked[0].path == f"/nodes/harbor/shipments/{DISPATCH_ID}"


def test_a_404_that_does_not_speak_of_the_dispatch_is_no_proof(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(404, b"<html>not found</html>")]
    with pytest.raises(Unavailable, match="is its url right"):
        client.find(DISPATCH_ID)


def test_a_cancel_says_how_far_the_shipment_is(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(200, a_document(state="cancelled")), Answer(200, a_document(state="shipped"))]
    assert client.cancel(DISPATCH_ID).state is NodeState.CANCELLED
    assert client.cancel(DISPATCH_ID).state is NodeState.SHIPPED
    assert node.asked[0].path.endswith(f"/shipments/{DISPATCH_ID}/cancel")


def test_a_cancel_of_what_the_node_never_got_is_rejected(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(404, {"code": "unknown_dispatch"})]
    with pytest.raises(Rejected) as rejected:
        client.cancel(DISPATCH_ID)
    assert rejected.value.code == "unknown_dispatch"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answer(422, {"code": "out_of_stock", "message": "Zoë Quill ordered too much"}), "out_of_stock"),
        (Answer(422, {"code": "Zoë Quill, 12 Main Street"}), "see_node"),
        (Answer(422, b"no"), "http_422"),
        (Answer(409, {"code": "closed"}), "closed"),
        (Answer(400, ["odd"]), "http_400"),
        (Answer(200, a_document(state="refused", reason="cannot_ship")), "cannot_ship"),
    ],
)
def test_a_refusal_carries_its_code_and_never_the_nodes_own_words(
    node: ScriptedNode, client: HttpNode, answer: Answer, code: str
) -> None:
    node.answers = [answer]
    with pytest.raises(Rejected) as rejected:
        client.dispatch(a_request())
    assert rejected.value.code == code
    assert not any(word in str(rejected.value) for word in PERSONAL)


def test_another_body_under_a_known_dispatch_id_is_to_be_asked_about_not_sent_elsewhere(
    node: ScriptedNode, client: HttpNode
) -> None:
    node.answers = [Answer(409, {"code": "idempotency_mismatch", "message": "differs"})]
    with pytest.raises(OutcomeUnknown):
        client.dispatch(a_request())


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_is_access_denied(node: ScriptedNode, client: HttpNode, status: int) -> None:
    node.answers = [Answer(status, {"code": "unauthorized"})]
    with pytest.raises(AccessDenied):
        client.dispatch(a_request())


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), (None, 5.0), ("soon", 5.0), ("-3", 5.0), ("9" * 400, 3600.0), ("0", 0.0)]
)
def test_a_throttled_node_says_how_long_to_wait(
    node: ScriptedNode, client: HttpNode, header: str | None, seconds: float
) -> None:
    node.answers = [Answer(429, {}, {"Retry-After": header} if header else {})]
    with pytest.raises(Throttled) as throttled:
        client.dispatch(a_request())
    assert throttled.value.wait_seconds == seconds


def test_a_node_may_name_the_time_when_to_come_back(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [Answer(429, {}, {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})]
    with pytest.raises(Throttled) as throttled:
        client.find(DISPATCH_ID)
    assert throttled.value.wait_seconds == 3600.0


BAD_ANSWERS = [
    Answer(500, {}),
    Answer(503, {}, {"Retry-After": "5"}),
    Answer(302, {}, {"Location": "/elsewhere"}),
    Answer(lost=True),
    Answer(200, b"<html>welcome</html>"),
    Answer(201, b""),
    Answer(200, [1]),
    Answer(200, a_document(state="teleported")),
    Answer(200, a_document(dispatch_id="another")),
    Answer(200, a_document(packages=[a_package(shipped_at="yesterday")])),
    Answer(200, a_document(packages=[a_package(package_id="P\0")])),
    Answer(200, a_document(packages=[a_package(lines=[])])),
    Answer(200, b"\xff\xfe", {"Content-Encoding": "gzip"}),
]


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_a_dispatch_without_a_clear_answer_has_an_unknown_outcome(
    node: ScriptedNode, client: HttpNode, answer: Answer
) -> None:
    node.answers = [answer]
    with pytest.raises(OutcomeUnknown):
        client.dispatch(a_request())
    assert len(node.asked) == 1, "an unclear dispatch is never sent again by the client"


@pytest.mark.parametrize("answer", BAD_ANSWERS)
def test_reading_and_cancelling_may_be_repeated_after_an_unclear_answer(
    node: ScriptedNode, client: HttpNode, answer: Answer
) -> None:
    node.answers = [answer]
    with pytest.raises(Unavailable):
        client.find(DISPATCH_ID)
    with pytest.raises(Unavailable):
        client.cancel(DISPATCH_ID)


def test_a_node_that_stays_silent_leaves_the_outcome_unknown(node: ScriptedNode) -> None:
    node.answers = [Answer(silent=True)]
    impatient = HttpNode("harbor", node.url, "token", timeout=0.1)
    with closing(impatient), pytest.raises(OutcomeUnknown, match="ReadTimeout"):
        impatient.dispatch(a_request())
    assert len(node.asked) == 1


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_a_refused_connection_means_that_nothing_was_sent(closed_port: int) -> None:
    client = HttpNode("harbor", f"http://user:hidden@127.0.0.1:{closed_port}", "token", timeout=5)
    with closing(client), pytest.raises(Unavailable) as unavailable:
        client.dispatch(a_request())
    assert "hidden" not in str(unavailable.value)


def test_a_bad_answer_names_the_field_and_never_its_value(node: ScriptedNode, client: HttpNode) -> None:
    node.answers = [
        Answer(200, a_document(state="Zoë Quill", packages=[a_package(tracking_number=["12 Main Street"])]))
    ]
    with pytest.raises(OutsideError, match="state") as bad:
        client.dispatch(a_request())
    assert not any(word in str(bad.value) for word in PERSONAL)
    assert bad.value.__cause__ is None


@pytest.mark.parametrize(
    ("reason", "read"), [("Zoë Quill is not at home", "see_node"), ("out_of_stock", "out_of_stock"), (None, "")]
)
def test_the_reason_of_a_document_is_a_code_or_stays_at_the_node(
    node: ScriptedNode, client: HttpNode, reason: str | None, read: str
) -> None:
    node.answers = [Answer(200, a_document(state="cancelled", reason=reason))]
    assert client.cancel(DISPATCH_ID).reason == read
