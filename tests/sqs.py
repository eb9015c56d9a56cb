"""A real queue over the SQS protocol: moto's server on loopback, one for all tests, a queue of its own for each."""

import json
import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from orderloom.domain.merchant import NotificationQueue

REGION = "us-east-1"


@dataclass
class QueueServer:
    endpoint: str
    client: Any

    def queue(self, **attributes: str) -> "TestQueue":
        name = f"orderloom-{uuid.uuid4().hex[:12]}"
        return TestQueue(self, self.client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])


@dataclass
class TestQueue:
    __test__ = False

    server: QueueServer
    url: str

    @property
    def settings(self) -> NotificationQueue:
        return NotificationQueue(queue_url=self.url, region=REGION)

    @property
    def arn(self) -> str:
        asked = self.server.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"])

    def send(self, body: object) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.server.client.send_message(QueueUrl=self.url, MessageBody=text)

    def left(self) -> int:
        """Messages that wait, and those that somebody has received and not deleted."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.server.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def purge(self) -> None:
        self.server.client.purge_queue(QueueUrl=self.url)

    def allow(self, policy: object) -> None:
        self.server.client.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps(policy)})


@contextmanager
def running_queue_server() -> Iterator[QueueServer]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client("sqs", region_name=REGION, endpoint_url=endpoint)
    try:
        yield QueueServer(endpoint, client)
    finally:
        client.close()
        server.stop()
