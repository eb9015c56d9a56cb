"""What was sent to an order and is not dealt with yet. Handlers only put something in; the story takes it out."""

from dataclasses import dataclass
from enum import Enum

from activities.messages import OperatorAnswer, OperatorRequest


class Wish(Enum):
    RELEASE = "release"
    RETRY = "retry"
    CANCEL = "cancel"
    REROUTE = "reroute"


@dataclass
class Asked:
    """An operator's wish, open until it has an answer."""

    wish: Wish
    request: OperatorRequest
    answer: OperatorAnswer | None = None

    def reply(self, done: bool, text: str) -> None:
        self.answer = self.answer or OperatorAnswer(done=done, text=text)

    @property
    def is_open(self) -> bool:
        return self.answer is None


class Inbox:
    """Each event once, however often it is signalled."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._channel_events: list[str] = []
        self._hints: list[str] = []
        self._shipment_events: list[str] = []
        self._look_again: list[str] = []
        self._asked: list[Asked] = []

    @property
    def is_empty(self) -> bool:
        events = self._channel_events or self._hints or self._shipment_events
        return not (events or self._look_again or self._asked)

    @property
    def was_asked(self) -> bool:
        return bool(self._asked)

    def channel_event(self, event_id: str, *, hint: bool = False) -> None:
        if self._is_new(event_id):
            (self._hints if hint else self._channel_events).append(event_id)

    def shipment_event(self, event_id: str) -> None:
        if self._is_new(event_id):
            self._shipment_events.append(event_id)

    def read_again(self, event_id: str) -> None:
        """The channel was asked: also when it says the same as before."""
        self._channel_events.append(event_id)

    def ask_channel(self, event_id: str) -> None:
        """An event was read and is not enough: the channel has to be asked. "" is one that was read before."""
        self._hints.append(event_id)

    def put_back(self, *event_ids: str) -> None:
        """They were taken too early: the order's story had ended."""
        self._channel_events.extend(event_ids)

    def look_again(self, reason: str) -> None:
        self._look_again.append(reason)

    def ask(self, wish: Wish, request: OperatorRequest) -> Asked:
        asked = Asked(wish, request)
        self._asked.append(asked)
        return asked

    def take_channel_events(self) -> list[str]:
        taken, self._channel_events = self._channel_events, []
        return taken

    def take_hints(self) -> list[str]:
        taken, self._hints = self._hints, []
        return taken

    def take_shipment_events(self) -> list[str]:
        taken, self._shipment_events = self._shipment_events, []
        return taken

    def take_look_again(self) -> list[str]:
        taken, self._look_again = self._look_again, []
        return taken

    def take_asked(self) -> list[Asked]:
        taken, self._asked = self._asked, []
        return taken

    def _is_new(self, event_id: str) -> bool:
        is_new = event_id not in self._seen
        self._seen.add(event_id)
        return is_new
