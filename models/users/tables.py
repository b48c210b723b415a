"""Tables of the schema `users`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime
from sqlmodel import Field, SQLModel

from models.columns import amount, free_form, made_at, moment, texts, words
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


class Session(SQLModel, table=True):
    """A sign-in and the family of refresh tokens that came from it."""

    __tablename__ = "sessions"
    __table_args__ = {"schema": "users"}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    agent: str = words()
    address: str = words()
    created_at: datetime = made_at()
    last_used_at: datetime = made_at()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    ended_at: datetime | None = moment()
    ended_because: str = words()


class Token(SQLModel, table=True):
    """A one-time token (refresh, verify, reset, sign_in) by its hash. `password_hash`: what confirming an address sets."""

    __tablename__ = "tokens"
    __table_args__ = {"schema": "users"}

    hash: bytes = Field(primary_key=True)
    purpose: str = words()
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    session_id: UUID | None = Field(default=None, foreign_key="users.sessions.id", ondelete="CASCADE")
    password_hash: str | None = words(None)
    created_at: datetime = made_at()
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
    used_at: datetime | None = moment()


class ApiKey(SQLModel, table=True):
    """A key of an integrator by its hash; `shown` are its first letters."""

    __tablename__ = "api_keys"
    __table_args__ = {"schema": "users"}

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="users.accounts.id", ondelete="CASCADE")
    name: str = words()
    hash: bytes = Field(unique=True)
    shown: str = words()
    scopes: list[str] = texts()
    created_at: datetime = made_at()
    expires_at: datetime | None = moment()
    last_used_at: datetime | None = moment()
    revoked_at: datetime | None = moment()


class Preferences(SQLModel, table=True):
    """What a user prefers."""

    __tablename__ = "preferences"
    __table_args__ = {"schema": "users"}

    user_id: UUID = Field(primary_key=True, foreign_key="users.accounts.id", ondelete="CASCADE")
    values: dict[str, Any] = free_form()
    updated_at: datetime = made_at()


class LoginFailures(SQLModel, table=True):
    """Failed attempts by the hash of an address, whether or not it has an account: a lock must not tell which."""

    __tablename__ = "login_failures"
    __table_args__ = {"schema": "users"}

    address_hash: bytes = Field(primary_key=True)
    failures: int = 0
    last_at: datetime = made_at()
    locked_until: datetime | None = moment()
