"""Where Amazon sends notifications, and which (Notifications v1, each operation 1 a second, burst 5).

A destination belongs to our app, so asking about it takes a token of the app itself ("grantless"); a subscription
belongs to the seller. The library's clients carry the calls; its own methods would add marketplaces to the bodies.
"""

from typing import Any

from sp_api.api import Notifications

from orderloom.channels.amazon import errors
from orderloom.channels.amazon.client import SellingPartner
from orderloom.channels.amazon.errors import Operation
from orderloom.channels.amazon.notifications import NotificationKind
from orderloom.domain.errors import Rejected, Unavailable
from orderloom.domain.model import Frozen

PAYLOAD_VERSION = "1.0"
_SCOPE = Notifications.grantless_scope
_BASE = "/notifications/v1"
_DIRECTIVES: dict[NotificationKind, dict[str, Any]] = {
    # In practice this filter is mandatory, and one by marketplace is refused (jlevers#885, models#4135).
    NotificationKind.ORDER_CHANGE: {
        "eventFilter": {
            "eventFilterType": "ORDER_CHANGE",
            "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
        }
    }
}


class Destination(Frozen):
    """A queue that Amazon knows under an id. `arn` is "" for one that is no queue."""

    destination_id: str
    name: str
    arn: str = ""


class Subscription(Frozen):
    """One kind of this seller's notifications, and where they go."""

    subscription_id: str
    destination_id: str


class AmazonSubscriptions:
    """One seller's. Raises domain errors only."""

    def __init__(self, partner: SellingPartner) -> None:
        self._partner = partner

    def destinations(self) -> tuple[Destination, ...]:
        answer = self._app(errors.GET_DESTINATIONS, "GET", f"{_BASE}/destinations", {})
        if not answer:
            # The library gives an empty object for an empty list.
            return ()
        if not isinstance(answer, list):
            raise Unavailable(self._partner.system, "getDestinations answered without a list")
        return tuple(_destination(each) for each in answer if isinstance(each, dict))

    def create_destination(self, name: str, arn: str) -> Destination:
        """Not to be repeated blindly: after OutcomeUnknown look for it first."""
        body = {"name": name, "resourceSpecification": {"sqs": {"arn": arn}}}
        return _destination(self._object(self._app(errors.CREATE_DESTINATION, "POST", f"{_BASE}/destinations", body)))

    def find(self, kind: NotificationKind) -> Subscription | None:
        """None where the seller has no subscription of this kind."""
        path = f"{_BASE}/subscriptions/{kind}"
        try:
            answer = self._seller(errors.GET_SUBSCRIPTION, "GET", path, {"payloadVersion": PAYLOAD_VERSION})
        except Rejected as refusal:
            if errors.is_not_found(refusal):
                return None
            raise
        return _subscription(self._object(answer))

    def subscribe(self, kind: NotificationKind, destination_id: str) -> Subscription:
        """Not to be repeated blindly: after OutcomeUnknown look for it first."""
        body: dict[str, Any] = {"destinationId": destination_id, "payloadVersion": PAYLOAD_VERSION}
        if kind in _DIRECTIVES:
            body["processingDirective"] = _DIRECTIVES[kind]
        answer = self._seller(errors.CREATE_SUBSCRIPTION, "POST", f"{_BASE}/subscriptions/{kind}", body)
        return _subscription(self._object(answer))

    def unsubscribe(self, kind: NotificationKind, subscription_id: str) -> None:
        """End one of our app's. Nothing where it has ended already; Amazon refuses it for another app's."""
        try:
            self._app(errors.DELETE_SUBSCRIPTION, "DELETE", f"{_BASE}/subscriptions/{kind}/{subscription_id}", {})
        except Rejected as refusal:
            if not errors.is_not_found(refusal):
                raise

    def _seller(self, operation: Operation, method: str, path: str, content: dict[str, Any]) -> Any:
        given = {"params" if method == "GET" else "data": {**content, "method": method}}
        return self._partner.call(
            Notifications, operation, lambda client: client._request(path, **given, add_marketplace=False)
        ).payload

    def _app(self, operation: Operation, method: str, path: str, content: dict[str, Any]) -> Any:
        given = {"data" if method == "POST" else "params": {**content, "method": method}}

        def send(client: Notifications) -> Any:
            token = client._auth.get_grantless_auth(_SCOPE).access_token
            headers = {"x-amz-access-token": token, "user-agent": client.user_agent, "content-type": "application/json"}
            return client._request(path, **given, headers=headers, add_marketplace=False)

        return self._partner.call(Notifications, operation, send).payload

    def _object(self, answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise Unavailable(self._partner.system, "Notifications answered without what was asked for")
        return answer


def _destination(found: dict[str, Any]) -> Destination:
    queue = (found.get("resource") or {}).get("sqs") or {}
    return Destination(
        destination_id=str(found.get("destinationId", "")),
        name=str(found.get("name", "")),
        arn=str(queue.get("arn", "")),
    )


def _subscription(found: dict[str, Any]) -> Subscription:
    return Subscription(
        subscription_id=str(found.get("subscriptionId", "")), destination_id=str(found.get("destinationId", ""))
    )
