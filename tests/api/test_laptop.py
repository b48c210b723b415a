"""A laptop without sign-in: the command line speaks for the owner."""

from __future__ import annotations

import asyncio

from api.laptop import cli_token_path
from models.database import Database
from models.settings import Settings
from tests.api.conftest import Api, in_production, running


async def cli_key(api: Api) -> str:
    path = cli_token_path(api.parts.settings)
    async with asyncio.timeout(60):
        while not path.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return path.read_text().strip()


async def test_the_command_line_finds_a_key_that_only_the_owner_can_read(api: Api) -> None:
    key = await cli_key(api)
    assert cli_token_path(api.parts.settings).stat().st_mode & 0o777 == 0o600
    answer = await api.client(key=key).post("/api/v1/videos/generate", json={"topic": "Why the sky is blue"})
    assert answer.status_code == 202, answer.text


async def test_a_key_that_works_is_kept_and_one_that_does_not_is_replaced(settings: Settings, database: Database) -> None:
    async with running(settings, database) as api:
        first = await cli_key(api)
    async with running(settings, database) as api:
        assert await cli_key(api) == first
    await database.value("update users.api_keys set revoked_at = now() returning id")
    async with running(settings, database) as api:
        async with asyncio.timeout(60):
            while await cli_key(api) == first:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert (await api.client(key=await cli_key(api)).get("/api/v1/videos")).status_code == 200
        assert (await api.client(key=first).get("/api/v1/videos")).status_code == 401


async def test_in_production_nobody_gets_a_key(settings: Settings, database: Database) -> None:
    async with running(in_production(settings, database), database):
        await asyncio.sleep(0.2)
    assert await database.value("select count(*) from users.accounts") == 0
    assert not cli_token_path(settings).exists()
