"""Servers that mean harm, or are broken beyond belief: no key leaves, nothing grows without end, no error of ours crosses raw."""

from __future__ import annotations

import gzip
import logging
import socket
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.failure.v1 import Failure as Proto
from temporalio.converter import DataConverter
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.downloads import Downloader
from activities.errors import ErrorTranslation
from activities.http import ProviderClient, error_for, retry_after
from activities.script.openai import OpenAIWriter
from activities.script.port import Brief
from activities.voice.elevenlabs import ElevenLabsVoice
from activities.voice.google import GoogleVoice
from activities.voice.port import Voice
from models.errors import AuthenticationFailed, BadOutput, ProviderError, Refused, Unavailable
from models.videos.contracts import VideoFormat, VideoRequest
from tests.fakes.prices import prices
from tests.fakes.server import FakeServer, Fault

KEY = "0a1b2c3d4e5f60718293"
REQUEST = VideoRequest(topic="Why the sky is blue", format=VideoFormat.SHORT)
Call = Callable[[], Awaitable[object]]
ADAPTERS = ("plain", "openai", "google", "elevenlabs")


def _adapter(name: str, url: str, key: str = KEY, timeout: float = 60.0) -> Call:
    if name == "openai":
        writer = OpenAIWriter("openai-small", "gpt-5.6-luna", api_key=key, prices=prices, base_url=url, timeout=timeout)
        return lambda: writer.write(Brief(request=REQUEST))
    if name == "google":
        google = GoogleVoice("neural2", prices=prices, api_key=key, endpoint=url, timeout=timeout)
        return lambda: google.synthesise("The sea.", Voice("en-US-Neural2-J", "en"))
    if name == "elevenlabs":
        eleven = ElevenLabsVoice(api_key=key, prices=prices, base_url=url, timeout=timeout)
        return lambda: eleven.synthesise("The sea.", Voice("21m00Tcm4TlvDq8ikWAM", "en"))
    client = ProviderClient("acme", url, headers={"x-key": key}, timeout=timeout)
    return lambda: client.json("POST", "/things", json={"a": 1})


@contextmanager
def _answering(fault: Fault) -> Iterator[FakeServer]:
    with FakeServer([]) as server:
        server.fail_always(fault)
        yield server


def _told(error: BaseException) -> str:
    """Everything that an error says, the errors behind it included."""
    words = ""
    behind: BaseException | None = error
    while behind is not None:
        words += f"{behind} {behind!r} "
        behind = behind.__cause__
    return words


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("status", [302, 307, 308])
async def test_nobody_sends_our_key_on_to_another_host(name: str, status: int) -> None:
    with _answering(Fault(body=b"{}")) as thief, FakeServer([]) as server:
        elsewhere = f"{thief.url.replace('127.0.0.1', 'localhost')}/take"
        server.fail_always(Fault(status=status, headers={"location": elsewhere}, body=b""))
        with pytest.raises(ProviderError):
            await _adapter(name, server.url)()
        assert thief.journal == []


