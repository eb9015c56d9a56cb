"""Login with Amazon: a refresh token buys an access token that ends."""

import json
import secrets
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response

from orderloom.sandbox.amazon.refusals import unauthorized
from orderloom.sandbox.clock import Clock
from orderloom.sandbox.config import AmazonSellerConfig


class LoginWithAmazon:
    """Issues and checks access tokens; a token names its seller."""

    def __init__(self, sellers: tuple[AmazonSellerConfig, ...], clock: Clock) -> None:
        self._sellers = sellers
        self._clock = clock
        self._issued: dict[str, tuple[str, datetime]] = {}

    def exchange(self, content_type: str, body: bytes) -> Response:
        """Answer `POST /auth/o2/token`, sent as a form or as JSON."""
        asked = _read(content_type, body)
        if asked.get("grant_type") != "refresh_token":
            return _no("unsupported_grant_type", "The authorization grant type is not supported by the server")
        known = [s for s in self._sellers if s.client_id == asked.get("client_id")]
        if not any(s.client_secret == asked.get("client_secret") for s in known):
            return _no("invalid_client", "Client authentication failed", status=401)
        seller = next((s for s in known if s.refresh_token == asked.get("refresh_token")), None)
        if seller is None:
            return _no("invalid_grant", "The request has an invalid grant parameter : refresh_token")
        return JSONResponse(self._issue(seller), headers={"Cache-Control": "no-store"})

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
