"""The SQS queue that an Amazon account's notifications come over, through boto3.

Standard queues deliver at least once and in any order. A message that was received is hidden for `VISIBLE_AGAIN` and
comes again after that unless it was deleted, so whoever takes it stores it first. Credentials are found by boto3's own
chain (environment, profile, role). Safe for many threads, as boto3's clients are.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from orderloom.domain.errors import AccessDenied, OutsideError, Rejected, Throttled, Unavailable
from orderloom.domain.merchant import NotificationQueue
from orderloom.domain.model import Frozen

AT_ONCE = 10
"""The most that one receive gives, and one delete takes."""
LONGEST_POLL_SECONDS = 20
VISIBLE_AGAIN_SECONDS = 60
"""How long what was received is hidden from other readers."""
_CONNECT_SECONDS, _READ_SECONDS = 5, 10
_NO_ACCESS = frozenset({"InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException", "ExpiredToken"})
Answer = TypeVar("Answer")


class QueueMessage(Frozen):
    """One delivery of one message. `receipt` is of this delivery, `message_id` of all."""

    message_id: str
    receipt: str
    body: bytes


class QueueFacts(Frozen):
    """What a queue says of itself. `policy` is JSON; "" where it has none."""

    arn: str
    waiting: int
    policy: str = ""


class SqsQueue:
    """One queue. Raises domain errors only."""

    def __init__(
        self,
        account: str,
        queue: NotificationQueue,
        *,
        endpoint: str | None = None,
        poll_seconds: int = LONGEST_POLL_SECONDS,
    ) -> None:
        self.system = f"sqs:{account}"
        self._url = queue.queue_url
        self._poll_seconds = poll_seconds
        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=poll_seconds + _READ_SECONDS,
            retries={"total_max_attempts": 1},
        )
        self._client: Any = boto3.session.Session().client(
            "sqs", region_name=queue.region, endpoint_url=endpoint, config=config
        )

    def receive(self) -> Sequence[QueueMessage]:
        """Wait for messages, up to `poll_seconds`; none where none came."""
        answer = self._ask(
            lambda: self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=AT_ONCE,
                WaitTimeSeconds=self._poll_seconds,
                VisibilityTimeout=VISIBLE_AGAIN_SECONDS,
            )
        )
        return [
            QueueMessage(message_id=each["MessageId"], receipt=each["ReceiptHandle"], body=each["Body"].encode())
            for each in answer.get("Messages", ())
        ]

    def delete(self, messages: Sequence[QueueMessage]) -> int:
        """How many were deleted; one that was not comes again, and is recognised then."""
        if not messages:
            return 0
        entries = [{"Id": str(at), "ReceiptHandle": each.receipt} for at, each in enumerate(messages)]
        answer = self._ask(lambda: self._client.delete_message_batch(QueueUrl=self._url, Entries=entries))
        return len(answer.get("Successful", ()))

    def hide(self, messages: Sequence[QueueMessage], seconds: int = VISIBLE_AGAIN_SECONDS) -> None:
        """Keep them from other readers for so long from now on; 0 gives them back at once."""
        entries = [
            {"Id": str(at), "ReceiptHandle": each.receipt, "VisibilityTimeout": seconds}
            for at, each in enumerate(messages)
        ]
        self._ask(lambda: self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries))

    def facts(self) -> QueueFacts:
        names = ["QueueArn", "Policy", "ApproximateNumberOfMessages"]
        answer = self._ask(lambda: self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names))
        found = answer.get("Attributes", {})
        return QueueFacts(
            arn=found.get("QueueArn", ""),
            waiting=int(found.get("ApproximateNumberOfMessages", 0)),
            policy=found.get("Policy", ""),
        )

    def close(self) -> None:
        self._client.close()

    def _ask(self, call: Callable[[], Answer]) -> Answer:
        try:
            return call()
        except (BotoCoreError, ClientError) as failure:
            raise _translate(self.system, failure) from None


def _translate(system: str, failure: Exception) -> OutsideError:
    if isinstance(failure, NoCredentialsError | PartialCredentialsError):
        return AccessDenied(system, "there are no AWS credentials; set AWS_ACCESS_KEY_ID and the like, or a role")
    if not isinstance(failure, ClientError):
        return Unavailable(system, f"cannot be reached ({type(failure).__name__})")
    error = failure.response.get("Error", {})
    status = failure.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.get("Code", "")).rpartition(".")[2]
    if "Throttl" in code:
        return Throttled(system, 1.0)
    if code in _NO_ACCESS or "AccessDenied" in code:
        return AccessDenied(system, f"{failure.operation_name} is not allowed to our AWS credentials ({code})")
    if 400 <= status < 500:
        return Rejected(system, code, f"{failure.operation_name} was refused")
    return Unavailable(system, f"{failure.operation_name} failed (HTTP {status})")
