"""Money around a paid call: reserved before, settled as it was, released only where it surely cost nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from temporalio.testing import ActivityEnvironment

from activities.budget import BudgetActivity, Charges
from models.costs.caps import Caps
from models.costs.contracts import CapRaise, Decision, Scope, VerdictTask
from models.costs.ledger import Ledger
from models.costs.overview import CostOverview
from models.costs.store import CostStore
from models.database import Database
from models.errors import (
    AuthenticationFailed,
    BadOutput,
    CircuitOpen,
    ComponentDown,
    OverBudget,
    ProviderError,
    QuotaExhausted,
    RateLimited,
    Refused,
    Unavailable,
    UnknownPrice,
)
from models.system.switches import SwitchStore
from models.videos.contracts import VideoInput
from tests.fakes.proxy import proxy
from tests.models.money import OPEN, a_video

ESTIMATE = Decimal("0.30")


async def _call(
    charges: Charges, video: VideoInput, *, fail: BaseException | None = None, settle: str = "", key: str = "k"
) -> None:
    async with charges.charge(video=video, provider="openai", operation="script", key=key, estimate=ESTIMATE) as charge:
        if settle:
            await charge.settle(Decimal(settle))
        if fail:
            raise fail


async def _counted(database: Database) -> tuple[Decimal, Decimal]:
    row = (
        await database.rows("select coalesce(sum(reserved), 0) as reserved, coalesce(sum(spent), 0) as spent from costs.entries")
    )[0]
    return row["reserved"], row["spent"]


@pytest.mark.parametrize("kind", [RateLimited, AuthenticationFailed, QuotaExhausted, CircuitOpen])
async def test_a_call_that_was_surely_not_billed_costs_nothing(database: Database, kind: type[ProviderError]) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    with pytest.raises(kind):
        await _call(charges, video, fail=kind("no", provider="openai-small"))
    assert await _counted(database) == (0, 0)


@pytest.mark.parametrize(
    "failure",
    [
        Unavailable("x", provider="p"),
        Refused("x", provider="p"),
        BadOutput("x", provider="p"),
        UnknownPrice("the price ended while the call was made", provider="p"),
        ZeroDivisionError(),
        asyncio.CancelledError(),
    ],
    ids=lambda failure: type(failure).__name__,
)
async def test_a_call_with_unknown_outcome_stays_counted_at_its_estimate(database: Database, failure: BaseException) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    with pytest.raises(type(failure)):
        await _call(charges, video, fail=failure)
    assert await _counted(database) == (ESTIMATE, 0)


async def test_a_refused_connection_is_released_when_the_adapter_says_so(database: Database) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    with pytest.raises(Unavailable):
        await _call(charges, video, fail=Unavailable("nothing was sent", provider="p", billed="no"))
    assert await _counted(database) == (0, 0)


async def test_an_unusable_answer_costs_what_it_cost(database: Database) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    with pytest.raises(BadOutput):
        await _call(charges, video, settle="0.0123456", fail=BadOutput("x", provider="p"))
    assert await _counted(database) == (0, Decimal("0.012346"))


async def test_a_call_that_says_nothing_is_settled_at_its_estimate(database: Database) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    await _call(charges, video)
    assert await _counted(database) == (0, ESTIMATE)


async def test_a_second_real_call_under_the_same_key_is_charged_too(database: Database) -> None:
    """A worker died after the first call was paid; the step is tried again, and so is the bill."""
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    await _call(charges, video, settle="0.1")
    await _call(charges, video, settle="0.2")
    assert await _counted(database) == (0, Decimal("0.3"))


async def test_a_call_that_was_reserved_after_a_lost_line_is_not_taken_for_an_earlier_one(
    database: Database, database_address: str
) -> None:
    """The first worker died after its call went out; the second one's first word to the ledger is lost: two calls, two charges."""
    parts, video = urlsplit(database_address), await a_video(database)
    with pytest.raises(asyncio.CancelledError):
        await _call(Charges(Ledger(database, OPEN)), video, fail=asyncio.CancelledError())
    async with proxy(parts.hostname or "", parts.port or 0) as line:
        far = Database(database_address.replace(f":{parts.port}/", f":{line.port}/"))
        line.cut()
        second = asyncio.create_task(_call(Charges(Ledger(far, OPEN)), video))
        await asyncio.sleep(0.3)  # its first try fails; later ones go on for seconds
        line.mend()
        await second
        await far.close()
    assert await _counted(database) == (ESTIMATE, ESTIMATE)


