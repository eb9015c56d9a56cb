"""Calls the service of one action. Every request carries the run's idempotency key, so it may be sent again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from orderloom.domain.action_settings import ActionSettings
from orderloom.domain.actions import compiled, evaluate
from orderloom.domain.errors import OutsideError, Rejected, Unavailable
from orderloom.fulfillment import errors

_NOT_SERVED = frozenset({404, 405, 408, 410})


class HttpAction:
    """Safe to use from several threads. The address may be a secret, so no error names it."""

    def __init__(self, name: str, settings: ActionSettings, url: str, token: str) -> None:
        self.system = f"action:{name}"
        self._settings = settings
        self._url = url
        self._body = compiled(settings.body, personal=settings.personal) if settings.body else None
        user, _, password = token.partition(":")
        auth = httpx.BasicAuth(user, password) if settings.auth == "basic" else None
        headers = {"Accept": "application/json", **settings.headers, **_token_header(settings, token)}
        self._http = httpx.Client(timeout=settings.timeout.total_seconds(), auth=auth, headers=headers)

    @property
    def wants_personal(self) -> bool:
        return self._settings.personal

    def call(self, idempotency_key: str, given: Mapping[str, Any]) -> Any:
        """See ActionService. `given` holds `order` and `decision`, and `personal` where it is wanted."""
        url = self._url.replace("{order_id}", quote(given["order"]["id"], safe=""))
        headers = {"Idempotency-Key": idempotency_key}
        try:
            response = self._http.request(self._settings.method, url, json=self._json(given), headers=headers)
        except httpx.RequestError as failure:
            # Not chained: the cause holds the request, and with it what was sent.
            raise errors.lost(self.system, failure, repeatable=True) from None
        if not response.is_success:
            raise self._refusal(response)
        try:
            return response.json()
        except ValueError:
            return None

    def close(self) -> None:
        self._http.close()

    def _json(self, given: Mapping[str, Any]) -> Any:
        if self._body is None:
            return None
        try:
            return evaluate(self._body, settings=self._settings.settings, personal=self._settings.personal, given=given)
        except ValueError:
            why = "its body does not fit the order; ask `has(order.FIELD)` for what may be unknown"
            raise Rejected(self.system, "body_unfit", why) from None

    def _refusal(self, response: httpx.Response) -> OutsideError:
        if response.status_code in _NOT_SERVED:
            return Unavailable(self.system, f"is not served at its address (HTTP {response.status_code})")
        return errors.refusal(self.system, response, repeatable=True)


def _token_header(settings: ActionSettings, token: str) -> dict[str, str]:
    if settings.auth in (None, "basic"):
        return {}
    return {settings.auth_header: token} if settings.auth == "header" else {"Authorization": f"Bearer {token}"}
