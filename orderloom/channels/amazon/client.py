"""Calls of SP-API through python-amazon-sp-api, with its transports replaced.

Its clients hold state per call and are not thread-safe, so each call borrows one that no other thread has. What they
share is one httpx client (timeouts, pool, no silent failures) and one place for access tokens. The library's retry
decorator is not used: Temporal retries.
"""

import gzip
import logging
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from sp_api.api import (
    FulfillmentOutbound,
    Inventories,
    ListingsItemsV20210801,
    Notifications,
    OrdersV0,
    OrdersV20260101,
    Reports,
)
from sp_api.api.feeds.feeds_2021_06_30 import FeedsV20210630
from sp_api.base import ApiResponse, SellingApiException
from sp_api.base._transport_httpx import HttpxTransport

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.errors import BadAnswer, Operation
from orderloom.channels.amazon.tokens import AccessTokens, AmazonCredentials
from orderloom.channels.exchange import timeouts
from orderloom.domain.errors import AccessDenied, Unavailable
from orderloom.domain.merchant import AmazonAccount

LibraryClient = TypeVar(
    "LibraryClient",
    OrdersV0,
    OrdersV20260101,
    ListingsItemsV20210801,
    Inventories,
    FulfillmentOutbound,
    Notifications,
    FeedsV20210630,
    Reports,
)
_KINDS: tuple[type, ...] = (
    OrdersV0,
    OrdersV20260101,
    ListingsItemsV20210801,
    Inventories,
    FulfillmentOutbound,
    Notifications,
    FeedsV20210630,
    Reports,
)


@dataclass(frozen=True)
class _Marketplace:
    """All that the library asks of a marketplace."""

    endpoint: str
    marketplace_id: str
    region: str


class SellingPartner:
    """One seller's SP-API. Safe for many threads; raises domain errors only."""

    def __init__(
        self,
        account: AmazonAccount,
        credentials: AmazonCredentials,
        *,
        endpoint: str | None,
        token_url: str,
        timeout: float,
    ) -> None:
        _keep_personal_data_out_of_logs()
        self.system = f"amazon:{account.account}"
        host = (endpoint or f"https://sellingpartnerapi-{account.region}.amazon.com").rstrip("/")
        self._marketplace = _Marketplace(host, account.marketplaces[0], account.region)
        self._tls = httpx.create_ssl_context()
        self._http = httpx.Client(
            verify=self._tls,
            timeout=timeouts(timeout),
            event_hooks={"request": [_correct_host], "response": [errors.refuse_bad_answers]},
        )
        self._documents = httpx.Client(verify=self._tls, timeout=timeouts(timeout))
        """For addresses that SP-API hands out: they hold their own permission, and answer with no JSON."""
        self._tokens = AccessTokens(self.system, credentials, token_url, self._http)
        self._idle: dict[type, deque[Any]] = {kind: deque() for kind in _KINDS}

    def call(
        self, kind: type[LibraryClient], operation: Operation, send: Callable[[LibraryClient], ApiResponse]
    ) -> ApiResponse:
        """Make one call. A token that went stale is renewed and the call repeated, once: Amazon did nothing then."""
        token = self._tokens.shared.current
        try:
            return self._attempt(kind, operation, send)
        except AccessDenied:
            if token is None or not self._tokens.shared.renew(token):
                raise
            return self._attempt(kind, operation, send)

    def upload(self, url: str, content: bytes, content_type: str) -> None:
        """Put a document where createFeedDocument said. Nothing has happened where this fails."""
        self._exchange("PUT", url, content=content, headers={"content-type": content_type})

    def download(self, url: str, *, gzipped: bool) -> bytes:
        """Get a document from where Amazon said it is."""
        return self.document(url, gzipped=gzipped)[0]

    def document(self, url: str, *, gzipped: bool) -> tuple[bytes, str | None]:
        """The same, and the charset that it came with, where it did."""
        answer = self._exchange("GET", url)
        try:
            content = gzip.decompress(answer.content) if gzipped else answer.content
        except (OSError, EOFError, zlib.error):
            raise Unavailable(self.system, "a document of Amazon's is damaged") from None
        return content, answer.charset_encoding

    def _exchange(self, method: str, url: str, **content: Any) -> httpx.Response:
        """The address is not named in an error: it is a permission."""
        try:
            answer = self._documents.request(method, url, **content)
        except (httpx.RequestError, httpx.InvalidURL) as failure:
            raise Unavailable(self.system, f"a document could not be moved ({type(failure).__name__})") from None
        if not answer.is_success:
            raise Unavailable(self.system, f"a document could not be moved (HTTP {answer.status_code})")
        return answer

    def close(self) -> None:
        self._documents.close()
        self._http.close()

    def _attempt(
        self, kind: type[LibraryClient], operation: Operation, send: Callable[[LibraryClient], ApiResponse]
    ) -> ApiResponse:
        client = self._borrow(kind)
        try:
            return send(client)
        except (httpx.RequestError, BadAnswer, SellingApiException) as failure:
            # Not chained: the cause holds the request, and with it the token.
            raise errors.translate(self.system, failure, operation) from None
        finally:
            self._idle[kind].append(client)

    def _borrow(self, kind: type[LibraryClient]) -> LibraryClient:
        try:
            return self._idle[kind].pop()
        except IndexError:
            return self._build(kind)

    def _build(self, kind: type[LibraryClient]) -> LibraryClient:
        client = kind(
            self._marketplace,
            credentials={"lwa_app_id": "unused", "lwa_client_secret": "unused"},
            auth_token_client_class=lambda **_: self._tokens,
            verify=self._tls,
        )
        client.close()
        client._transport = HttpxTransport(client=self._http)
        # The library lets SP_API_DEFAULT_MARKETPLACE in the environment override the marketplace it is given.
        client.endpoint, client.marketplace_id = self._marketplace.endpoint, self._marketplace.marketplace_id
        return client


def _correct_host(request: httpx.Request) -> None:
    # The library cuts the first 8 characters off its endpoint, which mutilates the host of an http:// address.
    request.headers["Host"] = request.url.netloc.decode("ascii")


def _keep_personal_data_out_of_logs() -> None:
    """The library prints tokens and buyers at DEBUG; whatever the process logs, this logger stays above that."""
    logger = logging.getLogger("sp_api.base.client")
    logger.setLevel(max(logger.level, logging.INFO))
