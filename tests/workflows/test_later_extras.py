"""Extras that could not be had on the day of the upload, over days that pass in a moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.errors import interceptors
from activities.records import Records
from models.errors import AuthenticationFailed, NotFound, Refused
from models.ids import new_id
from models.videos.contracts import ArtifactRef, Provided, VideoInput, VideoRequest
from models.videos.finishing import Uploaded, UploadTask
from models.videos.publishing import Extra, ExtraDone, ExtraTask, LaterExtras
from tests.temporal_servers import skipping_server
from workers.runner import BUILD
from workflows.extras import LONGEST, PAUSE, LaterExtrasWorkflow

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def later(at: datetime, *extras: Extra) -> LaterExtras:
    ref = ArtifactRef(kind="film", digest="0" * 64, media_type="video/mp4", size=1)
    video = VideoInput(video_id=new_id(), user_id=new_id(), channel_id=new_id(), request=VideoRequest(topic="Tides"))
    task = UploadTask(
        video=video,
        provider="youtube",
        film=ref,
        thumbnail=ref,
        thumbnail_webp=ref,
        captions_srt=ref,
        captions_vtt=ref,
        metadata=ref,
    )
    uploaded = Uploaded(location="https://youtu.be/x", external_id="x", provided=Provided(provider="youtube"))
    return LaterExtras(upload=task, uploaded=uploaded, extras=extras, at=at)


class Publisher:
    """Answers each extra from a list, the last answer for ever; writes down when it was asked and what was recorded."""

    def __init__(self, environment: WorkflowEnvironment, **answers: list[Any]) -> None:
        self._environment, self._answers = environment, answers
        self.asked: list[tuple[str, datetime]] = []
        self.recorded: list[Records] = []
        self.row_is_gone = False

    @activity.defn
    async def add_extra(self, task: ExtraTask) -> ExtraDone:
        self.asked.append((task.extra.value, await self._environment.get_current_time()))
        answers = self._answers[task.extra.value]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return ExtraDone(extra=task.extra, done=answer is True, reason="quota", retry_at=None if answer is True else answer)

    @activity.defn
    async def record(self, records: Records) -> None:
        if self.row_is_gone:
            raise NotFound("There is no such video.")
        self.recorded.append(records)


async def run(task: LaterExtras, environment: WorkflowEnvironment, publisher: Publisher) -> tuple[ExtraDone, ...]:
    async with Worker(
        environment.client, task_queue="control", workflows=[LaterExtrasWorkflow], interceptors=interceptors(),
        activities=[publisher.add_extra, publisher.record], build_id=BUILD,
    ):  # fmt: skip
        return await environment.client.execute_workflow(LaterExtrasWorkflow.run, task, id="extras", task_queue="control")


async def skipping() -> WorkflowEnvironment:
    return await skipping_server()


async def test_each_extra_is_asked_for_again_at_its_time_until_it_is_there() -> None:
    async with await skipping() as environment:
        now = await environment.get_current_time()
        midnight = now + timedelta(hours=20)
        lost = AuthenticationFailed("the account must be reconnected", provider="youtube")
        publisher = Publisher(environment, thumbnail=[midnight + timedelta(days=1), True], captions_srt=[lost, lost, lost, True])
        done = await run(later(midnight, Extra.THUMBNAIL, Extra.CAPTIONS_SRT), environment, publisher)
    assert all(one.done for one in done) and len(done) == 2
    times = {name: [at for asked, at in publisher.asked if asked == name] for name in ("thumbnail", "captions_srt")}
    assert min(times["thumbnail"]) >= midnight and len(times["thumbnail"]) == 2
    assert times["captions_srt"][-1] >= midnight + PAUSE
    (entry,) = publisher.recorded[0].entries
    assert entry.step is not None and entry.step.provided.passed_over == ()


async def test_what_is_refused_for_good_is_not_asked_for_again_and_everything_ends_after_a_week() -> None:
    async with await skipping() as environment:
        now = await environment.get_current_time()
        publisher = Publisher(environment, thumbnail=[Refused("no", provider="youtube")], playlist=[LONG_AGO])
        done = await run(later(now, Extra.THUMBNAIL, Extra.PLAYLIST), environment, publisher)
    assert [one.done for one in done] == [False, False]
    assert {name for name, at in publisher.asked if at > now + PAUSE / 2} == {"playlist"}
    assert LONGEST - 2 * PAUSE <= max(at for _, at in publisher.asked) - now <= LONGEST + 2 * PAUSE
    (entry,) = publisher.recorded[0].entries
    assert entry.step is not None and len(entry.step.provided.passed_over) == 2


async def test_it_ends_although_the_video_was_deleted_meanwhile() -> None:
    async with await skipping() as environment:
        publisher = Publisher(environment, thumbnail=[True])
        publisher.row_is_gone = True
        done = await asyncio.wait_for(run(later(LONG_AGO, Extra.THUMBNAIL), environment, publisher), 60)
    assert [one.done for one in done] == [True]
