"""Every route of the document, tried by those who may not: without a token, with an expired one, as another user, in a wrong role,
by a key without the scope.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from models.database import Database
from models.settings import Settings
from models.system.bootstrap import laptop_owner
from models.users.scopes import Scope
from tests.api.conftest import Api, User, running
from tests.api.stored_document import DOCUMENT
from tests.api.test_videos import ask

OPEN = {
    "/auth/register", "/auth/login", "/auth/refresh", "/auth/verify-email", "/auth/password-reset", "/auth/password-reset/confirm",
    "/auth/sign-in", "/health", "/health/ready", "/health/detailed", "/metrics", "/webhooks/n8n/{workflow_id}", "/webhooks/stripe",
    "/youtube/oauth/callback",
}  # fmt: skip
"""What needs no account: it is how one gets one, tells nothing, or has a proof of its own (a token, a signature)."""


@dataclass(frozen=True)
class Route:
    """One operation of the document."""

    method: str
    path: str
    operation: Any

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def scopes(self) -> set[str]:
        return {scope for way in self.operation.get("security", []) for names in way.values() for scope in names}

    @property
    def is_guarded(self) -> bool:
        return self.path.removeprefix("/api/v1") not in OPEN


ROUTES = [
    Route(method, path, operation) for path, operations in DOCUMENT["paths"].items() for method, operation in operations.items()
]
GUARDED = [route for route in ROUTES if route.is_guarded]


def names(routes: list[Route]) -> list[str]:
    return [route.name for route in routes]


async def send(client: httpx.AsyncClient, route: Route, ids: dict[str, str]) -> httpx.Response:
    """The operation with these ids in its path, and a body out of its schema where it wants one."""
    path = route.path
    for parameter in route.operation.get("parameters", []):
        if parameter["in"] == "path":
            schema = parameter["schema"]
            value = ids.get(parameter["name"]) or _enumerated(schema) or str(uuid4())
            path = path.replace(f"{{{parameter['name']}}}", value)
    content = route.operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        return await client.request(route.method, path, files={"file": ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64)})
    body = _example(content["application/json"]["schema"]) if "application/json" in content else None
    return await client.request(route.method, path, json=body)


def _resolved(schema: Any) -> Any:
    if "$ref" in schema:
        return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _enumerated(schema: Any) -> str:
    return str((_resolved(schema).get("enum") or [""])[0])


def _example(schema: Any) -> Any:
    """The simplest value that fits a schema of ours."""
    schema = _resolved(schema)
    if examples := schema.get("examples"):
        return examples[0]
    for way in ("anyOf", "oneOf"):
        if way in schema and "properties" not in schema:
            return _example(schema[way][0])
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("type") == "object":
        return {name: _example(schema["properties"][name]) for name in schema.get("required", [])}
    if schema.get("type") == "array":
        return [_example(schema["items"])] * schema.get("minItems", 0)
    plain = {"integer": schema.get("minimum", 1), "number": 1, "boolean": True}
    if schema.get("format") == "uuid":
        return str(uuid4())
    return plain.get(schema.get("type"), "x" * max(12, schema.get("minLength", 0)))


@pytest_asyncio.fixture
async def api(settings: Settings, database: Database) -> AsyncIterator[Api]:
    """One API for the many requests of a test."""
    chosen = {"webhook_private_addresses": True, "youtube_client_id": "p-client"}
    async with running(settings.model_copy(update=chosen), database) as found:
        yield found


async def belongings(api: Api, user: User) -> dict[str, str]:
    """One of everything that has an id, by the name of its path parameter."""
    video = await ask(user)
    key = await user.http.post("/api/v1/auth/api-keys", json={"name": "a", "scopes": ["videos:read"]})
    hook = await user.http.post("/api/v1/webhooks/endpoints", json={"url": "https://example.com/x", "events": ["video.*"]})
    second = await ask(user)
    delivery = (await user.http.get("/api/v1/webhooks/deliveries")).json()["items"][0]
    me = (await user.http.get("/api/v1/auth/me")).json()
    await api.database.value("update system.webhook_deliveries set status = 'failed' returning id")
    await api.parts.stores.videos.record_result(
        UUID(str(video["id"])), artifacts=[api.parts.artifacts.put_content("film", b"film", "video/mp4")]
    )
    account = await api.database.value(
        "insert into youtube.accounts (user_id, label, project, status, uploads_a_day) "
        "values ($1, 'a', 'p', 'disabled', 5) returning id",
        user.id,
    )
    assert second["id"] != video["id"]
    return {
        "video_id": str(video["id"]), "channel_id": str(user.channel_id), "key_id": key.json()["id"],
        "endpoint_id": hook.json()["id"],
        "delivery_id": delivery["id"], "session_id": me["session_id"], "user_id": str(user.id), "kind": "film",
        "account_id": str(account),
    }  # fmt: skip


async def test_nobody_gets_in_without_a_token_or_with_a_bad_one(api: Api) -> None:
    user = await api.user()
    ids = await belongings(api, user)
    bad = {
        "none": api.client(),
        "expired": api.client(api.parts.signer.access_token(user.id, UUID(ids["session_id"]), timedelta(seconds=-5))),
        "forged": api.client(user.token[:-4] + "AAAA"),
        "unknown key": api.client(key="ytk_" + secrets.token_urlsafe(32)),
    }
    wrong = [
        (kind, route.name, answer.status_code)
        for route in GUARDED
        for kind, client in bad.items()
        if (answer := await send(client, route, ids)).status_code != 401
    ]
    assert wrong == []


async def test_what_belongs_to_somebody_else_is_not_found(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    ids = await belongings(api, ana)
    before = await api.database.rows("select id, status, updated_at from videos.video_records order by id")
    wrong = []
    tried = 0
    for route in GUARDED:
        mine = [parameter["name"] for parameter in route.operation.get("parameters", []) if parameter["in"] == "path"]
        if not mine or Scope.ADMIN in route.scopes:
            continue
        missing = [name for name in mine if name not in ids]
        assert not missing, f"{route.name}: say in `belongings` what {missing} is"
        tried += 1
        answer = await send(eve.http, route, ids)
        if answer.status_code != 404:
            wrong.append((route.name, answer.status_code, answer.text[:200]))
    assert wrong == [] and tried >= 15
    assert await api.database.rows("select id, status, updated_at from videos.video_records order by id") == before


def _planted(schema: Any, ids: dict[str, str], name: str = "") -> Any:
    """A value of the schema with somebody else's ids wherever one fits; None where none does."""
    schema = _resolved(schema)
    for way in ("anyOf", "oneOf"):
        if way in schema and "properties" not in schema:
            return next((found for one in schema[way] if (found := _planted(one, ids, name)) is not None), None)
    if schema.get("format") == "uuid":
        return ids[name]
    if name == "digest" or "[0-9a-f]{64}" in schema.get("pattern", ""):
        return ids["digest"]
    if schema.get("type") == "array":
        inner = _planted(schema.get("items", {}), ids, name)
        return None if inner is None else [inner]
    if isinstance(schema.get("additionalProperties"), dict):
        inner = _planted(schema["additionalProperties"], ids, name)
        return None if inner is None else {"a.png": inner}
    planted = {key: value for key, each in schema.get("properties", {}).items() if (value := _planted(each, ids, key)) is not None}
    if not planted:
        return None
    required = {key: _example(schema["properties"][key]) for key in schema.get("required", [])}
    return required | planted


