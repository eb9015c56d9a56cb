"""Whether Amazon may send to a queue: its policy has to let Amazon's own AWS account send and look at it."""

import json
from typing import Any

SENDER = "437568002678"
"""Amazon's own AWS account, which sends the notifications."""
NEEDED_ACTIONS = ("SendMessage", "GetQueueAttributes")


def missing_actions(policy: str) -> tuple[str, ...]:
    """What Amazon needs and the policy (JSON, "" for none) does not allow. Conditions and denials are not weighed."""
    try:
        statements = json.loads(policy).get("Statement", []) if policy else []
    except (ValueError, AttributeError):
        statements = []
    listed = statements if isinstance(statements, list) else [statements]
    allowed = {
        action.lower().rpartition(":")[2]
        for statement in listed
        if isinstance(statement, dict) and statement.get("Effect") == "Allow" and _names_amazon(statement)
        for action in _as_list(statement.get("Action"))
    }
    return tuple(action for action in NEEDED_ACTIONS if not allowed & {action.lower(), "*"})


def needed_policy(arn: str) -> str:
    """The policy to set on a queue that has none yet; a queue with one gets its statement added."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SENDER}:root"},
        "Action": [f"SQS:{action}" for action in NEEDED_ACTIONS],
        "Resource": arn,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _names_amazon(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    named = _as_list(principal.get("AWS")) if isinstance(principal, dict) else _as_list(principal)
    return any(name == "*" or name == SENDER or f":{SENDER}:" in name for name in named)


def _as_list(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)] if value else []
