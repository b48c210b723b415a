"""Writes the stored histories anew: `python -m tests.replay.record`. Only for new stories: old histories are kept as they are.

Each story is a real run of the whole factory; its history is what a running video of today looks like to tomorrow's code.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from models.ids import new_id
from models.settings import Settings
from models.videos.decisions import Decision, ScriptEdit
from models.videos.status import VideoStatus
from tests.workflows.factory import SCRIPT, Factory, Handle, factory
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer
from workers.replay import HISTORIES
from workflows.video import VideoWorkflow

BY = Decision(by=new_id(), reason="a story")
NOTHING = "---\ntitle: Nothing\n---\n"


async def published(made: Factory) -> Handle:
    """From the request to the folder."""
    return await made.ask()


async def approved_after_an_edit(made: Factory) -> Handle:
    """Made, edited while it waited, made again, approved."""
    handle = await made.ask(auto_publish=False)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    ref = made.wiring.store.put_content("source-script", SCRIPT.replace("almost every", "nearly every").encode())
    await handle.execute_update(VideoWorkflow.edit_script, ScriptEdit(by=BY.by, script=ref))
    await made.until(handle, lambda state: state.status is not VideoStatus.AWAITING_APPROVAL)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.approve, BY)
    return handle


async def parked_by_the_switch(made: Factory) -> Handle:
    """Parked, and on by itself after the resume."""
    await made.wiring.pause("a story")
    handle = await made.ask()
    await made.until_status(handle, VideoStatus.PARKED)
    await made.wiring.resume()
    return handle


async def cancelled(made: Factory) -> Handle:
    """Cancelled while it waited for approval."""
    handle = await made.ask(auto_publish=False)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.cancel, BY)
    return handle


async def rejected(made: Factory) -> Handle:
    """Rejected by a person."""
    handle = await made.ask(auto_publish=False)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.reject, BY)
    return handle


async def nobody_decided(made: Factory) -> Handle:
    """A script that cannot be filmed, and thirty days of silence."""
    return await made.ask(script=NOTHING)


STORIES: dict[str, Callable[[Factory], Awaitable[Handle]]] = {
    story.__name__: story
    for story in (published, approved_after_an_edit, parked_by_the_switch, cancelled, rejected, nobody_decided)
}


async def record(wanted: list[str]) -> None:
    """Run the stories that have no history yet (or those named) and keep their histories."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        server = PostgresServer(home / "postgres").start()
        try:
            await asyncio.to_thread(upgrade, server.url())
            settings = Settings(
                _env_file=None,  # type: ignore[call-arg]
                database_url=server.url(),  # type: ignore[arg-type]
                data_dir=home / "data",
                films_dir=home / "films",
            )
            for name, story in STORIES.items():
                path = HISTORIES / f"video_{name}.json"
                if path.exists() and name not in wanted:
                    continue
                async with factory(settings) as made:
                    handle = await story(made)
                    await handle.result()
                    path.write_text((await handle.fetch_history()).to_json() + "\n")
                    print(f"recorded {path.name}", flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    HISTORIES.mkdir(parents=True, exist_ok=True)
    asyncio.run(record(sys.argv[1:]))