def _each_alone(body: Any) -> list[Any]:
    """The body with one of its planted parts at a time."""
    if not isinstance(body, dict):
        return [[one] for one in _each_alone(body[0])] if isinstance(body, list) else [body]
    many = [key for key, value in body.items() if isinstance(value, (dict, list)) or key.endswith(("_id", "digest"))]
    rest = {key: value for key, value in body.items() if key not in many}
    return [rest | {key: one} for key in many for one in _each_alone(body[key])] or [body]


async def test_ids_of_somebody_else_in_a_body_or_query_lead_nowhere(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    sent = await ana.http.post("/api/v1/media", files={"file": ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 64)})
    ids = await belongings(api, ana) | {"digest": sent.json()["digest"]}
    own = await belongings(api, eve)
    tables = "videos.video_records", "channels.youtube_channels", "youtube.oauth_states", "videos.media"
    before = [await api.database.value(f"select count(*) from {table}") for table in tables]
    tried, wrong = [], []
    for route in GUARDED:
        if Scope.ADMIN in route.scopes:
            continue
        path = route.path
        for parameter in route.operation.get("parameters", []):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", own.get(parameter["name"]) or _enumerated(parameter["schema"]))
        for parameter in route.operation.get("parameters", []):
            if parameter["in"] == "query" and (found := _planted(parameter["schema"], ids, parameter["name"])) is not None:
                answer = await eve.http.request(route.method, path, params={parameter["name"]: found})
                tried.append(f"{route.name} ?{parameter['name']}")
                nothing = answer.status_code == 200 and answer.json().get("items") == []
                if answer.status_code != 404 and not nothing:
                    wrong.append((tried[-1], answer.status_code, answer.text[:200]))
        content = route.operation.get("requestBody", {}).get("content", {}).get("application/json")
        whole = _planted(content["schema"], ids) if content else None
        for body in _each_alone(whole) if whole is not None else ():
            answer = await eve.http.request(route.method, path, json=body)
            tried.append(f"{route.name} {body}")
            if answer.status_code != 404:
                wrong.append((tried[-1], answer.status_code, answer.text[:200]))
    assert wrong == [] and len(tried) >= 8, tried
    assert [await api.database.value(f"select count(*) from {table}") for table in tables] == before


