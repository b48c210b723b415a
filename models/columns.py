"""The column kinds that tables share. The migrations are the truth of the schema; tables mirror them, and a test compares."""

from __future__ import annotations

from typing import Any

from sqlalchemy import DateTime, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from models.money import ZERO


def moment(*, index: bool = False) -> Any:
    """A point in time or nothing (`timestamptz`)."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=True, index=index)


def made_at() -> Any:
    """The moment the database wrote the row."""
    return Field(default=None, sa_type=DateTime(timezone=True), nullable=False, sa_column_kwargs={"server_default": text("now()")})


def words(default: str | None = "", **more: Any) -> Any:
    """Text of any length; `None` as default makes it nullable."""
    return Field(default=default, sa_type=Text, nullable=default is None, **more)


def amount(*, optional: bool = False) -> Any:
    """US dollars (`numeric(14,6)`)."""
    return Field(default=None if optional else ZERO, sa_type=Numeric(14, 6), nullable=optional)


def free_form() -> Any:
    """Truly free-form values (`jsonb`)."""
    return Field(default_factory=dict, sa_type=JSONB, nullable=False)


def texts() -> Any:
    """A list of texts (`text[]`)."""
    return Field(default_factory=list, sa_type=ARRAY(Text), nullable=False)
