"""Whatever is sent, the API answers as its document says."""

from __future__ import annotations

import os

import pytest
from temporalio.client import Client

from models.database import Database
from models.settings import Settings
from tests.api.conftest import running
from tests.api.fuzzing import deciding, desk, run, unlimited

OPTIONS = os.environ.get("YTEMPIRE_FUZZ", "--phases examples,fuzzing --max-examples 3 --seed 1").split()


@pytest.mark.slow
async def test_schemathesis_finds_nothing(settings: Settings, database: Database, temporal: Client) -> None:
    async with (
        deciding(settings, database, temporal),
        running(unlimited(settings), database, temporal) as api,
        desk(settings, database) as sessions,
    ):
        status, report = await run(api.url, sessions, *OPTIONS)
    assert status == 0, report[-20_000:]
