"""Every line of the table of errors: what happens when YouTube says no."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models.errors import AuthenticationFailed, InvalidRequest, QuotaExhausted, RateLimited, Refused, Unavailable
from models.videos.finishing import UploadTask
from models.videos.publishing import ConfirmTask, Extra, ExtraTask, Visibility
from models.youtube.quota import next_pacific_midnight
from tests.activities.upload.studio import Studio

INSERT = "youtube.videos.insert"


async def _slots(studio: Studio) -> dict[UUID, int]:
    rows = await studio.database.rows("select account_id, taken from youtube.account_days")
    return {row["account_id"]: row["taken"] for row in rows}


async def _task(studio: Studio) -> UploadTask:
    return await studio.film(await studio.channel("UCone"))


@pytest.mark.parametrize("reason", ["quotaExceeded", "dailyLimitExceeded"])
async def test_a_full_project_sends_the_video_through_another_one(studio: Studio, reason: str) -> None:
    first = await studio.account("UCone", project="p1")
    second = await studio.account("UCone", project="p2")
    task = await _task(studio)
    full = studio.world.fail(INSERT, status=403, reason=reason)
    uploaded = await studio.publish(task)
    assert full.times == 0
    assert len(uploaded.provided.passed_over) == 1 and reason in uploaded.provided.passed_over[0]
    used = await studio.database.rows(
        "select project, full_since from youtube.quota_usage where bucket = 'insert' and full_since is not null"
    )
    assert len(used) == 1
    refused = first if used[0]["project"] == "p1" else second
    assert (await _slots(studio))[refused] == 0
    assert len(studio.world.videos) == 1


async def test_without_another_project_it_waits_for_midnight_pacific(studio: Studio) -> None:
    account = await studio.account("UCone")
    task = await _task(studio)
    studio.world.fail(INSERT, status=403, reason="quotaExceeded")
    with pytest.raises(QuotaExhausted) as caught:
        await studio.publish(task)
    now = datetime.now(UTC)
    assert caught.value.retry_after is not None
    assert abs(caught.value.retry_after - (next_pacific_midnight(now) - now)) < timedelta(minutes=1)
    assert caught.value.detail["reason"] == "quota"
    assert (await _slots(studio))[account] == 0
    asked = studio.world.count(INSERT)
    with pytest.raises(QuotaExhausted):
        await studio.publish(task)
    assert studio.world.count(INSERT) == asked, "a bucket that is full is not asked again"
    tomorrow = next_pacific_midnight(now) + timedelta(seconds=1)
    studio.now = lambda: tomorrow
    studio.world.now = lambda: tomorrow
    await studio.publish(task)
    assert len(studio.world.videos) == 1


async def test_the_channels_own_limit_parks_for_a_day_and_no_other_account_is_tried(studio: Studio) -> None:
    await studio.account("UCone", project="p1")
    await studio.account("UCone", project="p2")
    task = await _task(studio)
    studio.world.fail(INSERT, status=400, reason="uploadLimitExceeded")
    with pytest.raises(QuotaExhausted) as caught:
        await studio.publish(task)
    assert caught.value.retry_after == timedelta(hours=24)
    assert caught.value.detail["reason"] == "uploadLimitExceeded"
    assert studio.world.count(INSERT) == 1
    assert set((await _slots(studio)).values()) == {0}


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (429, "rateLimitExceeded"), (429, "")]
)
async def test_too_fast_is_left_to_the_workflows_backoff_with_the_wait_that_was_asked_for(
    studio: Studio, status: int, reason: str
) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    studio.world.fail(INSERT, status=status, reason=reason, headers={"retry-after": "17"})
    with pytest.raises(RateLimited) as caught:
        await studio.publish(task)
    assert caught.value.retry_after == timedelta(seconds=17) and caught.value.attempts == 5
    await studio.publish(task)
    assert len(studio.world.videos) == 1


async def test_a_refused_token_is_renewed_in_the_middle_of_a_film(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=300_000)
    studio.world.fail("chunk", status=401, reason="authError")
    await studio.publish(task)
    assert studio.world.refreshes == 1 and studio.world.count(INSERT) == 1
    assert len(studio.world.videos) == 1


async def test_a_dead_grant_asks_for_a_person_and_another_account_serves_meanwhile(studio: Studio) -> None:
    await studio.account("UCone", project="p1")
    await studio.account("UCone", project="p1")
    task = await _task(studio)
    studio.world.revoke(studio.world.identities[0])
    studio.world.revoke(studio.world.identities[1])
    with pytest.raises(AuthenticationFailed, match="needs reconnecting") as caught:
        await studio.publish(task)
    assert len(caught.value.detail["passed_over"]) == 2
    alerts = await studio.accounts.alerts(studio.user_id)
    assert {alert.kind for alert in alerts} == {"reconnect"} and len(alerts) == 2
    assert all("reconnect=" in alert.link for alert in alerts)
    await studio.account("UCone", project="p1")
    uploaded = await studio.publish(task)
    assert uploaded.external_id in studio.world.videos
    assert await studio.value("select count(*) from youtube.accounts where status = 'needs_reconnect'") == 2


async def test_new_tokens_that_are_refused_too_are_tried_three_times(studio: Studio) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    studio.world.fail(INSERT, status=401, reason="authError", times=99)
    with pytest.raises(AuthenticationFailed):
        await studio.publish(task)
    assert studio.world.refreshes == 3 and studio.world.count(INSERT) == 4


async def test_an_account_lost_in_the_middle_is_replaced_after_a_search_of_the_channel(studio: Studio) -> None:
    await studio.account("UCone", project="p1")
    await studio.account("UCone", project="p2")
    task = await studio.film(await studio.channel("UCone"), size=300_000)
    studio.world.fail("chunk", status=401, reason="authError", times=4)
    await studio.publish(task)
    assert len(studio.world.videos) == 1
    assert studio.world.count("youtube.playlistItems.list", 200) == 1
    states = await studio.database.rows("select state from youtube.uploads order by created_at")
    assert [row["state"] for row in states] == ["abandoned", "uploaded"]


@pytest.mark.parametrize(
    ("reason", "field"),
    [
        ("invalidTitle", "title"),
        ("invalidDescription", "description"),
        ("invalidTags", "tags"),
        ("invalidCategoryId", "category"),
        ("invalidPublishAt", "publish_at"),
        ("invalidVideoMetadata", "metadata"),
    ],
)
async def test_bad_metadata_names_its_field_and_gives_the_slot_back(studio: Studio, reason: str, field: str) -> None:
    account = await studio.account("UCone")
    task = await _task(studio)
    studio.world.fail(INSERT, status=400, reason=reason, message="bad")
    with pytest.raises(InvalidRequest) as caught:
        await studio.publish(task)
    assert caught.value.field == field and field in caught.value.what
    assert (await _slots(studio))[account] == 0
    assert studio.world.count(INSERT) == 1


async def test_metadata_that_really_is_bad_is_refused_by_the_same_rule(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), title="t" * 101)
    with pytest.raises(InvalidRequest) as caught:
        await studio.publish(task)
    assert caught.value.field == "title"


async def test_a_dead_youtube_is_given_up_after_a_while_and_gone_on_with_later(studio: Studio) -> None:
    account = await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=400_000)
    studio.world.fail("chunk", "cut", keep=262_144)
    down = studio.world.fail("chunk", status=503, times=99)
    also = studio.world.fail("state", status=503, times=99)
    with pytest.raises(Unavailable):
        await studio.publish(task)
    assert await studio.value("select consecutive_errors from youtube.accounts where id = $1", account) == 1
    down.times = also.times = 0
    await studio.publish(task)
    assert len(studio.world.videos) == 1 and studio.world.count(INSERT) == 1
    assert await studio.value("select consecutive_errors from youtube.accounts where id = $1", account) == 0


async def test_five_errors_in_a_row_switch_the_account_off_and_tell_people(studio: Studio) -> None:
    account = await studio.account("UCone")
    for number in range(5):
        health = await studio.accounts.outcome(account, success=False, error=f"error {number}")
    assert health.health == 50 and health.disabled
    assert await studio.value("select status from youtube.accounts where id = $1", account) == "disabled"
    assert {alert.kind for alert in await studio.accounts.alerts(None)} == {"disabled", "health"}
    with pytest.raises(AuthenticationFailed, match="disabled"):
        await studio.publish(await _task(studio))


async def test_an_account_whose_credentials_lead_elsewhere_uploads_nothing(studio: Studio) -> None:
    """The grant was recorded once; by now the identity manages another channel."""
    await studio.account("UCone")
    studio.world.identities[0].channels[:] = ["UCother"]
    with pytest.raises(AuthenticationFailed):
        await studio.publish(await _task(studio))
    assert studio.world.sessions == {}
    assert await studio.value("select count(*) from youtube.channel_grants where revoked_at is not null") == 1


async def test_a_video_on_the_wrong_channel_is_hidden_and_the_channel_stopped(studio: Studio) -> None:
    """An identity of several channels: YouTube puts the video on the first."""
    await studio.account("UCone", identity=studio.world.add_identity("UCother", "UCone"))
    task = await _task(studio)
    await studio.value("update channels.youtube_channels set automation_enabled = true")
    with pytest.raises(Refused, match="UCother"):
        await studio.publish(task)
    assert await studio.value("select automation_enabled from channels.youtube_channels") is False
    assert [alert.kind for alert in await studio.accounts.alerts(studio.user_id)] == ["wrong_channel"]


@pytest.mark.parametrize(
    ("outcome", "state", "paused"),
    [
        ({"uploadStatus": "rejected", "rejectionReason": "copyright"}, Visibility.REJECTED, True),
        ({"uploadStatus": "rejected", "rejectionReason": "termsOfUse"}, Visibility.REJECTED, True),
        ({"uploadStatus": "failed", "failureReason": "codec"}, Visibility.REJECTED, False),
        ({"privacyStatus": "private"}, Visibility.HIDDEN, False),
        ({}, Visibility.VISIBLE, False),
    ],
)
async def test_the_confirmation_says_what_became_of_the_video(
    studio: Studio, outcome: dict[str, str], state: Visibility, paused: bool
) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    await studio.value("update channels.youtube_channels set automation_enabled = true")
    uploaded = await studio.publish(task)
    studio.world.outcome = outcome
    studio.world.polls_until_processed = 2
    publisher = studio.publisher()
    confirm = ConfirmTask(upload=task, uploaded=uploaded)
    first = await asyncio.to_thread(publisher.confirm, confirm)
    assert first.state is Visibility.PROCESSING and first.ask_again_seconds == 30
    assert (await asyncio.to_thread(publisher.confirm, confirm)).state is state
    assert await studio.value("select not automation_enabled from channels.youtube_channels") is paused
    alerts = await studio.accounts.alerts(studio.user_id)
    assert len(alerts) == (0 if state is Visibility.VISIBLE else 1)


async def test_optional_extras_are_dropped_first_when_quota_runs_short(studio: Studio) -> None:
    await studio.account("UCone")
    studio.world.playlists["PL1"] = []
    task = await studio.film(await studio.channel("UCone"), playlist="PL1")
    uploaded = await studio.publish(task)
    await studio.value("update youtube.quota_usage set used = 8990 where bucket = 'general'")
    publisher = studio.publisher()
    done = {
        extra: await asyncio.to_thread(publisher.add, ExtraTask(upload=task, uploaded=uploaded, extra=extra))
        for extra in publisher.extras(task)
    }
    assert done[Extra.THUMBNAIL].done
    for extra in (Extra.CAPTIONS_SRT, Extra.CAPTIONS_VTT, Extra.PLAYLIST):
        assert not done[extra].done and "nearly used up" in done[extra].reason and done[extra].retry_at is not None
    assert studio.world.count("youtube.captions.insert") == 0
    await studio.value("update youtube.quota_usage set used = 0 where bucket = 'general'")
    again = await asyncio.to_thread(publisher.add, ExtraTask(upload=task, uploaded=uploaded, extra=Extra.CAPTIONS_SRT))
    assert again.done


async def test_captions_without_the_right_to_add_them_are_left_out_with_the_reason(studio: Studio) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    uploaded = await studio.publish(task)
    studio.world.fail("youtube.captions.insert", status=403, reason="insufficientPermissions", message="Insufficient Permission")
    left = await asyncio.to_thread(studio.publisher().add, ExtraTask(upload=task, uploaded=uploaded, extra=Extra.CAPTIONS_SRT))
    assert not left.done and "Insufficient Permission" in left.reason


async def test_a_picture_that_youtube_will_not_have_does_not_hold_the_video_back(studio: Studio) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    uploaded = await studio.publish(task)
    too_large = studio.store.put_content("thumbnail", b"\xff" * (2 * 1024 * 1024 + 1), "image/jpeg")
    changed = task.model_copy(update={"thumbnail": too_large})
    left = await asyncio.to_thread(studio.publisher().add, ExtraTask(upload=changed, uploaded=uploaded, extra=Extra.THUMBNAIL))
    assert not left.done and "too large" in left.reason
    good = await asyncio.to_thread(studio.publisher().add, ExtraTask(upload=task, uploaded=uploaded, extra=Extra.THUMBNAIL))
    assert good.done


async def test_a_youtube_that_keeps_nothing_is_not_asked_for_ever(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=300_000)
    studio.world.fail("chunk", "partial", keep=0, times=1000)
    with pytest.raises(Unavailable):
        await studio.publish(task)
    assert studio.world.count("chunk") < 10


async def test_a_youtube_that_forgets_every_session_is_not_asked_for_ever(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"), size=300_000)
    studio.world.fail("chunk", "expire", status=404, times=1000)
    with pytest.raises(Unavailable):
        await studio.publish(task)
    assert studio.world.count(INSERT) <= 4


async def test_quota_of_the_small_calls_does_not_close_the_bucket_of_uploads(studio: Studio) -> None:
    await studio.account("UCone")
    task = await _task(studio)
    studio.world.fail("youtube.channels.list", status=403, reason="quotaExceeded")
    with pytest.raises(QuotaExhausted):
        await studio.publish(task)
    full = await studio.database.rows("select bucket from youtube.quota_usage where full_since is not null")
    assert [one["bucket"] for one in full] == ["general"]
    assert set((await _slots(studio)).values()) == {0}
    assert await studio.value("select used from youtube.quota_usage where bucket = 'insert'") == 0


async def test_an_unclear_extra_stays_unclear_over_a_day_without_quota(studio: Studio) -> None:
    """The playlist took the video, its answer was lost, and then there was no quota to look: the next day looks first."""
    await studio.account("UCone")
    studio.world.playlists["PL1"] = []
    task = await studio.film(await studio.channel("UCone"), playlist="PL1")
    uploaded = await studio.publish(task)
    wanted = ExtraTask(upload=task, uploaded=uploaded, extra=Extra.PLAYLIST)
    studio.world.fail("youtube.playlistItems.insert", "lost")
    studio.world.fail("youtube.playlistItems.list", status=403, reason="quotaExceeded")
    assert not (await asyncio.to_thread(studio.publisher().add, wanted)).done
    await studio.value("update youtube.quota_usage set full_since = null")
    assert (await asyncio.to_thread(studio.publisher().add, wanted)).done
    assert studio.world.playlists["PL1"] == [uploaded.external_id]


async def test_withdrawing_gives_an_unused_slot_back_and_stops_the_attempt(studio: Studio) -> None:
    account = await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    studio.world.fail(INSERT, status=429, reason="rateLimitExceeded")
    with pytest.raises(RateLimited):
        await studio.publish(task)
    assert await _slots(studio) == {account: 1}
    await asyncio.to_thread(studio.publisher().withdraw, task)
    assert await _slots(studio) == {account: 0}


async def test_a_channel_without_youtube_or_accounts_says_what_to_do(studio: Studio) -> None:
    with pytest.raises(AuthenticationFailed, match=r"none is connected.*youtube connect"):
        await studio.publish(await _task(studio))
