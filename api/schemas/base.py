"""What all bodies have in common: unknown fields are refused, and the schema says exactly which text is accepted."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, WithJsonSchema

_NEVER = r'\s@()<>,;:?"\[\]\\\x00-\x1f\x7f-\xa0'
"""What no address holds: in the header of a mail it would end the address, or make another one of it."""
EMAIL = rf"^[^{_NEVER}]{{1,64}}@[^{_NEVER}.]+(\.[^{_NEVER}.]+)+$"
LINE = r"^[^\x00-\x1f\x7f]*$"
WORDS = r"^[^\x00-\x1f\x7f]*[^\x00-\x1f\x7f\s][^\x00-\x1f\x7f]*$"
TEXT = r"^[^\x00]*$"
LETTERS = (
    r"0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0388-\u038a\u038e-\u03a1\u03a3-\u03f5\u0400-\u0481\u048a-\u052f"
    r"\u0531-\u0556\u0561-\u0586\u05d0-\u05ea\u0620-\u064a\u0671-\u06d3\u0904-\u0939\u0993-\u09a8\u0a13-\u0a28\u0a93-\u0aa8"
    r"\u0b13-\u0b28\u0bae-\u0bb9\u0c12-\u0c28\u0c92-\u0ca8\u0d12-\u0d3a\u0d9a-\u0db1\u0e01-\u0e30\u0e8c-\u0ea3\u0f49-\u0f6c"
    r"\u1000-\u102a\u10d0-\u10fa\u1200-\u1248\u1780-\u17b3\u1820-\u1878\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff"
    r"\uac00-\ud7a3"
)
"""Of each script that people write in, letters that its texts cannot do without: patterns of JSON Schema know no classes."""
SPOKEN = f"[{LETTERS}]"
"""Text with something in it that can be read aloud."""

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


NUMBER = BeforeValidator(_not_text)
"""Stands behind the bounds of a whole number, as in `Annotated[int, Field(ge=1), NUMBER]`: before them, they miss the document."""
Whole = Annotated[int, NUMBER]
"""A whole number."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A point in time with its offset (RFC 3339), not a number of seconds."""
Day = Annotated[date, BeforeValidator(_written)]
"""A calendar day (RFC 3339)."""


def _written_as(pattern: str, largest: int) -> tuple[BeforeValidator, WithJsonSchema]:
    """An amount as a number, rounded to a millionth, or as text of this pattern; and the schema that says so."""
    least = 0 if re.fullmatch(pattern, "0") else 0.01

    def read(value: Any) -> Any:
        if isinstance(value, str):
            if not re.fullmatch(pattern, value):
                raise ValueError("Write an amount as 12.50: digits, a point and at most six more digits.")
            return Decimal(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= largest:
            raise ValueError(f"Write an amount of dollars from {least} to {largest:,}.")
        return Decimal(str(round(value, 6)))

    kinds = [{"type": "number", "minimum": least, "maximum": largest}, {"type": "string", "pattern": f"^({pattern})$"}]
    return BeforeValidator(read), WithJsonSchema({"anyOf": kinds})


_CENT_TO_THOUSAND = r"0\.0[1-9][0-9]{0,4}|0\.[1-9][0-9]{0,5}|[1-9][0-9]{0,2}(\.[0-9]{1,6})?|1000(\.0{1,6})?"
_TO_HUNDRED_THOUSAND = r"(0|[1-9][0-9]{0,4})(\.[0-9]{1,6})?|100000(\.0{1,6})?"

Dollars = Annotated[Decimal, *_written_as(_CENT_TO_THOUSAND, 1000)]
"""An amount from a cent to a thousand dollars."""
DayDollars = Annotated[Decimal, *_written_as(_TO_HUNDRED_THOUSAND, 100_000)]
"""An amount from nothing to a hundred thousand dollars."""


class Body(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class Done(Answer):
    """It is done; there is nothing more to say about it."""

    message: str = Field(examples=["Done."])
