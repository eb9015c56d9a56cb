"""One article in a sandbox: listed on both channels, bought there, and what the sandbox knows of it."""

from dataclasses import dataclass

from orderloom.domain.merchant import MerchantConfig
from orderloom.sandbox.control import SandboxControl
from orderloom.sandbox.listing_truth import ListingTruth
from orderloom.sandbox.spec import SandboxLine, SandboxOrder
from orderloom.sandbox.wishes import PutListing

GRAMS = 400


@dataclass(frozen=True)
class Shelf:
    """The article `sku`; it has the same name on both channels. `accounts` are named by channel."""

    control: SandboxControl
    sku: str
    accounts: dict[str, str]

    @classmethod
    def of(cls, control: SandboxControl, config: MerchantConfig, sku: str) -> "Shelf":
        return cls(control, sku, {account.channel.value: account.account for account in config.accounts})

    def put(self) -> None:
        """List it with nothing in stock."""
        for channel, account in self.accounts.items():
            self.control.put_listing(channel, account, PutListing(sku=self.sku, title="Flash sale"))

    def buy(self, channel: str) -> bool:
        like = SandboxOrder(lines=(SandboxLine(sku=self.sku, grams=GRAMS),), label="flash sale")
        return self.control.buy(channel, self.accounts[channel], self.sku, like=like) is not None

    def listings(self) -> list[ListingTruth]:
        """What the sandbox knows of it now, a listing for each channel."""
        return [self.control.listing(channel, account, self.sku) for channel, account in self.accounts.items()]

    def shown(self) -> int:
        """Units that both channels show together."""
        return sum(one.quantity for one in self.listings())
