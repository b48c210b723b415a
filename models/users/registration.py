"""The SQL of becoming a user and of changing who one is; nothing here tells whether an address had an account before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database
from models.users.store import folded

_REGISTER = """
INSERT INTO users.accounts AS a (email, password_hash, name) VALUES ($1, $2, $3)
ON CONFLICT (email) DO UPDATE SET email = excluded.email
RETURNING id, (email_verified_at IS NOT NULL OR role <> 'user') AS known"""

_ACCOUNT = """
SELECT id, email FROM users.accounts
WHERE id = (SELECT user_id FROM users.tokens WHERE hash = :token AND purpose = 'reset') FOR NO KEY UPDATE"""
"""Locked before the token, in the order of everybody who writes both."""
_SPEND = """
UPDATE users.tokens SET used_at = now()
WHERE hash = :token AND purpose = 'reset' AND used_at IS NULL AND expires_at > now() RETURNING user_id"""
_SET = "UPDATE users.accounts SET password_hash = :new, failed_logins = 0, locked_until = NULL WHERE id = :user"
_END = """
UPDATE users.sessions SET ended_at = now(), ended_because = 'the password was changed'
WHERE user_id = :user AND id IS DISTINCT FROM :keep AND ended_at IS NULL"""
_FORGET = "DELETE FROM users.tokens WHERE user_id = :user AND purpose IN ('reset', 'sign_in') AND used_at IS NULL"
_CHANGEABLE = ("name", "time_zone")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in needs to know of an account."""

    user_id: UUID
    password_hash: str | None
    usable: bool


async def _end_others(session: AsyncSession, user_id: UUID, keep: UUID | None) -> None:
    """Statements of their own, behind the one that locks the account: they see the session that somebody opened until then."""
    await session.execute(text(_END).bindparams(bindparam("keep", type_=Uuid)), {"user": user_id, "keep": keep})
    await session.execute(text(_FORGET), {"user": user_id})


class RegistrationStore:
    """Accounts as their owners make and change them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def register(self, email: str, password_hash: str, name: str) -> tuple[UUID, bool]:
        """An account that waits for the confirmation of its address, or the one that is there, untouched; the flag says that it is
        confirmed already. Its password becomes that of the registration whose link confirms it.
        """
        (row,) = await self._database.rows(_REGISTER, folded(email), password_hash, name)
        return row["id"], row["known"]

    async def credentials(self, email: str) -> Credentials | None:
        """The account of an address, or None. Not usable: unconfirmed or disabled."""
        rows = await self._database.rows(
            "SELECT id, password_hash, email_verified_at IS NOT NULL AND disabled_at IS NULL AS usable "
            "FROM users.accounts WHERE email = $1",
            folded(email),
        )
        return Credentials(rows[0]["id"], rows[0]["password_hash"], rows[0]["usable"]) if rows else None

    async def credentials_of(self, user_id: UUID) -> Credentials:
        """The same of an account that is known to be there."""
        (row,) = await self._database.rows("SELECT id, password_hash FROM users.accounts WHERE id = $1", user_id)
        return Credentials(row["id"], row["password_hash"], True)

    async def confirm_address(self, user_id: UUID) -> None:
        """The owner of the address has shown that it is theirs."""
        await self._database.value(
            "UPDATE users.accounts SET email_verified_at = coalesce(email_verified_at, now()) WHERE id = $1", user_id
        )

    async def change_password(self, user_id: UUID, before: str | None, password_hash: str, *, keep: UUID | None) -> str | None:
        """Replace a password and end every session but one; returns the address of the account, or None when `before` is its
        password no more. Links to reset it, or to sign in by, are good no more. All of it or nothing.
        """
        async with self._database.session() as session:
            values = {"user": user_id, "before": before, "new": password_hash}
            email: str | None = await session.scalar(text(f"{_SET} AND password_hash = :before RETURNING email"), values)
            if email is not None:
                await _end_others(session, user_id, keep)
            return email

    async def reset_password(self, token_hash: bytes, password_hash: str) -> tuple[UUID, str] | None:
        """Spend a token for another password, and end every session; returns the account and its address, or None when the token
        is unknown, expired or used. All of it or nothing.
        """
        async with self._database.session() as session:
            account = (await session.execute(text(_ACCOUNT), {"token": token_hash})).one_or_none()
            if account is None or await session.scalar(text(_SPEND), {"token": token_hash}) is None:
                return None
            await session.execute(text(_SET), {"user": account.id, "new": password_hash})
            await _end_others(session, account.id, None)
            return account.id, account.email

    async def profile(self, user_id: UUID) -> asyncpg.Record:
        """The account as its owner sees it."""
        (row,) = await self._database.rows(
            "SELECT id, email, name, role, plan, subscription_status, trial_ends_at, time_zone, created_at "
            "FROM users.accounts WHERE id = $1",
            user_id,
        )
        return row

    async def change_profile(self, user_id: UUID, changes: dict[str, str]) -> None:
        """Set some of the fields that an owner may change."""
        names = [name for name in _CHANGEABLE if name in changes]
        if names:
            assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, 2))
            await self._database.value(
                f"UPDATE users.accounts SET {assignments} WHERE id = $1",  # noqa: S608  # names of our own
                user_id, *(changes[name] for name in names),
            )  # fmt: skip
