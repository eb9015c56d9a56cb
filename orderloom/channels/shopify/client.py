"""Admin GraphQL over httpx, with `shopify.Session` for shop, version and token.

The session is never activated: ShopifyAPI keeps the active one in class attributes and thread-locals, where one
shop's call can go out with another's token, and its own GraphQL call knows no timeout.
"""

from collections.abc import Mapping
from typing import TypeVar

import httpx
import shopify
from pydantic import BaseModel, ValidationError
from shopify.api_version import VersionNotFoundError

from orderloom.channels.exchange import lost, timeouts, unclear
from orderloom.channels.shopify import errors
from orderloom.channels.shopify.document import Document
from orderloom.channels.shopify.throttle import Throttle
from orderloom.channels.shopify.tokens import TokenProvider, base_url
from orderloom.channels.wire import fault_of
from orderloom.domain.errors import ConfigInvalid
from orderloom.domain.merchant import ShopifyAccount

Answer = TypeVar("Answer", bound=BaseModel)
TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105 - a header's name


class AdminApi:
    """One shop's GraphQL endpoint. Safe for many threads; raises domain errors only, retries nothing.

    A call that Shopify would throttle is not made, and no thread waits here: `Throttled` says how long to stay away.
    """

    def __init__(
        self, account: ShopifyAccount, tokens: TokenProvider, *, api_version: str, endpoint: str | None, timeout: float
    ) -> None:
        self.system = f"shopify:{account.account}"
        self._account = account
        self._tokens = tokens
        self._api_version = api_version
        self._base_url = base_url(account.shop, endpoint)
        self._http = httpx.Client(timeout=timeouts(timeout))
        self._throttle = Throttle(self.system)
        try:
            self._session("")
        except VersionNotFoundError:
            raise ConfigInvalid("settings", None, "shopify_api_version", "write e.g. 2026-10") from None

    def run(self, document: Document, variables: Mapping[str, object], answer_model: type[Answer]) -> Answer:
        """Run one document and read its `data`. A token that went stale is renewed once; nothing was done then."""
        self._throttle.take(document.name)
        token = self._tokens.token()
        answer = self._post(document, variables, token)
        if answer.status_code == httpx.codes.UNAUTHORIZED and self._tokens.renew(token):
            answer = self._post(document, variables, self._tokens.token())
        data = self._data(document, answer)
        try:
            return answer_model.model_validate(data)
        except ValidationError as invalid:
            raise unclear(self.system, f"answered badly: {fault_of(invalid)[0]}", changes=document.changes) from None

    def close(self) -> None:
        self._http.close()

    def _post(self, document: Document, variables: Mapping[str, object], token: str) -> httpx.Response:
        session = self._session(token)
        try:
            return self._http.post(
                f"{session.version.api_path(self._base_url)}/graphql.json",
                headers={TOKEN_HEADER: session.token},
                json={"query": document.text, "variables": variables, "operationName": document.name},
            )
        except httpx.RequestError as failure:
            # Not chained: the cause holds the request, and with it the token.
            raise lost(self.system, failure, changes=document.changes) from None

    def _session(self, token: str) -> shopify.Session:
        return shopify.Session(self._account.shop, self._api_version, token)

    def _data(self, document: Document, answer: httpx.Response) -> object:
        if answer.status_code != httpx.codes.OK:
            raise errors.bad_status(self.system, answer, changes=document.changes)
        body = errors.json_of(answer)
        if not isinstance(body, dict):
            raise unclear(self.system, "answered no JSON object", changes=document.changes)
        wait = self._throttle.learn(document.name, body.get("extensions"))
        if body.get("errors"):
            raise errors.graphql_error(self.system, body["errors"], wait=wait, changes=document.changes)
        return body.get("data")
