"""kill -9 at any byte, in any process: the next one goes on, and one video comes of it."""

from __future__ import annotations

import asyncio
import random
import signal
import sys

import pytest

from models.settings import ROOT
from models.videos.finishing import UploadTask
from tests.activities.upload.studio import KEY, Studio
from tests.activities.upload.test_youtube_upload import one_video

MIB = 1 << 20

WORKER = """
import asyncio, sys
from pathlib import Path
from models.database import Database
from models.encryption import Cipher
from models.settings import Settings
from models.videos.finishing import UploadTask
from models.youtube.oauth import OAuthClient
from models.youtube.quota_store import QuotaStore
from models.youtube.store import AccountStore
from models.youtube.upload_store import UploadStore
from activities.artifacts import open_store
from activities.upload.google_oauth import GoogleOAuth
from activities.upload.tokens import AccountTokens
from activities.upload.youtube import YouTubePublisher
from activities.upload.youtube_calls import LoopBridge, Parts

async def main(folder, database, key):
    settings = Settings.model_validate_json((folder / "settings.json").read_text())
    task = UploadTask.model_validate_json((folder / "task.json").read_text())
    database = Database(database)
    accounts = AccountStore(database, Cipher({"test": bytes.fromhex(key)}))
    clients = [OAuthClient(*parts.split(",")) for parts in (folder / "clients").read_text().split()]
    tokens = AccountTokens(accounts, GoogleOAuth(clients, settings.youtube_token_url), console_url="http://console")
    bridge = LoopBridge(asyncio.get_running_loop())
    parts = Parts(open_store(settings), UploadStore(database), QuotaStore(database), accounts, tokens, settings, bridge)
    uploaded = await asyncio.to_thread(YouTubePublisher(parts).publish, task, lambda progress: None)
    print(uploaded.external_id)
    await database.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
"""


class Worker:
    """A worker of its own process that publishes one film."""

    def __init__(self, studio: Studio, address: str, task: UploadTask) -> None:
        self._arguments = (str(studio.folder), address, KEY["test"].hex())
        settings = studio.settings.model_copy(update={"artifact_url": f"file://{studio.folder / 'artifacts'}"})
        (studio.folder / "settings.json").write_text(settings.model_dump_json())
        (studio.folder / "task.json").write_text(task.model_dump_json())
        clients = [f"{project},{client},{secret}" for client, (project, secret) in studio.world.clients.items()]
        (studio.folder / "clients").write_text("\n".join(clients))

    async def start(self) -> asyncio.subprocess.Process:
        """Run it."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", WORKER, *self._arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )


async def _reached(process: asyncio.subprocess.Process, studio: Studio, received: int) -> None:
    """Wait until YouTube has so many bytes of the film, or the worker has ended."""

    def there() -> bool:
        return process.returncode is not None or sum(one.received for one in studio.world.sessions.values()) >= received

    await asyncio.to_thread(studio.world.wait_for, there, 60.0)


@pytest.mark.parametrize("seed", [1, 2])
async def test_workers_killed_at_random_bytes_leave_one_whole_video(studio: Studio, database_address: str, seed: int) -> None:
    dice = random.Random(seed)
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    size = 6 * MIB + 12_345
    task = await studio.film(await studio.channel("UCone"), size=size)
    worker = Worker(studio, database_address, task)
    studio.world.hold = 0.02
    kills = 0
    for at in sorted(dice.randrange(0, size) for _ in range(3)):
        process = await worker.start()
        await _reached(process, studio, at)
        if process.returncode is None:
            process.kill()
        kills += await process.wait() == -signal.SIGKILL
    assert kills >= 1
    process = await worker.start()
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    video = await one_video(studio, task, "UCone")
    assert printed.decode().strip() == video.id
    assert studio.world.count("youtube.videos.insert", 200) <= 1 + kills


async def test_two_workers_on_one_film_make_one_video(studio: Studio, database_address: str) -> None:
    """The older attempt is refused as soon as the newer one has taken over."""
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    task = await studio.film(await studio.channel("UCone"), size=5 * MIB)
    worker = Worker(studio, database_address, task)
    studio.world.hold = 0.1
    first = await worker.start()
    await _reached(first, studio, MIB)
    publishing = asyncio.create_task(studio.publish(task))
    await asyncio.wait_for(asyncio.gather(publishing, first.communicate()), 60)
    await one_video(studio, task, "UCone")
    studio.world.violations[:] = [one for one in studio.world.violations if "is next" not in one]
