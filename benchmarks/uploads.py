"""Uploads to a local YouTube: exactly once under faults and kills, and as fast as a plain PUT.

    python -m benchmarks.uploads [--uploads 40] [--kills 4] [--mib 128] [--only faults|speed]

Faults: 30 % of all requests fail (errors, broken lines, partial chunks, lost answers) while worker processes are killed at random;
afterwards the local YouTube's ledger must show each film once, whole, on its own channel, and no quota passed.
Speed: one film through the publisher, database and all, against one streamed PUT of the same file to the same server in the same
run; and the memory of the uploading process above its idle state.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import http.client
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlparse

import psutil
from pydantic import SecretStr

from activities.artifacts import open_store
from activities.upload.resumable import FilmReader, ResumableSession
from activities.upload.youtube_client import YouTubeClient
from activities.upload.youtube_setup import YouTube
from models.database import Database
from models.encryption import Cipher
from models.errors import ComponentDown, ProviderError
from models.settings import Settings
from models.videos.contracts import ArtifactRef
from models.videos.finishing import UploadTask
from models.youtube.oauth import SCOPES
from models.youtube.quota import spendable
from tests.activities.upload.studio import KEY, Studio, silent
from tests.fakes.youtube_server import YouTubeServer
from tests.fakes.youtube_world import LIMITS, World
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer

MIB = 1 << 20
WORKERS = 4
AT_ONCE = 3
ACCOUNTS_A_PROJECT = 12
SAMPLE = "5a" * 32
"""Digest under which the film of the speed part lies in the artifact store."""


def main() -> None:
    """Run the parts that were asked for and print their figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=40)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--mib", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("faults", "speed"))
    options = parser.parse_args()
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="uploads-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = PostgresServer(folder / "postgres", options={"fsync": "off", "max_connections": "200"}).start()
        try:
            upgrade(server.url("uploads"))
            if options.only != "speed":
                figures["faults"] = asyncio.run(_faults(server.url("uploads"), folder, options))
            if options.only != "faults":
                figures["speed"] = asyncio.run(_speed(server.url("uploads"), folder, options.mib))
        finally:
            server.stop()
    print(json.dumps(figures, indent=2))


# --- exactly once -----------------------------------------------------------------------------------------------------


