"""What the API does while PostgreSQL or Temporal is away, slow or lost in the middle of a request."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import httpx
import psutil
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from activities.http import tls
from api.progress import Progress
from models.database import Database
from models.settings import ROOT, Settings
from models.videos.status import VideoStatus
from models.videos.store import VideoStore
from tests.api.conftest import Api, User, events_of, running
from tests.api.test_videos import GENERATE, ask
from tests.fakes.proxy import Proxy, proxy


@asynccontextmanager
async def behind(settings: Settings, address: str) -> AsyncIterator[tuple[Api, Proxy, Database]]:
    """An API whose way to the database can be cut, the proxy that cuts it, and a way of the test's own."""
    parts = urlsplit(address)
    assert parts.hostname and parts.port
    async with proxy(parts.hostname, parts.port) as gate:
        login = parts.netloc.rpartition("@")[0]
        through = Database(urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{gate.port}")))
        direct = Database(address)
        try:
            async with running(settings, through) as api:
                yield api, gate, direct
        finally:
            gate.mend()
            await through.close()
            await direct.close()


async def ready_again(api: Api) -> None:
    async with asyncio.timeout(90):
        while (await api.http.get("/api/v1/health/ready")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_without_the_database_answers_are_503_and_the_api_is_ready_again_by_itself(
    settings: Settings, database_address: str
) -> None:
    async with behind(settings, database_address) as (api, gate, _):
        user = await api.user()
        video = await ask(user)
        gate.cut()
        for answer in (
            await user.http.get("/api/v1/videos"),
            await user.http.post(GENERATE, json={"topic": "x"}),
            await user.http.get(f"/api/v1/videos/{video['id']}"),
            await api.http.post("/api/v1/auth/login", json={"email": user.email, "password": "some password here"}),
            await api.http.get("/api/v1/health/ready"),
        ):
            assert answer.status_code == 503 and int(answer.headers["Retry-After"]) >= 1, answer.text
            assert answer.headers["content-type"] == "application/problem+json" and "Traceback" not in answer.text
        assert (await api.http.get("/api/v1/health")).status_code == 200
        assert (await api.http.get("/api/v1/health/detailed")).json()["status"] == "down"
        gate.mend()
        await ready_again(api)
        assert (await user.http.get(f"/api/v1/videos/{video['id']}")).json()["id"] == video["id"]


async def test_requests_cut_in_their_middle_make_each_video_once(settings: Settings, database_address: str) -> None:
    async with behind(settings, database_address) as (api, gate, direct):
        user = await api.user()

        async def persist(number: int) -> str:
            for _ in range(400):
                try:
                    answer = await user.http.post(
                        GENERATE, json={"topic": f"Topic {number}"}, headers={"Idempotency-Key": f"k-{number}"}
                    )
                except httpx.TransportError:
                    continue
                if answer.status_code == 202:
                    return str(answer.json()["id"])
                assert answer.status_code in (409, 503), answer.text
                await asyncio.sleep(0.05)
            raise AssertionError("never accepted")

        work = [asyncio.create_task(persist(number)) for number in range(8)]
        for _ in range(4):
            await asyncio.sleep(0.12)
            gate.cut()
            await asyncio.sleep(0.05)
            gate.mend()
        made = await asyncio.gather(*work)
        rows = await direct.rows("select id, topic from videos.video_records")
        assert sorted(row["topic"] for row in rows) == sorted(f"Topic {number}" for number in range(8))
        assert {str(row["id"]) for row in rows} == set(made)


async def test_streams_survive_the_loss_of_the_database(settings: Settings, database_address: str) -> None:
    async with behind(settings, database_address) as (api, gate, direct):
        user = await api.user()
        video = await ask(user)
        async with user.http.stream("GET", f"/api/v1/videos/{video['id']}/events") as stream:
            events = events_of(stream)
            assert (await anext(events))["event"] == "video.queued"
            gate.cut()
            await VideoStore(direct).record_status(video["id"], VideoStatus.SCRIPTING)  # type: ignore[arg-type]
            await asyncio.sleep(0.1)
            gate.mend()
            async with asyncio.timeout(60):
                assert (await anext(events))["event"] == "video.scripting"


async def test_streams_go_on_after_every_connection_to_the_database_was_silently_lost(
    settings: Settings, database_address: str
) -> None:
    """Nothing is closed, nothing is refused: who only listens never learns of it unless it asks."""
    async with behind(settings, database_address) as (api, gate, direct):
        user = await api.user()
        video = UUID(str((await ask(user))["id"]))
        progress = Progress(api.database, heartbeat=0.3)
        listening = asyncio.create_task(progress.run())
        stream = progress.stream(("video", video), 0)
        try:
            async with asyncio.timeout(60):
                while b"video.queued" not in await anext(stream):
                    pass
                while not await direct.value("select true from pg_stat_activity where query ~* '^listen' and state = 'idle'"):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
                gate.forget()
                await VideoStore(direct).record_status(video, VideoStatus.SCRIPTING)
                while b"video.scripting" not in await anext(stream):
                    pass
        finally:
            gate.cut()
            await stream.aclose()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def test_a_database_that_says_nothing_does_not_hold_requests_for_ever(settings: Settings, database_address: str) -> None:
    async with behind(settings.model_copy(update={"request_seconds": 1.0}), database_address) as (api, gate, _):
        user = await api.user()
        assert (await user.http.get("/api/v1/videos")).status_code == 200
        gate.swallow()
        answer = await user.http.get("/api/v1/videos")
        assert answer.status_code == 503 and answer.headers["Retry-After"]
        gate.mend()
        await ready_again(api)


async def test_a_temporal_that_hangs_holds_up_neither_accepting_nor_reading(
    settings: Settings, database: Database, temporal: Client
) -> None:
    host, _, port = temporal.service_client.config.target_host.partition(":")
    async with proxy(host, int(port)) as gate:
        client = await Client.connect(f"127.0.0.1:{gate.port}", data_converter=pydantic_data_converter)
        async with running(settings, database, client) as api:
            user = await api.user()
            first = await ask(user)
            assert first["started"] is True
            gate.swallow()
            second = await ask(user)
            assert second["started"] is False
            assert (await user.http.get("/api/v1/videos")).json()["total"] == 2
            health = (await api.http.get("/api/v1/health/detailed")).json()
            assert health["status"] == "degraded" and health["components"]["temporal"]["status"] == "degraded"
            gate.cut()
            refused = await user.http.post(f"/api/v1/videos/{second['id']}/cancel")
            assert refused.status_code == 503 and refused.headers["Retry-After"]
            gate.mend()
            from workers.outbox import sweep

            await api.database.value("update system.outbox set next_try_at = now() returning id")
            assert await sweep(database, temporal) == 1
            found = await temporal.get_workflow_handle(f"video-{second['id']}").describe()
            assert found.workflow_type == "VideoWorkflow"


@asynccontextmanager
async def api_process(database_address: str, folder: Path, **more: str) -> AsyncIterator[tuple[subprocess.Popen[bytes], str, str]]:
    """The API as a process of its own with more settings, its address and the laptop's key."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "YTEMPIRE_DATABASE_URL": database_address, "YTEMPIRE_DATA_DIR": str(folder), "YTEMPIRE_API_PORT": str(port),
        "YTEMPIRE_TEMPORAL_ADDRESS": "127.0.0.1:9", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "workers.api"], cwd=ROOT, env=environment | more)  # noqa: ASYNC220
    try:
        token = await asyncio.to_thread(_token, folder / "cli-token", process)
        yield process, f"http://127.0.0.1:{port}", token
    finally:
        process.kill()
        process.wait()


async def test_sigterm_ends_streams_and_answers_every_request_that_was_begun(database_address: str, tmp_path: Path) -> None:
    async with api_process(database_address, tmp_path) as (process, base, token):
        async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": token}, timeout=60, verify=tls()) as client:
            user = User(None, None, "", "", client)  # type: ignore[arg-type]
            video = await ask(user)
            async with client.stream("GET", f"/api/v1/videos/{video['id']}/events") as stream:
                events = events_of(stream)
                await anext(events)
                begun = [asyncio.create_task(client.post(GENERATE, json={"topic": f"Topic {n}"})) for n in range(10)]
                await asyncio.wait(begun, return_when=asyncio.FIRST_COMPLETED)
                process.send_signal(signal.SIGTERM)
                assert [event async for event in events] == []
            answers = await asyncio.gather(*begun, return_exceptions=True)
            # Who came too late found the door closed.
            assert all(isinstance(answer, (httpx.Response, httpx.TransportError)) for answer in answers), answers
        assert {answer.status_code for answer in answers if isinstance(answer, httpx.Response)} == {202}
        assert await asyncio.to_thread(process.wait, 60) in (0, -signal.SIGTERM)
        database = Database(database_address)
        kept = await database.value("select count(*) from videos.video_records where topic like 'Topic %'")
        await database.close()
        assert kept == sum(isinstance(answer, httpx.Response) for answer in answers)


async def test_who_asks_is_who_a_trusted_proxy_says_and_nobody_else_is_believed(database_address: str, tmp_path: Path) -> None:
    """The limit of sign-ins counts people behind a proxy on another host one by one; who is no proxy cannot pose as many."""
    more = {"TRUSTED_PROXIES": "127.0.0.2, 10.0.0.0/8", "SIGN_IN_LIMIT": "1", "PASSWORD_MEMORY_MB": "19"}
    async with api_process(database_address, tmp_path, **{f"YTEMPIRE_{name}": value for name, value in more.items()}) as (
        _,
        base,
        _,
    ):

        async def sign_in(sender: str, forwarded: str) -> int:
            way = httpx.AsyncHTTPTransport(local_address=sender, verify=tls())
            async with httpx.AsyncClient(base_url=base, transport=way, timeout=60, verify=tls()) as client:
                words = {"email": "ana@example.com", "password": "nine red kettles sing"}
                answer = await client.post("/api/v1/auth/login", json=words, headers={"X-Forwarded-For": forwarded})
                return answer.status_code

        assert await sign_in("127.0.0.2", "203.0.113.7") == 401
        assert await sign_in("127.0.0.2", "203.0.113.8, 10.1.2.3") == 401
        assert await sign_in("127.0.0.2", "203.0.113.9, 203.0.113.7") == 429
        assert await sign_in("127.0.0.3", "203.0.113.20") == 401
        assert await sign_in("127.0.0.3", "203.0.113.21") == 429


async def test_processes_of_a_killed_api_end_too_and_the_next_one_has_the_port(database_address: str, tmp_path: Path) -> None:
    async with api_process(database_address, tmp_path, YTEMPIRE_API_PROCESSES="2") as (process, base, _):
        async with httpx.AsyncClient(base_url=base, timeout=5, verify=tls()) as client:
            while not await _answers(client):
                assert process.poll() is None
                await asyncio.sleep(0.05)
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, family, 30)
        for left in alive:
            left.kill()
        assert alive == []
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", urlsplit(base).port))


async def _answers(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/api/v1/health")).is_success
    except httpx.TransportError:
        return False


def _token(path: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    return path.read_text().strip()
