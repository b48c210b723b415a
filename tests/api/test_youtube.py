"""Connecting YouTube through the API: one-time states, PKCE, grants, and nobody else's accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from models.database import Database
from models.settings import Settings
from tests.api.conftest import Api, User, running
from tests.api.test_two_at_once import holding, waiting
from tests.fakes.youtube_oauth import consent
from tests.fakes.youtube_server import YouTubeServer
from tests.fakes.youtube_world import Identity

CALLBACK = "/api/v1/youtube/oauth/callback"


@pytest.fixture
def youtube() -> Iterator[YouTubeServer]:
    with YouTubeServer().running() as server:
        server.world.add_client("p1", "p1-client")
        yield server
        assert server.world.violations == []


@pytest_asyncio.fixture
async def api(settings: Settings, database: Database, youtube: YouTubeServer) -> AsyncIterator[Api]:
    own = {
        "youtube_api_url": youtube.address, "youtube_token_url": youtube.token_url, "youtube_project": "p1",
        "youtube_client_id": "p1-client", "youtube_client_secret": SecretStr("secret"), "public_url": "http://127.0.0.1:8321",
    }  # fmt: skip
    async with running(settings.model_copy(update=own), database) as found:
        yield found


@dataclass
class Connecting:
    """A user in front of a local YouTube."""

    api: Api
    youtube: YouTubeServer
    user: User

    async def address(self, **query: Any) -> str:
        answer = await self.user.http.get("/api/v1/youtube/oauth/authorize", params=query)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    async def come_back(self, url: str, identity: Identity, **more: Any) -> httpx.Response:
        back = consent(self.youtube.world, url, identity, **more)
        return await self.api.http.get(f"{CALLBACK}?{urlparse(back).query}")


@pytest_asyncio.fixture
async def connecting(api: Api, youtube: YouTubeServer) -> Connecting:
    return Connecting(api, youtube, await api.user())


async def test_consent_leads_to_an_account_with_its_grants_and_a_tied_channel(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    connecting.youtube.world.refresh_seconds = 7 * 86_400
    url = await connecting.address(channel_id=str(connecting.user.channel_id))
    asked = {name: values[0] for name, values in parse_qs(urlparse(url).query).items()}
    assert asked["redirect_uri"] == f"http://127.0.0.1:8321{CALLBACK}"
    assert "https://www.googleapis.com/auth/youtube.upload" in asked["scope"].split()
    answer = await connecting.come_back(url, identity)
    assert answer.status_code == 200, answer.text
    assert answer.json()["channels"] == ["UCone"] and answer.json()["uploads_a_day"] == 5
    assert "token" not in answer.text
    dies = datetime.fromisoformat(answer.json()["refresh_dies_at"]) - datetime.now(UTC)
    assert timedelta(days=6) < dies < timedelta(days=7)
    database = connecting.api.database
    assert (
        await database.value("select youtube_channel_id from channels.youtube_channels where id = $1", connecting.user.channel_id)
        == "UCone"
    )
    row = (await database.rows("select access_token, refresh_token from youtube.accounts"))[0]
    assert row["refresh_token"].startswith("v1.") and next(iter(identity.refresh_tokens)) not in str(dict(row))
    listed = await connecting.user.http.get("/api/v1/youtube/accounts")
    assert [one["id"] for one in listed.json()["items"]] == [answer.json()["id"]]


async def test_a_state_works_once(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    url = await connecting.address()
    backs = [consent(connecting.youtube.world, url, identity) for _ in range(5)]
    answers = await asyncio.gather(*(connecting.api.http.get(f"{CALLBACK}?{urlparse(back).query}") for back in backs))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    assert await connecting.api.database.value("select count(*) from youtube.accounts") == 1


async def test_a_state_ends_after_ten_minutes(connecting: Connecting) -> None:
    url = await connecting.address()
    minutes = await connecting.api.database.value(
        "select extract(epoch from expires_at - created_at) / 60 from youtube.oauth_states"
    )
    assert 9.9 < minutes < 10.1
    await connecting.api.database.value("update youtube.oauth_states set expires_at = now() - interval '1 second'")
    answer = await connecting.come_back(url, connecting.youtube.world.add_identity("UCone"))
    assert answer.status_code == 409 and answer.json()["errors"][0]["field"] == "state"


async def test_a_forged_state_or_verifier_gets_nothing(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    url = await connecting.address()
    forged = await connecting.api.http.get(CALLBACK, params={"state": "x" * 43, "code": "4/abc"})
    assert forged.status_code == 409
    await connecting.address()
    other = parse_qs(urlparse(await connecting.address()).query)["state"][0]
    mixed = consent(connecting.youtube.world, url, identity).replace(parse_qs(urlparse(url).query)["state"][0], other)
    answer = await connecting.api.http.get(f"{CALLBACK}?{urlparse(mixed).query}")
    assert answer.status_code >= 400 and await connecting.api.database.value("select count(*) from youtube.accounts") == 0


async def test_a_browser_that_did_not_ask_is_turned_away(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    url = await connecting.address()
    browser = {"sec-fetch-mode": "navigate", "accept": "text/html,*/*"}
    back = f"{CALLBACK}?{urlparse(consent(connecting.youtube.world, url, identity)).query}"
    assert (await connecting.api.http.get(back, headers=browser)).status_code == 403
    mine = await connecting.user.http.get(back, headers=browser)
    assert mine.status_code == 303 and mine.headers["location"] == "http://127.0.0.1:8321/#youtube"


async def test_saying_no_is_answered_in_words(connecting: Connecting) -> None:
    answer = await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity("UCone"), deny=True)
    assert answer.status_code == 422 and "access_denied" in answer.json()["detail"]


async def test_a_reconnect_without_a_refresh_token_keeps_the_good_one(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    first = (await connecting.come_back(await connecting.address(), identity)).json()
    database = connecting.api.database
    kept = await database.value("select refresh_token from youtube.accounts")
    identity.gives_refresh_token = False
    again = await connecting.come_back(await connecting.address(account_id=first["id"]), identity)
    assert again.status_code == 200 and again.json()["id"] == first["id"]
    assert await database.value("select refresh_token from youtube.accounts") == kept
    await database.value("update youtube.accounts set status = 'needs_reconnect'")
    refused = await connecting.come_back(await connecting.address(account_id=first["id"]), identity)
    assert refused.status_code == 422 and "myaccount.google.com" in refused.text
    assert await database.value("select refresh_token from youtube.accounts") == kept
    identity.gives_refresh_token = True
    mended = await connecting.come_back(await connecting.address(account_id=first["id"]), identity)
    assert mended.json()["status"] == "active"
    assert await database.value("select refresh_token from youtube.accounts") != kept


async def test_a_new_account_without_a_refresh_token_is_refused(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    identity.gives_refresh_token = False
    answer = await connecting.come_back(await connecting.address(), identity)
    assert answer.status_code == 422
    assert await connecting.api.database.value("select count(*) from youtube.accounts") == 0


async def test_reconnecting_with_another_identity_changes_nothing(connecting: Connecting) -> None:
    first = (await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity("UCone"))).json()
    other = connecting.youtube.world.add_identity("UCone")
    before = await connecting.api.database.rows("select * from youtube.accounts")
    answer = await connecting.come_back(await connecting.address(account_id=first["id"]), other)
    assert answer.status_code == 409
    assert await connecting.api.database.rows("select * from youtube.accounts") == before


async def test_two_identities_of_one_channel_are_two_accounts_and_one_again_is_one(connecting: Connecting) -> None:
    ana, bo = connecting.youtube.world.add_identity("UCone"), connecting.youtube.world.add_identity("UCone")
    for identity in (ana, bo, ana):
        assert (await connecting.come_back(await connecting.address(), identity)).status_code == 200
    assert await connecting.api.database.value("select count(*) from youtube.accounts") == 2


async def test_an_identity_without_a_channel_is_told(connecting: Connecting) -> None:
    answer = await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity())
    assert answer.status_code == 422 and "no YouTube channel" in answer.json()["detail"]


async def test_a_consent_without_uploading_is_refused(connecting: Connecting) -> None:
    left_out = frozenset(f"https://www.googleapis.com/auth/{name}" for name in ("youtube", "youtube.upload"))
    identity = connecting.youtube.world.add_identity("UCone")
    answer = await connecting.come_back(await connecting.address(), identity, drop_scopes=left_out)
    assert answer.status_code == 422 and "uploading" in answer.json()["detail"]


async def test_accounts_are_changed_by_their_user_alone(connecting: Connecting) -> None:
    made = (await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity("UCone"))).json()
    address = f"/api/v1/youtube/accounts/{made['id']}"
    stranger = await connecting.api.user("bo")
    assert (await stranger.http.patch(address, json={"status": "disabled"})).status_code == 404
    assert (await stranger.http.get("/api/v1/youtube/accounts")).json()["total"] == 0
    refused = await stranger.http.get("/api/v1/youtube/oauth/authorize", params={"account_id": made["id"]})
    assert refused.status_code == 404
    mine = await connecting.user.http.patch(address, json={"kind": "reserve", "uploads_a_day": 2, "label": "Second"})
    assert (mine.json()["kind"], mine.json()["uploads_a_day"], mine.json()["label"]) == ("reserve", 2, "Second")
    assert (await connecting.user.http.patch(address, json={"status": "disabled"})).json()["status"] == "disabled"
    assert (await connecting.user.http.patch(address, json={"status": "active"})).json()["status"] == "active"
    await connecting.api.database.value("update youtube.accounts set status = 'needs_reconnect'")
    assert (await connecting.user.http.patch(address, json={"status": "active"})).status_code == 409


async def test_an_account_whose_access_was_refused_is_not_switched_on_by_way_of_off(connecting: Connecting) -> None:
    identity = connecting.youtube.world.add_identity("UCone")
    made = (await connecting.come_back(await connecting.address(), identity)).json()
    address, accounts = f"/api/v1/youtube/accounts/{made['id']}", connecting.api.parts.youtube.accounts
    tokens = await accounts.tokens(UUID(made["id"]))
    assert await accounts.needs_reconnect(tokens, "Token has been expired or revoked.", "http://127.0.0.1:8321/#youtube")
    for change, status in (("active", 409), ("disabled", 200), ("active", 409)):
        answer = await connecting.user.http.patch(address, json={"status": change, "label": change})
        assert answer.status_code == status, answer.text
    assert answer.json()["detail"] == "The account must be reconnected first."
    (account,) = (await connecting.user.http.get("/api/v1/youtube/accounts")).json()["items"]
    assert (account["status"], account["label"]) == ("disabled", "disabled")
    assert (await connecting.user.http.patch(address, json={"label": "Mine"})).json()["label"] == "Mine"
    await connecting.come_back(await connecting.address(account_id=made["id"]), identity)
    assert (await connecting.user.http.patch(address, json={"status": "disabled"})).json()["status"] == "disabled"
    assert (await connecting.user.http.patch(address, json={"status": "active"})).json()["status"] == "active"


async def test_access_that_is_refused_while_its_account_is_switched_on_stays_refused(connecting: Connecting) -> None:
    made = (await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity("UCone"))).json()
    refused = "update youtube.accounts set status = 'needs_reconnect' where id = $1"
    async with holding(connecting.api, refused, UUID(made["id"])):
        patch = connecting.user.http.patch(f"/api/v1/youtube/accounts/{made['id']}", json={"status": "active"})
        switching = asyncio.create_task(patch)
        await waiting(connecting.api, 1)
    assert (await switching).status_code == 409
    assert await connecting.api.database.value("select status from youtube.accounts") == "needs_reconnect"


async def test_the_youtube_channel_of_a_deleted_channel_can_be_connected_again(connecting: Connecting) -> None:
    identity, user = connecting.youtube.world.add_identity("UCone"), connecting.user
    await connecting.come_back(await connecting.address(channel_id=str(user.channel_id)), identity)
    begun = await connecting.address(channel_id=str(user.channel_id))
    assert (await user.http.delete(f"/api/v1/channels/{user.channel_id}")).status_code == 204
    too_late = await connecting.come_back(begun, identity)
    assert too_late.status_code == 404, too_late.text
    query = {"channel_id": str(user.channel_id)}
    assert (await user.http.get("/api/v1/youtube/oauth/authorize", params=query)).status_code == 404
    again = (await user.http.post("/api/v1/channels", json={"name": "Again"})).json()["id"]
    assert (await connecting.come_back(await connecting.address(channel_id=again), identity)).status_code == 200
    shown = await user.http.get(f"/api/v1/channels/{again}")
    assert shown.json()["youtube_channel_id"] == "UCone"


async def test_quota_is_shown_with_what_still_fits(connecting: Connecting) -> None:
    await connecting.come_back(await connecting.address(), connecting.youtube.world.add_identity("UCone"))
    answer = (await connecting.user.http.get("/api/v1/youtube/quota")).json()
    assert answer["videos_left"] == 5 and answer["complete_left"] == 5
    general = next(one for one in answer["buckets"] if one["bucket"] == "general")
    assert (general["used"], general["units"], general["spendable"], general["level"]) == (1, 10_000, 9_500, "fine")
    stranger = await connecting.api.user("bo")
    assert (await stranger.http.get("/api/v1/youtube/quota")).json()["videos_left"] == 0
    assert (await connecting.user.http.get("/api/v1/youtube/alerts")).json() == []
