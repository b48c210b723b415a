"""List pages read what they show and little more, however many videos there are.

By default over 20,000 videos of 500 channels; `PLAN_VIDEOS=1000000` says how it is at the size the product is designed for.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from models.channels.store import ChannelStore
from models.costs.overview import OVERVIEW
from models.database import Database
from models.videos.acceptance import AcceptanceStore
from models.videos.status import VideoStatus
from models.videos.store import VideoStore

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
        's', 'w' || n, case when n % 50 = 0 then 'failed' when n > {VIDEOS} - 200 then 'rendering' else 'published' end,
        now() - n * interval '1 minute'
    from generate_series(0, {VIDEOS - 1}) n;
insert into videos.events (id, video_id, user_id, type)
    select n, md5('v' || n % {VIDEOS})::uuid, md5('u' || n % {USERS})::uuid, 'video.progress' from generate_series(1, {VIDEOS}) n;
insert into costs.entries (key, kind, user_id, provider, operation, day, reserved, spent)
    select 'k' || n, 'reserve', md5('u' || n % {USERS})::uuid, 'p', 'o', current_date - n % 300, 0, 0
    from generate_series(1, {VIDEOS}) n;
set session_replication_role = origin;
"""  # noqa: S608


@dataclass
class Scans:
    """What the plans of some statements read."""

    sequential: list[str]
    rows: float


def _scans(node: dict[str, Any], found: Scans) -> Scans:
    if "Relation Name" in node:
        loops = node["Actual Loops"]
        removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        found.rows += (node["Actual Rows"] + removed) * loops
        if node["Node Type"] == "Seq Scan":
            found.sequential.append(node["Relation Name"])
    for child in node.get("Plans", []):
        _scans(child, found)
    return found


async def _explained(database: Database, ask: Callable[[AsyncSession], Awaitable[object]], *, counts: bool = False) -> Scans:
    """The scans of what `ask` runs: of its pages, or of its counts."""
    ran: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: bool) -> None:
        ran.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.session() as session:
        await ask(session)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    found = Scans([], 0)
    async with database.engine.connect() as connection:
        for statement, parameters in ran:
            if statement.lstrip().lower().startswith("select") and (("count(*)" in statement) == counts):
                plan = await connection.exec_driver_sql(f"explain (analyze, format json) {statement}", parameters)
                _scans(plan.scalar_one()[0]["Plan"], found)
    return found


async def test_lists_read_what_they_show(database: Database) -> None:
    connection = await asyncpg.connect(database.url)  # a statement of several parts needs a connection of its own
    try:
        await connection.execute(FILL)
        for table in ("videos.video_records", "videos.events", "channels.youtube_channels", "costs.entries"):
            await connection.execute(f"vacuum analyze {table}")
        user = await connection.fetchval("select id from users.accounts where email = 'u1@example.com'")
        channel = await connection.fetchval("select id from channels.youtube_channels where name = 'Channel 1'")
        video = await connection.fetchval("select id from videos.video_records where title = 'Video 7'")
    finally:
        await connection.close()
    store, now = VideoStore(database), datetime.now(UTC)
    pages: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
        "a user's newest": lambda session: store.list(session, user, limit=SHOWN),
        "a channel's newest": lambda session: store.list(session, user, channel_id=channel, limit=SHOWN),
        "a user's failed": lambda session: store.list(session, user, statuses=[VideoStatus.FAILED], limit=SHOWN),
        "everybody's newest": lambda session: store.list(session, None, limit=SHOWN),
        "everybody's failed": lambda session: store.list(session, None, statuses=[VideoStatus.FAILED], limit=SHOWN),
        "everybody's rendering": lambda session: store.list(session, None, statuses=[VideoStatus.RENDERING], limit=SHOWN),
        "a user's channels": lambda session: ChannelStore().list(session, user, limit=SHOWN),
        "a user's events": lambda session: store.events_after(session, 0, user_id=user, limit=SHOWN),
        "a video's events": lambda session: store.events_after(session, 0, video_id=video, limit=SHOWN),
    }
    for name, ask in pages.items():
        scans = await _explained(database, ask)
        assert not {"video_records", "events"} & set(scans.sequential), name
        # Events of fifty users lie mixed: reading past the others' in order costs less than finding each by its index.
        most = USERS * SHOWN if name == "a user's events" else 6 * SHOWN
        assert scans.rows <= most, f"{name} reads {scans.rows} rows"
    owned = VIDEOS / USERS
    counts = {
        "a user's videos": lambda session: store.list(session, user),
        "a user's day": lambda session: AcceptanceStore().lock_and_find(session, user, []),
    }
    for name, ask in counts.items():
        scans = await _explained(database, ask, counts=True)
        assert not scans.sequential and scans.rows <= owned + 1, name
    today = now.date()
    given = user, today.replace(day=1), today, f"{today}", f"{user}"
    (plan,) = await database.rows(f"explain (analyze, format json) {OVERVIEW}", *given)
    month = _scans(plan[0][0]["Plan"], Scans([], 0))
    assert "entries" not in month.sequential and month.rows <= 0.3 * owned, "a month's costs read that user's month"
