"""How every process of ours reaches Temporal: address, namespace and TLS by Temporal's own configuration, payloads by
Pydantic, failures without a word that could be personal."""

import dataclasses
from typing import Any

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.failure.v1 import Failure
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DefaultFailureConverter, PayloadConverter
from temporalio.envconfig import ClientConfig
from temporalio.exceptions import ApplicationError
from temporalio.runtime import Runtime

from activities.retries import TRANSLATED
from workflows.visibility import ALL


class SafeFailureConverter(DefaultFailureConverter):
    """Moves messages and stack traces into the encoded attributes; only messages that we wrote stay readable too."""

    def __init__(self) -> None:
        super().__init__(encode_common_attributes=True)

    def to_failure(self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure) -> None:
        super().to_failure(exception, payload_converter, failure)
        if isinstance(exception, ApplicationError) and exception.type in TRANSLATED:
            failure.message = exception.message


DATA_CONVERTER = dataclasses.replace(pydantic_data_converter, failure_converter_class=SafeFailureConverter)


async def connect(address: str | None = None, *, runtime: Runtime | None = None, **options: Any) -> Client:
    """Connect; `address` (host:port) wins over what `TEMPORAL_*` and Temporal's profile file say."""
    config: dict[str, Any] = {"target_host": "127.0.0.1:7233", **ClientConfig.load_client_connect_config()}
    if address:
        config["target_host"] = address
    return await Client.connect(**config, data_converter=DATA_CONVERTER, runtime=runtime, **options)


async def ensure_search_attributes(client: Client) -> None:
    """Register ours where they are missing. On Temporal Cloud the administrator adds them instead."""
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {
        key.name: IndexedValueType.ValueType(key.indexed_value_type)
        for key in ALL
        if key.name not in known.custom_attributes
    }
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
