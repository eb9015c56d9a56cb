"""Where Admin API access tokens come from. A provider is shared by all threads of a worker."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from orderloom.channels.exchange import lost, timeouts
from orderloom.channels.shopify import errors
from orderloom.channels.tokens import Grant, SharedToken, grant_of
from orderloom.domain.errors import OutsideError, Unavailable

RENEW_BEFORE_SECONDS = 300.0
_DEFAULT_LIFE_SECONDS = 24 * 3600.0


class TokenProvider(Protocol):
    def token(self) -> str:
        """A token that is good now. Raises domain errors; nothing was done where it does."""

    def renew(self, refused: str) -> bool:
        """Let go of a token that Shopify refused. True where `token` will give another one."""


@dataclass(frozen=True)
class FixedToken:
    """The `shpat_` token of an older custom app: it does not expire."""

    value: str = field(repr=False)

    def token(self) -> str:
        return self.value

    def renew(self, refused: str) -> bool:
        return False


class GuardedToken:
    """A shop's token that is not used while `paused` names a reason: its call is not made and raises that."""

    def __init__(self, tokens: TokenProvider, paused: Callable[[], OutsideError | None]) -> None:
        self._tokens = tokens
        self._paused = paused

    def token(self) -> str:
        if reason := self._paused():
            raise reason
        return self._tokens.token()

    def renew(self, refused: str) -> bool:
        return self._tokens.renew(refused)


class ClientCredentials:
    """The client-credentials grant of a Dev Dashboard app; its tokens live for 24 hours.

    `endpoint` overrides `https://` + shop: the shop's name is added to it.
    """

    def __init__(
        self, shop: str, client_id: str, client_secret: str, *, endpoint: str | None = None, timeout: float = 20.0
    ) -> None:
        self._system = f"shopify:{shop}"
        self._url = f"{base_url(shop, endpoint)}/admin/oauth/access_token"
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        self._http = httpx.Client(timeout=timeouts(timeout))
        self._shared = SharedToken(self._fetch, renew_before=RENEW_BEFORE_SECONDS)

    def token(self) -> str:
        return self._shared.get()

    def renew(self, refused: str) -> bool:
        return self._shared.renew(refused)

    def close(self) -> None:
        self._http.close()

    def _fetch(self) -> Grant:
        try:
            answer = self._http.post(self._url, data=self._form)
        except httpx.RequestError as failure:
            # Not chained: the cause holds the request, and with it the secret.
            raise lost(self._system, failure, changes=False) from None
        if answer.status_code != httpx.codes.OK:
            raise errors.token_error(self._system, answer)
        grant = grant_of(errors.json_of(answer), _DEFAULT_LIFE_SECONDS)
        if grant is None:
            raise Unavailable(self._system, "answered without an access token")
        return grant


def base_url(shop: str, endpoint: str | None) -> str:
    """The address that all of a shop's paths hang under."""
    return f"{endpoint.rstrip('/')}/{shop}" if endpoint else f"https://{shop}"
