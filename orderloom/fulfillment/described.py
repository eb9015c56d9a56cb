"""A node that is reached by its own API, as the configuration describes it. Same promises as `HttpNode`."""

from typing import Any, cast
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from orderloom.domain.errors import OutsideError, Rejected, StockUnreadable, Throttled, Unavailable
from orderloom.domain.node_api import NodeApi, NodeCall, compiled, evaluate
from orderloom.domain.nodes import LinesOf, PackagesOf
from orderloom.domain.shipments import DispatchRequest, NodeShipment, NodeState
from orderloom.domain.stock_reading import StockPage
from orderloom.fulfillment import errors
from orderloom.fulfillment.presets import complete
from orderloom.fulfillment.reading import FoundShipment, read_all, read_levels, read_token
from orderloom.fulfillment.renamed import renamed_back
from orderloom.fulfillment.wire import as_code, dispatch_body, first_fault


class DescribedApi:
    """The connection to one node's API. Safe to use from several threads; `timeout` is in seconds."""

    def __init__(self, node: str, url: str, api: NodeApi, token: str, *, timeout: float) -> None:
        self.name = node
        self.system = f"node:{node}"
        self.api = complete(api)
        expressions = [self.api.refused, self.api.throttled, self.api.found, self.api.levels, self.api.next_page]
        calls = (self.api.dispatch, self.api.find, self.api.cancel, self.api.stock)
        expressions += [call.body for call in calls if call]
        self._compiled = {text: compiled(text) for text in expressions if text}
        self._base = httpx.URL(url)
        auth = httpx.BasicAuth(*_user_and_password(token)) if self.api.auth == "basic" else None
        self._http = httpx.Client(
            base_url=url, timeout=timeout, auth=auth, headers={**self.api.headers, **_token_header(self.api, token)}
        )

    def node(self, lines_of: LinesOf, left: PackagesOf) -> "DescribedNode":
        return DescribedNode(self, lines_of, left)

    def close(self) -> None:
        self._http.close()

    def send(self, call: NodeCall, *, repeatable: bool, **given: Any) -> httpx.Response:
        path = call.path
        for name, value in given.items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        body = self.evaluate("body", call.body, repeatable=True, **given) if call.body else None
        return self._request(call.method, path, body, repeatable=repeatable)

    def read_on(self, address: str) -> httpx.Response:
        """A page at the address that the answer before gave, under the node's url. Raises ValueError for another host:
        it would get the token."""
        try:
            target = httpx.URL(address)
        except httpx.InvalidURL:
            raise ValueError("next_page: is no address") from None
        if target.is_absolute_url and (target.scheme, target.netloc) != (self._base.scheme, self._base.netloc):
            raise ValueError("next_page: leads to another host")
        return self._request("GET", address, None, repeatable=True)

    def _request(self, method: str, path: str, body: Any, *, repeatable: bool) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body)
        except httpx.RequestError as failure:
            # Not chained: the cause holds the request, and with it the recipient.
            raise errors.lost(self.system, failure, repeatable=repeatable) from None

    def evaluate(self, field: str, expression: str, *, repeatable: bool, **given: Any) -> Any:
        """Raises Unavailable or OutcomeUnknown, naming the field of the description, where it does not fit."""
        try:
            return evaluate(self._compiled[expression], settings=self.api.settings, **given)
        except ValueError as unfit:
            raise errors.unclear(self.system, f"api.{field} {unfit}", repeatable=repeatable) from None

    def answer_of(self, response: httpx.Response, *, repeatable: bool) -> Any:
        """The JSON of a 2xx. Raises what any other answer means."""
        if not response.is_success:
            raise errors.refusal(self.system, response, repeatable=repeatable)
        try:
            answer = response.json() if response.content else {}
        except ValueError:
            raise errors.unclear(self.system, "answered no JSON", repeatable=repeatable) from None
        throttled = self.api.throttled
        if throttled and self.evaluate("throttled", throttled, repeatable=repeatable, answer=answer) is True:
            raise Throttled(self.system, errors.DEFAULT_WAIT_SECONDS)
        return answer


