"""An action as the configuration declares it: one named HTTP call that rules may have done."""

import re
from datetime import timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PositiveFloat, model_validator

from orderloom.domain.answers import AnswerFields
from orderloom.domain.model import Bound, Frozen

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def _is_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address such as https://chat.example.com/orders")
    if unknown := [name for name in _PLACEHOLDER.findall(url) if name != "order_id"]:
        raise ValueError(f"has a placeholder {unknown[0]!r}; only {{order_id}} is known, the rest goes into the body")
    return url


def is_private(url: str) -> bool:
    """Nobody on the way can read what is sent there."""
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in LOOPBACK


class ActionSettings(Frozen):
    """One named HTTP call, as the configuration declares it. Its secrets are in the environment (ORDERLOOM_ACTIONS)."""

    url: Annotated[str, AfterValidator(_is_url)] | None = None
    """Without it the address is a secret itself, as a chat's webhook is, and stands in the environment."""
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    auth: Literal["bearer", "basic", "header"] | None = None
    """How its token is sent: as a bearer token, as `user:password`, or bare in `auth_header`."""
    auth_header: str = "X-Api-Key"
    headers: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, str] = Field(default_factory=dict)
    """Whatever the body calls `settings.NAME`."""
    body: str | None = None
    """CEL that gives the JSON to send (domain/actions.py); without it nothing is sent."""
    answers: AnswerFields = Field(default_factory=dict)
    """What conditions may read of its JSON answer, as `answers.NAME.FIELD`; then it is asked before deciding."""
    personal: bool = False
    """The body may read `personal`: name, address, e-mail and phone of the buyer."""
    timeout: Bound = timedelta(seconds=10)
    """How long one attempt may take."""
    give_up_after: Bound = timedelta(minutes=15)
    """How long it is tried again and again before `on_failure` counts."""
    per_second: PositiveFloat = 10.0

    @model_validator(mode="after")
    def _keeps_personal_data_private(self) -> "ActionSettings":
        if self.personal and self.url and not is_private(self.url):
            raise ValueError("sends personal data in the open; write an https address, or leave `personal` out")
        return self
