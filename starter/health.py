"""How the accounts stand, for people: the words that the command line and the front page share."""

from orderloom.domain.accounts import PausedAccount
from orderloom.domain.carriers import CarrierTable
from orderloom.domain.health import AccountHealth, Grade, Health, LateOrder, Rate
from orderloom.domain.keys import Channel
from orderloom.domain.merchant import MerchantConfig
from orderloom.storage.store import Store

COLUMNS = ("Account", "Late shipments", "Cancelled before shipping", "Valid tracking", "Stands")
PAUSED_COLUMNS = ("Paused account", "Since (UTC)", "Why, and what to do")
LATE_COLUMNS = ("Order", "Name", "Status", "Had to ship by (UTC)", "Nodes", "Waits for")
WORDS = {Grade.OK: "ok", Grade.WARN: "warning: near a target", Grade.BAD: "BAD: a target is missed", Grade.NONE: "-"}


def measure_health(store: Store, config: MerchantConfig) -> Health:
    sellers = [each.account for each in config.accounts if each.channel is Channel.AMAZON]
    return store.health.measure(sellers, CarrierTable(config.carriers))


def paused_account(store: Store, shop: str) -> PausedAccount | None:
    """The Shopify account of this name, where its app was uninstalled."""
    found = (each for each in store.accounts.paused() if each.channel is Channel.SHOPIFY and each.account == shop)
    return next(found, None)


def paused_cells(paused: PausedAccount) -> tuple[str, ...]:
    return (f"{paused.channel}:{paused.account}", f"{paused.since:%Y-%m-%d %H:%M}", paused.text)


def account_cells(account: AccountHealth) -> tuple[str, ...]:
    rates = (account.late_shipments, account.cancellations, account.valid_tracking)
    signs = ("under", "under", "at least")
    told = [_rate(rate, sign) for rate, sign in zip(rates, signs, strict=True)]
    return (account.account, *told, WORDS[account.grade])


def late_cells(late: LateOrder) -> tuple[str, ...]:
    at = f"{late.ship_by:%Y-%m-%d %H:%M}"
    return (str(late.key), late.name, late.status.value, at, ", ".join(late.nodes), late.waits_for)


def _rate(rate: Rate, sign: str) -> str:
    """`1.2 % of 250 (under 4 %)`."""
    if rate.rate is None:
        return "no orders yet"
    return f"{100 * rate.rate:.1f} % of {rate.whole} ({sign} {100 * rate.target:g} %)"
