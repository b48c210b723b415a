"""List pages read what they show and little more, however many videos there are.

By default over 20,000 videos of 500 channels; `PLAN_VIDEOS=1000000` says how it is at the size the product is designed for.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest_asyncio
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from models.channels.store import ChannelStore
from models.costs.overview import OVERVIEW
from models.database import Database
from models.videos.acceptance import AcceptanceStore
from models.videos.event_store import PAGE, EventStore
from models.videos.listing import Sort, VideoListing, Wanted
from models.videos.status import VideoStatus

VIDEOS = int(os.environ.get("PLAN_VIDEOS", "20000"))
USERS, CHANNELS, SHOWN = 50, 500, 20

FILL = f"""
set session_replication_role = replica;
insert into users.accounts (id, email)
    select md5('u' || n)::uuid, 'u' || n || '@example.com' from generate_series(0, {USERS - 1}) n;
insert into channels.youtube_channels (id, user_id, name)
    select md5('c' || n)::uuid, md5('u' || n % {USERS})::uuid, 'Channel ' || n from generate_series(0, {CHANNELS - 1}) n;
insert into videos.video_records (id, user_id, channel_id, title, format, request, slug, workflow_id, status, created_at)
    select md5('v' || n)::uuid, md5('u' || n % {USERS})::uuid, md5('c' || n % {CHANNELS})::uuid, 'Video ' || n, 'standard', '{{}}',
        's', 'w' || n, case when n % 49 = 0 then 'failed' when n > {VIDEOS} - 200 then 'rendering' else 'published' end,
        now() - n * interval '1 minute'
    from generate_series(0, {VIDEOS - 1}) n;
insert into videos.events (id, video_id, user_id, type)
    select n, md5('v' || n % {VIDEOS})::uuid, md5('u' || n % {USERS})::uuid, 'video.progress' from generate_series(1, {VIDEOS}) n;
insert into videos.artifacts (video_id, kind, digest, media_type, size)
    select md5('v' || n)::uuid, 'thumbnail-webp', md5('a' || n) || md5('b' || n), 'image/webp', 1
    from generate_series(0, {VIDEOS - 1}) n;
insert into videos.steps (video_id, step, provider)
    select md5('v' || n)::uuid, 'script', 'p' from generate_series(0, {VIDEOS - 1}) n;
insert into costs.entries (key, kind, user_id, provider, operation, day, reserved, spent)
    select 'k' || n, 'reserve', md5('u' || n % {USERS})::uuid, 'p', 'o', current_date - n % 300, 0, 0
    from generate_series(1, {VIDEOS}) n;
