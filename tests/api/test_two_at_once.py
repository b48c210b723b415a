"""Two requests in the same moment: what each of them read before it wrote may not hold any more when it writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from activities.webhooks.activity import WebhookActivity
from activities.webhooks.sender import HttpSender
from models.system.bootstrap import laptop_owner
from models.system.delivering import DeliveryTask
from models.system.webhooks import MOST_ENDPOINTS, WebhookStore
from models.users.keys import MOST_KEYS
from tests.api.conftest import Api
from tests.api.test_auth import AUTH, PASSWORD, logged_in, registered, token_of
from tests.api.test_videos import GENERATE, ask

NEW = "nine blue teapots dance"


@asynccontextmanager
async def holding(api: Api, statement: str, *arguments: object) -> AsyncIterator[asyncpg.Connection]:
    """Another transaction that has executed a statement and not committed yet; it does when the block ends."""
    connection = await asyncpg.connect(api.database.url)
    try:
        async with connection.transaction():
            await connection.execute(statement, *arguments)
            yield connection
    finally:
        await connection.close()


async def waiting(api: Api, many: int) -> None:
    """Until so many of our statements wait for somebody's lock."""
    for _ in range(3000):
        if await api.database.value("select count(*) from pg_locks where not granted") >= many:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nothing waits")


async def test_two_administrators_who_remove_each_other_leave_one(api: Api) -> None:
    ana, eve = await api.user("ana", role="admin"), await api.user("eve", role="admin")
    await laptop_owner(api.database)  # the API makes this administrator when it comes to it
    await api.database.value("update users.accounts set role = 'user' where id <> all($1::uuid[]) returning id", [ana.id, eve.id])
    both = [ana.id, eve.id]
    async with holding(api, "select from users.accounts where id = any($1::uuid[]) for update", both):
        requests = [
            asyncio.create_task(one.http.patch(f"/api/v1/admin/users/{other.id}", json={"role": "user"}))
            for one, other in ((ana, eve), (eve, ana))
        ]
        await waiting(api, 2)
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert await api.database.value("select count(*) from users.accounts where role = 'admin'") == 1


@pytest.mark.parametrize(
    ("path", "body", "most", "fill"),
    [
        (
            f"{AUTH}/api-keys",
            {"name": "one more", "scopes": ["videos:read"]},
            MOST_KEYS,
            "insert into users.api_keys (user_id, name, hash, shown, scopes) "
            "select $1, n::text, sha256(n::text::bytea), '', '{videos:read}' from generate_series(1, $2::int) n",
        ),
        (
            "/api/v1/webhooks/endpoints",
            {"url": "https://example.com/hook", "events": ["video.*"]},
            MOST_ENDPOINTS,
            "insert into system.webhook_endpoints (user_id, url, events, description, secret) "
            "select $1, '', '{video.*}', '', '' from generate_series(1, $2::int)",
        ),
    ],
)
async def test_the_last_place_that_a_user_has_left_is_given_once(
    api: Api, path: str, body: dict[str, object], most: int, fill: str
) -> None:
    user = await api.user()
    await api.database.value(fill, user.id, most - 1)
    async with holding(api, "select from users.accounts where id = $1 for update", user.id):
        requests = [asyncio.create_task(user.http.post(path, json=body)) for _ in range(2)]
        await waiting(api, 2)
    answers = await asyncio.gather(*requests)
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len((await user.http.get(path)).json()["items"]) == most


async def test_a_channel_that_is_deleted_while_it_is_changed_stays_deleted(api: Api) -> None:
    user = await api.user()
    path = f"/api/v1/channels/{user.channel_id}"
    async with holding(api, "update channels.youtube_channels set status = 'deleted' where id = $1", user.channel_id):
        change = asyncio.create_task(user.http.patch(path, json={"status": "paused"}))
        await waiting(api, 1)
    assert (await change).status_code == 404
    assert await api.database.value("select status from channels.youtube_channels where id = $1", user.channel_id) == "deleted"


async def test_no_video_is_accepted_for_a_channel_that_is_being_deleted(api: Api) -> None:
    user = await api.user()
    async with holding(api, "update channels.youtube_channels set status = 'deleted' where id = $1", user.channel_id):
        asked = asyncio.create_task(user.http.post(GENERATE, json={"topic": "Why the sky is blue"}))
        await asyncio.wait([asked, asyncio.create_task(waiting(api, 1))], return_when=asyncio.FIRST_COMPLETED)
    assert (await asked).status_code == 404
    assert await api.database.value("select count(*) from videos.video_records") == 0


