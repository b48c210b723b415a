"""`ytempire youtube` at a terminal: connect, accounts, quota, rotate-keys."""

from __future__ import annotations

import asyncio
import base64
import re
import sys
from urllib.parse import urlparse
from uuid import UUID

import pytest
from pydantic import SecretStr

from models.encryption import Cipher
from models.settings import ROOT
from models.system.signatures import endpoint_secret
from models.users.scopes import Scope
from models.youtube.store import AccountStore
from tests.api.conftest import Api
from tests.api.test_youtube import CALLBACK, api, youtube
from tests.fakes.youtube_oauth import consent
from tests.fakes.youtube_server import YouTubeServer

__all__ = ["api", "youtube"]


async def _command(api: Api, *arguments: str, address: str = "", **environment: str) -> asyncio.subprocess.Process:
    settings = api.parts.settings
    (settings.data_dir / "stack.json").write_text(f'{{"api_url": "{address or api.url}"}}')
    own = {
        "YTEMPIRE_DATA_DIR": str(settings.data_dir),
        "PATH": "/usr/bin:/bin",
        "COLUMNS": "250",
        "PYTHONPATH": str(ROOT),
        **environment,
    }
    program = "from workers.youtube_cli import app; app()"
    return await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *arguments, cwd=settings.data_dir, env=own, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip


async def _said(process: asyncio.subprocess.Process) -> str:
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, printed.decode()
    return printed.decode()


async def test_a_person_connects_and_sees_accounts_and_quota(api: Api, youtube: YouTubeServer) -> None:
    user = await api.user()
    key = await api.key(user, Scope.YOUTUBE_READ, Scope.YOUTUBE_WRITE)
    connecting = await _command(api, "connect", "--no-browser", "--key", key)
    assert connecting.stdout is not None
    url = ""
    while not url:
        line = (await asyncio.wait_for(connecting.stdout.readline(), 60)).decode()
        assert line, "the command ended without an address"
        url = line.strip() if re.match(r"https://accounts\.google\.com", line) else ""
    back = consent(youtube.world, url, youtube.world.add_identity("UCone"))
    assert (await api.http.get(f"{CALLBACK}?{urlparse(back).query}")).status_code == 200
    assert "may upload to UCone" in await _said(connecting)
    shown = await _said(await _command(api, "accounts", "--key", key))
    assert "Channel UCone" in shown and "0 of 5" in shown and "active" in shown
    shown = await _said(await _command(api, "quota", "--key", key))
    assert "5 videos can still go out today, 5 of them" in shown and "9500" in shown


async def test_rotating_reads_old_keys_and_writes_the_new_one(api: Api, youtube: YouTubeServer, database_address: str) -> None:
    user = await api.user()
    sealed = api.parts.cipher.seal("1//secret", "youtube.accounts:00000000-0000-0000-0000-000000000001:refresh_token")
    await api.database.value(
        """insert into youtube.accounts (id, user_id, label, project, uploads_a_day, refresh_token)
        values ('00000000-0000-0000-0000-000000000001', $1, 'one', 'p1', 5, $2)""",
        user.id, sealed,
    )  # fmt: skip
    hooks = "/api/v1/webhooks/endpoints"
    made, gone = [
        (await user.http.post(hooks, json={"url": "https://example.com/hook", "events": ["video.*"]})).json() for _ in range(2)
    ]
    assert (await user.http.delete(f"{hooks}/{gone['id']}")).status_code == 204
    old = (api.parts.settings.data_dir / "encryption.key").read_text().strip()
    new = f"new:{base64.b64encode(bytes(32)).decode()}"
    said = await _said(
        await _command(api, "rotate-keys", YTEMPIRE_ENCRYPTION_KEYS=f"{new},{old}", YTEMPIRE_DATABASE_URL=database_address)
    )
    assert "2 secrets are under the current key now" in said
    cipher = Cipher.of(api.parts.settings.model_copy(update={"encryption_keys": SecretStr(new)}))
    row = await AccountStore(api.database, cipher).tokens((await api.database.rows("select id from youtube.accounts"))[0]["id"])
    assert row.refresh_token == "1//secret"
    found = await api.parts.stores.webhooks.secret_of(UUID(made["id"]))
    assert found is not None and cipher.open(found[1], endpoint_secret(UUID(made["id"]))) == made["secret"]


async def test_without_an_api_the_command_says_what_to_do(api: Api, youtube: YouTubeServer) -> None:
    process = await _command(api, "accounts", "--key", "ytk_any", address="http://127.0.0.1:9")
    printed, _ = await process.communicate()
    assert process.returncode != 0 and b"./ytempire up" in printed


@pytest.fixture(autouse=True)
def _folder(api: Api) -> None:
    api.parts.settings.data_dir.mkdir(parents=True, exist_ok=True)
