"""Whatever is sent, the API answers as its document says."""

from __future__ import annotations

import asyncio
import os

import pytest
from temporalio.client import Client

from api.app import create_app
from models.database import Database
from models.settings import Settings
from tests.api.conftest import Api, running
from tests.api.fuzzing import deciding, desk, run, unlimited
from tests.api.hostile import Hostile, Sent, wire

OPTIONS = os.environ.get("YTEMPIRE_FUZZ", "--phases examples,fuzzing --max-examples 2 --seed 1 --max-time 25").split()


DOCUMENT = create_app(Settings(_env_file=None)).openapi()  # type: ignore[call-arg]


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
        wrong = []
        for sent in Hostile(DOCUMENT, seed).requests(rounds):
            answer = await _answer(api, wire(sent, await _token(sessions)))
            if not _is_right(answer):
                wrong.append((sent, answer[:600]))
        assert (await api.http.get("/api/v1/health/ready")).status_code == 200
    assert not wrong, "\n\n".join(f"{_shown(sent)}\n-> {answer!r}" for sent, answer in wrong[:5])


async def _token(desk_url: str) -> str:
    port = int(desk_url.rstrip("/").rpartition(":")[2])
    return (await _exchange(port, b"GET / HTTP/1.1\r\n\r\n")).partition(b"\r\n\r\n")[2].decode()


async def _answer(api: Api, request: bytes) -> bytes:
    return await _exchange(int(api.url.rpartition(":")[2]), request)


async def _exchange(port: int, request: bytes) -> bytes:
    """What is answered; nothing when the door is closed before all was said, as it is to bodies that nobody wants."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    found = b""
    try:
        async with asyncio.timeout(60):
            writer.write(request)
            while part := await reader.read(65536):
                found += part
    except ConnectionResetError:
        pass
    finally:
        writer.close()
    return found


def _is_right(answer: bytes) -> bool:
    if not answer:
        return True
    head, _, body = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    status = int(head[9:12] or 0)
    if status >= 500:
        return status == 503 and b"workflow" in body  # Temporal is away here
    return 200 <= status < 400 or (status >= 400 and (b"application/problem+json" in head or b"Invalid HTTP request" in body))


def _shown(sent: Sent) -> str:
    method, target, headers, body = sent
    return f"{method} {target[:200]} {headers} {body[:300]!r}"
