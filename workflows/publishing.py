"""The publishing of a finished film: uploaded once, dressed with its extras, watched until it is public."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.upload.activity import UploadActivity
    from models.videos.decisions import Parked
    from models.videos.finishing import Uploaded, UploadTask
    from models.videos.publishing import Confirmation, ConfirmTask, Extra, ExtraDone, ExtraTask, Visibility
    from models.videos.status import ParkReason, Step
    from workflows import policies
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
        left_out: list[str] = []
        extras: tuple[Extra, ...] = await self._steps.run(
            policies.EXTRA, UploadActivity.list_extras, self._task, tuple[Extra, ...], step=Step.UPLOAD, summary="which extras"
        )
        for extra in extras:
            try:
                done = await self._steps.once(
                    policies.EXTRA,
                    UploadActivity.add_extra,
                    ExtraTask(upload=self._task, uploaded=uploaded, extra=extra),
                    ExtraDone,
                    step=Step.UPLOAD,
                    summary=str(extra),
                )
                if not done.done:
                    left_out.append(f"{extra}: {done.reason}")
            except ProviderFailed as error:
                left_out.append(f"{extra}: {error.failure.sentence}")
        return left_out

    async def watch(self, uploaded: Uploaded) -> Confirmation:
        """The publisher's last word: visible, or rejected.

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
        return timedelta(seconds=answer.ask_again_seconds) if answer.ask_again_seconds else pause
