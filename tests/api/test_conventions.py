"""What holds for every request: limits, headers, sizes, the log, metrics, and failures without a trace."""

from __future__ import annotations

import asyncio
import json
import re
from uuid import uuid4

import httpx
import pytest

from api.request_log import masked
from models.database import Database
from models.settings import Settings
from models.system.limits import Hits, LimitStore
from tests.api.conftest import Api, in_production, running
from tests.api.test_videos import GENERATE, ask


async def a_window_has_begun(database: Database) -> None:
    """What is counted from here on falls into one window: the minute of the database's clock is not about to end."""
    left: float = await database.value("select 60 - extract(second from now())::float8")
    if left < 10:
        await asyncio.sleep(left + 0.05)


async def test_of_five_hundred_hits_at_once_exactly_as_many_pass_as_are_allowed(database: Database) -> None:
    store = LimitStore(database)
    await a_window_has_begun(database)
    counted = await asyncio.gather(*(store.hit("one", 100) for _ in range(500)))
    assert sum(hits.passed for hits in counted) == 100


async def test_the_window_slides_so_that_no_double_burst_passes_at_the_turn_of_a_minute(database: Database) -> None:
    store = LimitStore(database)
    await a_window_has_begun(database)
    for _ in range(100):
        await store.hit("one", 100)
    await aged(database, 60)
    passed = [await store.hit("one", 100) for _ in range(100)]
    elapsed = passed[-1].elapsed
    assert sum(hits.passed for hits in passed) <= elapsed / 60 * 100 + 1, "as many as have left the window that slides"


async def aged(database: Database, seconds: int) -> None:
    """So much time goes by for what was counted."""
    older = "update system.rate_limits set window_start = window_start - make_interval(secs => $1) returning hits"
    assert await database.value(older, seconds)


async def test_who_keeps_knocking_is_let_in_as_often_as_the_limit_allows(database: Database) -> None:
    store = LimitStore(database)
    await a_window_has_begun(database)
    counted = [await store.hit("one", 100) for _ in range(300)]
    assert sum(hits.passed for hits in counted) == 100
    await aged(database, 120)
    assert (await store.hit("one", 100)).passed, "what was refused weighs on nobody"


async def test_what_retry_after_says_holds(database: Database) -> None:
    store = LimitStore(database)
    await a_window_has_begun(database)
    refused = [await store.hit("one", 4) for _ in range(9)][-1]
    assert not refused.passed and refused.wait(4) == pytest.approx(refused.rest + 15)
    one_minute_on = Hits(passed=False, hits=1, previous=4, elapsed=20.0)
    assert one_minute_on.wait(4) == pytest.approx(10), "no more than 2 of the 4 before may still count"
    assert Hits(passed=True, hits=2, previous=4, elapsed=30.0).sliding <= 4


async def test_a_plans_limit_is_shared_by_all_processes_and_told_in_the_headers(settings: Settings, database: Database) -> None:
    async with running(settings, database) as one, running(settings, database) as two:
        user = await one.user(plan="free")
        clients = [user.http, two.client(user.token)]
        await a_window_has_begun(database)
        answers = await asyncio.gather(*(clients[n % 2].get("/api/v1/videos") for n in range(80)))
        passed = [answer for answer in answers if answer.status_code == 200]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(passed) == 60 and len(refused) == 20
        assert min(int(answer.headers["RateLimit-Remaining"]) for answer in passed) == 0
        assert all(answer.headers["RateLimit-Limit"] == "60" and int(answer.headers["Retry-After"]) <= 62 for answer in refused)
        assert "free plan" in refused[0].json()["detail"]


