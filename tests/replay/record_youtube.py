"""Writes the stored histories of publishing to YouTube: `python -m tests.replay.record_youtube`. Those that are there are kept."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.youtube_server import YouTubeServer
from tests.workflows.factory import Factory, factory
from tests.workflows.test_youtube_video import connect, settings_for
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer
from workers.replay import HISTORIES
from workflows.policies import CONTROL
from workflows.upkeep import LedgerAuditWorkflow, YouTubeAccountsWorkflow, YouTubeTokensWorkflow


async def record() -> None:
    """A video that YouTube processes for a while, one that has an hour, and one run of each schedule."""
    with tempfile.TemporaryDirectory() as folder, YouTubeServer().running() as youtube:
        home = Path(folder)
        server = PostgresServer(home / "postgres").start()
        try:
            await asyncio.to_thread(upgrade, server.url())
            youtube.world.add_client("p1", "p1-client")
            youtube.world.polls_until_processed = 3
            async with factory(settings_for(server.url(), youtube, home)) as made:
                await connect(made, youtube)
                await _keep("video_on_youtube", await made.ask())
                await _keep("video_scheduled", await _scheduled(made, youtube))
                for name, workflow in (
                    ("youtube_tokens", YouTubeTokensWorkflow.run),
                    ("youtube_accounts", YouTubeAccountsWorkflow.run),
                    ("ledger_audit", LedgerAuditWorkflow.run),
                ):
                    await _keep(name, await _started(made, workflow, name))
        finally:
            server.stop()


async def _scheduled(made: Factory, youtube: YouTubeServer) -> Any:
    """A video whose hour comes when its row says that it is waited for."""
    youtube.world.polls_until_processed = 0
    now = datetime.now(UTC).replace(microsecond=0)
    handle = await made.ask(publish_at=now + timedelta(hours=2))
    await made.row_as(handle, "scheduled")
    for video in youtube.world.videos.values():
        if "publishAt" in video.status:
            video.status["publishAt"] = now.isoformat()
    return handle


async def _started(made: Factory, workflow: Any, name: str) -> Any:
    return await made.client.start_workflow(workflow, id=name, task_queue=CONTROL)


async def _keep(name: str, handle: Any) -> None:
    await handle.result()
    path = HISTORIES / f"{name}.json"
    if not path.exists():
        path.write_text((await handle.fetch_history()).to_json() + "\n")
        print(f"recorded {path.name}", flush=True)


if __name__ == "__main__":
    asyncio.run(record())
