"""Whatever is sent, the API answers as its document says."""

from __future__ import annotations

import os

import pytest

from models.database import Database
from models.settings import Settings
from tests.api.conftest import running
from tests.api.fuzzing import fuzzer, run, unlimited

OPTIONS = os.environ.get("YTEMPIRE_FUZZ", "--phases examples,fuzzing --max-examples 3 --seed 1").split()


@pytest.mark.slow
async def test_schemathesis_finds_nothing(settings: Settings, database: Database) -> None:
    async with running(unlimited(settings), database) as api:
        status, report = await run(api, await fuzzer(api), *OPTIONS)
    assert status == 0, report[-20_000:]
