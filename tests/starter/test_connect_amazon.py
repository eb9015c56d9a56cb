"""`orderloom connect amazon` against the sandbox's Notifications and a real queue."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from orderloom.channels.amazon.queue_policy import missing_actions, needed_policy
from orderloom.sandbox.knobs import Faults, Knobs
from orderloom.sandbox.running import RunningSandbox, running_sandbox
from tests.sandbox.world import CONFIG as WORLD
from tests.sandbox.world import SELLER, order
from tests.sqs import QueueServer, TestQueue
from tests.starter.commands import Orderloom, Result
from tests.starter.conftest import CONFIG
from tests.starter.servers import until

MERCHANT = CONFIG.read_text()
ACCOUNT = SELLER.account


@pytest.fixture(scope="module")
def sandbox(queue_server: QueueServer) -> Iterator[RunningSandbox]:
    config = WORLD.model_copy(update={"sqs_endpoint": queue_server.endpoint, "speed": 1000.0})
    with running_sandbox(config) as running:
        yield running


@pytest.fixture
def fresh(queue_server: QueueServer) -> Iterator[RunningSandbox]:
    """One that has no destinations yet."""
    config = WORLD.model_copy(update={"sqs_endpoint": queue_server.endpoint, "speed": 1000.0})
    with running_sandbox(config) as running:
        yield running


@pytest.fixture
def queue(queue_server: QueueServer) -> TestQueue:
    queue = queue_server.queue()
    queue.allow(json.loads(needed_policy(queue.arn)))
    return queue


@pytest.fixture
def connect(orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Connect":
    return Connect(orderloom, monkeypatch, tmp_path)


class Connect:
    """Calls the command for a merchant whose account names this queue."""

    def __init__(self, orderloom: Orderloom, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._orderloom, self._environment, self._folder = orderloom, monkeypatch, folder

    def __call__(self, running: RunningSandbox, queue: TestQueue, *options: str, secret: str = "") -> Result:
        config = self._folder / "merchant.yaml"
        settings = f'{{queue_url: "{queue.url}", region: us-east-1}}'
        config.write_text(MERCHANT.replace("    seller_id:", f"    notifications: {settings}\n    seller_id:", 1))
        secrets = {
            "client_id": SELLER.client_id,
            "client_secret": secret or SELLER.client_secret,
            "refresh_token": SELLER.refresh_token,
        }
        for name, value in {
            "CONFIG": str(config),
            "ACCOUNTS": json.dumps({ACCOUNT: secrets}),
            "AMAZON_ENDPOINT": running.url,
            "AMAZON_TOKEN_URL": f"{running.url}/auth/o2/token",
            "SQS_ENDPOINT": queue.server.endpoint,
        }.items():
            self._environment.setenv(f"ORDERLOOM_{name}", value)
        return self._orderloom("connect", "amazon", ACCOUNT, "--json", *options)

    def doctor(self) -> Result:
        """For the merchant of the last call."""
        self._environment.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
        return self._orderloom("doctor")


def states(result: Result) -> dict[str, str]:
    return {step["what"]: step["state"] for step in json.loads(result.out)}


def delete_the_destination(running: RunningSandbox) -> str:
    """The only one there is, as a person does with Amazon's own tools; the id that it had."""
    app = {"grant_type": "client_credentials", "scope": "sellingpartnerapi::notifications"}
    app |= {"client_id": SELLER.client_id, "client_secret": SELLER.client_secret}
    with httpx.Client(base_url=running.url) as http:
        token = http.post("/auth/o2/token", data=app).json()["access_token"]
        headers, path = {"x-amz-access-token": token}, "/notifications/v1/destinations"
        (gone,) = http.get(path, headers=headers).json()["payload"]
        assert http.delete(f"{path}/{gone['destinationId']}", headers=headers).is_success
    return str(gone["destinationId"])