async def test_routes_that_take_secrets_are_limited_by_address(settings: Settings, database: Database) -> None:
    async with running(settings.model_copy(update={"sign_in_limit": 5}), database) as api:
        answers = [await api.http.post("/api/v1/auth/refresh", json={"refresh_token": "nothing"}) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2


async def test_every_answer_carries_the_headers(api: Api) -> None:
    user = await api.user()
    for answer in (
        await user.http.get("/api/v1/videos"), await api.http.get("/api/v1/videos"), await api.http.get("/nothing"),
        await api.http.get("/"), await user.http.post(GENERATE, content=b"{", headers={"Content-Type": "application/json"}),
    ):  # fmt: skip
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        assert "max-age" in headers["Strict-Transport-Security"] and "default-src 'none'" in headers["Content-Security-Policy"]
        assert float(headers["X-Process-Time"]) >= 0 and re.fullmatch(r"[\w.-]{8,64}", headers["X-Request-ID"])
    mine = await user.http.get("/api/v1/videos", headers={"X-Request-ID": "my-request-1"})
    assert mine.headers["X-Request-ID"] == "my-request-1"
    evil = await user.http.get("/api/v1/videos", headers={"X-Request-ID": "a b<script>"})
    assert "script" not in evil.headers["X-Request-ID"]


async def test_broken_json_is_a_bad_request_and_a_missing_page_a_problem(api: Api) -> None:
    user = await api.user()
    broken = await user.http.post(GENERATE, content=b'{"topic": ', headers={"Content-Type": "application/json"})
    assert broken.status_code == 400 and broken.json()["title"]
    nothing = await api.http.get("/api/v1/nothing")
    assert nothing.status_code == 404 and nothing.headers["content-type"] == "application/problem+json"
    wrong = await user.http.delete("/api/v1/videos")
    assert wrong.status_code == 405 and wrong.headers["Allow"] == "GET"


@pytest.mark.parametrize("chunked", [True, False])
async def test_bodies_over_the_limit_are_refused_whatever_their_headers_say(
    settings: Settings, database: Database, chunked: bool
) -> None:
    async with running(settings.model_copy(update={"body_limit_kb": 16, "media_limit_mb": 1}), database) as api:
        user = await api.user()
        big = json.dumps({"topic": "x" * 40_000}).encode()

        async def parts(content: bytes) -> object:
            for at in range(0, len(content), 4096):
                yield content[at : at + 4096]

        body = parts(big) if chunked else big
        answer = await user.http.post(GENERATE, content=body, headers={"Content-Type": "application/json"})  # type: ignore[arg-type]
        assert answer.status_code == 413 and answer.headers["content-type"] == "application/problem+json"
        film = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG\r\n\x1a\n'
            + b"0" * 2_000_000
            + b"\r\n--b--\r\n"
        )
        content = parts(film) if chunked else film
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        media = await user.http.post("/api/v1/media", content=content, headers=headers)  # type: ignore[arg-type]
        assert media.status_code == 413