class DescribedNode:
    """Implements FulfillmentNode, ParcelTracker and StockSource."""

    def __init__(self, api: DescribedApi, lines_of: LinesOf, left: PackagesOf) -> None:
        self._api = api
        self._lines_of = lines_of
        self._left = left
        self._system = api.system

    def dispatch(self, request: DispatchRequest) -> NodeShipment:
        """Raises Rejected where the node refuses and has nothing under this id, OutcomeUnknown where that is open."""
        call = cast(NodeCall, self._api.api.dispatch)
        name = request.dispatch_id
        given = {"dispatch_id": name, "request": dispatch_body(request)}
        try:
            answer = self._api.answer_of(self._api.send(call, repeatable=False, **given), repeatable=False)
            self._refuse(answer)
        except Rejected as refusal:
            # Many APIs refuse a repeated id like a wrong order: only asking tells them apart.
            found = self.find(name)
            if found is None:
                raise refusal from None
            return found
        return NodeShipment(dispatch_id=name, state=NodeState.ACCEPTED)

    def find(self, dispatch_id: str) -> NodeShipment | None:
        """None is the node's word that it has none. Never raises Rejected: that would be read as a refusal."""
        found = self._ask(dispatch_id)
        return self._to_domain(found, dispatch_id) if found else None

    def track(self, dispatch_id: str) -> NodeShipment | None:
        """What `found` reads says of each package whether it has arrived."""
        return self.find(dispatch_id)

    def cancel(self, dispatch_id: str) -> NodeShipment:
        """The state says what is so now; raises Rejected where the node has no such shipment."""
        found = self._ask(dispatch_id)
        if found is None:
            raise Rejected(self._system, "unknown_dispatch", "has no such shipment")
        call = self._api.api.cancel
        if call and found.state is NodeState.ACCEPTED and not found.packages:
            given = {"dispatch_id": dispatch_id, "reference": found.reference}
            response = self._api.send(call, repeatable=True, **given)
            if not response.is_success and not response.is_client_error:
                raise errors.refusal(self._system, response, repeatable=True)
            found = self._ask(dispatch_id) or found
        return self._to_domain(found, dispatch_id)

    def stock_page(self, page: str | None) -> StockPage:
        """Raises StockUnreadable for an answer that is no stock: text for units, units below zero, no SKU."""
        api = self._api.api
        try:
            response = self._asked_for(cast(NodeCall, api.stock), page or "")
            answer = self._api.answer_of(response, repeatable=True)
            levels = read_levels(self._evaluated("levels", api.levels, answer))
            following = read_token(self._evaluated("next_page", api.next_page, answer)) if api.next_page else None
        except ValueError as unfit:
            text = ": ".join(first_fault(unfit)) if isinstance(unfit, ValidationError) else str(unfit)
            raise StockUnreadable(self._api.name, text) from None
        return StockPage(levels=levels, next_page=following)

    def _asked_for(self, stock: NodeCall, page: str) -> httpx.Response:
        takes_page = stock.body is not None or "{page}" in stock.path
        return self._api.read_on(page) if page and not takes_page else self._api.send(stock, repeatable=True, page=page)

    def _evaluated(self, field: str, expression: str | None, answer: Any) -> Any:
        """Raises ValueError, naming the field."""
        try:
            return self._api.evaluate(field, cast(str, expression), repeatable=True, answer=answer)
        except Unavailable as unfit:
            raise ValueError(unfit.detail) from None

    def _ask(self, dispatch_id: str) -> FoundShipment | None:
        api = self._api.api
        try:
            response = self._api.send(cast(NodeCall, api.find), repeatable=True, dispatch_id=dispatch_id)
            answer = self._api.answer_of(response, repeatable=True)
        except Rejected as refusal:
            raise Unavailable(self._system, refusal.detail) from None
        given = {"answer": answer, "dispatch_id": dispatch_id}
        value = self._api.evaluate("found", cast(str, api.found), repeatable=True, **given)
        try:
            found = list(read_all(value))
        except ValueError as unfit:
            raise self._badly(unfit) from None
        if len(found) > 1:
            raise Unavailable(self._system, f"has {len(found)} shipments under one dispatch id; all but one must go")
        return found[0] if found else None

    def _to_domain(self, found: FoundShipment, dispatch_id: str) -> NodeShipment:
        try:
            answer = found.to_domain(dispatch_id, self._lines_of(dispatch_id) or ())
        except ValueError as unfit:
            raise self._badly(unfit) from None
        return renamed_back(answer, self._left(dispatch_id))

    def _refuse(self, answer: Any) -> None:
        refused = self._api.api.refused
        code = self._api.evaluate("refused", refused, repeatable=False, answer=answer) if refused else ""
        if code:
            raise Rejected(self._system, as_code(code), "refused")

    def _badly(self, unfit: ValueError) -> OutsideError:
        # Only pydantic's path and our own words: a value may be personal.
        text = ": ".join(first_fault(unfit)) if isinstance(unfit, ValidationError) else str(unfit)
        return Unavailable(self._system, f"answered badly: {text}")


def _token_header(api: NodeApi, token: str) -> dict[str, str]:
    if api.auth == "basic":
        return {}
    return {api.auth_header: token} if api.auth == "header" else {"Authorization": f"Bearer {token}"}


def _user_and_password(token: str) -> tuple[str, str]:
    user, _, password = token.partition(":")
    return user, password