async def test_a_charge_is_kept_whatever_a_provider_calls_its_things(database: Database) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    await _call(charges, video, key="clip \x00\ud800 " + "9" * 1_000)
    assert await _counted(database) == (0, ESTIMATE)


async def test_a_providers_part_of_a_video_is_capped_over_all_its_calls(database: Database) -> None:
    caps = Caps(Decimal(9), Decimal(9), Decimal(9), Decimal(9), provider_video={("openai", "script"): Decimal("0.40")})
    charges, video = Charges(Ledger(database, caps)), await a_video(database)
    await _call(charges, video)
    with pytest.raises(OverBudget) as refusal:
        async with charges.charge(video=video, provider="openai", operation="script", key="l", estimate=ESTIMATE):
            pytest.fail("the call was made all the same")
    assert refusal.value.scope == "provider_video"


async def test_a_free_call_leaves_no_entry(database: Database) -> None:
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    free = {"video": video, "provider": "pexels", "operation": "footage", "key": "k", "estimate": Decimal(0)}
    async with charges.charge(**free) as charge:  # type: ignore[arg-type]
        await charge.settle(Decimal(0))
    async with charges.charge(**free) as charge:  # type: ignore[arg-type]
        pass
    assert await database.value("select count(*) from costs.entries") == 0


@pytest.mark.parametrize("cap", ["9", "0.25"], ids=["within the cap", "over a cap that is passed already"])
async def test_a_call_that_cost_something_after_all_is_counted_and_its_answer_used(database: Database, cap: str) -> None:
    """Its price was nothing when it began and something when it ended."""
    charges, video = Charges(Ledger(database, OPEN)), await a_video(database)
    await _call(charges, video, settle="0.30")
    lower = Charges(Ledger(database, Caps(OPEN.video, Decimal(cap), OPEN.platform_day, OPEN.platform_month)))
    free = {"video": video, "provider": "openai", "operation": "thumbnail", "key": "k", "estimate": Decimal(0)}
    async with lower.charge(**free) as charge:  # type: ignore[arg-type]
        await charge.settle(Decimal("0.04"))
    with pytest.raises(BadOutput):
        async with lower.charge(**free) as charge:  # type: ignore[arg-type]
            await charge.settle(Decimal("0.04"))
            raise BadOutput("drawn and billed, but broken", provider="openai-image")
    assert await _counted(database) == (0, Decimal("0.38"))


async def test_nothing_is_called_while_the_ledger_is_away() -> None:
    away = Database("postgresql://nobody:x@127.0.0.1:9/none")
    video = VideoInput.model_validate({"video_id": uuid4(), "user_id": uuid4(), "channel_id": uuid4(), "request": {}})
    with pytest.raises(ComponentDown):
        async with Charges(Ledger(away, OPEN)).charge(video=video, provider="p", operation="o", key="k", estimate=ESTIMATE):
            pytest.fail("the call was made all the same")
    await away.close()