@pytest.mark.parametrize("path", ["channels/media", "admin/users/media", "youtube/accounts/media", "channels/events"])
async def test_only_the_upload_itself_may_be_large_or_slow(settings: Settings, database: Database, path: str) -> None:
    async with running(settings.model_copy(update={"request_seconds": 0.2}), database) as api:
        big = await api.http.patch(f"/api/v1/{path}", content=b" " * 1_100_000, headers={"Content-Type": "application/json"})
        assert big.status_code == 413
        reader, writer = await asyncio.open_connection(httpx.URL(api.url).host, httpx.URL(api.url).port)
        head = f"PATCH /api/v1/{path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        writer.write(head.encode() + b"{")
        async with asyncio.timeout(60):
            assert b" 503 " in await reader.readline()
        writer.close()


async def test_a_full_disk_is_said_in_words(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    user = await api.user()
    artifacts = api.parts.settings.artifacts_dir
    (artifacts / "source-script").write_text("a file where a folder must be")
    answer = await user.http.post(GENERATE, json={"script": "# Sky\n\nIt is blue."})
    assert answer.status_code == 503 and "artifact store" in answer.json()["detail"] and answer.headers["Retry-After"]
    assert (await user.http.get("/api/v1/videos")).json()["total"] == 0


async def test_requests_and_changes_are_logged_off_the_path_with_secrets_masked(api: Api) -> None:
    user, admin = await api.user(), await api.user("root", role="admin")
    made = await ask(user)
    await user.http.post("/api/v1/auth/api-keys", json={"name": "n8n", "scopes": ["videos:read"]})
    async with asyncio.timeout(60):
        while True:
            entries = (await admin.http.get("/api/v1/admin/audit", params={"actor_id": str(user.id)})).json()["items"]
            rows = await api.database.rows("select * from system.api_requests where user_id = $1", user.id)
            requests = {(row["method"], row["route"], row["status"]) for row in rows}
            changes = {entry["action"] for entry in entries}
            if changes >= {"video.generate", "api_key.created"} and requests >= {("POST", GENERATE, 202)}:
                break
            await asyncio.sleep(0.1)
    (asked,) = [entry for entry in entries if entry["action"] == "video.generate"]
    assert asked["object_id"] == made["id"] and asked["request_id"] and asked["address"] == "127.0.0.1"
    assert user.token not in str([dict(row) for row in rows])
    assert masked({"password": "x", "a": {"api_key": "y", "key_id": 1}, "name": "z"}) == {
        "password": "***", "a": {"api_key": "***", "key_id": 1}, "name": "z",
    }  # fmt: skip


async def test_metrics_count_by_route_and_are_for_those_who_may(settings: Settings, database: Database) -> None:
    async with running(settings, database) as api:
        user = await api.user()
        await user.http.get(f"/api/v1/videos/{uuid4()}")
        text = (await api.http.get("/metrics")).text
        assert re.search(r'http_requests_total\{method="GET",route="/api/v1/videos/\{video_id[^}]*\}",status="404"\} 1.0', text), (
            text
        )
    async with running(in_production(settings, database), database) as api:
        user, admin = await api.user(), await api.user("root", role="admin")
        assert (await api.http.get("/metrics")).status_code == 401
        assert (await user.http.get("/metrics")).status_code == 403
        assert (await admin.http.get("/metrics")).status_code == 200


async def test_browsers_may_call_from_the_origins_of_the_settings_only(settings: Settings, database: Database) -> None:
    async with running(settings.model_copy(update={"cors_origins": ["https://app.example.com"]}), database) as api:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}
        good = await api.http.options(GENERATE, headers={"Origin": "https://app.example.com", **asks})
        assert good.headers["access-control-allow-origin"] == "https://app.example.com"
        bad = await api.http.options(GENERATE, headers={"Origin": "https://evil.example.com", **asks})
        assert "access-control-allow-origin" not in bad.headers
        read = await api.http.get("/api/v1/health", headers={"Origin": "https://app.example.com"})
        assert "X-Request-ID" in read.headers["access-control-expose-headers"]


async def test_a_slow_client_of_a_stream_holds_up_nobody(api: Api) -> None:
    user = await api.user()
    made = await ask(user)
    host, port = httpx.URL(api.url).host, httpx.URL(api.url).port
    reader, writer = await asyncio.open_connection(host, port, limit=1024)
    path = f"/api/v1/videos/{made['id']}/events"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n\r\n".encode())
    await reader.readline()
    big = json.dumps({"said": "x" * 4000})
    await api.database.value(
        "insert into videos.events (video_id, user_id, type, data) "
        "select $1, $2, 'video.progress', $3::jsonb from generate_series(1, 1000) returning id",
        made["id"], user.id, json.loads(big),
    )  # fmt: skip
    assert (await user.http.get("/api/v1/videos")).status_code == 200
    async with user.http.stream("GET", path, headers={"Last-Event-ID": "0"}) as stream:
        got = 0
        async for chunk in stream.aiter_bytes():
            got += chunk.count(b"event: ")
            if got > 1000:
                break
    assert got == 1001
    writer.close()
