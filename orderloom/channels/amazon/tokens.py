"""LWA access tokens of one seller, shared by all threads of a worker (POST /auth/o2/token, RFC 6749 refresh).

The library's own cache is not used: it is global to the process, keyed by the refresh token alone, ignores
`expires_in` and keeps a token that Amazon has stopped accepting.
"""

import threading
import time
from dataclasses import dataclass, field

import httpx
from sp_api.auth import AccessTokenResponse

from orderloom.channels.amazon import errors
from orderloom.domain.errors import Unavailable

RENEW_BEFORE_SECONDS = 120.0
_JUST_FETCHED_SECONDS = 30.0
_DEFAULT_LIFE_SECONDS = 3600.0


@dataclass(frozen=True)
class AmazonCredentials:
    """LWA client of our app and the seller's refresh token."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    fetched_at: float
    expires_at: float


class AccessTokens:
    """Stands in for the library's `AccessTokenClient`: `get_auth` is all that its clients ask for."""

    def __init__(self, system: str, credentials: AmazonCredentials, token_url: str, http: httpx.Client) -> None:
        self._system = system
        self._credentials = credentials
        self._token_url = token_url
        self._http = http
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def get_auth(self) -> AccessTokenResponse:
        """A token that is good for two minutes more. Raises domain errors; nothing was done where it does."""
        with self._lock:
            if self._token is None or self._token.expires_at - time.monotonic() < RENEW_BEFORE_SECONDS:
                self._token = self._fetch()
            return AccessTokenResponse(access_token=self._token.value)

    @property
    def current(self) -> str | None:
        with self._lock:
            return self._token.value if self._token else None

    def replace(self, refused: str | None) -> bool:
        """Let go of a token that Amazon refused. True where the next one may be accepted: another thread renewed it
        meanwhile, or it was no longer fresh."""
        with self._lock:
            if self._token is None:
                return False
            if self._token.value != refused:
                return True
            if time.monotonic() - self._token.fetched_at < _JUST_FETCHED_SECONDS:
                return False
            self._token = None
            return True

    def _fetch(self) -> _Token:
        form = {
            "grant_type": "refresh_token",
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret,
            "refresh_token": self._credentials.refresh_token,
        }
        try:
            answer = self._http.post(self._token_url, data=form).json()
        except (httpx.RequestError, errors.BadAnswer) as failure:
            raise errors.token_error(self._system, failure) from None
        value, life = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value:
            raise Unavailable(self._system, "LWA answered without an access token")
        now = time.monotonic()
        seconds = float(life) if isinstance(life, int | float) and life > 0 else _DEFAULT_LIFE_SECONDS
        return _Token(value=value, fetched_at=now, expires_at=now + seconds)
