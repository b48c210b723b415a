"""The SQL of signing in: sessions, the one-time tokens around them, and failed attempts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import asyncpg

from models.database import Database
from models.errors import NotAuthenticated, NotFound
from models.ids import new_id

ATTEMPTS = 5
LOCK = timedelta(minutes=15)


class Purpose(StrEnum):
    """What a token is good for."""

    REFRESH = "refresh"
    VERIFY = "verify"
    RESET = "reset"
    SIGN_IN = "sign_in"


@dataclass(frozen=True, slots=True)
class Opened:
    """A running session of a user."""

    session_id: UUID
    user_id: UUID


_OPEN = """
WITH signed_in AS (
    UPDATE users.accounts SET last_login_at = now(), failed_logins = 0, locked_until = NULL
    WHERE id = $2 AND disabled_at IS NULL AND ($7::text IS NULL OR password_hash = $7) RETURNING id
), made AS (
    INSERT INTO users.sessions (id, user_id, agent, address, expires_at) SELECT $1, id, $3, $4, $6 FROM signed_in
    RETURNING id, user_id
)
INSERT INTO users.tokens (hash, purpose, user_id, session_id, expires_at) SELECT $5, 'refresh', user_id, id, $6 FROM made
RETURNING session_id"""

_CONFIRM = """
WITH spent AS (
    UPDATE users.tokens SET used_at = now()
    WHERE hash = $1 AND purpose = 'verify' AND used_at IS NULL AND expires_at > now() RETURNING user_id, password_hash
), gone AS (
    DELETE FROM users.tokens
    WHERE user_id = (SELECT user_id FROM spent) AND purpose = 'verify' AND used_at IS NULL AND hash <> $1
)
UPDATE users.accounts a SET email_verified_at = coalesce(email_verified_at, now()),
    password_hash = CASE WHEN email_verified_at IS NULL THEN coalesce(spent.password_hash, a.password_hash) ELSE a.password_hash END
FROM spent WHERE a.id = spent.user_id RETURNING a.id"""

_ROTATE = """
WITH spent AS (
    UPDATE users.tokens t SET used_at = now()
    FROM users.sessions s, users.accounts a
    WHERE t.hash = $1 AND t.purpose = 'refresh' AND t.used_at IS NULL AND t.expires_at > now()
        AND s.id = t.session_id AND s.ended_at IS NULL AND a.id = t.user_id AND a.disabled_at IS NULL
    RETURNING t.user_id, t.session_id
), kept AS (
    UPDATE users.sessions SET last_used_at = now(), expires_at = $3 WHERE id = (SELECT session_id FROM spent)
), made AS (
    INSERT INTO users.tokens (hash, purpose, user_id, session_id, expires_at)
    SELECT $2, 'refresh', user_id, session_id, $3 FROM spent
)
SELECT user_id, session_id FROM spent"""

_END_FAMILY = """
UPDATE users.sessions SET ended_at = now(), ended_because = 'a spent refresh token was used again'
WHERE ended_at IS NULL
    AND id = (SELECT session_id FROM users.tokens WHERE hash = $1 AND purpose = 'refresh' AND used_at IS NOT NULL)
RETURNING id, user_id"""

_ATTEMPT = f"""
INSERT INTO users.login_failures AS f (address_hash, failures) VALUES ($1, 1)
ON CONFLICT (address_hash) DO UPDATE SET
    failures = CASE WHEN f.locked_until > now() THEN f.failures + 1
                    WHEN f.locked_until <= now() OR f.last_at < now() - $2::interval THEN 1 ELSE f.failures + 1 END,
    locked_until = CASE WHEN f.locked_until > now() THEN f.locked_until
                        WHEN f.locked_until <= now() OR f.last_at < now() - $2::interval THEN NULL
                        WHEN f.failures + 1 >= {ATTEMPTS} THEN now() + $2::interval END,
    last_at = now()
