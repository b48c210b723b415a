"""Whatever is sent, the API answers as its document says."""

from __future__ import annotations

import os

import pytest
from temporalio.client import Client

from models.database import Database
from models.settings import Settings
from tests.api.conftest import running
from tests.api.fuzzing import deciding, desk, run, unlimited
from tests.api.hostile import Hostile, exchange, is_right, shown, wire
from tests.api.stored_document import DOCUMENT

OPTIONS = os.environ.get("YTEMPIRE_FUZZ", "--phases examples,fuzzing --max-examples 2 --seed 1 --max-time 25").split()


@pytest.mark.slow
async def test_schemathesis_finds_nothing(settings: Settings, database: Database, temporal: Client) -> None:
    async with (
        deciding(settings, database, temporal),
        running(unlimited(settings), database, temporal) as api,
        desk(settings, database) as sessions,
    ):
        status, report = await run(api.url, sessions, *OPTIONS)
    assert status == 0, report[-20_000:]


async def test_hostile_bytes_get_a_problem_and_never_a_500(settings: Settings, database: Database) -> None:
    rounds, seed = int(os.environ.get("YTEMPIRE_HOSTILE_ROUNDS", "5")), int(os.environ.get("YTEMPIRE_HOSTILE_SEED", "1"))
    async with running(unlimited(settings), database) as api, desk(settings, database) as sessions:
        port, desk_port = (int(url.rstrip("/").rpartition(":")[2]) for url in (api.url, sessions))
        wrong = []
        for sent in Hostile(DOCUMENT, seed).requests(rounds):
            token = (await exchange(desk_port, b"GET / HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")[2].decode()
            answer = await exchange(port, wire(sent, token))
            if not is_right(answer):
                wrong.append((sent, answer[:600]))
        assert (await api.http.get("/api/v1/health/ready")).status_code == 200
    assert not wrong, "\n\n".join(f"{shown(sent)}\n-> {answer!r}" for sent, answer in wrong[:5])
