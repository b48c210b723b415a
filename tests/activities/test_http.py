"""What HTTP answers of providers mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from activities.downloads import Downloader
from activities.http import ProviderClient, error_for, parsed, retry_after, said_in
from models.errors import (
    AuthenticationFailed,
    BadOutput,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
)
from tests.fakes.server import FakeServer, garbage, outage, rate_limited, slow, truncated

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Greeting(BaseModel):
    """What the server of these tests says."""

    words: str


async def _hello(request: Request) -> Response:
    return JSONResponse({"words": "good day"})


async def _file(request: Request) -> Response:
    return Response(b"x" * 5_000, media_type="video/mp4")


async def _empty(request: Request) -> Response:
    return Response(b"", media_type="video/mp4")


async def _inside(request: Request) -> Response:
    return RedirectResponse("http://169.254.169.254/latest/meta-data")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    routes = [Route("/hello", _hello), Route("/file.mp4", _file), Route("/empty", _empty), Route("/inside", _inside)]
    with FakeServer(routes) as running:
        yield running


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, BadOutput), (401, AuthenticationFailed), (403, AuthenticationFailed), (404, BadOutput),
        (408, Unavailable), (418, BadOutput), (429, RateLimited), (500, Unavailable), (502, Unavailable), (503, Unavailable),
        (529, Unavailable),
    ],
)  # fmt: skip
def test_every_status_has_one_meaning(status: int, meaning: type[ProviderError]) -> None:
    error = error_for("pexels", status, {}, "")
    assert type(error) is meaning
    assert error.provider == "pexels"
    assert error.detail["status"] == status


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "12"}, 12),
        ({"Retry-After": "1.5"}, 1.5),
        ({"Retry-After": "Fri, 20 Nov 2026 12:02:00 GMT"}, 120),
        ({"Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9999999"}, 86_400),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "nan"}, None),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after-ms": "9" * 30}, 86_400),
        ({"Retry-After": "9" * 400}, 86_400),
        ({"Retry-After": "\u00b2"}, None),
        ({"X-RateLimit-Reset": "\u00b2"}, None),
        ({"X-RateLimit-Reset": "30"}, 30),
        ({"X-Ratelimit-Reset": str(int(NOW.timestamp()) + 90)}, 90),
        ({}, None),
    ],
)
def test_the_wait_that_was_asked_for_is_read_in_every_form(headers: dict[str, str], wait: float | None) -> None:
    found = retry_after(headers, now=NOW)
    assert found == (None if wait is None else timedelta(seconds=wait))


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (429, "insufficient_quota", QuotaExhausted),
        (429, "billing_hard_limit_reached", QuotaExhausted),
        (429, "rate_limit_exceeded", RateLimited),
        (400, "moderation_blocked", Refused),
        (400, "content_policy_violation", Refused),
        (401, "invalid_api_key", AuthenticationFailed),
        (404, "model_not_found", BadOutput),
        (500, "server_error", Unavailable),
    ],
)
def test_openais_codes_say_more_than_the_status(status: int, code: str, meaning: type[ProviderError]) -> None:
    body = json.dumps({"error": {"message": "Something.", "type": "some_error", "code": code, "param": None}})
    assert type(error_for("openai", status, {}, body)) is meaning


@pytest.mark.parametrize(
    "body", ["", "null", "[]", '"oops"', '{"error": "text"}', '{"error": null}', '{"detail": [{"message": "x"}]}']
)
def test_any_shape_of_error_is_survived(body: str) -> None:
    assert type(error_for("openai", 429, {}, body)) is RateLimited


def test_a_providers_words_are_told_without_what_no_database_takes() -> None:
    assert said_in('{"error": {"message": "gone \\ud83d\\u0000 away"}}') == "gone away"
    assert said_in("\0\x1b[31mbad gateway") == "[31mbad gateway"


def test_a_providers_words_are_told_without_the_key() -> None:
    body = {"error": {"message": "Incorrect API key provided: sk-proj-abcdef0123456789."}}
    told = str(error_for("openai", 401, {}, json.dumps(body)))
    assert "Incorrect API key provided: sk-[key]" in told
    assert "abcdef" not in told


async def test_a_good_answer_is_a_value(server: FakeServer) -> None:
    answer = await ProviderClient("acme", server.url).json("GET", "/hello", params={"to": "you"})
    said = parsed("acme", Greeting, answer)
    assert said.words == "good day"
    assert server.journal[0].query == {"to": "you"}


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (rate_limited("3"), RateLimited),
        (outage(503), Unavailable),
        (slow(30), Unavailable),
        (truncated(5), Unavailable),
        (garbage(), BadOutput),
    ],
)
async def test_a_fault_is_one_call_and_one_error(server: FakeServer, fault: Any, meaning: type[ProviderError]) -> None:
    server.fail(fault)
    patience = 3.0 if fault.delay else 60.0
    with pytest.raises(meaning) as told:
        await ProviderClient("acme", server.url, timeout=patience).json("GET", "/hello")
    assert len(server.journal) == 1
    assert told.value.provider == "acme"
    if meaning is RateLimited:
        assert told.value.retry_after == timedelta(seconds=3)


def test_an_answer_of_another_shape_names_the_field() -> None:
    with pytest.raises(BadOutput, match=r"words: Field required"):
        parsed("acme", Greeting, {"word": 1})


async def test_a_server_that_is_not_there_is_unavailable(server: FakeServer) -> None:
    with pytest.raises(Unavailable):
        await ProviderClient("acme", "http://127.0.0.1:9", timeout=2).json("GET", "/hello")


async def _download(server: FakeServer, to: Path, url: str = "", limit: int = 10_000) -> str:
    files = Downloader("acme", server.url, seconds=3, largest=limit)
    return await files.fetch(url or f"{server.url}/file.mp4", to, kind="video/")


async def test_a_file_arrives_whole_and_without_our_key(server: FakeServer, tmp_path: Path) -> None:
    assert await _download(server, tmp_path / "a") == "video/mp4"
    assert (tmp_path / "a").stat().st_size == 5_000
    assert "authorization" not in server.journal[0].headers


@pytest.mark.parametrize(
    ("path", "limit", "faults", "meaning"),
    [
        ("/file.mp4", 4_999, [], BadOutput),
        ("/empty", 10_000, [], BadOutput),
        ("/hello", 10_000, [], BadOutput),
        ("/nothing", 10_000, [], BadOutput),
        ("/inside", 10_000, [], BadOutput),
        ("/file.mp4", 10_000, [truncated(4_000)], Unavailable),
        ("/file.mp4", 10_000, [slow(30)], Unavailable),
        ("/file.mp4", 10_000, [outage()], Unavailable),
    ],
)
async def test_a_file_that_is_not_what_was_asked_for_is_an_error(
    server: FakeServer, tmp_path: Path, path: str, limit: int, faults: list[Any], meaning: type[ProviderError]
) -> None:
    server.fail(*faults)
    with pytest.raises(meaning):
        await _download(server, tmp_path / "a", server.url + path, limit)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://10.0.0.1/x", "http://192.168.1.1/x", "http://db.internal/x", "ftp://a.com/x", ""]
)
async def test_only_a_providers_own_public_addresses_are_fetched(server: FakeServer, tmp_path: Path, url: str) -> None:
    with pytest.raises(BadOutput):
        await Downloader("acme", server.url).fetch(url, tmp_path / "a", kind="video/")
    assert not server.journal