RETURNING failures, locked_until"""  # noqa: S608  # a constant of our own


class SessionStore:
    """Sessions and tokens of one database; what is stored of a token is its hash."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, user_id: UUID, refresh_hash: bytes, lifetime: timedelta, *, agent: str, address: str, password_hash: str | None = None
    ) -> Opened:
        """A new session with its first refresh token; with `password_hash`, only while that is the account's.

        Raises:
            NotAuthenticated: the account was disabled, or got another password, since it was looked at.
        """
        session_id = new_id()
        made = await self._database.value(
            _OPEN, session_id, user_id, agent[:200], address, refresh_hash, _in(lifetime), password_hash
        )
        if made is None:
            raise NotAuthenticated("The account was changed in this moment.", hint="Sign in again.")
        return Opened(session_id, user_id)

    async def rotate(self, spent_hash: bytes, new_hash: bytes, lifetime: timedelta) -> Opened | None:
        """Spend a refresh token for a new one, once; None when it is unknown, expired, spent or its session has ended."""
        rows = await self._database.rows(_ROTATE, spent_hash, new_hash, _in(lifetime))
        return Opened(rows[0]["session_id"], rows[0]["user_id"]) if rows else None

    async def end_family_of_spent(self, spent_hash: bytes) -> Opened | None:
        """End the session of a token that was spent before: somebody has a copy. None when no running session is concerned."""
        rows = await self._database.rows(_END_FAMILY, spent_hash)
        return Opened(rows[0]["id"], rows[0]["user_id"]) if rows else None

    async def end(self, user_id: UUID, session_id: UUID, because: str) -> None:
        """End a session.

        Raises:
            NotFound: the user has no such running session.
        """
        ended = await self._database.value(
            "UPDATE users.sessions SET ended_at = now(), ended_because = $3 "
            "WHERE id = $1 AND user_id = $2 AND ended_at IS NULL RETURNING id",
            session_id, user_id, because,
        )  # fmt: skip
        if ended is None:
            raise NotFound("There is no running session with this id.", hint="GET /api/v1/auth/sessions lists yours.")

    async def end_others(self, user_id: UUID, but: UUID | None, because: str) -> int:
        """End every session of the user except one; returns how many."""
        rows = await self._database.rows(
            "UPDATE users.sessions SET ended_at = now(), ended_because = $3 "
            "WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND ended_at IS NULL RETURNING id",
            user_id, but, because,
        )  # fmt: skip
        return len(rows)

    async def running(self, user_id: UUID) -> list[asyncpg.Record]:
        """The user's running sessions, the latest used first."""
        return await self._database.rows(
            "SELECT id, agent, address, created_at, last_used_at, expires_at FROM users.sessions "
            "WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now() ORDER BY last_used_at DESC LIMIT 100",
            user_id,
        )

    async def ask_to_confirm(self, user_id: UUID, token_hash: bytes, password_hash: str, lifetime: timedelta) -> None:
        """A token that confirms the address and sets this password. Others stay: strangers may register an address that waits."""
        await self._database.value(
            "INSERT INTO users.tokens (hash, purpose, user_id, expires_at, password_hash) VALUES ($1, 'verify', $2, $3, $4)",
            token_hash, user_id, _in(lifetime), password_hash,
        )  # fmt: skip

    async def confirm(self, token_hash: bytes) -> UUID | None:
        """Use a token that confirms an address: whose it was, or None when it is good no more. All others of the account go."""
        user_id: UUID | None = await self._database.value(_CONFIRM, token_hash)
        return user_id

    async def issue(self, purpose: Purpose, user_id: UUID, token_hash: bytes, lifetime: timedelta) -> None:
        """A one-time token; earlier ones of the same purpose are good no more."""
        await self._database.value(
            "WITH gone AS (DELETE FROM users.tokens WHERE user_id = $2 AND purpose = $1 AND used_at IS NULL) "
            "INSERT INTO users.tokens (hash, purpose, user_id, expires_at) VALUES ($3, $1, $2, $4)",
            purpose.value, user_id, token_hash, _in(lifetime),
        )  # fmt: skip

    async def spend(self, purpose: Purpose, token_hash: bytes) -> UUID | None:
        """Use a one-time token: whose it was, or None when it is unknown, expired or used."""
        user_id: UUID | None = await self._database.value(
            "UPDATE users.tokens SET used_at = now() "
            "WHERE hash = $2 AND purpose = $1 AND used_at IS NULL AND expires_at > now() RETURNING user_id",
            purpose.value, token_hash,
        )  # fmt: skip
        return user_id

    async def attempt(self, address_hash: bytes) -> timedelta | None:
        """Count an attempt to sign in before it is judged, so that no number of parallel guesses gets more than five.

        Returns how long the address is still locked, or None when the attempt may be judged. Addresses without an account count
        too.
        """
        (row,) = await self._database.rows(_ATTEMPT, address_hash, LOCK)
        if row["failures"] <= ATTEMPTS:
            return None
        return max(row["locked_until"] - datetime.now(UTC), timedelta(seconds=1)) if row["locked_until"] else LOCK

    async def forgive(self, address_hash: bytes) -> None:
        """Forget failed attempts: the right password was given, or a new one was set."""
        await self._database.value("DELETE FROM users.login_failures WHERE address_hash = $1", address_hash)

    async def note_failure(self, user_id: UUID) -> None:
        """Show a failed attempt on the account, for administrators."""
        await self._database.value(
            "UPDATE users.accounts SET failed_logins = failed_logins + 1, "
            "locked_until = CASE WHEN failed_logins + 1 >= $2 THEN now() + $3::interval ELSE locked_until END WHERE id = $1",
            user_id, ATTEMPTS, LOCK,
        )  # fmt: skip


def _in(lifetime: timedelta) -> datetime:
    return datetime.now(UTC) + lifetime
