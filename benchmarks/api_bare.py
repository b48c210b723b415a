"""The yardstick of `benchmarks.api`: a bare FastAPI handler over asyncpg that reads the same page and count, and nothing else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Request

COLUMNS = """id, channel_id, title, topic, status, step, detail, park_reason, park_until, error, format, level, language, priority,
    estimated_cost, total_cost, seconds, location, youtube_id, created_at, scheduled_at, started_at, ended_at, published_at"""


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.pool = await asyncpg.create_pool(os.environ["BENCH_DATABASE_URL"], min_size=1, max_size=10)
    yield
    await app.state.pool.close()


app = FastAPI(lifespan=_lifespan)


@app.get("/videos")
async def videos(request: Request, user: UUID, limit: int = 20) -> dict[str, Any]:
    """A page and the count of all."""
    async with request.app.state.pool.acquire() as connection:
        rows = await connection.fetch(
            f"SELECT {COLUMNS} FROM videos.video_records WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2",  # noqa: S608
            user, limit,
        )  # fmt: skip
        total = await connection.fetchval("SELECT count(*) FROM videos.video_records WHERE user_id = $1", user)
    return {"items": [dict(row) for row in rows], "total": total}