async def test_a_channel_is_not_deleted_while_a_video_is_being_accepted_for_it(api: Api) -> None:
    user = await api.user()
    video = await ask(user)
    await api.database.value("update videos.video_records set status = 'cancelled' returning id")
    accepting = "select from channels.youtube_channels where id = $1 for share"
    async with holding(api, accepting, user.channel_id) as other:
        deleting = asyncio.create_task(user.http.delete(f"/api/v1/channels/{user.channel_id}"))
        await waiting(api, 1)
        await other.execute("update videos.video_records set status = 'queued' where id = $1", UUID(str(video["id"])))
    assert (await deleting).status_code == 409


async def test_the_old_password_opens_no_session_once_another_one_is_set(api: Api) -> None:
    """The sign-in had found the old hash, and judges it after the password was changed and every session ended."""
    known = await registered(api)
    mine = api.client((await logged_in(api, known))["access_token"])
    user_id = UUID((await mine.get(f"{AUTH}/me")).json()["id"])
    hashed = await api.parts.passwords.hash(NEW)
    async with holding(api, "update users.accounts set password_hash = $2 where id = $1", user_id, hashed):
        late = asyncio.create_task(api.http.post(f"{AUTH}/login", json={"email": known, "password": PASSWORD}))
        await waiting(api, 1)
    await api.parts.stores.sessions.end_others(user_id, None, "the password was changed")
    answer = await late
    assert answer.status_code == 401, answer.text
    assert await api.database.value("select count(*) from users.sessions where ended_at is null") == 0


@pytest.mark.parametrize("how", ["change", "reset"])
async def test_a_password_is_not_changed_without_ending_the_sessions(api: Api, how: str) -> None:
    """The database fails at the sessions, as it would in the middle: nothing has happened then, and all of it can be done again."""
    known = await registered(api)
    await api.http.post(f"{AUTH}/password-reset", json={"email": known})
    token = await token_of(api, "reset")
    mine = api.client((await logged_in(api, known))["access_token"])
    thief = api.client((await logged_in(api, known))["access_token"])

    async def another_password() -> int:
        if how == "change":
            return (await mine.post(f"{AUTH}/password", json={"current": PASSWORD, "new": NEW})).status_code
        return (await api.http.post(f"{AUTH}/password-reset/confirm", json={"token": token, "password": NEW})).status_code

    for statement in (
        "create function fails() returns trigger language plpgsql as 'begin raise sqlstate ''57P01''; end'",
        "create trigger fails before update of ended_at on users.sessions for each row execute function fails()",
    ):
        await api.database.value(statement)
    assert await another_password() >= 500
    await logged_in(api, known)
    await api.database.value("drop trigger fails on users.sessions")
    assert await another_password() == 200
    assert (await thief.get(f"{AUTH}/me")).status_code == 401
    assert (await api.http.post(f"{AUTH}/login", json={"email": known, "password": PASSWORD})).status_code == 401


@pytest.mark.parametrize("how", ["change", "reset"])
async def test_a_session_that_opens_while_the_password_is_changed_ends_with_the_others(api: Api, how: str) -> None:
    known = await registered(api)
    await api.http.post(f"{AUTH}/password-reset", json={"email": known})
    token = await token_of(api, "reset")
    mine = api.client((await logged_in(api, known))["access_token"])
    user_id = UUID((await mine.get(f"{AUTH}/me")).json()["id"])
    async with holding(api, "update users.accounts set last_login_at = now() where id = $1", user_id) as other:
        if how == "change":
            changing = asyncio.create_task(mine.post(f"{AUTH}/password", json={"current": PASSWORD, "new": NEW}))
        else:
            body = {"token": token, "password": NEW}
            changing = asyncio.create_task(api.http.post(f"{AUTH}/password-reset/confirm", json=body))
        await waiting(api, 1)
        opened = await other.fetchval(
            "insert into users.sessions (id, user_id, expires_at) select gen_random_uuid(), $1, 'infinity' returning id",
            user_id,
        )
    assert (await changing).status_code == 200
    assert await api.database.value("select ended_at is not null from users.sessions where id = $1", opened)


async def test_of_two_changes_of_a_password_the_one_that_knew_the_old_one_only_is_refused(api: Api) -> None:
    known = await registered(api)
    mine = api.client((await logged_in(api, known))["access_token"])
    hashed = await api.parts.passwords.hash("what the owner has set")
    async with holding(api, "update users.accounts set password_hash = $2 where email = $1", known, hashed):
        late = asyncio.create_task(mine.post(f"{AUTH}/password", json={"current": PASSWORD, "new": NEW}))
        await waiting(api, 1)
    assert (await late).status_code == 403
    assert await api.database.value("select password_hash = $2 from users.accounts where email = $1", known, hashed)


