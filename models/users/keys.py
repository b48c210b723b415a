"""The SQL of API keys and of what users prefer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import DateTime, LargeBinary, RowMapping, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from models.database import Database
from models.errors import Conflict, NotFound
from models.users.scopes import Scope

MOST_KEYS = 50
"""Keys that one user may have in use."""

_SHOWN = "id, name, shown, scopes, created_at, expires_at, last_used_at"

_LOCK = text("SELECT pg_advisory_xact_lock(7004, hashtext(:user))")
_CREATE = text(f"""
INSERT INTO users.api_keys (user_id, name, hash, shown, scopes, expires_at)
SELECT :user_id, :name, :hash, :shown, :scopes, :expires_at
WHERE (SELECT count(*) FROM users.api_keys WHERE user_id = :user_id AND revoked_at IS NULL) < {MOST_KEYS}
RETURNING {_SHOWN}""").bindparams(  # noqa: S608  # names of our own
    bindparam("user_id", type_=Uuid),
    bindparam("name", type_=Text),
    bindparam("hash", type_=LargeBinary),
    bindparam("shown", type_=Text),
    bindparam("scopes", type_=ARRAY(Text)),
    bindparam("expires_at", type_=DateTime(timezone=True)),
)
"""A statement of its own after the lock: it must count what the one who had the lock before has made."""


class KeyStore:
    """API keys of one database; what is stored of a key is its hash and its first letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, user_id: UUID, name: str, key_hash: bytes, shown: str, scopes: Iterable[Scope], expires_at: datetime | None
    ) -> RowMapping:
        """A new key.

        Raises:
            Conflict: the user has too many.
        """
        values = {"name": name, "hash": key_hash, "shown": shown, "scopes": [scope.value for scope in scopes]}
        async with self._database.session() as session:
            await session.execute(_LOCK, {"user": str(user_id)})
            made = await session.execute(_CREATE, values | {"user_id": user_id, "expires_at": expires_at})
            row = made.mappings().one_or_none()
        if row is None:
            raise Conflict(f"You have {MOST_KEYS} API keys already.", hint="Delete one that is no longer used.")
        return row

    async def replace(self, user_id: UUID, name: str, key_hash: bytes, shown: str, scopes: Iterable[Scope]) -> None:
        """A key in the place of all of the same name."""
        await self._database.value(
            "WITH old AS (UPDATE users.api_keys SET revoked_at = now() WHERE user_id = $1 AND name = $2 AND revoked_at IS NULL) "
            "INSERT INTO users.api_keys (user_id, name, hash, shown, scopes) VALUES ($1, $2, $3, $4, $5::text[])",
            user_id, name, key_hash, shown, [scope.value for scope in scopes],
        )  # fmt: skip

    async def of(self, user_id: UUID) -> list[asyncpg.Record]:
        """The user's keys in use, newest first."""
        return await self._database.rows(
            f"SELECT {_SHOWN} FROM users.api_keys WHERE user_id = $1 AND revoked_at IS NULL "  # noqa: S608
            "ORDER BY created_at DESC, id",
            user_id,
        )

    async def revoke(self, user_id: UUID, key_id: UUID) -> None:
        """Make a key useless.

        Raises:
            NotFound: the user has no such key in use.
        """
        gone = await self._database.value(
            "UPDATE users.api_keys SET revoked_at = now() WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING id",
            key_id, user_id,
        )  # fmt: skip
        if gone is None:
            raise NotFound("There is no API key with this id.", hint="GET /api/v1/auth/api-keys lists yours.")


class PreferenceStore:
    """What users prefer, as one object each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, user_id: UUID) -> dict[str, Any]:
        """The preferences; empty where none were set."""
        return await self._database.value("SELECT values FROM users.preferences WHERE user_id = $1", user_id) or {}

    async def put(self, user_id: UUID, values: dict[str, Any]) -> None:
        """Replace the preferences."""
        await self._database.value(
            "INSERT INTO users.preferences (user_id, values) VALUES ($1, $2) "
            "ON CONFLICT (user_id) DO UPDATE SET values = excluded.values",
            user_id, values,
        )  # fmt: skip
