"""Tables of the schema `users`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Field, SQLModel

from models.columns import amount, free_form, made_at, moment, words
from models.ids import new_id


class Account(SQLModel, table=True):
    """Somebody who may sign in. `limits` replaces single limits of the plan, `day_cap` the default cap of a day (USD)."""

    __tablename__ = "accounts"
    __table_args__ = {"schema": "users"}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = words(unique=True)
    password_hash: str | None = words(None)
    name: str = words()
    role: str = words("user")
    plan: str = words("free")
    subscription_status: str = words("active")
    trial_ends_at: datetime | None = moment()
    limits: dict[str, Any] = free_form()
    day_cap: Decimal | None = amount(optional=True)
    time_zone: str = words("UTC")
    email_verified_at: datetime | None = moment()
    failed_logins: int = 0
    locked_until: datetime | None = moment()
    disabled_at: datetime | None = moment()
    is_beta_user: bool = False
    onboarding: dict[str, Any] = free_form()
    stripe_customer_id: str | None = words(None, unique=True)
    stripe_subscription_id: str | None = words(None, unique=True)
    last_login_at: datetime | None = moment()
    created_at: datetime = made_at()
    updated_at: datetime = made_at()
