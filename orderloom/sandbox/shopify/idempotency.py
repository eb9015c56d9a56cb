"""`@idempotent(key:)`: a repeated call under the same key gives the first one's result, for 24 hours.

Required of the inventory mutations since 2026-04, although the schema does not show it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo, get_directive_values

from orderloom.sandbox.clock import Clock

KEY_LIFE = timedelta(hours=24)
Payload = dict[str, Any]
_REQUIRED = "The @idempotent directive is required for this mutation but was not provided."
_MESSAGES = {
    "IDEMPOTENCY_KEY_PARAMETER_MISMATCH": "The idempotency key was used before with other parameters.",
    "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED": "The previous attempt under this idempotency key failed.",
}


@dataclass(frozen=True)
class _Attempt:
    mutation: str
    parameters: str
    began: datetime
    payload: Payload


class IdempotencyKeys:
    """One shop's keys and what was done under them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._attempts: dict[str, _Attempt] = {}

    def once(self, info: GraphQLResolveInfo[Any], parameters: Any, act: Callable[[str], Payload]) -> Payload:
        """Act, unless that was done under this key. Raises GraphQLError without a key, and as `act` does."""
        key = _key(info)
        now, mutation = self._clock.now(), info.field_name
        known = self._attempts.get(key)
        fingerprint = json.dumps(parameters, sort_keys=True)
        if known is None or now - known.began >= KEY_LIFE:
            payload = act(key)
            self._attempts[key] = _Attempt(mutation, fingerprint, now, payload)
            return payload
        if (known.mutation, known.parameters) != (mutation, fingerprint):
            return _refusal("IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        return _refusal("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED") if known.payload["userErrors"] else known.payload


def _key(info: GraphQLResolveInfo[Any]) -> str:
    directive = info.schema.get_directive("idempotent")
    given = directive and get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if not given:
        raise GraphQLError(_REQUIRED, extensions={"code": "BAD_REQUEST"})
    key: str = given["key"]
    if not key.strip():
        raise GraphQLError("The idempotency key cannot be empty.", extensions={"code": "BAD_REQUEST"})
    return key


def _refusal(code: str) -> Payload:
    return {
        "inventoryAdjustmentGroup": None,
        "userErrors": [{"code": code, "field": None, "message": _MESSAGES[code]}],
    }
