"""LWA access tokens of one seller and of our app (POST /auth/o2/token, two grants of RFC 6749).

The library's own cache is not used: it is global to the process, keyed by the refresh token alone, ignores
`expires_in` and keeps a token that Amazon has stopped accepting.
"""

from dataclasses import dataclass, field

import httpx
from sp_api.auth import AccessTokenResponse

from orderloom.channels.amazon import errors
from orderloom.channels.tokens import Grant, SharedToken, grant_of
from orderloom.domain.errors import Unavailable

RENEW_BEFORE_SECONDS = 120.0
_DEFAULT_LIFE_SECONDS = 3600.0


@dataclass(frozen=True)
class AmazonCredentials:
    """LWA client of our app and the seller's refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


class AccessTokens:
    """Stands in for the library's `AccessTokenClient`: `get_auth` is all that its clients ask for."""

    def __init__(self, system: str, credentials: AmazonCredentials, token_url: str, http: httpx.Client) -> None:
        self._system = system
        self._credentials = credentials
        self._token_url = token_url
        self._http = http
        self.shared = SharedToken(self._fetch, renew_before=RENEW_BEFORE_SECONDS)
        self._grantless: dict[str, SharedToken] = {}

    def get_auth(self) -> AccessTokenResponse:
        """Raises domain errors; nothing was done where it does."""
        return AccessTokenResponse(access_token=self.shared.get())

    def get_grantless_auth(self, scope: str) -> AccessTokenResponse:
        """A token of the application itself, for operations that concern no seller."""
        held = self._grantless.setdefault(
            scope,
            SharedToken(
                lambda: self._ask({"grant_type": "client_credentials", "scope": scope}),
                renew_before=RENEW_BEFORE_SECONDS,
            ),
        )
        return AccessTokenResponse(access_token=held.get())

    def _fetch(self) -> Grant:
        return self._ask({"grant_type": "refresh_token", "refresh_token": self._credentials.refresh_token})

    def _ask(self, grant_asked: dict[str, str]) -> Grant:
        form = {
            **grant_asked,
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
        }
        try:
            answer = self._http.post(self._token_url, data=form)
        except (httpx.RequestError, errors.BadAnswer) as failure:
            # Not chained: the cause holds the request, and with it the secrets.
            raise errors.token_error(self._system, failure) from None
        grant = grant_of(answer.json() if answer.content else None, _DEFAULT_LIFE_SECONDS)
        if grant is None:
            raise Unavailable(self._system, "LWA answered without an access token")
        return grant
