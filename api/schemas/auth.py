"""Signing in, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.schemas.base import LINE, Answer, Body, Email, Flag, Moment, Secret, Words
from models.users.passwords import LONGEST, SHORTEST
from models.users.plans import Plan
from models.users.scopes import Scope

NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
AnyPassword = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]
Name = Annotated[str, StringConstraints(pattern=LINE, max_length=100)]
EXAMPLE_PASSWORD = "four unrelated short words"  # noqa: S105


class Register(Body):
    """A new account."""

    email: Email = Field(examples=["ana@example.com"])
    password: NewPassword = Field(description="12 characters at least; common ones are refused", examples=[EXAMPLE_PASSWORD])
    name: Name = ""


class Login(Body):
    """Address and password."""

    email: Email = Field(examples=["ana@example.com"])
    password: AnyPassword = Field(examples=[EXAMPLE_PASSWORD])
    cookie: Flag = Field(False, description="for web pages: keep the refresh token in an HttpOnly cookie, not in the answer")


class Refresh(Body):
    """The refresh token; left out when it is in the cookie."""

    refresh_token: Secret | None = None


class TokenBody(Body):
    """A token out of a mail or link."""

    token: Secret


class SignInToken(TokenBody):
    """A token out of a sign-in link."""

    cookie: Flag = Field(False, description="keep the refresh token in an HttpOnly cookie, not in the answer")


class ChangePassword(Body):
    """The old password and a new one."""

    current: AnyPassword
    new: NewPassword


class ResetPassword(Body):
    """Whose password was forgotten."""

    email: Email


class ConfirmReset(TokenBody):
    """The token out of the mail, and a new password."""

    password: NewPassword


class Tokens(Answer):
    """What a client speaks with from now on."""

    access_token: str = Field(description="send it as `Authorization: Bearer`; good for 15 minutes")
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: int = Field(description="seconds", examples=[900])
    refresh_token: str | None = Field(None, description="good once, for 7 days; null when it is in the cookie")


class Me(Answer):
    """Who is asking."""

    id: UUID
    email: str
    name: str
    role: Literal["user", "admin"]
    plan: Plan
    session_id: UUID | None = None
    scopes: list[str] | None = Field(None, description="of the API key; null for a session, which has all")


class SessionAnswer(Answer):
    """A running session."""

    id: UUID
    agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool = Field(description="the one that asks")


class Sessions(Answer):
    """Your running sessions."""

    items: list[SessionAnswer]


class NewApiKey(Body):
    """A key for a program."""

    name: Words = Field(examples=["n8n"])
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)] = Field(examples=[["videos:read", "videos:write"]])
    expires_at: Moment | None = Field(None, description="null: until it is deleted")


class ApiKeyAnswer(Answer):
    """A key, without its secret."""

    id: UUID
    name: str
    shown: str = Field(description="its first letters")
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None


class ApiKeyMade(ApiKeyAnswer):
    """A new key: shown this once."""

    key: str


class ApiKeys(Answer):
    """Your keys in use."""

    items: list[ApiKeyAnswer]


class SignInLink(Answer):
    """A link that signs a browser in, once, within ten minutes."""

    url: str
    expires_in: int
