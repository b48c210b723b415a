"""The API under load: latency of reads and writes, requests a second against a bare handler, and many open event streams.

    python -m benchmarks.api [--users 20] [--seconds 5] [--channels 50] [--videos 5000] [--listeners 100]

The full figures: --users 100 --seconds 30 --channels 500 --videos 100000 --listeners 200. Two API processes, PostgreSQL and the
load itself share the machine. The mix: 70 % lists, 15 % details, 5 % costs, 10 % new videos (Temporal away: the outbox takes
them), once with a request a second from every user, as people with the console open, once with the next request upon the
answer: all that the machine gives.
`cpu_ms` is what a request costs the API and PostgreSQL, in milliseconds of processor: it tells the same on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import psutil

from api.security import fingerprint
from models.database import Database
from models.settings import ROOT
from models.videos.status import VideoStatus
from models.videos.store import VideoStore
from workers.migrate import upgrade
from workers.postgres_server import PostgresServer

SEED = """
insert into users.accounts (id, email, plan, email_verified_at, limits)
select md5('u' || n)::uuid, 'u' || n || '@example.com', 'scale', now(), '{"requests_a_minute": 100000000, "videos_a_day": 10000000}'
from generate_series(1, $1::int) n
"""
CHANNELS = """
insert into channels.youtube_channels (id, user_id, name)
select md5('c' || n)::uuid, md5('u' || (n - 1) % $1::int + 1)::uuid, 'Channel ' || n from generate_series(1, $2::int) n
"""
VIDEOS = """
insert into videos.video_records (id, user_id, channel_id, title, topic, format, request, slug, status, workflow_id, created_at)
select md5('v' || n)::uuid, c.user_id, c.id, 'Video ' || n, 'Topic ' || n, 'short', '{}', 'video-' || n, 'published', 'video-' || n,
    now() - n * interval '1 minute'
from generate_series(1, $1::int) n join channels.youtube_channels c on c.id = md5('c' || n % $2::int + 1)::uuid
"""
KEYS = """
insert into users.api_keys (user_id, name, hash, shown, scopes)
select md5('u' || n)::uuid, 'bench', ($1::bytea[])[n], 'ytk_', '{videos:read,videos:write,costs:read}'
from generate_series(1, $2::int) n
"""


TURN = 0.5
"""Seconds of load at a time."""
Request = tuple[str, str, bytes]
Chooser = Callable[[int, int], Request]


@dataclass
class Side:
    """A server under load, and what it is asked."""

    port: int
    process: psutil.Process
    choose: Chooser
    turn: float = TURN
    pace: float = 0.0
    """Seconds from one request of a user to the next; 0: the next follows the answer."""


@dataclass
class Samples:
    """Seconds of each kind of request, of the processors they took, and what failed."""

    reads: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    api: float = 0.0
    postgres: float = 0.0

    @property
    def count(self) -> int:
        return len(self.reads) + len(self.writes)

    @property
    def rate(self) -> float:
        return self.count / self.seconds

    @property
    def cpu_ms(self) -> dict[str, float]:
        """Milliseconds of processor a request."""
        return {name: round(used / self.count * 1000, 3) for name, used in (("api", self.api), ("postgres", self.postgres))}

    def told(self) -> dict[str, object]:
        return {
            "requests_a_second": round(self.rate, 1),
            "read_ms": _percentiles(self.reads),
            "write_ms": _percentiles(self.writes),
            "cpu_ms": self.cpu_ms,
            "errors": len(self.errors),
        }


class Connection:
    """A kept connection that speaks just enough HTTP, so that the load costs little of the machine that it measures."""

    def __init__(self, port: int, headers: str = "") -> None:
        self._port, self._headers = port, headers

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def send(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Status and body of one request."""
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
        self.writer.write(f"{method} {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}{kind}\r\n".encode() + body)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        return int(head[9:12]), await self.reader.readexactly(length)


