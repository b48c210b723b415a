"""The SQL of becoming a user and of changing who one is; nothing here tells whether an address had an account before."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from models.database import Database
from models.users.store import folded

_REGISTER = """
INSERT INTO users.accounts AS a (email, password_hash, name) VALUES ($1, $2, $3)
ON CONFLICT (email) DO UPDATE SET email = excluded.email
RETURNING id, (email_verified_at IS NOT NULL OR role <> 'user') AS known"""

_CHANGEABLE = ("name", "time_zone")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signing in needs to know of an account."""

    user_id: UUID
    password_hash: str | None
    usable: bool


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

    async def set_password(self, user_id: UUID, password_hash: str) -> str:
        """Replace the password; returns the address of the account. Links to reset it, or to sign in by, are good no more."""
        email: str = await self._database.value(
            "WITH gone AS (DELETE FROM users.tokens WHERE user_id = $1 AND purpose IN ('reset', 'sign_in') AND used_at IS NULL) "
            "UPDATE users.accounts SET password_hash = $2, failed_logins = 0, locked_until = NULL WHERE id = $1 RETURNING email",
            user_id, password_hash,
        )  # fmt: skip
        return email

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
