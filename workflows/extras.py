"""LaterExtrasWorkflow: what quota, or a provider in trouble, kept from a published film is brought to it on the days after."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.records import Record, Records, RecordsActivity, StepRecord
    from activities.upload.activity import UploadActivity
    from models.videos.contracts import Provided
    from models.videos.failures import Failure
    from models.videos.publishing import Extra, ExtraDone, ExtraTask, LaterExtras
    from models.videos.status import Step
    from workflows import policies
    from workflows.steps import PASSING, ProviderFailed, StepParked, StepRunner

LONGEST = timedelta(days=7)
"""A thumbnail that is a week late helps nobody."""
PAUSE = timedelta(hours=6)
"""Between two attempts at least, and after a failure that names no time."""


def left_out(extra: Extra, failure: Failure) -> ExtraDone:
    """An extra that a failure stands in the way of, to be asked for again where time, or a person who reconnects, may end it."""
    passing = failure.type in PASSING or failure.type == "AuthenticationFailed"
    return ExtraDone(extra=extra, done=False, reason=failure.sentence, retry_at=workflow.now() + PAUSE if passing else None)


@workflow.defn
class LaterExtrasWorkflow:
    """Waits until it may ask again, asks, and gives up after a week. The account that uploaded must do it: no other one may."""

    @workflow.run
    async def run(self, task: LaterExtras) -> tuple[ExtraDone, ...]:
        """What became of each."""
        steps, until = StepRunner(), workflow.now() + LONGEST
        ended: dict[Extra, ExtraDone] = {}
        waiting, at = task.extras, task.at
        while waiting and workflow.now() <= until:
            await workflow.sleep(max(at - workflow.now(), timedelta(0)), summary=f"then {', '.join(waiting)}")
            for extra in waiting:
                ended[extra] = await self._ask(steps, task, extra)
            times = {extra: ended[extra].retry_at for extra in waiting if not ended[extra].done}
            waiting = tuple(extra for extra, when in times.items() if when is not None)
            at = max(min((when for when in times.values() if when is not None), default=at), workflow.now() + PAUSE)
        await self._record(steps, task, tuple(ended.values()))
        return tuple(ended.values())

    @staticmethod
    async def _ask(steps: StepRunner, task: LaterExtras, extra: Extra) -> ExtraDone:
        asked = ExtraTask(upload=task.upload, uploaded=task.uploaded, extra=extra)
        try:
            done: ExtraDone = await steps.run(
                policies.EXTRA, UploadActivity.add_extra, asked, ExtraDone, step=Step.UPLOAD, summary=str(extra)
            )
        except ProviderFailed as error:
            return left_out(extra, error.failure)
        except StepParked as error:
            return ExtraDone(extra=extra, done=False, reason=error.parked.detail)
        return done

    @staticmethod
    async def _record(steps: StepRunner, task: LaterExtras, ended: tuple[ExtraDone, ...]) -> None:
        missing = tuple(f"{done.extra}: {done.reason}" for done in ended if not done.done)
        provided = Provided(provider=task.uploaded.provided.provider, passed_over=missing)
        step = StepRecord(video_id=task.upload.video.video_id, step=Step.UPLOAD, part="later extras", provided=provided)
        records = Records(entries=(Record(step=step),))
        with suppress(StepParked):  # the video's row is gone, and nobody asks what became of its extras
            await steps.run(policies.RECORD, RecordsActivity.record, records, None, summary="later extras")