def main() -> None:
    """Run and print."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("users", 20), ("seconds", 5), ("channels", 50), ("videos", 5000), ("listeners", 100), ("processes", 2)):
        arguments.add_argument(f"--{name}", type=int, default=value)
    asked = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped when it is cut short
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_run(Path(folder), asked)), indent=1))


async def _run(folder: Path, asked: argparse.Namespace) -> dict[str, object]:
    server = PostgresServer(folder / "postgres")
    await asyncio.to_thread(server.start)
    database = Database(server.url("bench"))
    try:
        await asyncio.to_thread(upgrade, server.url("bench"))
        keys = await _seed(database, asked)
        bare = _environment(folder) | {"BENCH_DATABASE_URL": server.url("bench")}
        own = _environment(folder) | {"YTEMPIRE_DATABASE_URL": server.url("bench")}
        found: dict[str, object] = {"machine": f"{os.cpu_count()} cores", "asked": vars(asked)}
        yardstick = ["-m", "uvicorn", "benchmarks.api_bare:app", "--log-level", "warning", "--workers", str(asked.processes)]
        with _serving(["-m", "workers.api"], own | {"YTEMPIRE_API_PROCESSES": str(asked.processes)}) as ours:
            with _serving(yardstick, bare) as theirs:
                found |= await _compared(Side(*theirs, _bare), Side(*ours, _lists), keys, asked, server)
            for name, pace in (("mix", 1.0), ("mix_without_pause", 0.0)):
                side = Side(*ours, _mix, asked.seconds, pace)
                found[name] = (await _measured([side], keys, asked, server))[0].told()
        with _serving(["-m", "workers.api"], own) as (port, process):
            found["streams"] = await _streams(port, process, keys[0], asked.listeners, database)
        return found
    finally:
        await database.close()
        await asyncio.to_thread(server.stop)


async def _seed(database: Database, asked: argparse.Namespace) -> list[str]:
    keys = [f"ytk_{secrets.token_urlsafe(32)}" for _ in range(asked.users)]
    await database.value(SEED, asked.users)
    await database.value(CHANNELS, asked.users, asked.channels)
    await database.value(VIDEOS, asked.videos, asked.channels)
    await database.value(KEYS, [fingerprint(key) for key in keys], asked.users)
    await database.value("vacuum analyze")  # as the server does by itself within minutes of such an import
    return keys


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(ROOT), "YTEMPIRE_DATA_DIR": str(folder / "data"), "YTEMPIRE_TEMPORAL_ADDRESS": "127.0.0.1:9",
        "YTEMPIRE_LOG_LEVEL": "error",
    }  # fmt: skip


@contextmanager
def _serving(command: list[str], environment: dict[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    port = _free_port()
    more = ["--port", str(port)] if "uvicorn" in command else []
    environment = environment | {"YTEMPIRE_API_PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, *command, *more], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 60
        while not _answers(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.1)
        time.sleep(1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _free_port() -> int:
    """Below those that the kernel gives to callers: one of these, called before anybody listens, may answer itself."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _bare(user: int, videos: int) -> Request:
    return "GET", f"/videos?user={_id('u', user)}", b""


def _lists(user: int, videos: int) -> Request:
    return "GET", "/api/v1/videos", b""


def _mix(user: int, videos: int) -> Request:
    dice = random.random()
    if dice < 0.70:
        return "GET", random.choice(("/api/v1/videos", "/api/v1/videos?status=published&limit=50", "/api/v1/videos?page=3")), b""
    if dice < 0.85:
        return "GET", "DETAIL", b""
    if dice < 0.90:
        return "GET", "/api/v1/costs/summary", b""
    body = {"topic": f"Topic {uuid4()}", "format": "short", "channel_id": "CHANNEL"}
    return "POST", "/api/v1/videos/generate", json.dumps(body).encode()


async def _compared(
    bare: Side, ours: Side, keys: list[str], asked: argparse.Namespace, server: PostgresServer
) -> dict[str, object]:
    """Both under the same load in turns of half a second, so that a busy moment of the machine falls on both."""
    theirs, own = await _measured([bare, ours], keys, asked, server)
    return {
        "bare": theirs.told(),
        "lists": own.told(),
        "lists_against_bare": round(own.rate / theirs.rate, 2),
        "lists_against_bare_by_cpu": round(sum(theirs.cpu_ms.values()) / sum(own.cpu_ms.values()), 2),
    }


async def _measured(sides: list[Side], keys: list[str], asked: argparse.Namespace, server: PostgresServer) -> list[Samples]:
    """What each answered and what that cost the API and PostgreSQL, after a little of the load that warms all up."""
    found = [Samples() for _ in sides]
    postgres = psutil.Process(server.pid())
    turns = int(asked.seconds / sides[0].turn)
    for turn in range(-1, turns) if turns == 1 else range(-2, max(2, turns)):
        for side, samples in zip(sides, found, strict=True):
            into = samples if turn >= 0 else Samples()
            before = _seconds_of(side.process), _seconds_of(postgres)
            await _load(side, keys, asked, into)
            into.api += _seconds_of(side.process) - before[0]
            into.postgres += _seconds_of(postgres) - before[1]
    return found