async def test_a_provider_may_send_us_on_within_its_own_host() -> None:
    with FakeServer([]) as server:
        server.fail(Fault(status=307, headers={"location": "/things/"}, body=b""), Fault(body=b'{"b": 2}'))
        assert await _adapter("plain", server.url)() == {"b": 2}
        assert [call.path for call in server.journal] == ["/things", "/things/"]
        assert server.journal[1].json == {"a": 1}


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("key", [f"{KEY}\n", f"{KEY}…", f" {KEY}"])
async def test_a_key_that_was_copied_badly_is_told_to_a_person_without_the_key(name: str, key: str) -> None:
    with _answering(Fault(body=b"{}")) as server:
        with pytest.raises(AuthenticationFailed) as told:
            await _adapter(name, server.url, key)()
        assert KEY not in _told(told.value)
        assert server.journal == []


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
async def test_what_a_provider_repeats_of_our_key_is_neither_told_nor_kept(
    name: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """What a history keeps is the whole chain of causes, each with its words."""
    caplog.set_level(logging.DEBUG)
    fault = Fault(status=status, body=f'{{"error": {{"message": "The key {KEY} is not known."}}}}'.encode())
    with _answering(fault) as server:
        call = _adapter(name, server.url)

        class Worker(ActivityInboundInterceptor):
            """Runs the adapter as the activity."""

            def __init__(self) -> None:
                pass

            async def execute_activity(self, input: ExecuteActivityInput) -> Any:
                return await call()

        crossing = ErrorTranslation().intercept_activity(Worker())
        with pytest.raises(Exception, match=r"\w") as told:
            await ActivityEnvironment().run(crossing.execute_activity, None)
    kept = Proto()
    DataConverter.default.failure_converter.to_failure(told.value, DataConverter.default.payload_converter, kept)
    assert KEY.encode() not in kept.SerializeToString()
    assert KEY not in caplog.text


async def test_a_failure_of_megabytes_leaves_the_history_short() -> None:
    class Worker(ActivityInboundInterceptor):
        """Fails with the words of a provider."""

        def __init__(self) -> None:
            pass

        async def execute_activity(self, input: ExecuteActivityInput) -> Any:
            raise Refused("no" * 1_000_000, provider="p", detail={"said": "x" * 1_000_000}) from ValueError("y" * 1_000_000)

    with pytest.raises(Exception, match="nono") as told:
        await ActivityEnvironment().run(ErrorTranslation().intercept_activity(Worker()).execute_activity, None)
    kept = Proto()
    DataConverter.default.failure_converter.to_failure(told.value, DataConverter.default.payload_converter, kept)
    assert len(kept.SerializeToString()) < 50_000


@cache
def _packed_often() -> bytes:
    inner = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * 1_000_000
    return gzip.compress(b"".join(inner.compress(zeros) for _ in range(200)) + inner.flush())


@cache
def _bomb(how: str) -> bytes:
    if how != "br":
        return _packed_often() if "," in how else gzip.decompress(_packed_often())
    return bytes(pytest.importorskip("brotli").compress(b"\0" * 200_000_000, quality=1))


@pytest.mark.parametrize("how", ["gzip, gzip", "gzip", "br"])
@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("where", ["json", "file", "openai"])
async def test_an_answer_that_unpacks_to_200_megabytes_is_refused_before_it_is_unpacked(
    how: str, status: int, where: str, tmp_path: Path
) -> None:
    fault = Fault(status=status, headers={"content-encoding": how, "content-type": "video/mp4"}, body=_bomb(how))
    with _answering(fault) as server:
        calls: dict[str, Call] = {
            "json": lambda: ProviderClient("acme", server.url, largest=5_000_000).json("GET", "/x"),
            "file": lambda: Downloader("acme", server.url, largest=5_000_000).fetch(server.url, tmp_path / "a", kind="video/"),
            "openai": _adapter("openai", server.url),
        }
        tracemalloc.start()
        try:
            with pytest.raises((BadOutput, Unavailable)):
                await calls[where]()
            assert tracemalloc.get_traced_memory()[1] < 40_000_000
        finally:
            tracemalloc.stop()


async def test_what_is_packed_once_and_well_is_read() -> None:
    with _answering(Fault(headers={"content-encoding": "gzip"}, body=gzip.compress(b'{"a": "' + b"x" * 600_000 + b'"}'))) as server:
        assert len((await ProviderClient("acme", server.url).json("GET", "/x"))["a"]) == 600_000
    cut = gzip.compress(b'{"a": 1}')[:-9]
    with _answering(Fault(headers={"content-encoding": "gzip"}, body=cut)) as server, pytest.raises(Unavailable):
        await ProviderClient("acme", server.url).json("GET", "/x")


async def test_a_script_of_megabytes_is_no_script() -> None:
    with _answering(Fault(body=b'{"choices": "' + b"x" * 5_000_000 + b'"}')) as server, pytest.raises(BadOutput, match="more than"):
        await _adapter("openai", server.url)()


@pytest.mark.parametrize("name", ADAPTERS)
async def test_an_answer_that_comes_byte_by_byte_ends_with_our_patience(name: str) -> None:
    """Every byte comes in time; the whole never would, and a thread that waited for it would be lost."""
    with _answering(Fault(body=b" " * 100_000, drip=0.05)) as server, pytest.raises(Unavailable):
        await _adapter(name, server.url, timeout=1.0)()


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("name", ADAPTERS)
async def test_an_answer_nested_without_end_is_an_error_of_the_provider(name: str, status: int) -> None:
    with _answering(Fault(status=status, body=b"[" * 200_000)) as server, pytest.raises(ProviderError):
        await _adapter(name, server.url)()


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after-ms": "9" * 30}, timedelta(days=1)),
        ({"retry-after-ms": "²"}, None),
        ({"retry-after": "²"}, None),
        ({"retry-after": "9" * 400}, timedelta(days=1)),
        ({"retry-after": "Fri, 20 Nov 99999999999 12:00:00 GMT"}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 -2359"}, timedelta(days=1)),
        ({"retry-after": "Sat, 01 Jan 0001 00:00:00 +2359"}, timedelta(0)),
        ({"x-ratelimit-reset": "²"}, None),
        ({"x-ratelimit-reset": "9" * 400}, timedelta(days=1)),
    ],
)
def test_no_wait_that_is_asked_for_is_an_error_of_ours(headers: dict[str, str], wait: timedelta | None) -> None:
    assert retry_after(headers) == wait
    assert isinstance(error_for("acme", 429, headers, b""), ProviderError)


@pytest.mark.parametrize(
    "url", ["http://redis:6379/", "http://localhost./x", "http://①②⑦.0.0.1/x", "http://exa\u200bmple.com/x", "http://[/x"]
)
async def test_addresses_that_only_look_like_others_are_not_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadOutput):
        await Downloader("acme", "https://api.acme.example").fetch(url, tmp_path / "a", kind="video/")


async def test_a_public_name_that_leads_inside_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name server is the stranger's own: what it says is not looked at by name alone."""
    true = socket.getaddrinfo

    def lying(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        return true("127.0.0.1" if host in ("media.acme.example", b"media.acme.example") else host, port, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    with _answering(Fault(headers={"content-type": "video/mp4"}, body=b"secret")) as server:
        port = server.url.rpartition(":")[2]
        with pytest.raises(BadOutput, match="private address"):
            await Downloader("acme", "http://api.acme.example").fetch(
                f"http://media.acme.example:{port}/x", tmp_path / "a", kind="video/"
            )
        assert server.journal == []
