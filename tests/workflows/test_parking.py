"""Why, and how long, a step waits that no provider could serve."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity

from benchmarks.durability import InstantSteps
from models.ids import new_id
from models.settings import Settings
from models.videos.contracts import VideoFormat, VideoRequest
from models.videos.decisions import Decision
from models.videos.event_store import EventStore
from models.videos.failures import Failure
from models.videos.publishing import Confirmation, ConfirmTask, Visibility
from models.videos.status import ParkReason, Step, VideoStatus
from tests.workflows.factory import factory
from workflows.policies import PROVIDER_PAUSE
from workflows.steps import parked_for, parked_without_provider, pause_of
from workflows.video import VideoWorkflow

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NO_DUTCH = ("template", Failure(type="NotServed", what="The built-in writer has no texts in 'nl'.", hint="Give a script."))


def _failed(kind: str, *, after: float | None = None, scope: str = "") -> tuple[str, Failure]:
    return ("openai", Failure(type=kind, what=f"It is {kind}.", hint=f"Mend {kind}.", retry_after=after, scope=scope))


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        (["QuotaExhausted"], ParkReason.QUOTA),
        (["QuotaExhausted", "QuotaExhausted"], ParkReason.QUOTA),
        (["Unavailable", "QuotaExhausted"], ParkReason.PROVIDER),
        (["RateLimited"], ParkReason.PROVIDER),
        (["OverBudget"], ParkReason.BUDGET),
        (["OverBudget", "BadOutput"], ParkReason.BUDGET),
        (["OverBudget", "CircuitOpen"], ParkReason.PROVIDER),
        (["OverBudget", "Unavailable"], ParkReason.PROVIDER),
        ([], ParkReason.PROVIDER),
    ],
)
def test_the_reason_is_what_stands_in_the_way_and_not_who_never_does_this(kinds: list[str], reason: ParkReason) -> None:
    parked = parked_without_provider([*map(_failed, kinds), NO_DUTCH], Step.SCRIPT, NOW)
    assert parked.reason is reason


def test_what_to_do_is_about_those_that_could_serve() -> None:
    assert parked_without_provider([_failed("QuotaExhausted"), NO_DUTCH], Step.SCRIPT, NOW).hint == "Mend QuotaExhausted."
    assert parked_without_provider([NO_DUTCH], Step.SCRIPT, NOW).hint == "Give a script."


def test_money_alone_waits_for_a_person_and_a_day_for_the_next() -> None:
    assert parked_without_provider([_failed("OverBudget", scope="video")], Step.VOICE, NOW).until is None
    tomorrow = datetime(2026, 11, 21, tzinfo=UTC)
    assert parked_without_provider([_failed("OverBudget", scope="user_day"), NO_DUTCH], Step.VOICE, NOW).until == tomorrow


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("ComponentDown", ParkReason.STORAGE),
        ("Unavailable", ParkReason.PROVIDER),
        ("NotPickedUp", ParkReason.PROVIDER),
        ("MediaError", ParkReason.PERSON),
    ],
)
def test_what_time_may_mend_is_waited_for_without_a_person(kind: str, reason: ParkReason) -> None:
    parked = parked_for(_failed(kind, after=5)[1], Step.RENDER, NOW)
    assert (parked.reason, parked.until is None) == (reason, reason is ParkReason.PERSON)
    if parked.until is not None:
        assert [pause_of(parked, parks, NOW) for parks in (1, 2, 9)] == [PROVIDER_PAUSE, 2 * PROVIDER_PAUSE, timedelta(hours=1)]


def test_the_first_to_come_back_is_waited_for_and_everybody_is_named() -> None:
    parked = parked_without_provider([_failed("RateLimited", after=900), _failed("CircuitOpen", after=60)], Step.SCRIPT, NOW)
    assert parked.until == NOW + timedelta(seconds=60)
    assert parked.detail == (
        "No provider could serve the step script: openai: RateLimited, It is RateLimited.; openai: CircuitOpen, It is CircuitOpen."
    )
    assert parked_without_provider([_failed("Unavailable")], Step.SCRIPT, NOW).until == NOW + PROVIDER_PAUSE


async def test_the_pauses_for_a_provider_grow_and_the_time_that_is_told_is_the_true_one(settings: Settings) -> None:
    async with factory(settings) as running:
        nobody_writes_dutch = VideoRequest(topic="Eb en vloed", format=VideoFormat.ECONOMY, language="nl")
        handle = await running.start(nobody_writes_dutch)
        told: list[datetime] = []
        for pause in range(3):
            if pause:
                await handle.execute_update(VideoWorkflow.retry, Decision(by=new_id()))
            state = await running.until(handle, lambda now: now.parked is not None and now.parked.until not in told)
            assert state.parked is not None and state.parked.until is not None
            assert (state.status, state.parked.reason) == (VideoStatus.PARKED, ParkReason.PROVIDER)
            told.append(state.parked.until)
        assert [round((later - sooner) / timedelta(minutes=1)) for sooner, later in itertools.pairwise(told)] == [5, 10]
        await handle.execute_update(VideoWorkflow.cancel, Decision(by=new_id()))
        await handle.result()
        events = await EventStore(running.wiring.database).of_video((await running.row(handle)).id)
        written = [event["data"]["park_until"] for event in events if event["type"] == "video.parked"]
        assert written[:3] == [until.isoformat() for until in told], "the video's events tell what the run does"


class StillProcessing(InstantSteps):
    """A publisher that never comes to an end with a film."""

    @activity.defn
    async def confirm(self, task: ConfirmTask) -> Confirmation:
        return Confirmation(state=Visibility.PROCESSING, detail="YouTube is processing the video", ask_again_seconds=300)


async def test_a_film_that_is_processed_for_days_is_looked_at_ever_more_seldom(settings: Settings) -> None:
    steps = StillProcessing(2)
    async with factory(settings, instead=lambda _: [*steps.all(), steps.render_film, steps.check_film]) as running:
        handle = await running.start(VideoRequest(topic="Tides", format=VideoFormat.ECONOMY))
        end = await handle.result()
        assert (end.status, "not visible yet" in end.detail) == ("failed", True)
        assert 20 < (await running.activities(handle)).count("confirm") < 150
        assert len((await handle.fetch_history()).events) < 1_500
