"""What all bodies have in common: unknown fields are refused, and the schema says exactly which text is accepted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, WithJsonSchema

EMAIL = r"^[^\s@\x00-\x1f\x7f-\xa0]{1,64}@[^\s@\x00-\x1f\x7f-\xa0.]+(\.[^\s@\x00-\x1f\x7f-\xa0.]+)+$"
LINE = r"^[^\x00-\x1f\x7f]*$"
WORDS = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00]*$"

Email = Annotated[str, StringConstraints(pattern=EMAIL, max_length=254)]
"""An address of mail, loosely: whether it is real shows when the mail arrives."""
Line = Annotated[str, StringConstraints(pattern=LINE, max_length=200)]
"""One line of text, possibly empty."""
Words = Annotated[str, StringConstraints(pattern=WORDS, min_length=1, max_length=100)]
"""One line of text with something in it."""
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""A BCP 47 tag."""
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Secret = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]+$", min_length=1, max_length=200)]
"""A token as the API gave it out."""


Flag = StrictBool
"""true or false, and nothing that could be taken for it."""


def _not_text(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        raise ValueError("Write a number without quotation marks.")
    return value


def _written(value: Any) -> Any:
    if not isinstance(value, str) or not value[:4].isdigit() or value[4:5] != "-":
        raise ValueError("Write a date as 2030-12-31, and a time as 2030-12-31T18:00:00Z.")
    return value


Whole = Annotated[int, BeforeValidator(_not_text)]
"""A whole number."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A point in time with its offset (RFC 3339), not a number of seconds."""
Day = Annotated[date, BeforeValidator(_written)]
"""A calendar day (RFC 3339)."""


def _amount(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("Write an amount of dollars.")
    return Decimal(str(round(value, 6))) if isinstance(value, (int, float)) and abs(value) < 1e12 else value


Dollars = Annotated[
    Decimal,
    BeforeValidator(_amount),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0.01, "maximum": 1000},
                {"type": "string", "pattern": r"^[1-9][0-9]{0,2}(\.[0-9]{1,6})?$"},
            ]
        }
    ),
]
"""An amount from a cent to a thousand dollars, as text or number; a fraction of a millionth is rounded."""


class Body(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class Done(Answer):
    """It is done; there is nothing more to say about it."""

    message: str = Field(examples=["Done."])
