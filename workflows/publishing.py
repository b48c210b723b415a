"""The publishing of a finished film: uploaded once, dressed with its extras, watched until it is public."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.upload.activity import UploadActivity
    from models.videos.decisions import Parked
    from models.videos.finishing import Uploaded, UploadTask
    from models.videos.publishing import Confirmation, ConfirmTask, Extra, ExtraDone, ExtraTask, LaterExtras, Visibility
    from models.videos.status import ParkReason, Step
    from workflows import policies
    from workflows.extras import LaterExtrasWorkflow, left_out
    from workflows.steps import ProviderFailed, StepParked, StepRunner


class Publishing:
    """Brings one film to its publisher. Every part may be repeated; nothing is published twice."""

    def __init__(self, steps: StepRunner, task: UploadTask) -> None:
        self._steps = steps
        self._task = task

    async def upload(self) -> tuple[Uploaded, tuple[str, ...]]:
        """The film itself.

        Raises:
            StepParked: until quota, the publisher or a person allows it.
        """

        async def publish(provider: str) -> Uploaded:
            return await self._steps.once(
                policies.UPLOAD,
                UploadActivity.publish,
                self._task,
                Uploaded,
                step=Step.UPLOAD,
                summary=f"publish through {provider}",
            )

        return await self._steps.chain(Step.UPLOAD, (self._task.provider,), publish)

    async def dress(self, uploaded: Uploaded) -> list[str]:
        """Thumbnail, captions, playlist; answers why any was left out. None of them holds the video back."""
        missing: list[ExtraDone] = []
        extras: tuple[Extra, ...] = await self._steps.run(
            policies.EXTRA, UploadActivity.list_extras, self._task, tuple[Extra, ...], step=Step.UPLOAD, summary="which extras"
        )
        for extra in extras:
            done = await self._add(ExtraTask(upload=self._task, uploaded=uploaded, extra=extra))
            if not done.done:
                missing.append(done)
        await self._ask_later(uploaded, missing)
        return [f"{done.extra}: {done.reason}" for done in missing]

    async def _add(self, task: ExtraTask) -> ExtraDone:
        try:
            return await self._steps.once(
                policies.EXTRA, UploadActivity.add_extra, task, ExtraDone, step=Step.UPLOAD, summary=str(task.extra)
            )
        except ProviderFailed as error:
            return left_out(task.extra, error.failure)
        except StepParked as error:
            if not workflow.patched("extras-never-park"):
                raise
            return ExtraDone(extra=task.extra, done=False, reason=error.parked.detail)

    async def _ask_later(self, uploaded: Uploaded, missing: list[ExtraDone]) -> None:
        """What may be had on another day is asked for then, by a workflow of its own: the video does not wait for it."""
        times = {done.extra: done.retry_at for done in missing if done.retry_at is not None}
        if not times or not workflow.patched("extras-later"):
            return
        later = LaterExtras(upload=self._task, uploaded=uploaded, extras=tuple(times), at=min(times.values()))
        with suppress(WorkflowAlreadyStartedError):
            await workflow.start_child_workflow(
                LaterExtrasWorkflow.run,
                later,
                id=f"{workflow.info().workflow_id}-extras",
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
                static_summary=f"later: {', '.join(times)}",
            )

    async def watch(self, uploaded: Uploaded, is_scheduled: Callable[[Confirmation], None]) -> Confirmation:
        """The publisher's last word: visible, or rejected; `is_scheduled` is told of an hour that it waits for.

        Raises:
            StepParked: it did not become visible within the longest wait.
        """
        pause = policies.CONFIRM_FIRST
        until = workflow.now() + policies.CONFIRM_LONGEST
        while True:
            try:
                answer = await self._look(uploaded)
            except ProviderFailed as error:
                answer = Confirmation(state=Visibility.PROCESSING, detail=error.failure.sentence)
            if answer.settled:
                return answer
            if answer.state is Visibility.SCHEDULED and answer.visible_at is not None:
                is_scheduled(answer)
                until = max(until, answer.visible_at + policies.CONFIRM_LONGEST)
            if workflow.now() > until:
                raise StepParked(
                    Parked(
                        reason=ParkReason.PERSON,
                        step=Step.UPLOAD,
                        detail=f"The film is uploaded ({uploaded.location}) but not visible yet: {answer.detail}",
                        hint="Look at it where it is published; retry looks again.",
                    )
                )
            await workflow.sleep(self._wait(answer, pause), summary="until it is public")
            pause = min(pause * 2, policies.CONFIRM_PAUSE)

    async def _look(self, uploaded: Uploaded) -> Confirmation:
        answer: Confirmation = await self._steps.run(
            policies.EXTRA,
            UploadActivity.confirm,
            ConfirmTask(upload=self._task, uploaded=uploaded),
            Confirmation,
            step=Step.UPLOAD,
            summary="is it public?",
        )
        return answer

    @staticmethod
    def _wait(answer: Confirmation, pause: timedelta) -> timedelta:
        if answer.state is Visibility.SCHEDULED and answer.visible_at is not None:
            return max(answer.visible_at - workflow.now(), policies.CONFIRM_FIRST)
        asked = timedelta(seconds=answer.ask_again_seconds) if answer.ask_again_seconds else pause
        # Two days of looking every five minutes would be a history of thousands of events.
        return max(asked, pause) if workflow.patched("confirming-slows-down") else asked
