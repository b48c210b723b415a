"""The SQL of rate limits: one atomic upsert on an unlogged table, shared by every process.

The count is that of the running minute plus the part of the last minute's that a sliding window still covers.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Database

WINDOW = 60
"""Seconds."""


def counting(key: str, limit: str, source: str = "") -> str:
    """The upsert that counts one hit under the SQL expression `key`. What passes `limit` is not counted on, so whoever keeps
    knocking is let in when the window has passed.
    """
    return f"""
INSERT INTO system.rate_limits AS r (key, window_start, hits, previous)
SELECT {key}, date_bin('{WINDOW} s', now(), 'epoch'), 1, 0 {source}
ON CONFLICT (key) DO UPDATE SET
    previous = CASE WHEN r.window_start = excluded.window_start THEN r.previous
                    WHEN r.window_start = excluded.window_start - interval '{WINDOW} s' THEN r.hits ELSE 0 END,
    hits = CASE WHEN r.window_start = excluded.window_start THEN least(r.hits + 1, {limit} + 1) ELSE 1 END,
    window_start = excluded.window_start
RETURNING hits, previous, extract(epoch FROM now() - window_start)::float8 AS elapsed"""  # noqa: S608  # expressions of our own


_HIT = counting("$1::text", "$2::int")


@dataclass(frozen=True, slots=True)
class Hits:
    """How often a key was hit in the running window and the one before, `elapsed` seconds into the running one."""

    hits: int
    previous: int
    elapsed: float

    @property
    def rest(self) -> float:
        """Seconds to the end of the running window."""
        return max(0.0, WINDOW - self.elapsed)

    @property
    def sliding(self) -> float:
        """Hits in the sliding window."""
        return self.hits + self.previous * self.rest / WINDOW


class LimitStore:
    """Counts hits under keys of the caller's choice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hit(self, key: str, limit: int) -> Hits:
        """Count one hit."""
        (row,) = await self._database.rows(_HIT, key, limit)
        return Hits(row["hits"], row["previous"], row["elapsed"])
