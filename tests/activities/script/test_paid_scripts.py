"""Paid scripts against the real ledger and breakers: what is paid, what is reused, and what a failure costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from obstore.store import LocalStore
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.artifacts import ArtifactStore
from activities.breaker import Breakers
from activities.budget import Charges
from activities.calls import Calls
from activities.script.activity import LastAnswer, ScriptActivity
from activities.script.openai import OpenAIWriter
from activities.script.stored import StoredScripts
from models.costs.ledger import Ledger
from models.costs.store import CostStore
from models.database import Database
from models.errors import BadOutput, CircuitOpen, NotServed, OverBudget, Refused, Unavailable
from models.system.breakers import BreakerStore
from models.videos.contracts import Script, ScriptMade, ScriptTask, VideoFormat, VideoInput, VideoRequest
from tests.fakes.openai_chat import KEY, FakeOpenAI
from tests.fakes.prices import prices
from tests.fakes.server import outage, rate_limited
from tests.models.money import OPEN, a_video
from tests.temporal_servers import skipping_server
from workers.runner import BUILD

COST = Decimal("0.002528")
REQUEST = VideoRequest(topic="Why the sky is blue", format=VideoFormat.SHORT)


@pytest.fixture
def server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as running:
        yield running


class Desk:
    """The script step of one installation; `now` is its clock."""

    def __init__(self, database: Database, server: FakeOpenAI, folder: Path) -> None:
        self.now = datetime(2026, 11, 20, 10, 50, tzinfo=UTC)
        self.database = database
        self.artifacts = ArtifactStore(LocalStore(folder), folder / "cache")
        self.ledger = Ledger(database, OPEN)
        writer = OpenAIWriter("openai-small", "gpt-5.6-luna", api_key=KEY, prices=prices, base_url=server.base_url)
        self.step = ScriptActivity(
            (writer, StoredScripts(self.artifacts)),
            self.artifacts,
            Calls(Charges(self.ledger), Breakers(BreakerStore(database))),
            now=lambda: self.now,
        )

    async def video(self) -> VideoInput:
        video = await a_video(self.database)
        return video.model_copy(update={"request": REQUEST})

    async def write(self, video: VideoInput, *, provider: str = "openai-small", attempt: int = 1) -> ScriptMade:
        environment = ActivityEnvironment()
        environment.info = dataclasses.replace(environment.info, attempt=attempt)
        return await environment.run(self.step.write_script, ScriptTask(video=video, provider=provider))

    async def spent(self, video: VideoInput) -> tuple[Decimal, Decimal]:
        """What the video spent, and what of it has an unknown outcome."""
        async with self.database.session() as session:
            lines = await CostStore(OPEN).video_costs(session, video.video_id)
        return sum((line.spent for line in lines), Decimal(0)), sum((line.reserved for line in lines), Decimal(0))


@pytest.fixture
def desk(database: Database, server: FakeOpenAI, tmp_path: Path) -> Desk:
    return Desk(database, server, tmp_path)


async def test_a_script_is_paid_once_and_a_retry_of_the_step_is_free(desk: Desk, server: FakeOpenAI) -> None:
    video = await desk.video()
    first = await desk.write(video)
    again = await desk.write(video, attempt=2)
    assert again.script == first.script
    assert (first.provided.cost, again.provided.cost) == (COST, 0)
    assert again.provided.cached
    assert await desk.spent(video) == (COST, 0)
    assert len(server.journal) == 1


async def test_the_same_request_within_the_hour_reuses_the_script_and_later_pays_anew(desk: Desk, server: FakeOpenAI) -> None:
    first = await desk.write(await desk.video())
    desk.now += timedelta(minutes=59)
    within = await desk.write(await desk.video())
    desk.now += timedelta(minutes=2)
    later = await desk.write(await desk.video())
    assert within.script == first.script
    assert within.provided.cached
    assert not later.provided.cached
    assert len(server.journal) == 2


async def test_a_repair_asks_again_with_the_reason_and_is_paid_again(desk: Desk, server: FakeOpenAI) -> None:
    video = await desk.video()
    true, server.content = server.content, lambda words: "{}"
    environment = ActivityEnvironment()
    beats: list[LastAnswer] = []
    environment.on_heartbeat = lambda *details: beats.extend(details)
    with pytest.raises(BadOutput):
        await environment.run(desk.step.write_script, ScriptTask(video=video, provider="openai-small"))
    server.content = true
    environment.info = dataclasses.replace(environment.info, attempt=2, heartbeat_details=[beats[-1].model_dump(mode="json")])
    repaired = await environment.run(desk.step.write_script, ScriptTask(video=video, provider="openai-small"))
    assert not repaired.provided.cached
    first, second = (call.json["messages"][-1]["content"] for call in server.journal)
    assert "could not be used" not in first
    assert "could not be used" in second
    assert "title: Field required" in second
    assert await desk.spent(video) == (2 * COST, 0)


async def test_a_refusal_is_billed_by_its_tokens_and_a_rate_limit_not_at_all(desk: Desk, server: FakeOpenAI) -> None:
    refused, limited = await desk.video(), await desk.video()
    server.refusal = "No."
    with pytest.raises(Refused):
        await desk.write(refused)
    server.fail(rate_limited())
    with pytest.raises(Exception, match="takes no more calls"):
        await desk.write(limited)
    assert await desk.spent(refused) == (COST, 0)
    assert await desk.spent(limited) == (0, 0)


async def test_an_answer_that_was_lost_stays_counted_at_its_estimate(desk: Desk, server: FakeOpenAI) -> None:
    video = await desk.video()
    server.fail(outage(502))
    with pytest.raises(Unavailable):
        await desk.write(video)
    spent, unknown = await desk.spent(video)
    assert spent == 0
    assert unknown > COST


async def test_five_outages_open_the_breaker_and_the_provider_is_left_alone(desk: Desk, server: FakeOpenAI) -> None:
    video = await desk.video()
    server.fail_always(outage(503))
    for attempt in range(1, 6):
        with pytest.raises(Unavailable):
            await desk.write(video, attempt=attempt)
    with pytest.raises(CircuitOpen) as opened:
        await desk.write(video, attempt=6)
    assert opened.value.retry_after
    assert len(server.journal) == 5


async def test_nothing_is_sent_when_a_cap_would_be_passed(desk: Desk, server: FakeOpenAI) -> None:
    video = await desk.video()
    desk.ledger.caps = OPEN.__class__(
        video=Decimal("0.001"), user_day=Decimal(1), platform_day=Decimal(1), platform_month=Decimal(1)
    )
    with pytest.raises(OverBudget):
        await desk.write(video)
    assert server.journal == []


async def test_a_stored_script_serves_the_same_topic_in_other_words_and_no_other(desk: Desk) -> None:
    await desk.write(await desk.video())
    similar, other = await desk.video(), await desk.video()
    similar = similar.model_copy(update={"request": REQUEST.model_copy(update={"topic": "Is the sky blue? Why?"})})
    other = other.model_copy(update={"request": REQUEST.model_copy(update={"topic": "Why the sea is blue"})})
    found = await desk.write(similar, provider="stored")
    assert desk.artifacts.read_model(found.script, Script).source == "openai-small"
    assert found.provided.cost == 0
    with pytest.raises(NotServed, match="the sea is blue"):
        await desk.write(other, provider="stored")


@pytest.mark.parametrize(
    "wished",
    [{"seconds": 20}, {"title": "Blue, and nothing but blue"}, {"topic": "Why blue is the sky"}, {"language": "de"}],
)  # fmt: skip
async def test_a_stored_script_serves_no_other_wish(desk: Desk, wished: dict[str, object]) -> None:
    await desk.write(await desk.video())
    video = await desk.video()
    with pytest.raises(NotServed):
        await desk.write(video.model_copy(update={"request": REQUEST.model_copy(update=wished)}), provider="stored")


async def test_a_stored_script_brings_neither_the_channel_nor_the_tags_of_another(desk: Desk) -> None:
    asked = REQUEST.model_copy(update={"tags": ("#acme", "b")})
    first = await desk.video()
    await desk.write(first.model_copy(update={"request": asked, "channel_name": "Acme"}))
    video = (await desk.video()).model_copy(update={"channel_name": "Another"})
    with pytest.raises(NotServed):
        await desk.write(video, provider="stored")
    namesake = video.model_copy(update={"channel_name": "Acme", "request": REQUEST.model_copy(update={"tags": ("mine",)})})
    found = await desk.write(namesake, provider="stored")
    assert desk.artifacts.read_model(found.script, Script).tags == ("mine", "a tag")


@workflow.defn(sandboxed=False)
class OneScript:
    """The script step alone, tried twice as every bad answer is."""

    @workflow.run
    async def run(self, task: ScriptTask) -> ScriptMade:
        """Write it."""
        return await workflow.execute_activity_method(
            ScriptActivity.write_script,
            task,
            start_to_close_timeout=timedelta(minutes=1),
            retry_policy=RetryPolicy(maximum_attempts=2, initial_interval=timedelta(milliseconds=1)),
        )


async def test_the_reason_for_a_repair_reaches_the_next_attempt_through_temporal(desk: Desk, server: FakeOpenAI) -> None:
    true = server.content
    answers = iter(("{}",))
    server.content = lambda words: next(answers, "") or true(words)
    video = await desk.video()
    async with (
        await skipping_server() as environment,
        Worker(environment.client, task_queue="script", workflows=[OneScript], activities=[desk.step.write_script], build_id=BUILD),
    ):
        task = ScriptTask(video=video, provider="openai-small")
        made = await environment.client.execute_workflow(OneScript.run, task, id="one-script", task_queue="script")
    assert made.provided.provider == "openai-small"
    assert "title: Field required" in server.journal[1].json["messages"][-1]["content"]
