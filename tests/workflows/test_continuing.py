"""A run whose history has grown long goes on as a new one: it makes nothing again, and no decision is taken for another film."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from temporalio import activity
from temporalio.client import Client

from models.errors import NotFound
from models.ids import digest_of, new_id
from models.settings import Settings
from models.videos.contracts import (
    ArtifactRef,
    Carried,
    FilmMade,
    Kept,
    Provided,
    RenderTask,
    ScriptMade,
    VideoInput,
    VideoRequest,
)
from models.videos.decisions import Decision, SkipStep
from models.videos.finishing import Problem, QualityReport
from models.videos.status import Step, VideoStatus
from tests.workflows.factory import Handle
from tests.workflows.moments import Studio, going_cheap, raise_misconfigured, studio
from tests.workflows.test_reconciling import elsewhere, instant_publishing, sent
from workers.wiring import Wiring
from workflows import policies
from workflows.video import VideoWorkflow

BY = Decision(by=new_id(), reason="a test says so")
PAID = ("write_script", "speak", "find_footage", "make_thumbnail")
BLACK = QualityReport(passed=False, score=10.0, problems=(Problem(check="black", message="It is black."),), parts={}, measured={})


@pytest_asyncio.fixture
async def made(settings: Settings, client: Client, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Studio]:
    """A studio in which every run that was parked goes on as a new one."""
    monkeypatch.setattr(policies, "LONG_HISTORY", 1)
    async with studio(settings, client) as made, made.hands():
        yield made


async def black(_: object) -> QualityReport:
    return BLACK


async def another_film(_: object) -> FilmMade:
    ref = ArtifactRef(kind="film", digest=digest_of("another"), media_type="video/mp4", size=1)
    return FilmMade(film=ref, seconds=120.0, segments=4, segments_reused=0, encoder="instant")


async def parked_at(made: Studio, handle: Handle, step: Step) -> None:
    await made.until(handle, lambda now: now.parked is not None and now.parked.step is step)


async def retried(made: Studio, handle: Handle) -> None:
    """Ask a parked run to go on, and see that it does so as another one."""
    before = (await handle.describe()).run_id
    await handle.execute_update(VideoWorkflow.retry, BY)
    for _ in range(400):
        if (await handle.describe()).run_id != before:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not go on as another run")


async def test_what_was_made_before_a_video_went_cheap_is_not_made_again_by_the_run_that_goes_on(made: Studio) -> None:
    made.staged.instead["budget_verdict"] = going_cheap()
    made.staged.before["plan_film"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    await parked_at(made, handle, Step.RENDER)
    before = dict(made.staged.asked)
    for _ in range(2):
        await handle.execute_update(VideoWorkflow.retry, BY)
        await parked_at(made, handle, Step.RENDER)
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await handle.result()).status == "published"
    assert {name: made.staged.asked[name] for name in PAID} == {name: before[name] for name in PAID}
    assert made.staged.asked["plan_film"] > 1
    state = await handle.query(VideoWorkflow.state)
    assert state.economy == "little is left" and {"script", "voice", "footage", "thumbnail"} <= set(state.providers)


async def test_what_vanished_is_made_anew_by_the_run_that_goes_on_and_nothing_else_is(made: Studio) -> None:
    async def gone(_: object) -> None:
        raise NotFound("There is no take.", detail={"kind": "take"})

    made.staged.before["plan_film"] = gone
    handle = await made.start(VideoRequest(topic="Tides"))
    await parked_at(made, handle, Step.RENDER)
    made.staged.before.clear()
    before = dict(made.staged.asked)
    await handle.execute_update(VideoWorkflow.retry, BY)
    assert (await handle.result()).status == "published"
    again = {name: made.staged.asked[name] - before[name] for name in PAID}
    assert again == dict.fromkeys(PAID, 0) | {"find_footage": before["find_footage"]}


async def test_an_approval_holds_for_the_film_that_was_seen_and_for_no_other(made: Studio) -> None:
    made.staged.before["publish"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides", auto_publish=False))
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.approve, BY)
    await parked_at(made, handle, Step.UPLOAD)
    await handle.execute_update(VideoWorkflow.retry, BY)
    await parked_at(made, handle, Step.UPLOAD)
    assert made.staged.asked["publish"] == 2, "the same film is not asked about again"
    made.staged.instead["render_film"] = another_film
    await retried(made, handle)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    assert made.staged.asked["publish"] == 2
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.approve, BY)
    assert (await handle.result()).status == "published"


async def test_a_film_that_did_not_pass_its_check_is_published_when_a_person_says_so_and_no_other_is(made: Studio) -> None:
    made.staged.instead["check_film"] = black
    made.staged.before["publish"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides"))
    await parked_at(made, handle, Step.QUALITY)
    skip = SkipStep(by=BY.by, step=Step.QUALITY)
    await handle.execute_update(VideoWorkflow.skip, skip)
    await parked_at(made, handle, Step.UPLOAD)
    made.staged.instead["render_film"] = another_film
    await handle.execute_update(VideoWorkflow.retry, BY)
    await parked_at(made, handle, Step.QUALITY)
    assert made.staged.asked["publish"] == 1
    made.staged.before.clear()
    await handle.execute_update(VideoWorkflow.skip, skip)
    assert (await handle.result()).status == "published"


async def test_an_approval_that_a_lost_run_had_holds_for_no_other_film(made: Studio) -> None:
    made.staged.before["publish"] = raise_misconfigured
    handle = await made.start(VideoRequest(topic="Tides", auto_publish=False))
    await sent(made, handle)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    await handle.execute_update(VideoWorkflow.approve, BY)
    await made.row_as(handle, "parked")
    await handle.terminate()

    @activity.defn
    async def render_film(task: RenderTask) -> FilmMade:
        return await another_film(task)

    def otherwise(wiring: Wiring) -> list[Any]:
        return [*(each for each in instant_publishing(wiring) if each.__name__ != "render_film"), render_film]

    async with elsewhere(made, handle, otherwise) as (running, again):
        await running.until_status(again, VideoStatus.AWAITING_APPROVAL)
        await again.execute_update(VideoWorkflow.approve, BY)
        assert (await again.result()).status == "published"


def test_what_a_long_film_hands_on_is_small() -> None:
    """Temporal takes two megabytes."""
    ids = dict.fromkeys(("video_id", "user_id", "channel_id"), UUID(int=0))
    refs = tuple(
        ArtifactRef(kind="speech", digest=digest_of(scene), media_type="application/json", size=10**6) for scene in range(400)
    )
    script = ScriptMade(script=refs[0], title="T" * 100, language="en", scenes=400, words=9000, provided=Provided(provider="x"))
    kept = {"script": Kept(script=script)} | {name: Kept(source=refs[0], artifacts=refs) for name in ("voice", "footage")}
    video = VideoInput(**ids, request=VideoRequest(topic="Tides"), carried=Carried(made=kept))
    assert len(video.model_dump_json()) < 200_000