async def _faults(url: str, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    dice = random.Random(options.seed)
    world = World()
    with YouTubeServer(world).running() as server:
        studio = await Studio.opened(Database(url), server, folder / "faults", youtube_chunk_mb=1)
        films = await _films(studio, options.uploads, dice)
        world.chaos = random.Random(options.seed)
        clients = [{"project": p, "client_id": c, "client_secret": s} for c, (p, s) in world.clients.items()]
        settings = studio.settings.model_copy(update={"youtube_more_clients": SecretStr(json.dumps(clients))})
        shared = (settings.model_dump(mode="python"), json.dumps(clients), url)
        shares = [[film.model_dump_json() for film in films[number::WORKERS]] for number in range(WORKERS)]
        began = time.monotonic()
        kills = await _run_killed(shared, shares, options.kills, options.uploads, world, dice)
        seconds = time.monotonic() - began
        await studio.database.close()
    wanted = {hashlib.sha256(studio.store.read_bytes(film.film)).hexdigest() for film in films}
    named = {str(film.video.channel_id): film for film in films}
    return {
        "uploads": len(films),
        "videos": len(world.videos),
        "bytes_right": sum(video.sha256 in wanted for video in world.videos.values()),
        "different_films": len({video.sha256 for video in world.videos.values()}),
        "on_their_channel": sum(_channel_of(video.snippet["title"]) == video.channel for video in world.videos.values()),
        "kills": kills,
        "requests": len(world.requests),
        "requests_with_faults": f"{world.faulted / max(1, world.asked):.0%}",
        "against_the_protocol": len([one for one in world.violations if "is next" not in one]),
        "quota_passed": sum(used > LIMITS[bucket] for (_, bucket, _), used in world.used.items()),
        "most_inserts_of_a_project": max(used for (_, bucket, _), used in world.used.items() if bucket == "insert"),
        "inserts_allowed": spendable(LIMITS["insert"]),
        "channels": len(named),
        "seconds": round(seconds, 1),
    }


def _channel_of(title: str) -> str:
    return title.rpartition(" ")[2]


async def _films(studio: Studio, count: int, dice: random.Random) -> list[UploadTask]:
    """Films over channels whose accounts have slots and quota enough, many sessions opened again included."""
    projects = max(2, count // 40 + 1)
    per_account = 5
    names = []
    for project in range(projects):
        for number in range(ACCOUNTS_A_PROJECT):
            name = f"UC{project}x{number}"
            await studio.account(name, project=f"q{project}")
            names += [(name, await studio.channel(name))] * per_account
    dice.shuffle(names)
    films = []
    for number, (name, channel_id) in enumerate(names[:count]):
        size = dice.randrange(100_000, 3 * MIB)
        films.append(await studio.film(channel_id, size=size, title=f"Film {number} for {name}"))
    return films


async def _run_killed(
    shared: tuple[dict[str, object], str, str], shares: list[list[str]], kills: int, uploads: int, world: World, dice: random.Random
) -> int:
    """Run the workers; kill one at random moments spread over the run, and start it again."""
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_work, args=(*shared, share)) for share in shares]
    for worker in workers:
        worker.start()
    moments = sorted(dice.randrange(1, max(2, uploads)) for _ in range(kills))
    killed = 0
    while any(worker.is_alive() for worker in workers) or any(worker.exitcode for worker in workers):
        await asyncio.sleep(0.05)
        for number, worker in enumerate(workers):
            if worker.exitcode:
                if worker.exitcode != -signal.SIGKILL:
                    raise SystemExit(f"a worker failed with {worker.exitcode}")
                workers[number] = spawn.Process(target=_work, args=(*shared, shares[number]))
                workers[number].start()
        if moments and len(world.videos) >= moments[0]:
            moments.pop(0)
            victim = dice.choice([worker for worker in workers if worker.is_alive()] or workers)
            if victim.is_alive() and victim.pid:
                os.kill(victim.pid, signal.SIGKILL)
                victim.join()
                killed += 1
    return killed


def _work(settings: dict[str, object], clients: str, url: str, share: list[str]) -> None:
    """A worker process: every film of its share, three at once, each until it is published."""
    asyncio.run(_publish_all(settings, clients, url, [UploadTask.model_validate_json(one) for one in share]))


async def _publish_all(values: dict[str, object], clients: str, url: str, films: list[UploadTask]) -> None:
    own = {**values, "youtube_more_clients": SecretStr(clients), "artifact_url": f"file://{_artifacts(values)}"}
    settings = Settings.model_validate(own)
    database = Database(url, pool=AT_ONCE * 2)
    youtube = YouTube.of(settings, database, Cipher(KEY))
    publisher = youtube.publisher(open_store(settings), asyncio.get_running_loop())
    gate = asyncio.Semaphore(AT_ONCE)

    async def publish(film: UploadTask) -> None:
        async with gate:
            while True:
                try:
                    await asyncio.to_thread(publisher.publish, film, silent)
                except ProviderError as error:
                    if error.detail.get("reason") == "errors":
                        await youtube.upkeep.probe_accounts()
                except ComponentDown:
                    pass
                else:
                    return
                await asyncio.sleep(0.05)

    await asyncio.gather(*(publish(film) for film in films))
    await database.close()


def _artifacts(values: dict[str, object]) -> Path:
    return Path(str(values["data_dir"])).parent / "artifacts"


# --- speed ------------------------------------------------------------------------------------------------------------


async def _speed(url: str, folder: Path, mib: int) -> dict[str, object]:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    serving = spawn.Process(target=_serve, args=(there,))
    serving.start()
    address, access, refresh = here.recv()
    film = folder / "speed" / "artifacts" / "film" / SAMPLE[:2] / SAMPLE
    _write(film, mib)
    uploading = spawn.Process(target=_measure, args=(url, str(folder), str(film), address, access, refresh, there))
    uploading.start()
    figures: dict[str, object] = here.recv()
    uploading.join()
    here.send("stop")
    figures["whole"] = here.recv()
    serving.join()
    return figures