async def test_a_key_of_somebody_else_for_repeats_is_another_key(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    body, headers = {"topic": "Why the sky is blue"}, {"Idempotency-Key": "order-1"}
    answers = [await one.http.post("/api/v1/videos/generate", json=body, headers=headers) for one in (ana, eve)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] != answers[1].json()["id"] and "Idempotency-Replayed" not in answers[1].headers


async def test_a_signed_link_opens_what_it_was_made_for_and_nothing_else(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    theirs, mine = await belongings(api, ana), await belongings(api, eve)
    link = (await eve.http.get(f"/api/v1/videos/{mine['video_id']}")).json()["artifacts"][0]["url"]
    nobody = api.client()
    assert (await nobody.get(link)).status_code == 200
    for wrong in (
        link.replace(mine["video_id"], theirs["video_id"]),
        link.replace("/film?", "/script?"),
        link.replace("expires=", "expires=9"),
        f"{link}&expires=99999999999",
        link.replace(mine["video_id"], mine["video_id"].upper()),
    ):
        assert (await nobody.get(wrong)).status_code in (401, 422), wrong


async def test_lists_and_streams_show_only_what_is_ones_own(api: Api) -> None:
    ana, eve = await api.user("ana"), await api.user("eve")
    ids = await belongings(api, ana)
    hidden = [ids[name] for name in ("video_id", "channel_id", "key_id", "endpoint_id", "delivery_id", "session_id")]
    shown = 0
    for route in GUARDED:
        if route.method != "get" or "{" in route.path or Scope.ADMIN in route.scopes or route.path.endswith("events"):
            continue
        shown += 1
        text = (await eve.http.get(route.path)).text
        assert not [each for each in [*hidden, ana.email, str(ana.id)] if each in text], route.name
    assert shown >= 10


async def test_administration_is_for_administrators(api: Api) -> None:
    user, admin = await api.user(), await api.user("root", role="admin")
    ids = await belongings(api, user)
    key = api.client(key=await api.key(admin, Scope.VIDEOS_READ, Scope.ACCOUNT_WRITE))
    routes = [route for route in GUARDED if Scope.ADMIN in route.scopes]
    assert len(routes) >= 5
    for route in routes:
        assert (await send(user.http, route, ids)).status_code == 403, route.name
        assert (await send(key, route, ids)).status_code == 403, route.name
    assert (await admin.http.get("/api/v1/admin/users")).json()["total"] >= 2


async def test_a_key_does_only_what_its_scopes_say(api: Api) -> None:
    user = await api.user()
    ids = await belongings(api, user)
    wrong = []
    for route in GUARDED:
        needed = route.scopes
        assert needed or "artifacts" in route.path, f"{route.name} declares no scope"
        others = [scope for scope in Scope if scope not in needed and scope is not Scope.ADMIN]
        if "artifacts" in route.path:
            others.remove(Scope.VIDEOS_READ)
        answer = await send(api.client(key=await api.key(user, *others)), route, ids)
        await api.database.value("update users.api_keys set revoked_at = now() where name = 'test' returning id")
        if answer.status_code != 403:
            wrong.append((route.name, sorted(needed), answer.status_code))
    assert wrong == []


async def test_a_disabled_account_is_out_from_that_moment_on(api: Api) -> None:
    user, admin = await api.user(), await api.user("root", role="admin")
    key = api.client(key=await api.key(user, Scope.VIDEOS_READ))
    answer = await admin.http.patch(f"/api/v1/admin/users/{user.id}", json={"disabled": True})
    assert answer.status_code == 200 and answer.json()["disabled_at"]
    assert (await user.http.get("/api/v1/videos")).status_code == 401
    assert (await key.get("/api/v1/videos")).status_code == 401


async def test_the_last_administrator_stays_one(api: Api) -> None:
    admin = await api.user("root", role="admin")
    await laptop_owner(api.database)  # the API makes this administrator when it comes to it
    await api.database.value("update users.accounts set role = 'user' where id <> $1 returning id", admin.id)
    for change in ({"role": "user"}, {"disabled": True}):
        assert (await admin.http.patch(f"/api/v1/admin/users/{admin.id}", json=change)).status_code == 409


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.is_guarded], ids=lambda route: route.name)
def test_what_is_open_says_so_in_the_document(route: Route) -> None:
    assert not route.operation.get("security")
