"""Step 7: the channel that sold it is told of each package, once."""

from dataclasses import dataclass

from activities.books import Books, Channels
from activities.messages import Confirmed, ConfirmStep
from activities.retries import step
from orderloom.domain.keys import OrderKey
from orderloom.domain.records import PackageRecord
from orderloom.domain.shipments import Confirmation, ConfirmedLine, confirmable_lines


@dataclass(frozen=True)
class ConfirmingActivities:
    books: Books
    channels: Channels

    @step("confirm")
    def confirm(self, asked: ConfirmStep) -> Confirmed:
        """Raises Rejected (not retried) where the channel understood and said no."""
        packages = self.books.shipments.packages(asked.key)
        entry = next(package for package in packages if package.number == asked.package)
        order = self.books.orders.get(asked.key).order
        if entry.confirmed_at:
            return Confirmed(package=entry.number, text="the channel knew of it already")
        if order.confirms_itself:
            return self._done(entry, "the channel learns of it by itself")
        earlier = tuple(package.package for package in packages if package.number < entry.number)
        lines = confirmable_lines(order.lines, earlier, entry.package)
        if not lines:
            return self._done(entry, "it completes no line of the order yet")
        return self._tell(entry, lines, order.marketplace)

    def _tell(self, entry: PackageRecord, lines: tuple[ConfirmedLine, ...], marketplace: str | None) -> Confirmed:
        receipt = self.channels.client(entry.key).confirm(
            Confirmation(
                key=entry.key, number=entry.number, package=entry.package, lines=lines, marketplace=marketplace
            )
        )
        self.books.shipments.confirmed(entry.key, entry.number, receipt)
        return self._done(entry, f"{self._name(entry.key)} was told of its tracking number")

    def _done(self, entry: PackageRecord, why: str) -> Confirmed:
        text = f"package {entry.number}: {why}"
        self.books.note(entry.key, "confirmed", text, once=f"confirmed:{entry.number}")
        return Confirmed(package=entry.number, text=text)

    def _name(self, key: OrderKey) -> str:
        return key.channel.value.capitalize()