def _write(film: Path, mib: int) -> None:
    film.parent.mkdir(parents=True)
    block = os.urandom(MIB)
    with film.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big") + block[8:])


def _serve(pipe: Connection) -> None:
    server = YouTubeServer()
    identity = server.world.add_identity("UCone")
    server.world.add_client("p1")
    issued = server.world.issue(identity, "p1", frozenset(SCOPES), lasting=True)
    with server.running():
        pipe.send((server.address, issued["access_token"], issued["refresh_token"]))
        while pipe.recv() != "stop":
            pass
        digests = {video.sha256 for video in server.world.videos.values()}
        pipe.send(len(digests) == 1 and not server.world.violations)


def _measure(url: str, folder: str, film: str, address: str, access: str, refresh: str, pipe: Connection) -> None:
    asyncio.run(_measured(url, Path(folder), Path(film), address, access, refresh, pipe))


async def _measured(url: str, folder: Path, film: Path, address: str, access: str, refresh: str, pipe: Connection) -> None:
    """Time plain PUTs and published films in turn; the better of each counts, so that a neighbour's load does not decide."""
    server = YouTubeServer()  # never started: the studio only wants a world to note its client in
    studio = await Studio.opened(Database(url), server, folder / "speed", youtube_api_url=address)
    await studio.account("UCone")
    await _use_tokens(studio, access, refresh)
    channel = await studio.channel("UCone")
    await asyncio.to_thread(_plain, film, address, access, whole=False)  # libraries loaded, service described
    ref = ArtifactRef(kind="film", digest=SAMPLE, media_type="video/mp4", size=await asyncio.to_thread(os.path.getsize, film))
    idle = psutil.Process().memory_info().rss
    plain, published = [], []
    for _ in range(2):
        plain.append(await asyncio.to_thread(_plain, film, address, access, whole=True))
        task = (await studio.film(channel, film=b"-")).model_copy(update={"film": ref})
        began = time.perf_counter()
        await studio.publish(task)
        published.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    size = ref.size
    await studio.database.close()
    pipe.send(
        {
            "mib": size // MIB,
            "plain_put_mb_s": round(size / min(plain) / 1e6),
            "published_mb_s": round(size / min(published) / 1e6),
            "ratio": round(min(plain) / min(published), 3),
            "memory_above_idle_mb": round((peak - idle) / 1e6, 1),
        }
    )


async def _use_tokens(studio: Studio, access: str, refresh: str) -> None:
    """Give the account the tokens of the serving process."""
    rows = await studio.database.rows("select id from youtube.accounts where user_id = $1", studio.user_id)
    for row in rows:
        sealed = [
            studio.accounts.cipher.seal(text, f"youtube.accounts:{row['id']}:{name}_token")
            for name, text in (("access", access), ("refresh", refresh))
        ]
        await studio.value("update youtube.accounts set access_token = $2, refresh_token = $3 where id = $1", row["id"], *sealed)


def _plain(film: Path, address: str, access: str, *, whole: bool) -> float:
    """One streamed PUT of the file, in blocks of 1 MiB, with nothing around it."""
    client = YouTubeClient(access, root=address)
    body = {
        "snippet": {"title": "plain", "categoryId": "27"},
        "status": {"privacyStatus": "private", "selfDeclaredMadeForKids": False, "containsSyntheticMedia": True},
    }
    with FilmReader(film, lambda: None) as reader:
        session = urlparse(ResumableSession(reader, body, notify=False).open(client))
    if not whole:
        return 0.0
    size = film.stat().st_size
    began = time.perf_counter()
    line = http.client.HTTPConnection(session.hostname or "", session.port, blocksize=MIB)
    headers = {"content-length": str(size), "content-range": f"bytes 0-{size - 1}/{size}", "authorization": f"Bearer {access}"}
    with film.open("rb") as file:
        line.request("PUT", f"{session.path}?{session.query}", body=file, headers=headers)
        status = line.getresponse().status
    if status != 200:
        sys.exit(f"the plain PUT was answered {status}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
