"""What an attacker would try, beside the generated requests of `test_tenancy`."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from api.deps import network_of
from api.security import Passwords
from models.database import Database
from models.settings import Settings
from models.users.scopes import Scope
from tests.api.conftest import Api, running
from tests.api.test_videos import ask


@pytest.mark.parametrize("how", ["session", "key", "account"])
async def test_a_stream_ends_soon_after_its_listener_lost_the_right_to_it(settings: Settings, database: Database, how: str) -> None:
    async with running(settings, database) as api:
        api.parts.progress._heartbeat = 0.1
        user = await api.user()
        await ask(user)
        client = api.client(key=await api.key(user, Scope.VIDEOS_READ)) if how == "key" else user.http
        async with client.stream("GET", "/api/v1/videos/events", headers={"Last-Event-ID": "0"}) as stream, asyncio.timeout(60):
            blocks = stream.aiter_text()
            while "still here" not in await anext(blocks):
                pass
            statement = {
                "session": "update users.sessions set ended_at = now() where user_id = $1 returning id",
                "key": "update users.api_keys set revoked_at = now() where user_id = $1 returning id",
                "account": "update users.accounts set disabled_at = now() where id = $1 returning id",
            }[how]
            await database.value(statement, user.id)
            assert "data:" not in "".join([block async for block in blocks])


async def test_a_stranger_is_turned_away_before_the_file_is_read(api: Api) -> None:
    host, port = httpx.URL(api.url).host, httpx.URL(api.url).port
    reader, writer = await asyncio.open_connection(host, port)
    head = (
        "POST /api/v1/media HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000000\r\n\r\n"
    )
    writer.write(head.encode() + b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n')
    async with asyncio.timeout(60):
        assert b" 401 " in await reader.readline()
    writer.close()


@pytest.mark.parametrize(
    ("body", "kind"), [(b"", "application/json"), (b"--b--\r\n", "multipart/form-data; boundary=b"), (b"file=x", "text/plain")]
)
async def test_an_upload_without_a_file_is_refused_by_field(api: Api, body: bytes, kind: str) -> None:
    user = await api.user()
    answer = await user.http.post("/api/v1/media", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_event_whose_handler_died_is_handled_again_after_a_minute(api: Api) -> None:
    inbox = api.parts.stores.webhooks
    assert await inbox.first_time("n8n:x", "one") and not await inbox.first_time("n8n:x", "one")
    await api.database.value("update system.webhook_inbox set received_at = now() - interval '2 minutes' returning event_id")
    assert sorted(await asyncio.gather(*(inbox.first_time("n8n:x", "one") for _ in range(5)))) == [False] * 4 + [True]
    await inbox.answered("n8n:x", "one", {"decision": "STOP"})
    await api.database.value("update system.webhook_inbox set received_at = now() - interval '2 minutes' returning event_id")
    assert not await inbox.first_time("n8n:x", "one")


def test_limits_by_address_count_a_whole_network_of_ipv6() -> None:
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1") != network_of("2001:db8:1:3::4")
    assert network_of("203.0.113.7") == "203.0.113.7" and network_of("") == ""
    assert network_of("::ffff:203.0.113.7") == "203.0.113.7", "an address of IPv4 that came through an IPv6 socket"


async def test_a_sign_in_without_an_account_costs_what_one_with_an_account_costs() -> None:
    passwords = Passwords(memory_mb=8)
    stored = await passwords.hash("a password")
    assert await passwords.verify("a password", stored)
    assert not await passwords.verify("a password", None)
    # Kind, version, memory, rounds and lanes, and as many bytes: all that decides how long a look takes.
    assert passwords._nobody.split("$")[:4] == stored.split("$")[:4]
    assert [len(part) for part in passwords._nobody.split("$")] == [len(part) for part in stored.split("$")]
