"""What vanished from the artifact store, or from the published folder, is made again when a person retries: only that."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowUpdateFailedError

from models.ids import new_id
from models.settings import Settings
from models.videos.decisions import Decision
from models.videos.publishing import Confirmation, ConfirmTask
from models.videos.status import ParkReason, Step, VideoStatus
from tests.workflows.factory import Factory, Handle, factory
from workers.wiring import Wiring
from workflows.video import VideoWorkflow

SOMEBODY = Decision(by=new_id(), reason="again")


async def _waits(made: Factory) -> tuple[Handle, Counter[str]]:
    """A film that waits for approval, and how often each activity was asked for."""
    handle = await made.ask(auto_publish=False)
    await made.until_status(handle, VideoStatus.AWAITING_APPROVAL)
    return handle, Counter(await made.activities(handle))


async def _parks(made: Factory, handle: Handle) -> str:
    state = await made.until_status(handle, VideoStatus.PARKED)
    assert state.parked is not None
    assert (state.parked.reason, state.parked.step) == (ParkReason.PERSON, Step.UPLOAD)
    return state.parked.detail


@pytest.mark.parametrize(
    "gone",
    [("film",), ("film", "segment", "soundtrack", "timeline", "speech", "speech-audio", "take", "thumbnail", "vtt")],
)
async def test_an_approved_film_whose_parts_vanished_is_made_again_and_published(settings: Settings, gone: tuple[str, ...]) -> None:
    async with factory(settings) as made:
        handle, before = await _waits(made)
        for kind in gone:
            shutil.rmtree(settings.artifacts_dir / kind)
        await handle.execute_update(VideoWorkflow.approve, SOMEBODY)
        assert "film" in await _parks(made, handle)
        for _ in gone:  # one step served by providers after the other
            await handle.execute_update(VideoWorkflow.retry, SOMEBODY)
            state = await made.until(handle, lambda state: state.status.ended or (state.parked is not None))
            if state.status.ended:
                break
        outcome = await handle.result()
        after = Counter(await made.activities(handle))
    assert outcome.status == VideoStatus.PUBLISHED, outcome
    assert after["make_thumbnail"] == before["make_thumbnail"] + ("thumbnail" in gone), "what is there is not asked for again"
    assert after["find_footage"] == before["find_footage"] + ("take" in gone)
    assert (Path(outcome.location) / "film.mp4").stat().st_size > 10_000
    assert (Path(outcome.location) / "thumbnail.jpg").stat().st_size > 10_000
    assert after["render_film"] > before["render_film"]
    assert after["write_script"] == 1, "another script would be another film"


async def test_a_folder_that_vanished_before_anybody_looked_is_written_again(settings: Settings) -> None:
    def confirming(wiring: Wiring) -> list[Callable[..., Any]]:
        (looks,) = (each for each in wiring.control() if each.__name__ == "confirm")
        taken: list[str] = []

        @activity.defn
        def confirm(task: ConfirmTask) -> Confirmation:
            if not taken:
                taken.append(task.uploaded.location)
                shutil.rmtree(task.uploaded.location)
            made: Confirmation = looks(task)
            return made

        return [confirm]

    async with factory(settings, instead=confirming) as made:
        handle = await made.ask()
        assert "is gone" in await _parks(made, handle)
        with pytest.raises(WorkflowUpdateFailedError):
            await handle.execute_update(VideoWorkflow.cancel, SOMEBODY)
        await handle.execute_update(VideoWorkflow.retry, SOMEBODY)
        outcome = await handle.result()
        after = Counter(await made.activities(handle))
    assert outcome.status == VideoStatus.PUBLISHED, outcome
    assert (Path(outcome.location) / "film.mp4").is_file()
    assert (after["publish"], after["render_film"]) == (2, 2)