set session_replication_role = origin;
"""  # noqa: S608


READ = {"video_records", "events", "artifacts", "steps", "entries"}
"""Tables of which no list may read the whole."""
VACUUMED = (
    "videos.video_records", "videos.events", "videos.artifacts", "videos.steps", "channels.youtube_channels", "costs.entries",
)  # fmt: skip


@dataclass
class Scans:
    """What the plans of some statements read: for what they show, and for the count of all."""

    sequential: list[str] = field(default_factory=list)
    rows: float = 0
    counted: float = 0


def _scans(node: dict[str, Any], found: Scans, counting: bool = False) -> Scans:
    counting = counting or node.get("Parent Relationship") == "InitPlan"
    if "Relation Name" in node:
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        read = (node["Actual Rows"] + removed) * node["Actual Loops"]
        found.counted += read * counting
        found.rows += read * (not counting)
        if node["Node Type"] == "Seq Scan":
            found.sequential.append(node["Relation Name"])
    for child in node.get("Plans", []):
        _scans(child, found, counting)
    return found


class Noting(Database):
    """Keeps which statements it ran."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.ran: list[tuple[str, tuple[Any, ...]]] = []
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: bool) -> None:
        self.ran.append((statement, tuple(parameters)))

    async def rows(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        self.ran.append((statement, arguments))
        return await super().rows(statement, *arguments)

    async def explained(self, asked: Awaitable[object]) -> Scans:
        """The scans of what was asked."""
        self.ran.clear()
        await asked
        found = Scans()
        for statement, parameters in tuple(self.ran):
            if statement.lstrip().lower().startswith("select"):
                (plan,) = await super().rows(f"explain (analyze, format json) {statement}", *parameters)
                _scans(plan[0][0]["Plan"], found)
        return found

    async def in_session(self, ask: Callable[[AsyncSession], Awaitable[object]]) -> None:
        """Ask in a transaction."""
        async with self.session() as session:
            await ask(session)


@pytest_asyncio.fixture
async def filled(database: Database) -> AsyncIterator[Noting]:
    """A database with many videos."""
    connection = await asyncpg.connect(database.url)  # a statement of several parts needs a connection of its own
    try:
        await connection.execute(FILL)
        for table in VACUUMED:
            await connection.execute(f"vacuum analyze {table}")
    finally:
        await connection.close()
    opened = Noting(database.url)
    yield opened
    await opened.close()


async def test_lists_read_what_they_show(filled: Noting) -> None:
    user: UUID = await filled.value("select id from users.accounts where email = 'u1@example.com'")
    channel: UUID = await filled.value("select id from channels.youtube_channels where name = 'Channel 1'")
    video: UUID = await filled.value("select id from videos.video_records where user_id = $1 limit 1", user)
    listing, events, now = VideoListing(filled), EventStore(filled), datetime.now(UTC)
    mine, owned = Wanted(user), VIDEOS / USERS

    def page(wanted: Wanted, sort: Sort = "newest") -> Awaitable[object]:
        return listing.page(wanted, sort, limit=SHOWN, offset=0)

    async def reads(name: str, asked: Awaitable[object], most: float = 6 * SHOWN) -> None:
        scans = await filled.explained(asked)
        assert not READ & set(scans.sequential), name
        assert scans.rows <= most, f"{name} reads {scans.rows:.0f} rows"
        assert scans.counted <= owned + 1, f"{name} counts {scans.counted:.0f} rows"

    all_of_theirs = owned + 6 * SHOWN
    of_a_channel, failed = replace(mine, channel_id=channel), replace(mine, statuses=[VideoStatus.FAILED])
    await reads("a user's newest", page(mine))
    await reads("a user's twentieth page", listing.page(mine, "newest", limit=20, offset=380), all_of_theirs)
    await reads("a user's oldest", page(mine, "oldest"))
    await reads("a user's by title", page(mine, "title"), all_of_theirs)
    await reads("a user's by cost", page(mine, "cost"), all_of_theirs)
    await reads("a user's by priority", page(mine, "priority"), all_of_theirs)
    await reads("a channel's newest", page(of_a_channel))
    await reads("a channel's failed", page(replace(of_a_channel, statuses=failed.statuses)))
    await reads("a user's failed", page(failed))
    await reads("a user's failed and cancelled", page(replace(mine, statuses=[VideoStatus.FAILED, VideoStatus.CANCELLED])))
    await reads("a user's of a day", page(replace(mine, created_from=now - timedelta(days=1), created_to=now)))
    await reads("a user's that are called so", page(replace(mine, search="video 1")), all_of_theirs)
    await reads("a user's that nothing is called", page(replace(mine, search="nothing")), all_of_theirs)
    await reads("a video", listing.detail(user, video))
    await reads("a user's channels", filled.in_session(lambda session: ChannelStore().list(session, user, limit=SHOWN)))
    # Events of fifty users lie mixed: reading past the others' in order costs less than finding each by its index.
    await reads("a user's events", events.of_user(user), USERS * PAGE)
    await reads("a user's latest event", events.latest(user))
    await reads("a video's events", events.of_video(video))
    await reads("a user's day", filled.in_session(lambda session: AcceptanceStore().lock_and_find(session, user, [])))
    today = now.date()
    month = await filled.explained(filled.rows(OVERVIEW, user, today.replace(day=1), today, f"{today}", f"{user}"))
    assert "entries" not in month.sequential and month.rows <= 0.3 * owned, "a month's costs read that user's month"
