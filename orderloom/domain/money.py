"""Exact money: a Decimal with its currency, stored as integer minor units."""

from decimal import Decimal
from typing import Annotated

from pydantic import StringConstraints

from orderloom.domain.model import Frozen

_MINOR_DIGITS = {
    **dict.fromkeys(("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF").split(), 0),
    **dict.fromkeys(("BHD IQD JOD KWD LYD OMR TND").split(), 3),
}
"""ISO 4217 minor digits that are not 2."""


class Money(Frozen):
    amount: Decimal
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

    @property
    def minor_units(self) -> int:
        """The amount in the currency's smallest unit; raises ValueError where it has a finer fraction than that."""
        scaled = self.amount.scaleb(_MINOR_DIGITS.get(self.currency, 2))
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{self.amount} {self.currency} is finer than the currency's smallest unit")
        return int(scaled)

    @classmethod
    def from_minor_units(cls, units: int, currency: str) -> "Money":
        return cls(amount=Decimal(units).scaleb(-_MINOR_DIGITS.get(currency, 2)), currency=currency)
