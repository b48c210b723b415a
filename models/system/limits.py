"""The SQL of rate limits: one atomic upsert on an unlogged table, shared by every process.

The count is that of the running minute plus the part of the last minute's that a sliding window still covers. Only what is let
through is counted, so whoever keeps knocking gets as much as the limit allows, and what Retry-After says holds.
"""

from __future__ import annotations

from dataclasses import dataclass

from models.database import Database

WINDOW = 60
"""Seconds."""
_NOW = f"date_bin('{WINDOW} s', now(), 'epoch')"
_NEXT = f"{_NOW} + interval '{WINDOW} s'"
_LAST = f"{_NOW} - interval '{WINDOW} s'"
# Who waited for the row since before the turn of a minute finds it in the next window already.
_HITS = f"CASE WHEN r.window_start IN ({_NOW}, {_NEXT}) THEN r.hits ELSE 0 END"
_PREVIOUS = f"CASE r.window_start WHEN {_NOW} THEN r.previous WHEN {_NEXT} THEN r.previous WHEN {_LAST} THEN r.hits ELSE 0 END"
_START = f"CASE r.window_start WHEN {_NEXT} THEN r.window_start ELSE {_NOW} END"
_ELAPSED = f"greatest(0, extract(epoch FROM now() - ({_START})))::float8"


def counting(key: str, limit: str, source: str = "") -> str:
    """CTEs that count one hit under the SQL expression `key`, if `limit` allows it: `hit` is empty when it does not, and `seen`
    is what was there before.
    """
    return f"""
hit AS (
    INSERT INTO system.rate_limits AS r (key, window_start, hits, previous)
    SELECT {key}, {_NOW}, 1, 0 {source}
    ON CONFLICT (key) DO UPDATE SET hits = ({_HITS}) + 1, previous = {_PREVIOUS}, window_start = {_START}
    WHERE ({_HITS}) + 1 + ({_PREVIOUS}) * (1 - {_ELAPSED} / {WINDOW}) <= {limit}
    RETURNING hits, previous, greatest(0, extract(epoch FROM now() - window_start))::float8 AS elapsed
), seen AS (
    SELECT {_HITS} AS hits, {_PREVIOUS} AS previous, {_ELAPSED} AS elapsed FROM system.rate_limits r WHERE key = {_one(key, source)}
)"""  # noqa: S608  # expressions of our own


def _one(key: str, source: str) -> str:
    return f"(SELECT {key} {source})"


COUNTED = """hit IS NOT NULL AS passed, coalesce(hit.hits, seen.hits) AS hits, coalesce(hit.previous, seen.previous) AS previous,
    coalesce(hit.elapsed, seen.elapsed) AS elapsed"""
"""Columns of `Hits`, from the two CTEs joined to whatever was asked for."""
JOINED = "LEFT JOIN hit ON true LEFT JOIN seen ON true"
_HIT = f"WITH {counting('$1::text', '$2::int')} SELECT {COUNTED} FROM (VALUES (1)) AS one {JOINED}"  # noqa: S608  # constants


@dataclass(frozen=True, slots=True)
class Hits:
    """How often a key was let through in the running window and the one before, `elapsed` seconds into the running one;
    `passed`: this time, too.
    """

    passed: bool
    hits: int
    previous: int
    elapsed: float

    @classmethod
    def of(cls, passed: bool, hits: int | None, previous: int | None, elapsed: float | None, limit: int) -> Hits:
        """As counted; a row that others made and filled in the same moment is not seen by who was refused."""
        return cls(passed, limit if hits is None else hits, previous or 0, elapsed or 0.0)

    @property
    def rest(self) -> float:
        """Seconds to the end of the running window."""
        return max(0.0, WINDOW - self.elapsed)

    @property
    def sliding(self) -> float:
        """Hits in the sliding window."""
        return self.hits + self.previous * self.rest / WINDOW

    def wait(self, limit: int) -> float:
        """Seconds until one more is let through, if nobody else asks meanwhile."""
        if self.hits + 1 <= limit and self.previous:
            return max(0.0, self.rest - (limit - self.hits - 1) * WINDOW / self.previous)
        return self.rest + max(0.0, WINDOW - (limit - 1) * WINDOW / max(1, self.hits))


class LimitStore:
    """Counts hits under keys of the caller's choice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hit(self, key: str, limit: int) -> Hits:
        """Count one hit, if `limit` a minute allows it."""
        (row,) = await self._database.rows(_HIT, key, limit)
        return Hits.of(row["passed"], row["hits"], row["previous"], row["elapsed"], limit)