async def test_the_verdict_follows_the_ledger_the_raise_and_the_switch(database: Database) -> None:
    caps = Caps(
        Decimal("1.00"), Decimal(9), Decimal(9), Decimal(9), economy_from=Decimal("0.80"), script_economy_from=Decimal("0.50")
    )
    ledger, video = Ledger(database, caps), await a_video(database)
    budget, environment = BudgetActivity(ledger), ActivityEnvironment()

    async def ask(remaining: str = "0") -> tuple[Decision, Decimal]:
        verdict = await environment.run(budget.budget_verdict, VerdictTask(video=video, remaining=Decimal(remaining)))
        return verdict.decision, verdict.spent

    async def spend(amount: str, operation: str = "voice") -> None:
        charge = {"provider": "p", "operation": operation, "video_id": video.video_id, "user_id": video.user_id}
        await ledger.reserve(f"{uuid4()}", amount=Decimal(amount), **charge)  # type: ignore[arg-type]

    assert await ask() == (Decision.GO, 0)
    assert (await ask("1.01"))[0] is Decision.ECONOMY
    await spend("0.49", "script")
    assert (await ask())[0] is Decision.GO
    await spend("0.01", "script")
    assert (await ask())[0] is Decision.ECONOMY
    await spend("0.50")
    assert await ask() == (Decision.STOP, 1)
    raised = CapRaise(scope=Scope.VIDEO, subject=f"{video.video_id}", cap=Decimal(9), by=video.user_id)
    await environment.run(budget.raise_cap, raised)
    assert (await ask())[0] is Decision.ECONOMY
    today = CapRaise(scope=Scope.PLATFORM_DAY, cap=Decimal("0.5"), by=video.user_id)
    await environment.run(budget.raise_cap, today)
    assert (await ask())[0] is Decision.PAUSE
    await environment.run(budget.raise_cap, today.model_copy(update={"cap": Decimal(100)}))
    async with database.session() as session:
        await SwitchStore().pause(session, "maintenance")
    verdict = await environment.run(budget.budget_verdict, VerdictTask(video=video))
    assert (verdict.decision, verdict.scope) == (Decision.PAUSE, "paused") and "maintenance" in verdict.reason
    async with database.session() as session:
        await SwitchStore().resume(session)
    assert (await ask())[0] is Decision.ECONOMY


async def test_the_summary_says_what_was_spent_on_what_and_what_is_left(database: Database) -> None:
    ledger, video = Ledger(database, OPEN), await a_video(database)
    charges = Charges(ledger)
    await _call(charges, video, settle="0.2", key="a")
    with pytest.raises(Unavailable):
        await _call(charges, video, fail=Unavailable("x", provider="p"), key="b")
    now = datetime.now(UTC)
    async with database.session() as session:
        for user in (video.user_id, None):
            [day] = await CostStore(OPEN).daily(session, user, now.date(), now.date())
            assert (day.day, day.spent, day.calls) == (f"{now:%Y-%m-%d}", Decimal("0.2"), 2)
    overview = CostOverview(database, OPEN)
    summary = await overview.of(video.user_id, now)
    assert (summary.day.spent, summary.day.reserved, summary.day.left) == (Decimal("0.2"), ESTIMATE, Decimal("999.5"))
    assert summary.month.used == Decimal("0.5")
    [line] = summary.services
    assert (line.provider, line.operation, line.calls) == ("openai", "script", 2)
    assert (await overview.of(uuid4(), now)).services == ()


async def test_the_summary_knows_whose_cap_holds_today(database: Database) -> None:
    """The installation's, the account's own, or the one that a person set for this day."""
    video, now = await a_video(database), datetime.now(UTC)
    overview, store = CostOverview(database, OPEN), CostStore(OPEN)
    assert (await overview.of(video.user_id, now)).day.cap == OPEN.user_day
    await database.value("update users.accounts set day_cap = 7 where id = $1 returning id", video.user_id)
    assert (await overview.of(video.user_id, now)).day.cap == Decimal(7)
    async with database.session() as session:
        await store.raise_cap(session, Scope.USER_DAY, Decimal(9), now, str(video.user_id))
    seen = (await overview.of(video.user_id, now)).day
    async with database.session() as session:
        assert seen == await store.standing(session, Scope.USER_DAY, now, str(video.user_id)) and seen.cap == Decimal(9)