def _seconds_of(root: psutil.Process) -> float:
    """Seconds of processor that a process and its children have used."""
    total = 0.0
    for process in (root, *root.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


async def _load(side: Side, keys: list[str], asked: argparse.Namespace, samples: Samples) -> None:
    """One turn of all users, each on a connection of its own."""
    began_all = time.perf_counter()
    end = began_all + side.turn

    async def one(user: int) -> None:
        connection = Connection(side.port, f"X-API-Key: {keys[user - 1]}\r\n")
        await connection.open()
        own = _id("v", _video_of(user, asked.channels))
        channel = str(_id("c", user))
        await asyncio.sleep(random.random() * side.pace)
        while time.perf_counter() < end:
            method, path, body = side.choose(user, asked.videos)
            path = f"/api/v1/videos/{own}" if path == "DETAIL" else path
            began = time.perf_counter()
            status, answer = await connection.send(method, path, body.replace(b"CHANNEL", channel.encode()))
            (samples.writes if method == "POST" else samples.reads).append(time.perf_counter() - began)
            if status >= 400:
                samples.errors.append(f"{status} {answer[:200]!r}")
            await asyncio.sleep(max(0.0, began + side.pace - time.perf_counter()) if side.pace else 0)
        connection.writer.close()

    await asyncio.gather(*(one(user) for user in range(1, asked.users + 1)))
    samples.seconds += time.perf_counter() - began_all
    if samples.errors:
        print(samples.errors[0], file=sys.stderr)


async def _streams(port: int, process: psutil.Process, key: str, listeners: int, database: Database) -> dict[str, object]:
    video = await database.value("select id from videos.video_records where user_id = $1 limit 1", _id("u", 1))
    heard: list[float] = []
    async with _listening(port, key, video, listeners) as first:
        before = process.memory_info().rss  # what the first ones took with them, such as connections to the database, is not theirs
        async with _listening(port, key, video, listeners) as second:
            readers = [*first, *second]
            after = process.memory_info().rss
            await _tell(database, video, readers, heard)
    return {
        "listeners": len(readers),
        "mib_each_hundred": round((after - before) / 2**20 / listeners * 100, 2),
        "last_heard_ms": round(max(heard) * 1000, 1),
    }


async def _tell(database: Database, video: UUID, readers: list[asyncio.StreamReader], heard: list[float]) -> None:
    """Change the video, and note when each listener hears of it."""
    await database.value("update videos.video_records set status = 'queued' where id = $1 returning id", video)
    told = time.perf_counter()
    await VideoStore(database).record_status(video, VideoStatus.SCRIPTING)

    async def hear(reader: asyncio.StreamReader) -> None:
        await reader.readuntil(b"event: video.scripting")
        heard.append(time.perf_counter() - told)

    async with asyncio.timeout(30):
        await asyncio.gather(*(hear(reader) for reader in readers))


@asynccontextmanager
async def _listening(port: int, key: str, video: UUID, listeners: int) -> AsyncIterator[list[asyncio.StreamReader]]:
    opened = []
    for _ in range(listeners):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/v1/videos/{video}/events HTTP/1.1\r\nHost: bench\r\nX-API-Key: {key}\r\n\r\n".encode())
        opened.append((reader, writer))
    for reader, _ in opened:
        await reader.readuntil(b"retry: 2000")
    yield [reader for reader, _ in opened]
    for _, writer in opened:
        writer.close()


def _video_of(user: int, channels: int) -> int:
    """The number of a video of the user's: video n belongs to channel n % channels + 1, and that one to the user of its number."""
    return user - 1 if user > 1 else channels


def _id(kind: str, number: int) -> UUID:
    return UUID(hashlib.md5(f"{kind}{number}".encode(), usedforsecurity=False).hexdigest())


def _percentiles(seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100)
    return {name: round(cuts[at] * 1000, 1) for name, at in (("p50", 49), ("p95", 94), ("p99", 98))}


if __name__ == "__main__":
    main()
