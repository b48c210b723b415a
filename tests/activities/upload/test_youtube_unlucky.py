"""What goes wrong between two steps of an upload: a slow end, another consent in the middle, an answer that comes too late."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from activities.upload.connecting import YouTubeConnector
from activities.upload.upkeep import YouTubeUpkeep
from models.errors import AuthenticationFailed, Unavailable
from models.youtube.contracts import Alert, ManagedChannel, OAuthState
from models.youtube.oauth import SCOPES, Tokens
from tests.activities.upload.studio import Studio
from tests.activities.upload.test_youtube_upload import one_video

MIB = 1 << 20
INSERT = "youtube.videos.insert"


@pytest.mark.parametrize("answers", [1, 3])
async def test_a_session_that_has_every_byte_and_is_not_done_is_waited_for(studio: Studio, answers: int) -> None:
    """YouTube says 308 with the whole range while it makes the video; there is nothing more to send, and nothing wrong either."""
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB + 77)
    studio.world.finishing = answers
    uploaded = await studio.publish(task)
    assert (await one_video(studio, task, "UCone")).id == uploaded.external_id
    assert studio.world.count(INSERT, 200) == 1


async def test_a_session_is_never_opened_with_a_token_whose_channel_was_not_looked_at(studio: Studio) -> None:
    """The channel is looked at, then the token is refused, and its successor leads to another channel."""
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    studio.world.believes_credentials = True

    def leads_elsewhere(_: dict[str, Any]) -> bool:
        studio.world.identities[0].channels[:] = ["UCother"]
        return True

    studio.world.fail(INSERT, status=401, reason="authError", when=leads_elsewhere)
    with pytest.raises(AuthenticationFailed):
        await studio.publish(task)
    assert studio.world.sessions == {} and studio.world.videos == {}
    assert await studio.value("select revoked_at is not null from youtube.channel_grants where youtube_channel_id = 'UCone'")


async def test_a_second_lost_session_is_not_replaced_on_another_channel(studio: Studio) -> None:
    await studio.account("UCone")
    studio.settings = studio.settings.model_copy(update={"youtube_chunk_mb": 1})
    task = await studio.film(await studio.channel("UCone"), size=4 * MIB)
    studio.world.believes_credentials = True
    studio.world.fail("chunk", "expire", after=1)

    def leads_elsewhere(_: dict[str, Any]) -> bool:
        studio.world.identities[0].channels[:] = ["UCother"]
        return True

    studio.world.fail("chunk", "expire", when=lambda about: len(studio.world.sessions) == 2 and leads_elsewhere(about))
    with pytest.raises(AuthenticationFailed):
        await studio.publish(task)
    assert len(studio.world.sessions) == 2 and studio.world.videos == {}


async def _reconnected(studio: Studio, account: UUID) -> str:
    """A person gives consent anew; the answer is the new access token."""
    identity = studio.world.identities[0]
    issued = studio.world.issue(identity, studio.project, frozenset(SCOPES), lasting=True)
    state = OAuthState(user_id=studio.user_id, account_id=account, project=studio.project, redirect="", verifier="")
    ends = studio.now() + timedelta(seconds=issued["expires_in"])
    tokens = Tokens(issued["access_token"], ends, issued["refresh_token"], scopes=SCOPES, subject=identity.subject)
    await studio.connects.connect(state, tokens, [ManagedChannel(youtube_channel_id="UCone")], studio.now())
    return str(issued["access_token"])


@pytest.mark.parametrize("kills_the_old_one", [True, False])
async def test_a_consent_given_while_a_token_is_being_renewed_is_the_one_that_counts(
    studio: Studio, kills_the_old_one: bool
) -> None:
    """The renewal was asked for with the old refresh token; whatever it is answered, it is late."""
    account = await studio.account("UCone")
    moment = datetime.now(UTC) + timedelta(minutes=56)
    studio.now = studio.world.now = lambda: moment
    loop, given = asyncio.get_running_loop(), []

    def on_loop(work: Coroutine[Any, Any, str]) -> str:
        return asyncio.run_coroutine_threadsafe(work, loop).result(30)

    def meanwhile(_: dict[str, Any]) -> bool:
        if given:
            return False
        if kills_the_old_one:
            studio.world.revoke(studio.world.identities[0])
        given.append(on_loop(_reconnected(studio, account)))
        return False

    studio.world.fail("token", when=meanwhile)
    assert await studio.tokens().access(account) == given[0]
    row = await studio.accounts.tokens(account)
    assert (row.status, row.access_token) == ("active", given[0])
    assert await studio.accounts.alerts(studio.user_id) == []


@pytest.mark.parametrize("now", ["2026-11-01T23:30:00-08:00", "2026-03-09T00:30:00-07:00"])
async def test_alerts_about_quota_last_for_their_day_on_days_of_25_and_23_hours(studio: Studio, now: str) -> None:
    moment = datetime.fromisoformat(now)
    for kind, hours in (("quota_insert_warning", 0.4), ("quota_insert_full", 1.0)):
        await studio.accounts.tell(Alert(kind=kind, project="p1", message=kind))
        at = moment - timedelta(hours=hours)
        await studio.value("update youtube.alerts set raised_at = $2 where kind = $1 returning id", kind, at)
    await studio.quota.clear_alerts(moment)
    left = await studio.database.rows("select kind from youtube.alerts where cleared_at is null order by kind")
    today = ["quota_insert_full", "quota_insert_warning"] if moment.hour == 23 else ["quota_insert_warning"]
    assert [row["kind"] for row in left] == today


async def test_a_video_cancelled_with_its_last_answer_lost_is_not_left_at_youtube_unsaid(studio: Studio) -> None:
    """Every byte arrived, nobody heard of it, and while the upload is parked a person cancels: the film is public all the same."""
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=MIB)
    studio.world.fail("chunk", "lost")
    studio.world.fail("state", times=20, status=503)
    with pytest.raises(Unavailable):
        await studio.publish(task)
    await studio.value("update videos.video_records set status = 'cancelled' returning id")
    connector = YouTubeConnector(
        studio.settings, studio.oauth(), studio.accounts, studio.connects, studio.quota, redirect="http://back"
    )
    upkeep = YouTubeUpkeep(studio.accounts, studio.uploads, studio.quota, studio.tokens(), connector)
    assert len(studio.world.videos) == 1 and (await upkeep.probe_accounts()).withdrawn == 1
    (alert,) = await studio.accounts.alerts(studio.user_id)
    assert alert.kind == "left_behind" and "UCone" in alert.message and str(task.video.video_id) in alert.message
    assert (await upkeep.probe_accounts()).withdrawn == 0
