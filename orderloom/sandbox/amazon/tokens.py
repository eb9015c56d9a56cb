"""Login with Amazon: a refresh token buys an access token that ends."""

import json
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.refusals import unauthorized
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import AmazonSellerConfig

NOTIFICATIONS_SCOPE = "sellingpartnerapi::notifications"


class LoginWithAmazon:
    """Issues and checks access tokens; a token names its seller."""

    def __init__(self, sellers: tuple[AmazonSellerConfig, ...], clock: Clock) -> None:
        self._sellers = sellers
        self._clock = clock
        self._issued: dict[str, tuple[str, datetime]] = {}
        self._apps: dict[str, tuple[str, datetime]] = {}

    def exchange(self, content_type: str, body: bytes) -> Response:
        """Answer `POST /auth/o2/token`, sent as a form or as JSON."""
        asked = _read(content_type, body)
        if asked.get("grant_type") not in ("refresh_token", "client_credentials"):
            return _no("unsupported_grant_type", "The authorization grant type is not supported by the server")
        known = [s for s in self._sellers if s.client_id == asked.get("client_id")]
        if not any(s.client_secret == asked.get("client_secret") for s in known):
            return _no("invalid_client", "Client authentication failed", status=401)
        if asked["grant_type"] == "client_credentials":
            return self._for_app(known[0], asked.get("scope", ""))
        seller = next((s for s in known if s.refresh_token == asked.get("refresh_token")), None)
        if seller is None:
            return _no("invalid_grant", "The request has an invalid grant parameter : refresh_token")
        return JSONResponse(self._issue(seller), headers={"Cache-Control": "no-store"})

    def _for_app(self, seller: AmazonSellerConfig, scope: str) -> Response:
        if scope != NOTIFICATIONS_SCOPE:
            return _no("invalid_scope", "The request has an invalid scope")
        token = f"Atzc|{secrets.token_urlsafe(32)}"
        ends = self._clock.now() + timedelta(seconds=seller.token_seconds)
        self._apps[token] = (seller.client_id, ends)
        given: dict[str, str | int] = {"access_token": token, "token_type": "bearer", "scope": scope}
        return JSONResponse(given | {"expires_in": seller.token_seconds}, headers={"Cache-Control": "no-store"})

    def app_of(self, token: str | None) -> str:
        """The client id of the app; raises Refusal (403) for any token but one of the notifications' scope."""
        client_id, ends = self._apps.get(token or "", ("", None))
        if ends is None or self._clock.now() >= ends:
            raise unauthorized("This operation takes a grantless access token.")
        return client_id

    def _issue(self, seller: AmazonSellerConfig) -> dict[str, str | int]:
        token = f"Atza|{secrets.token_urlsafe(32)}"
        self._issued[token] = (seller.account, self._clock.now() + timedelta(seconds=seller.token_seconds))
        return {
            "access_token": token,
            "refresh_token": seller.refresh_token,
            "token_type": "bearer",
            "expires_in": seller.token_seconds,
        }

    def account_of(self, token: str | None) -> str:
        """The seller's account; raises Refusal (403) for a missing, unknown or expired token."""
        if not token:
            raise unauthorized("Access token is missing in the request header.")
        account, ends = self._issued.get(token, ("", None))
        if ends is None:
            raise unauthorized("The access token you provided is revoked, malformed or invalid.")
        if self._clock.now() >= ends:
            raise unauthorized("The access token you provided has expired.")
        return account

    def expire_all(self) -> None:
        """End every token that is out, as Amazon does when an authorization changes."""
        self._issued = {token: (account, self._clock.now()) for token, (account, _) in self._issued.items()}


def _read(content_type: str, body: bytes) -> dict[str, str]:
    try:
        if content_type.startswith("application/json"):
            parsed = json.loads(body)
            return {str(k): str(v) for k, v in parsed.items()} if isinstance(parsed, dict) else {}
        return dict(parse_qsl(body.decode()))
    except ValueError:
        return {}


def _no(error: str, description: str, *, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)
