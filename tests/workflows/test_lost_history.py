"""A run whose history Temporal has lost answers like an outage, for ever: it holds up no other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RetryConfig

from models.errors import ComponentDown
from models.settings import Settings
from models.videos.contracts import VideoRequest
from tests.e2e.live_stack import free_port
from tests.workflows.factory import Factory
from tests.workflows.test_reconciling import begun, looking
from workers.temporal_server import TemporalServer
from workers.wiring import Wiring
from workflows.connecting import connect


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TemporalServer]:
    """A server of its own, whose file a test may spoil while it does not run."""
    made = TemporalServer(Settings(data_dir=tmp_path, temporal_port=free_port(), temporal_ui_port=free_port()))
    made.launch()
    made.wait_ready()
    yield made
    made.stop()


async def with_damage(server: TemporalServer, run_id: str) -> None:
    """Start it again without the events of this run."""
    server.stop()
    with closing(sqlite3.connect(server.folder / "temporal.db", isolation_level=None)) as file:
        assert file.execute("delete from history_node where tree_id = ?", (bytes.fromhex(run_id.replace("-", "")),)).rowcount > 0
    await asyncio.to_thread(server.launch)
    await asyncio.to_thread(server.wait_ready)


async def impatient(server: TemporalServer) -> Client:
    """A client that asks once more at most: the server answers for the damaged run as if it were worth asking again."""
    once_more = RetryConfig(max_retries=1)
    return await Client.connect(server.address, data_converter=pydantic_data_converter, retry_config=once_more)


async def test_a_run_whose_history_is_damaged_holds_up_no_other(server: TemporalServer, settings: Settings) -> None:
    async with Wiring(settings) as wiring:
        running = Factory(wiring, await connect(settings, server.address), None)
        damaged, whole = [await begun(running, VideoRequest(topic=topic)) for topic in ("Tides", "Moons")]
        for handle in (damaged, whole):
            await handle.terminate(reason="stuck since yesterday")
        await with_damage(server, (await damaged.describe()).run_id)

        running.client = await impatient(server)
        one_by_one = looking(running)
        one_by_one.batch = 1
        with pytest.raises(ComponentDown):
            await one_by_one.look()
        assert await one_by_one.look() == 1
        assert (await running.row(whole)).status == "cancelled"

        third = await begun(running, VideoRequest(topic="Stars"))
        await third.terminate(reason="enough")
        assert await looking(running).look() == 1
        assert (await running.row(third)).status == "cancelled"
        assert (await running.row(damaged)).status == "queued"