async def test_a_link_to_reset_the_password_is_good_no_more_after_the_password_was_changed(api: Api) -> None:
    known = await registered(api)
    await api.http.post(f"{AUTH}/password-reset", json={"email": known})
    token = await token_of(api, "reset")
    mine = api.client((await logged_in(api, known))["access_token"])
    assert (await mine.post(f"{AUTH}/password", json={"current": PASSWORD, "new": NEW})).status_code == 200
    late = await api.http.post(f"{AUTH}/password-reset/confirm", json={"token": token, "password": "some other words here"})
    assert late.status_code == 401
    assert (await api.http.post(f"{AUTH}/login", json={"email": known, "password": NEW})).status_code == 200


async def test_whoever_registers_somebody_elses_address_in_between_does_not_get_their_account(api: Api) -> None:
    """The owner confirms by the link that came first, and the intruder's password is worth nothing."""
    address = "ana@example.com"
    await api.http.post(f"{AUTH}/register", json={"email": address, "password": PASSWORD})
    first = await token_of(api, "verify")
    await api.http.post(f"{AUTH}/register", json={"email": address, "password": "an intruder was here 9"})
    for _ in range(200):
        if await token_of(api, "verify") != first:
            break
    assert (await api.http.post(f"{AUTH}/verify-email", json={"token": first})).status_code == 200
    intruder = await api.http.post(f"{AUTH}/login", json={"email": address, "password": "an intruder was here 9"})
    assert intruder.status_code == 401
    await logged_in(api, address)
    late = await api.http.post(f"{AUTH}/verify-email", json={"token": await token_of(api, "verify")})
    assert late.status_code == 401
    await logged_in(api, address)


@pytest.mark.parametrize("meanwhile", ["its time has come", "its channel was suspended", "its channel was deleted"])
async def test_an_accepted_video_is_answered_to_a_repeat_whatever_changed_meanwhile(api: Api, meanwhile: str) -> None:
    """The first answer was lost after the commit; the repeat has the same key and body."""
    user = await api.user()
    soon = datetime.now(UTC) + timedelta(seconds=2)
    body = {"topic": "Why the sky is blue", "publish_at": soon.isoformat(), "channel_id": str(user.channel_id)}
    headers = {"Idempotency-Key": "order-1"}
    first = await user.http.post(GENERATE, json=body, headers=headers)
    assert first.status_code == 202, first.text
    await api.database.value(
        "update system.idempotency_keys set status = null, answer = null, locked_until = now() - interval '1 second' returning key"
    )
    if meanwhile == "its time has come":
        await asyncio.sleep((soon - datetime.now(UTC)).total_seconds() + 0.1)
    else:
        status = meanwhile.rpartition(" ")[2]
        await api.database.value("update channels.youtube_channels set status = $1 returning id", status)
    again = await user.http.post(GENERATE, json=body, headers=headers)
    assert again.status_code == 202 and again.json()["id"] == first.json()["id"], again.text
    assert again.json()["started"] is False


async def _endpoint(api: Api, user_id: UUID) -> UUID:
    made: UUID = await api.database.value(
        "insert into system.webhook_endpoints (user_id, url, events, description, secret) "
        "values ($1, 'https://example.com/x', '{video.*}', '', 's') returning id",
        user_id,
    )
    return made


async def test_an_endpoint_that_said_it_is_gone_stays_switched_off_when_another_delivery_is_given_up(api: Api) -> None:
    user = await api.user()
    endpoint, store = await _endpoint(api, user.id), WebhookStore(api.database)
    for event in ("one", "two"):
        await store.emit(user.id, event, "video.queued", {})
    first, second = [row["id"] for row in await api.database.rows("select id from system.webhook_deliveries order by event_id")]
    await store.given_up(first, "The endpoint answered 410: it is gone.", endpoint_is_gone=True)
    await store.given_up(second, "Given up after a day and 20 attempts.")
    (shown,) = await store.endpoints(user.id)
    assert shown["id"] == endpoint and shown["disabled_at"] is not None and "410" in shown["disabled_because"]


async def test_what_waits_for_an_endpoint_that_is_gone_is_given_up_and_says_so(api: Api) -> None:
    user = await api.user()
    endpoint, store = await _endpoint(api, user.id), WebhookStore(api.database)
    await store.emit(user.id, "one", "video.queued", {})
    await store.delete(user.id, endpoint)
    (delivery,) = [row["id"] for row in await api.database.rows("select id from system.webhook_deliveries")]
    activity = WebhookActivity(store, HttpSender(), api.parts.cipher)
    assert (await activity.attempt_delivery(DeliveryTask(delivery_id=delivery))).over
    (line,), _ = await store.deliveries(user.id, endpoint_id=None, limit=5, offset=0)
    assert line["status"] == "failed" and "deleted" in line["error"]
