"""The ledger: no cap is passed, no cent is lost, and a repeat changes nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from models.costs.caps import Caps
from models.costs.checker import check_ledger, passed_caps
from models.costs.contracts import Scope
from models.costs.ledger import Ledger, Posting
from models.costs.store import CostStore
from models.database import Database
from models.errors import NotFound, OverBudget
from models.settings import Settings
from models.videos.contracts import VideoInput
from models.videos.tables import VideoRecord
from tests.models.money import OPEN, a_user, a_video
from workers.migrate import upgrade

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CALL: dict[str, Any] = {"provider": "openai", "operation": "script"}


async def _total(database: Database, video: VideoInput) -> Decimal:
    async with database.session() as session:
        record = await session.get(VideoRecord, video.video_id)
        assert record is not None
        return record.total_cost


async def test_a_charge_counts_its_estimate_until_its_cost_is_known(database: Database) -> None:
    video, ledger = await a_video(database), Ledger(database, OPEN)
    charge = {"video_id": video.video_id, "user_id": video.user_id, **CALL}
    await ledger.reserve("a", amount=Decimal("0.30"), at=NOON, **charge)
    await ledger.reserve("b", amount=Decimal("0.20"), at=NOON, **charge)
    await ledger.reserve("c", amount=Decimal("0.10"), at=NOON, **charge)
    await ledger.settle("a", Decimal("0.123456"))
    await ledger.release("b")
    assert await _total(database, video) == Decimal("0.223456")
    async with database.session() as session:
        store = CostStore(OPEN)
        for scope, subject in [
            (Scope.VIDEO, f"{video.video_id}"),
            (Scope.USER_DAY, f"{video.user_id}"),
            (Scope.PLATFORM_MONTH, ""),
        ]:
            standing = await store.standing(session, scope, NOON, subject)
            assert (standing.reserved, standing.spent) == (Decimal("0.10"), Decimal("0.123456"))
        [line] = await store.video_costs(session, video.video_id)
        assert (line.provider, line.spent, line.reserved, line.calls) == ("openai", Decimal("0.123456"), Decimal("0.10"), 3)


async def test_repeats_of_every_posting_change_nothing(database: Database) -> None:
    video, ledger = await a_video(database), Ledger(database, OPEN)
    charge = {"video_id": video.video_id, "user_id": video.user_id, "amount": Decimal("0.5"), **CALL}
    assert await ledger.reserve("k", **charge) == Posting("reserved", True)
    assert await ledger.reserve("k", **charge) == Posting("reserved", False)
    assert await ledger.settle("k", Decimal("0.4")) == Posting("settled", True)
    assert await ledger.settle("k", Decimal("0.2")) == Posting("settled", False)
    assert await ledger.release("k") == Posting("settled", False)
    assert await ledger.reserve("k", **charge) == Posting("settled", False)
    assert await _total(database, video) == Decimal("0.4")


async def test_a_released_key_stays_released(database: Database) -> None:
    ledger = Ledger(database, OPEN)
    await ledger.reserve("k", amount=Decimal("0.5"), **CALL)
    assert await ledger.release("k") == Posting("released", True)
    assert await ledger.settle("k", Decimal("0.4")) == Posting("released", False)
    with pytest.raises(NotFound):
        await ledger.settle("nobody reserved this", Decimal(1))


@pytest.mark.parametrize("scope", list(Scope))
async def test_each_cap_is_reached_exactly_and_never_passed(database: Database, scope: Scope) -> None:
    """Eight callers at once want 30 cents of a dollar: three get them, and a fourth one only what is left."""
    one = Decimal(1)
    caps = {
        Scope.VIDEO: {"video": one},
        Scope.PROVIDER_VIDEO: {"provider_video": {("openai", "script"): one}},
        Scope.USER_DAY: {"user_day": one},
        Scope.PROVIDER_DAY: {"provider_day": {"openai": one}},
        Scope.PLATFORM_MONTH: {"platform_month": one},
        Scope.PLATFORM_DAY: {"platform_day": one},
    }
    open_caps = {"video": Decimal(9), "user_day": Decimal(9), "platform_day": Decimal(9), "platform_month": Decimal(9)}
    ledger = Ledger(database, Caps(**{**open_caps, **caps[scope]}))  # type: ignore[arg-type]
    video = await a_video(database)
    charge = {"video_id": video.video_id, "user_id": video.user_id, **CALL}
    tries = (ledger.reserve(f"k{number}", amount=Decimal("0.30"), at=NOON, **charge) for number in range(8))
    answers = await asyncio.gather(*tries, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, OverBudget)]
    assert len(refused) == 5 and {answer.scope for answer in refused} == {scope.value}
    assert refused[-1].detail["cap"] == "1.000000"
    await ledger.reserve("rest", amount=Decimal("0.10"), at=NOON, **charge)
    with pytest.raises(OverBudget):
        await ledger.reserve("more", amount=Decimal("0.000001"), at=NOON, **charge)
    assert await passed_caps(database) == []
    assert await _total(database, video) == one


async def test_days_months_users_videos_and_providers_do_not_share_caps(database: Database) -> None:
    one = Decimal(1)
    caps = Caps(one, one, one, Decimal("2.5"), {"openai": one}, {("openai", "script"): one})
    ledger = Ledger(database, caps)
    first = await a_video(database)
    await ledger.reserve("1", amount=one, video_id=first.video_id, user_id=first.user_id, at=NOON, **CALL)
    second = await a_video(database, await a_user(database))
    tomorrow = NOON.replace(day=21)
    other = {"video_id": second.video_id, "user_id": second.user_id}
    await ledger.reserve("2", amount=one, provider="google", operation="voice", at=tomorrow, **other)
    with pytest.raises(OverBudget) as refusal:
        await ledger.reserve("3", amount=one, **CALL, at=NOON.replace(day=22))
    assert refusal.value.scope == "platform_month"
    await ledger.reserve("3", amount=one, **CALL, at=NOON.replace(month=12))


async def test_a_charge_is_settled_in_the_day_that_reserved_it(database: Database) -> None:
    ledger = Ledger(database, OPEN)
    before_midnight = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    await ledger.reserve("k", amount=Decimal(1), at=before_midnight, **CALL)
    await ledger.settle("k", Decimal(1))
    periods = await database.rows("select scope, period, spent from costs.budgets where spent > 0 order by period")
    assert {row["period"] for row in periods} == {"2026-11", "2026-11-30"}


async def _with_date_style(address: str, style: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(f"alter database {urlsplit(address).path.lstrip('/')} set datestyle to {style}")
    await connection.close()


@pytest.mark.parametrize("style", ["German", "SQL, DMY"])
async def test_a_database_that_writes_dates_in_another_way_counts_against_the_same_days(database_address: str, style: str) -> None:
    await _with_date_style(database_address, style)
    database = Database(database_address)
    video, ledger, store = await a_video(database), Ledger(database, OPEN), CostStore(OPEN)
    charge = {"video_id": video.video_id, "user_id": video.user_id, **CALL}
    await ledger.reserve("k", amount=Decimal(1), at=NOON, **charge)
    async with database.session() as session:
        standings = [
            await store.standing(session, scope, NOON, subject)
            for scope, subject in ((Scope.USER_DAY, str(video.user_id)), (Scope.PROVIDER_DAY, "openai"), (Scope.PLATFORM_DAY, ""))
        ]
        await store.raise_cap(session, Scope.PLATFORM_DAY, Decimal("1.5"), NOON)
    assert [standing.reserved for standing in standings] == [Decimal(1)] * 3
    with pytest.raises(OverBudget):
        await ledger.reserve("l", amount=Decimal(1), at=NOON, **charge)
    await database.close()


async def test_days_that_were_posted_under_another_name_are_brought_together(empty_database_address: str) -> None:
    await asyncio.to_thread(upgrade, empty_database_address, "0019")
    await _with_date_style(empty_database_address, "German")
    database = Database(empty_database_address)
    ledger, store = Ledger(database, OPEN), CostStore(OPEN)
    await ledger.reserve("k", amount=Decimal(1), at=NOON, **CALL)
    async with database.session() as session:
        await store.raise_cap(session, Scope.PLATFORM_DAY, Decimal("1.5"), NOON)
    await asyncio.to_thread(upgrade, empty_database_address)
    assert await check_ledger(database) == []
    with pytest.raises(OverBudget):
        await ledger.reserve("l", amount=Decimal(1), at=NOON, **CALL)
    await ledger.settle("k", Decimal("0.4"))
    async with database.session() as session:
        standing = await store.standing(session, Scope.PLATFORM_DAY, NOON)
    assert (standing.cap, standing.reserved, standing.spent) == (Decimal("1.5"), Decimal(0), Decimal("0.4"))
    assert await check_ledger(database) == []
    await database.close()


async def test_own_caps_win_over_defaults_and_raised_ones_over_both(database: Database) -> None:
    video, user = await a_video(database), await a_user(database)
    ledger, store = Ledger(database, OPEN), CostStore(OPEN)
    async with database.session() as session:
        await session.execute(text("update users.accounts set day_cap = 0 where id = :id"), {"id": user})
        await store.raise_cap(session, Scope.VIDEO, Decimal("0.1"), NOON, f"{video.video_id}")
    with pytest.raises(OverBudget) as refusal:
        await ledger.reserve("v", amount=Decimal("0.2"), video_id=video.video_id, at=NOON, **CALL)
    assert refusal.value.scope == "video"
    with pytest.raises(OverBudget) as refusal:
        await ledger.reserve("u", amount=Decimal("0.2"), user_id=user, at=NOON, **CALL)
    assert refusal.value.scope == "user_day"
    async with database.session() as session:
        await store.raise_cap(session, Scope.USER_DAY, Decimal(5), NOON, f"{user}")
        await store.raise_cap(session, Scope.VIDEO, Decimal(5), NOON, f"{video.video_id}")
    for number in range(2):
        await ledger.reserve(f"u{number}", amount=Decimal("0.2"), user_id=user, video_id=video.video_id, at=NOON, **CALL)
    async with database.session() as session:
        assert (await store.standing(session, Scope.USER_DAY, NOON, f"{user}")).left == Decimal("4.6")
        assert (await store.standing(session, Scope.USER_DAY, NOON.replace(day=21), f"{user}")).left == 0


async def test_a_bill_over_its_estimate_is_recorded_and_stops_the_next_call(database: Database) -> None:
    video = await a_video(database)
    ledger = Ledger(database, Caps(Decimal(1), Decimal(9), Decimal(9), Decimal(9)))
    await ledger.reserve("k", amount=Decimal("0.9"), video_id=video.video_id, **CALL)
    await ledger.settle("k", Decimal("1.1"))
    assert await _total(database, video) == Decimal("1.1")
    assert len(await passed_caps(database)) == 1
    with pytest.raises(OverBudget):
        await ledger.reserve("l", amount=Decimal("0.01"), video_id=video.video_id, **CALL)


async def test_what_was_posted_is_never_changed(database: Database) -> None:
    await Ledger(database, OPEN).reserve("k", amount=Decimal(1), **CALL)
    for change in ("update costs.entries set reserved = 0", "delete from costs.entries", "truncate costs.entries"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await database.value(change)


async def test_the_checker_finds_a_cent_that_went_astray(database: Database) -> None:
    video = await a_video(database)
    await Ledger(database, OPEN).reserve("k", amount=Decimal(1), video_id=video.video_id, at=NOON, **CALL)
    await database.value("update costs.budgets set reserved = 1.01 where scope = 'platform_day'")
    await database.value("update videos.video_records set total_cost = 0.99")
    problems = await check_ledger(database)
    assert len(problems) == 2 and "platform_day" in problems[0] and "1.01" in problems[0] and "0.99" in problems[1]
    await database.value("update costs.budgets set reserved = 1 where scope = 'platform_day'")
    await database.value("update videos.video_records set total_cost = 1")


async def test_nothing_is_charged_to_a_video_that_does_not_exist(database: Database) -> None:
    with pytest.raises(NotFound):
        await Ledger(database, OPEN).reserve("k", amount=Decimal(1), video_id=uuid4(), **CALL)
    with pytest.raises(ValueError, match="negative"):
        await Ledger(database, OPEN).reserve("k", amount=Decimal(-1), **CALL)


def test_the_caps_are_those_of_the_settings(settings: Settings) -> None:
    caps = Caps.of(settings)
    assert caps.default(Scope.VIDEO) == 3
    assert caps.default(Scope.PROVIDER_DAY, "openai") == 50 and caps.default(Scope.PROVIDER_DAY, "google") is None
    assert caps.default(Scope.PROVIDER_VIDEO, "openai", "script") == Decimal("0.40")
    assert caps.default(Scope.PROVIDER_VIDEO, "openai", "thumbnail") is None
    assert (caps.default(Scope.USER_DAY), caps.default(Scope.PLATFORM_DAY), caps.default(Scope.PLATFORM_MONTH)) == (50, 150, 4500)
