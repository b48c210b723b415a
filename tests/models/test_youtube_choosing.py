"""Slots are taken in the transaction that chooses: no race passes a limit, none uses an account without a grant."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from models.database import Database
from models.errors import AuthenticationFailed, ComponentDown, ProviderError, QuotaExhausted
from models.youtube.choosing import AccountKind
from models.youtube.contracts import Reservation, UploadRow
from models.youtube.quota import Call, Level, next_pacific_midnight
from models.youtube.quota_store import known_costs, known_limits
from tests.activities.upload.conftest import studio, youtube
from tests.activities.upload.studio import Studio
from tests.fakes.youtube_server import YouTubeServer
from tests.models.quota_rows import KNOWN_COSTS, KNOWN_LIMITS

__all__ = ["studio", "youtube"]


def _wanted(video_id: UUID) -> Reservation:
    return Reservation(video_id=video_id, film_hash="h", film_size=10, metadata_hash="m")


async def _reserve(studio: Studio, video_id: UUID, at: datetime | None = None) -> UploadRow | ProviderError:
    try:
        return await studio.uploads.reserve(_wanted(video_id), at or studio.now())
    except ProviderError as error:
        return error


async def test_a_hundred_racing_uploads_pass_no_limit_and_use_no_account_without_a_grant(studio: Studio) -> None:
    dice = random.Random(7)
    channels = {f"UC{number}": await studio.channel(f"UC{number}") for number in range(4)}
    granted: dict[UUID, set[str]] = {}
    for number in range(15):
        kind = AccountKind.RESERVE if number >= 12 else AccountKind.ACTIVE
        mine = dice.sample(sorted(channels), dice.randrange(1, 3))
        granted[await studio.account(*mine, project=f"p{number % 2}", kind=kind)] = set(mine)
    films = [(name, await studio.film(channels[name])) for name in dice.choices(sorted(channels), k=100)]
    answers = await asyncio.gather(*(_reserve(studio, task.video.video_id) for _, task in films))
    taken = [(name, row) for (name, _), row in zip(films, answers, strict=True) if isinstance(row, UploadRow)]
    refused = [answer for answer in answers if isinstance(answer, ProviderError)]
    assert all(isinstance(error, QuotaExhausted) for error in refused) and len(taken) + len(refused) == 100
    used = Counter(row.account_id for _, row in taken)
    for account in await studio.accounts.accounts(studio.user_id, studio.now()):
        assert used[account.id] <= account.uploads_a_day
        assert account.uploads_today == used[account.id]
    assert all(name in granted[row.account_id] and row.youtube_channel_id == name for name, row in taken)
    assert len(taken) >= 50
    for name in channels:
        open_slots = sum(5 if a.kind is AccountKind.ACTIVE else 2 for a in await _of(studio, name)) - sum(
            used[a.id] for a in await _of(studio, name)
        )
        assert open_slots == 0 or not any(
            n == name and isinstance(r, ProviderError) for (n, _), r in zip(films, answers, strict=True)
        )


async def _of(studio: Studio, channel: str) -> list:  # type: ignore[type-arg]
    return [one for one in await studio.accounts.accounts(studio.user_id, studio.now()) if channel in one.channels]


async def test_racing_attempts_of_one_video_get_the_same_upload(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    rows = await asyncio.gather(*(_reserve(studio, task.video.video_id) for _ in range(10)))
    assert len({row.id for row in rows if isinstance(row, UploadRow)}) == 1
    assert await studio.value("select sum(taken) from youtube.account_days") == 1


async def test_the_project_stops_at_95_of_100_inserts(studio: Studio) -> None:
    for _ in range(20):
        await studio.account("UCone")
    channel = await studio.channel("UCone")
    films = [await studio.film(channel) for _ in range(98)]
    answers = [await _reserve(studio, task.video.video_id) for task in films]
    assert sum(isinstance(one, UploadRow) for one in answers) == 95
    assert await studio.value("select used from youtube.quota_usage where bucket = 'insert'") == 95
    levels = {alert.message.split(" is ")[1].split(" (")[0] for alert in await studio.accounts.alerts(None)}
    assert levels == {"used up"}


async def test_the_database_itself_refuses_one_upload_too_many_and_an_upload_without_a_grant(studio: Studio) -> None:
    account = await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    with pytest.raises(asyncpg.CheckViolationError):
        await studio.value("insert into youtube.account_days values ($1, current_date, 5, 6)", account)
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await studio.value(
            """insert into youtube.uploads
            (video_id, account_id, project, youtube_channel_id, day, film_hash, film_size, metadata_hash, marker)
            values ($1, $2, 'p1', 'UCother', current_date, 'h', 1, 'm', 'r')""",
            task.video.video_id, account,
        )  # fmt: skip
    await _reserve(studio, task.video.video_id)
    with pytest.raises(asyncpg.UniqueViolationError):
        await studio.value(
            """insert into youtube.uploads
            (video_id, account_id, project, youtube_channel_id, day, film_hash, film_size, metadata_hash, marker)
            values ($1, $2, 'p1', 'UCone', current_date, 'h', 1, 'm', 'r')""",
            task.video.video_id, account,
        )  # fmt: skip


async def test_a_revoked_grant_is_not_chosen(studio: Studio) -> None:
    account = await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    await studio.accounts.refresh_grants(account, [])
    assert isinstance(await _reserve(studio, task.video.video_id), AuthenticationFailed)


async def test_another_users_account_is_never_chosen(studio: Studio, database: Database, youtube: YouTubeServer) -> None:
    other = await Studio.opened(database, youtube, studio.folder)
    await other.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    assert isinstance(await _reserve(studio, task.video.video_id), AuthenticationFailed)


async def test_a_slot_given_back_counts_for_the_day_it_was_taken(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    before = next_pacific_midnight(studio.now()) - timedelta(seconds=1)
    row = await studio.uploads.reserve(_wanted(task.video.video_id), before)
    await studio.uploads.give_back(row, "never sent")
    days = await studio.database.rows("select taken from youtube.account_days")
    assert [one["taken"] for one in days] == [0]
    assert await studio.value("select used from youtube.quota_usage") == 0
    after = before + timedelta(seconds=2)
    await studio.uploads.reserve(_wanted(task.video.video_id), after)
    assert await studio.value("select count(*) from youtube.account_days") == 2


async def test_an_older_attempt_can_neither_write_nor_give_back_what_a_newer_one_holds(studio: Studio) -> None:
    await studio.account("UCone")
    task = await studio.film(await studio.channel("UCone"))
    reserved = await studio.uploads.reserve(_wanted(task.video.video_id), studio.now())
    older = await studio.uploads.take_over(reserved.id)
    newer = await studio.uploads.take_over(reserved.id)
    for act in (studio.uploads.opened(older, "sealed"), studio.uploads.give_back(older, "old"), studio.uploads.asks(older)):
        with pytest.raises(ComponentDown, match="taken over"):
            await act
    assert await studio.uploads.asks(newer)
    await studio.uploads.opened(newer, "sealed")
    await studio.uploads.give_back(newer, "lost")
    await studio.uploads.give_back(newer, "twice")
    assert await studio.value("select state from youtube.uploads") == "abandoned"
    assert await studio.value("select taken from youtube.account_days") == 1


@pytest.mark.parametrize("day", ["2027-03-14", "2026-11-01", "2026-11-20"])
async def test_limits_renew_at_midnight_pacific_on_every_kind_of_day(studio: Studio, day: str) -> None:
    await studio.account("UCone")
    channel = await studio.channel("UCone")
    noon = datetime.fromisoformat(f"{day}T20:00:00+00:00")
    films = [await studio.film(channel) for _ in range(7)]
    for task in films[:5]:
        assert isinstance(await _reserve(studio, task.video.video_id, noon), UploadRow)
    last = next_pacific_midnight(noon) - timedelta(seconds=1)
    refused = await _reserve(studio, films[5].video.video_id, last)
    assert isinstance(refused, QuotaExhausted) and refused.retry_after == timedelta(seconds=1)
    assert isinstance(await _reserve(studio, films[5].video.video_id, last + timedelta(seconds=1)), UploadRow)


async def test_racing_calls_stop_exactly_at_the_limit_and_people_are_warned(studio: Studio) -> None:
    now = studio.now()
    await studio.quota.spend("p1", Call.VIDEOS_LIST, now)
    await studio.value("update youtube.quota_usage set used = 6960")

    async def spend() -> Level | None:
        try:
            return await studio.quota.spend("p1", Call.CAPTIONS_INSERT, now, optional=True)
        except QuotaExhausted:
            return None

    levels = [await spend()]
    assert levels == [Level.WARNING]
    levels += await asyncio.gather(*(spend() for _ in range(20)))
    assert await studio.value("select used from youtube.quota_usage") == 6960 + 5 * 400
    assert [alert.kind for alert in await studio.accounts.alerts(None)] == ["quota_general_warning"]
    await studio.value("update youtube.quota_usage set used = 9499")
    assert await studio.quota.spend("p1", Call.VIDEOS_LIST, now) is Level.FULL
    assert [alert.kind for alert in await studio.accounts.alerts(None)] == ["quota_general_full"]
    await studio.quota.clear_alerts(now)
    assert len(await studio.accounts.alerts(None)) == 1
    await studio.quota.clear_alerts(next_pacific_midnight(now) + timedelta(seconds=1))
    assert await studio.accounts.alerts(None) == []
    with pytest.raises(QuotaExhausted, match="midnight Pacific"):
        await studio.quota.spend("p1", Call.VIDEOS_LIST, now)
    assert await studio.quota.spend("p1", Call.VIDEOS_LIST, now, override=True) is Level.FULL


async def test_the_report_says_what_still_fits_today(studio: Studio) -> None:
    for _ in range(3):
        await studio.account("UCone")
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    report = await studio.quota.report(["p1"], now, caption_tracks=1)
    assert (report.videos_left, report.complete_left) == (15, 15)
    await studio.quota.mark_full("p1", Call.THUMBNAILS_SET, now)
    report = await studio.quota.report(["p1"], now, caption_tracks=1)
    assert report.videos_left == 0
    full = next(one for one in report.buckets if one.bucket == "general")
    assert full.full and full.level is Level.FULL and full.renews_at == datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


async def test_before_there_were_buckets_uploads_were_counted_in_units(studio: Studio) -> None:
    await studio.account("UCone")
    spring = datetime(2026, 3, 8, 20, 0, tzinfo=UTC)
    task = await studio.film(await studio.channel("UCone"))
    assert isinstance(await _reserve(studio, task.video.video_id, spring), UploadRow)
    report = await studio.quota.report(["p1"], spring, caption_tracks=1)
    assert [(one.bucket, one.used) for one in report.buckets] == [("general", 100)]
    assert report.videos_left == 4 and report.renews_at == datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


async def test_the_rows_of_a_new_installation_are_the_documented_ones(studio: Studio) -> None:
    async with studio.database.session() as session:
        assert set(await known_costs(session)) == set(KNOWN_COSTS)
        assert set(await known_limits(session)) == set(KNOWN_LIMITS)


async def test_a_new_price_holds_from_its_day_on_and_an_audited_project_has_its_own_limit(studio: Studio) -> None:
    await studio.value("insert into youtube.quota_costs values ('videos.insert', '2027-02-01', 'insert', 2, 'news')")
    await studio.value("insert into youtube.quota_limits values ('p1', 'insert', '2027-02-01', 7, 'audit')")
    before, after = datetime(2027, 2, 1, 7, 59, tzinfo=UTC), datetime(2027, 2, 1, 8, 0, tzinfo=UTC)
    for _ in range(4):
        await studio.quota.spend("p1", Call.VIDEOS_INSERT, before)
    for _ in range(3):
        await studio.quota.spend("p1", Call.VIDEOS_INSERT, after)
    with pytest.raises(QuotaExhausted):
        await studio.quota.spend("p1", Call.VIDEOS_INSERT, after)
    used = await studio.database.rows("select used from youtube.quota_usage order by day")
    assert [row["used"] for row in used] == [4, 6]
