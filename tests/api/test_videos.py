"""Asking for videos over HTTP while Temporal is away: accepted, kept, listed, followed."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from uuid import UUID, uuid4

import httpx
import pytest

from activities.http import tls
from models.costs.caps import Caps
from models.costs.ledger import Ledger
from models.videos.contracts import ArtifactRef, Provided
from models.videos.status import Step, VideoStatus
from tests.api.conftest import Api, User, events_of

GENERATE = "/api/v1/videos/generate"


@pytest.fixture
def topic() -> dict[str, object]:
    return {"topic": "Why the sky is blue", "format": "short", "tags": ["science"]}


async def ask(user: User, **more: object) -> dict[str, object]:
    answer = await user.http.post(GENERATE, json={"topic": "Why the sky is blue", **more})
    assert answer.status_code == 202, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_video_asked_for_while_temporal_is_away_is_accepted_and_waits_in_the_outbox(
    api: Api, topic: dict[str, object]
) -> None:
    user = await api.user()
    answer = await user.http.post(GENERATE, json=topic)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["status"] == "queued" and body["started"] is False
    waiting = await api.database.rows("select kind, payload from system.outbox where sent_at is null")
    assert [row["payload"]["video_id"] for row in waiting] == [body["id"]]
    seen = await user.http.get(body["links"]["self"])
    assert seen.json()["title"] == "Why the sky is blue" and seen.json()["channel_id"] == str(user.channel_id)


async def test_a_repeat_with_the_same_idempotency_key_gets_the_same_answer_and_makes_one_video(
    api: Api, topic: dict[str, object]
) -> None:
    user = await api.user()
    headers = {"Idempotency-Key": "order-1"}
    answers = await asyncio.gather(*(user.http.post(GENERATE, json=topic, headers=headers) for _ in range(5)))
    good = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    assert good and len(set(good)) == 1 and {answer.status_code for answer in answers} <= {202, 409}
    again = await user.http.post(GENERATE, json=topic, headers=headers)
    assert again.json()["id"] == good[0] and again.headers["Idempotency-Replayed"] == "true"
    assert (await user.http.get("/api/v1/videos")).json()["total"] == 1
    other = await user.http.post(GENERATE, json={**topic, "topic": "Why grass is green"}, headers=headers)
    assert other.status_code == 409


async def test_an_attempt_that_broke_off_after_its_commit_is_found_again_by_its_repeat(api: Api, topic: dict[str, object]) -> None:
    user = await api.user()
    headers = {"Idempotency-Key": "order-2"}
    first = await user.http.post(GENERATE, json=topic, headers=headers)
    await api.database.value(
        "update system.idempotency_keys set status = null, answer = null, locked_until = now() - interval '1 second' returning key"
    )
    again = await user.http.post(GENERATE, json=topic, headers=headers)
    assert again.status_code == 202 and again.json()["id"] == first.json()["id"]


async def test_a_batch_is_accepted_whole_or_not_at_all(api: Api) -> None:
    user = await api.user(plan="free")
    good = await user.http.post("/api/v1/videos/queue", json={"videos": [{"topic": f"Topic {n}"} for n in range(7)]})
    assert good.status_code == 202 and len(good.json()["videos"]) == 7
    over = await user.http.post("/api/v1/videos/queue", json={"videos": [{"topic": f"Topic {n}"} for n in range(4)]})
    assert over.status_code == 403
    assert "10 videos a day" in over.json()["detail"] and "starter" in over.json()["hint"]
    assert (await user.http.get("/api/v1/videos")).json()["total"] == 7


async def test_parallel_requests_do_not_pass_the_plan_together(api: Api) -> None:
    user = await api.user(plan="free")
    answers = await asyncio.gather(*(user.http.post(GENERATE, json={"topic": f"Topic {n}"}) for n in range(15)))
    assert sorted(answer.status_code for answer in answers) == [202] * 10 + [403] * 5


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.topic"),
        ({"topic": "a", "script": "b"}, "body.topic"),
        ({"topic": "   "}, "body.topic"),
        ({"topic": "a\u0000b"}, "body.topic"),
        ({"topic": "a", "format": "cinema"}, "body.format"),
        ({"topic": "a", "titel": "b"}, "body.titel"),
        ({"topic": "a", "publish_at": "2030-01-01T00:00:00"}, "body.publish_at"),
        ({"script": "   \n\n  "}, "body.script"),
        ({"script": "visual: sky.jpg"}, "body.script"),
    ],
)
async def test_bad_input_is_refused_by_field(api: Api, body: dict[str, object], field: str) -> None:
    user = await api.user()
    answer = await user.http.post(GENERATE, json=body)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]], answer.text
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


async def test_a_script_of_the_operators_own_gives_title_and_settings(api: Api) -> None:
    user = await api.user()
    script = "---\ntags: [light]\nlanguage: de\n---\n# Warum der Himmel blau ist\n\nSonnenlicht besteht aus vielen Farben.\n"
    answer = await user.http.post(GENERATE, json={"script": script})
    assert answer.status_code == 202, answer.text
    (payload,) = await api.database.rows("select payload from system.outbox")
    request = payload["payload"]["request"]
    assert request["language"] == "de" and request["tags"] == ["light"] and request["script"]["kind"] == "source-script"
    assert answer.json()["title"] == "Warum der Himmel blau ist"
    assert api.parts.artifacts.read_bytes(ArtifactRef(**request["script"])).decode() == script


async def test_only_files_of_ones_own_may_be_named(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    picture = b"\x89PNG\r\n\x1a\n" + b"0" * 100
    sent = await ana.http.post("/api/v1/media", files={"file": ("sky.png", picture, "text/html")})
    assert sent.status_code == 201 and sent.json()["media_type"] == "image/png", sent.text
    media = {"sky.png": {key: sent.json()[key] for key in ("kind", "digest", "media_type", "size")}}
    assert (await ana.http.post(GENERATE, json={"topic": "Sky", "media": media})).status_code == 202
    assert (await eve.http.post(GENERATE, json={"topic": "Sky", "media": media})).status_code == 404
    page = await ana.http.post("/api/v1/media", files={"file": ("a.png", b"<script>alert(1)</script>", "image/png")})
    assert page.status_code == 403


async def test_a_file_is_known_by_its_name_however_its_accents_are_kept(api: Api) -> None:
    user = await api.user()
    sent = await user.http.post("/api/v1/media", files={"file": ("ho\u0308he.png", b"\x89PNG\r\n\x1a\n" + b"0" * 100)})
    media = {"ho\u0308he.png": {"digest": sent.json()["digest"]}}
    body = {"script": "Er ist weit.\nvisual: h\u00f6he.png\n", "media": media}
    assert (await user.http.post(GENERATE, json=body)).status_code == 202
    (payload,) = await api.database.rows("select payload from system.outbox")
    assert list(payload["payload"]["request"]["media"]) == ["h\u00f6he.png"]


async def test_lists_are_filtered_sorted_and_counted(api: Api) -> None:
    user = await api.user()
    made = [await ask(user, topic=f"Topic {name}", title=name) for name in ("Beta", "Alpha", "Gamma")]
    await api.parts.stores.videos.record_status(made[0]["id"], VideoStatus.SCRIPTING)  # type: ignore[arg-type]
    answer = await user.http.get("/api/v1/videos", params={"sort": "title", "limit": 2})
    assert [video["title"] for video in answer.json()["items"]] == ["Alpha", "Beta"]
    assert answer.json()["total"] == 3 and answer.json()["pages"] == 2 and answer.headers["X-Total-Count"] == "3"
    working = await user.http.get("/api/v1/videos", params={"status": ["scripting", "rendering"]})
    assert [video["title"] for video in working.json()["items"]] == ["Beta"]
    assert (await user.http.get("/api/v1/videos", params={"statuss": "x"})).status_code == 422


async def test_progress_is_streamed_and_resumed_after_the_last_event_that_was_seen(api: Api) -> None:
    user = await api.user()
    made = await ask(user)
    store, video_id = api.parts.stores.videos, made["id"]
    types: list[str] = []
    async with user.http.stream("GET", f"/api/v1/videos/{video_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = events_of(stream)
        types.append((await anext(events))["event"])
        await store.record_status(video_id, VideoStatus.SCRIPTING, step=Step.SCRIPT, detail="writing")  # type: ignore[arg-type]
        told = await anext(events)
        types.append(told["event"])
        assert json.loads(told["data"])["detail"] == "writing" and json.loads(told["data"])["video_id"] == video_id
    assert types == ["video.queued", "video.scripting"]
    await store.record_step(video_id, Step.SCRIPT, Provided(provider="template"))  # type: ignore[arg-type]
    await store.record_status(video_id, VideoStatus.FAILED, error="no luck")  # type: ignore[arg-type]
    headers = {"Last-Event-ID": told["id"]}
    async with user.http.stream("GET", f"/api/v1/videos/{video_id}/events", headers=headers) as stream:
        rest = [event async for event in events_of(stream)]
    assert [event["event"] for event in rest] == ["video.step", "video.failed"]
    done = await user.http.get(f"/api/v1/videos/{video_id}/events", headers={"Last-Event-ID": rest[-1]["id"]})
    assert done.status_code == 204


async def test_two_hundred_listeners_hear_of_one_change(api: Api) -> None:
    user = await api.user()
    made = await ask(user)
    limits = httpx.Limits(max_connections=None)
    ready, heard = asyncio.Semaphore(0), asyncio.Semaphore(0)

    async def listen(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", f"/api/v1/videos/{made['id']}/events") as stream:
            events = events_of(stream)
            await anext(events)
            ready.release()
            assert (await anext(events))["event"] == "video.scripting"
            heard.release()

    headers = {"Authorization": f"Bearer {user.token}"}
    async with httpx.AsyncClient(base_url=api.url, headers=headers, limits=limits, timeout=60, verify=tls()) as client:
        listeners = [asyncio.create_task(listen(client)) for _ in range(200)]
        for _ in listeners:
            await ready.acquire()
        await api.parts.stores.videos.record_status(made["id"], VideoStatus.SCRIPTING)  # type: ignore[arg-type]
        await asyncio.gather(*listeners)
    async with asyncio.timeout(90):
        while api.parts.progress.followed:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_artifacts_come_by_signed_links_with_ranges(api: Api) -> None:
    user = await api.user()
    made = await ask(user)
    film = api.parts.artifacts.put_content("film", bytes(range(200)), "video/mp4")
    await api.parts.stores.videos.record_result(made["id"], artifacts=[film])  # type: ignore[arg-type]
    detail = (await user.http.get(f"/api/v1/videos/{made['id']}")).json()
    (shown,) = detail["artifacts"]
    part = await api.http.get(shown["url"], headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == bytes(range(10, 20)) and part.headers["content-range"] == "bytes 10-19/200"
    assert part.headers["content-type"] == "video/mp4" and "sandbox" in part.headers["content-security-policy"]
    assert (await api.http.get(shown["url"], headers={"Range": "bytes=900-"})).status_code == 416
    for broken in (shown["url"][:-1] + "x", shown["url"].replace("film", "srt"), shown["url"].replace("expires=1", "expires=2")):
        assert (await api.http.get(broken)).status_code == 401, broken
    assert (await api.http.get(shown["url"].partition("?")[0])).status_code == 401
    assert (await user.http.get(shown["url"].partition("?")[0])).content == bytes(range(200))


async def test_the_cost_is_the_ledgers_with_every_try(api: Api) -> None:
    user = await api.user()
    video = UUID((await ask(user))["id"])
    ledger = Ledger(api.database, Caps.of(api.parts.settings))
    calls = [("a", "openai", "script", "0.02"), ("b", "openai", "script", None), ("c", "google", "voice", "0.01")]
    for key, provider, operation, actual in calls:
        amount = Decimal("0.05")
        await ledger.reserve(key, provider=provider, operation=operation, amount=amount, video_id=video, user_id=user.id)
        if actual is not None:
            await ledger.settle(key, Decimal(actual))
    cost = (await user.http.get(f"/api/v1/videos/{video}/cost")).json()
    assert {step: float(amount) for step, amount in cost["by_step"].items()} == {"script": 0.07, "voice": 0.01}
    assert {account: float(amount) for account, amount in cost["by_provider"].items()} == {"openai": 0.07, "google": 0.01}
    assert (float(cost["total"]), float(cost["unknown"]), float(cost["left"])) == (0.08, 0.05, 2.92)


async def test_another_users_video_does_not_exist(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    made = await ask(ana)
    paths = ["", "/cost", "/events", "/artifacts/film"]
    assert [(await eve.http.get(f"/api/v1/videos/{made['id']}{path}")).status_code for path in paths] == [404] * 4
    theirs = (await eve.http.get(f"/api/v1/videos/{made['id']}")).json()
    nobodys = (await eve.http.get(f"/api/v1/videos/{uuid4()}")).json()
    assert theirs["title"] == nobodys["title"] and theirs["hint"] == nobodys["hint"]


async def test_a_film_looks_as_its_channel_says_and_speaks_its_language(api: Api) -> None:
    user = await api.user()
    picture = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
    logo = (await user.http.post("/api/v1/media", files={"file": ("logo.png", picture)})).json()
    ref = {name: logo[name] for name in ("kind", "digest", "media_type", "size")}
    brand = {"colours": {"accent": "#ff9f45"}, "logo": ref, "intro": {"card": True}}
    where = f"/api/v1/channels/{user.channel_id}"
    changed = await user.http.patch(where, json={"brand": brand, "niche": "space", "language": "de"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["brand"]["colours"]["accent"] == "#ff9f45"
    await ask(user)
    await ask(user, niche="food", language="es")
    rows = await api.database.rows("select payload from system.outbox order by created_at")
    first, second = (row["payload"] for row in rows)
    assert first["brand"]["logo"]["digest"] == logo["digest"] and first["brand"]["intro"]["card"] is True
    assert (first["request"]["niche"], first["request"]["language"]) == ("space", "de")
    assert (second["request"]["niche"], second["request"]["language"]) == ("food", "es")
    stranger = await api.user("ben")
    refused = await stranger.http.patch(f"/api/v1/channels/{stranger.channel_id}", json={"brand": brand})
    assert refused.status_code == 404 and "was not uploaded by you" in refused.text
    odd = await user.http.patch(where, json={"brand": {"colours": {"accent": "orange"}}})
    assert odd.status_code == 422
