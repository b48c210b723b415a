"""The SQL of the operators' own pictures and clips: who may use which content."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import asyncpg

from models.database import Database
from models.videos.contracts import ArtifactRef

KIND = "media"


class MediaStore:
    """Which user brought which content. Artifacts are addressed by what is in them, so knowing a digest must not be enough."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user_id: UUID, ref: ArtifactRef, name: str) -> None:
        """Note that this user brought this content."""
        await self._database.value(
            "INSERT INTO videos.media (user_id, digest, media_type, size, name) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            user_id, ref.digest, ref.media_type, ref.size, name,
        )  # fmt: skip

    async def owned(self, user_id: UUID, digests: Iterable[str]) -> dict[str, ArtifactRef]:
        """Those of the digests that this user brought, as they were stored."""
        rows = await self._database.rows(
            "SELECT digest, media_type, size FROM videos.media WHERE user_id = $1 AND digest = ANY($2::text[])",
            user_id,
            list(digests),
        )
        return {row["digest"]: ArtifactRef(kind=KIND, **dict(row)) for row in rows}

    async def of(self, user_id: UUID) -> list[asyncpg.Record]:
        """What this user brought, newest first."""
        return await self._database.rows(
            "SELECT digest, media_type, size, name, created_at FROM videos.media "
            "WHERE user_id = $1 ORDER BY created_at DESC LIMIT 100",
            user_id,
        )