def test_what_is_missing_is_made_once_and_found_from_then_on(
    connect: Connect, fresh: RunningSandbox, queue: TestQueue
) -> None:
    kinds = ("ORDER_CHANGE", "FULFILLMENT_ORDER_STATUS", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE")
    planned = connect(fresh, queue, "--dry-run")
    assert states(planned) == {"queue": "found"} | dict.fromkeys(("destination", *kinds), "would_make")
    first = connect(fresh, queue)
    assert (first.status, first.err) == (0, "")
    assert states(first) == {"queue": "found"} | dict.fromkeys(("destination", *kinds), "made")
    assert set(states(connect(fresh, queue)).values()) == {"found"}
    fresh.control.place_amazon_order(ACCOUNT, order())
    until(lambda: queue.left() == 1)


def test_an_answer_that_is_lost_leads_to_no_second_destination(
    connect: Connect, fresh: RunningSandbox, queue: TestQueue
) -> None:
    lost = Faults(lost_answer_rate=1.0)
    faults = {"amazon.createDestination": lost, "amazon.createSubscription": lost}
    fresh.control.set_knobs(Knobs(faults=faults))
    result = connect(fresh, queue)
    assert result.status == 0
    assert set(states(result).values()) == {"found", "made"}
    assert set(states(connect(fresh, queue)).values()) == {"found"}


def test_a_queue_that_amazon_may_not_send_to_is_told_with_the_policy_to_set(
    connect: Connect, sandbox: RunningSandbox, queue_server: QueueServer
) -> None:
    result = connect(sandbox, queue_server.queue())
    assert result.status == 1
    (step,) = json.loads(result.out)
    assert (step["what"], step["state"]) == ("queue", "wrong")
    assert "SendMessage and GetQueueAttributes" in step["text"]
    assert "437568002678" in step["text"]


def test_credentials_that_amazon_refuses_are_named_with_what_they_lack(
    connect: Connect, sandbox: RunningSandbox, queue: TestQueue
) -> None:
    result = connect(sandbox, queue, secret="wrong")
    assert result.status == 1
    assert states(result) == {"queue": "found", "destination": "wrong"}
    assert "LWA does not accept our credentials" in result.out
    assert "role" in result.out


def test_a_subscription_to_another_queue_is_named_and_left_alone(
    connect: Connect, fresh: RunningSandbox, queue: TestQueue, queue_server: QueueServer
) -> None:
    connect(fresh, queue)
    other = queue_server.queue()
    other.allow(json.loads(needed_policy(other.arn)))
    result = connect(fresh, other)
    assert result.status == 1
    assert states(result)["destination"] == "made"
    assert states(result)["ORDER_CHANGE"] == "wrong"
    assert result.out.count("goes to another destination") == 3


def test_a_subscription_whose_destination_is_gone_is_seen_by_the_doctor_and_made_anew_once(
    connect: Connect, fresh: RunningSandbox, queue: TestQueue
) -> None:
    connect(fresh, queue)
    gone = delete_the_destination(fresh)
    fresh.control.place_amazon_order(ACCOUNT, order())
    (line,) = (line for line in connect.doctor().out.splitlines() if f"notifications of amazon:{ACCOUNT}" in line)
    assert line.startswith("BAD")
    assert f"ORDER_CHANGE: went to a destination that is gone ({gone})" in line
    planned = states(connect(fresh, queue, "--dry-run"))
    assert set(planned.values()) == {"found", "would_make"}
    lost = Faults(lost_answer_rate=1.0)
    fresh.control.set_knobs(Knobs(faults={"amazon.deleteSubscriptionById": lost, "amazon.createSubscription": lost}))
    repaired = connect(fresh, queue)
    fresh.control.set_knobs(Knobs())
    assert (repaired.status, repaired.out.count("is gone")) == (0, 3)
    assert set(states(connect(fresh, queue)).values()) == {"found"}
    fresh.control.place_amazon_order(ACCOUNT, order())
    until(lambda: queue.left() == 1)
    assert f"ok   notifications of amazon:{ACCOUNT}: all are subscribed" in connect.doctor().out.splitlines()


def test_an_account_without_a_queue_is_told_what_to_write(orderloom: Orderloom) -> None:
    result = orderloom("connect", "amazon", ACCOUNT)
    assert (result.status, result.err.count("\n")) == (1, 1)
    assert "notifications: {queue_url:" in result.err


def test_an_account_that_is_none_is_told_which_there_are(orderloom: Orderloom) -> None:
    result = orderloom("connect", "amazon", "kitchen")
    assert (result.status, ACCOUNT in result.err) == (1, True)


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ({}, ("SendMessage", "GetQueueAttributes")),
        ({"Principal": {"AWS": "437568002678"}, "Action": "sqs:SendMessage"}, ("GetQueueAttributes",)),
        ({"Principal": {"AWS": ["arn:aws:iam::437568002678:root"]}, "Action": "SQS:*"}, ()),
        ({"Principal": "*", "Action": ["sqs:sendmessage", "SQS:GetQueueAttributes"]}, ()),
        ({"Principal": {"AWS": "111122223333"}, "Action": "SQS:*"}, ("SendMessage", "GetQueueAttributes")),
        ({"Effect": "Deny", "Principal": "*", "Action": "SQS:*"}, ("SendMessage", "GetQueueAttributes")),
    ],
)
def test_a_queues_policy_is_read_for_what_amazon_needs(statement: dict[str, object], missing: tuple[str, ...]) -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", **statement}]})
    assert missing_actions(policy) == missing


@pytest.mark.parametrize("policy", ["", "no JSON", "[]", '{"Statement": {"Effect": "Allow"}}'])
def test_a_policy_that_says_nothing_allows_nothing(policy: str) -> None:
    assert len(missing_actions(policy)) == 2
    assert missing_actions(needed_policy("arn:aws:sqs:us-east-1:1:q")) == ()


def test_the_doctor_looks_at_the_queue(connect: Connect, sandbox: RunningSandbox, queue_server: QueueServer) -> None:
    queue = queue_server.queue()
    assert connect(sandbox, queue).status == 1
    lines = connect.doctor().out.splitlines()
    (line,) = (line for line in lines if f"queue of amazon:{ACCOUNT}" in line)
    assert line.startswith("BAD")
    assert "SendMessage" in line
    assert f"ok   returns of amazon:{ACCOUNT}: their report may be read" in lines
