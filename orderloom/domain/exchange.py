"""Amounts in the merchant's base currency, by a configured rate table. No rate is unknown, never 1."""

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from orderloom.domain.model import Frozen
from orderloom.domain.money import Money

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
CENT = Decimal("0.01")


class Exchange(Frozen):
    """`rates` says what one unit of another currency is worth in `base`."""

    base: CurrencyCode = "USD"
    rates: Mapping[CurrencyCode, Annotated[Decimal, Field(gt=0)]] = Field(default_factory=dict)

    def in_base(self, money: Money | None) -> Decimal | None:
        """None where the amount is unknown or its currency has no rate. Rounded to hundredths."""
        if money is None:
            return None
        if money.currency == self.base:
            return money.amount
        rate = self.rates.get(money.currency)
        return None if rate is None else (money.amount * rate).quantize(CENT, ROUND_HALF_EVEN)
