"""Money: US dollars as Decimal with six places, never float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Annotated

from pydantic import AfterValidator, PlainSerializer

PLACES = Decimal("0.000001")
ZERO = Decimal("0.000000")


def dollars(value: Decimal | int | str) -> Decimal:
    """An amount with exactly six places (half up). A float is a TypeError: it has already lost cents.

    Raises:
        TypeError: for a float.
    """
    if isinstance(value, float):
        raise TypeError("money is never a float: pass a Decimal, an int or a string")
    return Decimal(value).quantize(PLACES, rounding=ROUND_HALF_UP)


def dollars_up(value: Decimal) -> Decimal:
    """An amount rounded away from zero to six places: for estimates, which must never be too low."""
    return value.quantize(PLACES, rounding=ROUND_UP)


def shown(value: Decimal) -> str:
    """For people: `$1.25`, and `$0.0031` where cents would hide it."""
    places = 2 if value == 0 or abs(value) >= Decimal("0.01") else 4
    return f"${value:,.{places}f}"


Money = Annotated[
    Decimal, AfterValidator(dollars), PlainSerializer(lambda amount: f"{amount:.6f}", return_type=str, when_used="json")
]
