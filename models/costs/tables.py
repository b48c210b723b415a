"""Tables of the schema `costs`. Only the database's own procedures write budgets and entries."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

import models.users.tables  # noqa: F401 - where foreign keys lead
import models.videos.tables  # noqa: F401 - where foreign keys lead
from models.columns import amount, made_at, moment, words


class Budget(SQLModel, table=True):
    """What counts against one cap in one period. `raised`: a person set this period's cap, and defaults leave it alone."""

    __tablename__ = "budgets"
    __table_args__ = {"schema": "costs"}

    scope: str = words(primary_key=True)
    subject: str = words(primary_key=True)
    period: str = words(primary_key=True)
    cap: Decimal | None = amount(optional=True)
    raised: bool = False
    reserved: Decimal = amount()
    spent: Decimal = amount()


class Entry(SQLModel, table=True):
    """A posting, never changed: `reserve` opens a key, `settle` or `release` closes it. The amounts are what it adds to budgets."""

    __tablename__ = "entries"
    __table_args__ = {"schema": "costs"}

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    key: str = words()
    kind: str = words()
    video_id: UUID | None = Field(default=None, foreign_key="videos.video_records.id", ondelete="RESTRICT")
    user_id: UUID | None = Field(default=None, foreign_key="users.accounts.id", ondelete="RESTRICT")
    provider: str = words()
    operation: str = words()
    day: date
    reserved: Decimal = amount()
    spent: Decimal = amount()
    at: datetime = made_at()


class PriceRow(SQLModel, table=True):
    """A dated price: `amount` US dollars for `per` units."""

    __tablename__ = "prices"
    __table_args__ = (UniqueConstraint("provider", "model", "unit", "valid_from"), {"schema": "costs"})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigInteger, sa_column_args=[Identity(always=True)])
    provider: str = words()
    model: str = words()
    unit: str = words()
    amount: Decimal = Field(sa_type=Numeric(18, 9))
    per: int = 1
    valid_from: datetime = made_at()
    valid_to: datetime | None = moment()
    source: str = words()
    created_at: datetime = made_at()
