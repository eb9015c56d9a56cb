"""Step 7: the channel that sold it is told of each package, once."""

from dataclasses import dataclass

from activities.books import Books, Channels
from activities.messages import Confirmed, ConfirmStep
from activities.retries import step
from orderloom.domain.carriers import unknown_carrier
from orderloom.domain.keys import OrderKey
from orderloom.domain.records import PackageRecord
from orderloom.domain.shipments import Confirmation, ConfirmedLine, TrackingCorrection, confirmable_lines


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
            return Confirmed(package=entry.number, text="the channel knew of it already", label=entry.told_label)
        if order.confirms_itself:
            return self._done(entry, "the channel learns of it by itself")
        earlier = tuple(package.package for package in packages if package.number < entry.number)
        lines = confirmable_lines(order.lines, earlier, entry.package)
        if not lines:
            return self._done(entry, "it completes no line of the order yet")
        return self._tell(entry, lines, order.marketplace)

    @step("correct_tracking")
    def correct_tracking(self, asked: ConfirmStep) -> Confirmed:
        """A package that the channel was told of goes under another label. Raises Rejected as `confirm` does."""
        packages = self.books.shipments.packages(asked.key)
        entry = next(package for package in packages if package.number == asked.package)
        if not entry.needs_correction:
            return Confirmed(package=entry.number, text="the channel has its tracking number", label=entry.label)
        order = self.books.orders.get(asked.key).order
        earlier = tuple(package.package for package in packages if package.number < entry.number)
        lines = entry.told_lines or confirmable_lines(order.lines, earlier, entry.package)
        told = self._confirmation(entry, lines, order.marketplace)
        self.channels.client(entry.key).correct_tracking(
            TrackingCorrection(confirmation=told, reference=entry.reference or "")
        )
        self.books.shipments.corrected(entry.key, entry.number, entry.label)
        text = f"package {entry.number}: {self._name(entry.key)} was told of its corrected tracking number"
        self.books.note(entry.key, "corrected", text, once=f"corrected:{entry.number}:{entry.label}")
        return Confirmed(package=entry.number, text=text, label=entry.label)

    def _tell(self, entry: PackageRecord, lines: tuple[ConfirmedLine, ...], marketplace: str | None) -> Confirmed:
        told = self._confirmation(entry, lines, marketplace)
        receipt = self.channels.client(entry.key).confirm(told)
        self.books.shipments.confirmed(told, entry.label, receipt)
        return self._done(entry, f"{self._name(entry.key)} was told of its tracking number")

    def _done(self, entry: PackageRecord, why: str) -> Confirmed:
        text = f"package {entry.number}: {why}"
        self.books.note(entry.key, "confirmed", text, once=f"confirmed:{entry.number}")
        return Confirmed(package=entry.number, text=text, label=entry.label)

    def _name(self, key: OrderKey) -> str:
        return key.channel.value.capitalize()

    def _confirmation(
        self, entry: PackageRecord, lines: tuple[ConfirmedLine, ...], marketplace: str | None
    ) -> Confirmation:
        """One of a carrier that is in no table goes all the same; its timeline says how to add it."""
        package = entry.package
        carrier = self.channels.carriers.find(package.carrier)
        if carrier is None:
            text = f"package {entry.number}: {unknown_carrier(package.carrier)}"
            self.books.note(entry.key, "carrier_unknown", text, once=f"carrier:{entry.number}:{entry.label}")
        return Confirmation(
            key=entry.key, number=entry.number, package=package, lines=lines, marketplace=marketplace, carrier=carrier
        )
