"""What a call costs, from dated prices. Pure; the rows are in `costs.prices`.

A model without a price is refused, never free. A row for the model `*` prices every model of its provider.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from pydantic import Field

from models.errors import UnknownPrice
from models.money import ZERO, dollars_up
from models.videos.contracts import Contract

ANY_MODEL = "*"


class Unit(StrEnum):
    """What providers count."""

    INPUT_TOKENS = "input_tokens"
    CACHED_TOKENS = "cached_tokens"
    OUTPUT_TOKENS = "output_tokens"
    CHARACTERS = "characters"
    ASSETS = "assets"
    IMAGES = "images"
    CALLS = "calls"
    SECONDS = "seconds"


Usage = Mapping[Unit, int]
"""How much of what a call uses."""


class Price(Contract):
    """`amount` US dollars for `per` units, from `valid_from` until `valid_to` (None: still valid)."""

    provider: str
    model: str
    unit: Unit
    amount: Decimal = Field(ge=0)
    per: int = Field(default=1, gt=0)
    valid_from: datetime
    valid_to: datetime | None = None
    source: str = Field(min_length=1, description="where the figure comes from")

    def valid(self, at: datetime) -> bool:
        """Whether it is in force at a moment."""
        return self.valid_from <= at and (self.valid_to is None or at < self.valid_to)


class PriceList:
    """The prices of all providers."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._prices: dict[tuple[str, str, Unit], list[Price]] = {}
        for price in sorted(prices, key=lambda price: price.valid_from):
            self._prices.setdefault((price.provider, price.model, price.unit), []).append(price)

    def price(self, provider: str, model: str, unit: Unit, at: datetime) -> Price:
        """The price in force; of several, the one that began last. The model's own row wins over the provider's `*`.

        Raises:
            UnknownPrice: there is none.
        """
        for name in (model, ANY_MODEL):
            for price in reversed(self._prices.get((provider, name, unit), [])):
                if price.valid(at):
                    return price
        raise UnknownPrice(
            f"No price is known for {unit.value} of {model} at {provider} on {at:%Y-%m-%d}, so it is not used.",
            provider=provider,
            hint=f"Name another model, or add a price: ./ytempire prices set {provider} {model} {unit.value} AMOUNT --source TEXT",
        )

    def knows(self, provider: str, model: str, unit: Unit, at: datetime) -> bool:
        """Whether a price is in force."""
        try:
            self.price(provider, model, unit, at)
        except UnknownPrice:
            return False
        return True

    def cost(self, provider: str, model: str, usage: Usage, at: datetime) -> Decimal:
        """What this usage costs in US dollars, rounded up to six places.

        Raises:
            UnknownPrice: for a unit without a price, even where none of it was used.
            ValueError: for a negative count, or no usage at all (it would be free).
        """
        if not usage or any(count < 0 for count in usage.values()):
            raise ValueError(f"usage must name units with counts of 0 or more: {dict(usage)}")
        total = ZERO
        for unit, count in usage.items():
            price = self.price(provider, model, unit, at)
            total += price.amount * count / price.per
        return dollars_up(total)
