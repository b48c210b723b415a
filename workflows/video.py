"""VideoWorkflow: the life of one video, from the request to exactly one end."""

from __future__ import annotations

import asyncio
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.budget import BudgetActivity
    from activities.choice import ChoiceActivity
    from activities.records import ResultRecord, StatusRecord
    from models.costs.contracts import CapRaise, Verdict, VerdictTask
    from models.costs.contracts import Decision as Money
    from models.money import ZERO
    from models.videos.choice import Choice
    from models.videos.contracts import Carried, FilmMade, Level, Provided, VideoInput, VideoOutcome
    from models.videos.decisions import BudgetRaise, Decision, Parked, ScriptEdit, SkipStep, VideoState
    from models.videos.finishing import Uploaded, UploadTask
    from models.videos.publishing import Confirmation, Visibility
    from models.videos.status import ParkReason, Step, VideoStatus
    from workflows import policies, story
    from workflows.deciding import TOO_LATE, Standing
    from workflows.production import Production, side_by_side
    from workflows.recording import Recorder, status_record
    from workflows.steps import GROWING, ProviderFailed, StepParked, StepRunner, parked_for, pause_of

NOBODY = UUID(int=0)
"""Who called a video off in Temporal itself."""


@workflow.defn
class VideoWorkflow:
    """One video. Parks instead of failing; goes on from what it has made; ends in exactly one end."""

    @workflow.init
    def __init__(self, video: VideoInput) -> None:
        self._asked = video.model_copy(update={"carried": Carried(location=video.carried.location)})  # goes into every task
        self._steps = StepRunner(self._demand_wanted)
        self._recorder = Recorder(self._steps)
        self._production = Production(self._asked, self._steps, self._recorder, self._report)
        self._production.kept = dict(video.carried.made)
        self._status = VideoStatus.QUEUED
        self._step: Step | None = None
        self._title = video.request.title or video.request.topic
        self._spent = video.carried.spent
        self._economy = video.carried.economy
        self._parked: Parked | None = None
        self._providers: dict[str, Provided] = dict(video.carried.providers)
        self._film: FilmMade | None = None
        self._uploaded: Uploaded | None = None
        self._skipped = {Step(name) for name in video.carried.skipped}
        self._parks = video.carried.parks
        self._resume = False
        self._restart = False
        self._cancelled: Decision | None = None
        self._approval: bool | None = video.carried.approved or None
        self._seen = video.carried.seen
        self._rejected: Decision | None = None
        self._work: asyncio.Task[VideoOutcome] | None = None

    @workflow.run
    async def run(self, video: VideoInput) -> VideoOutcome:
        """Make it, parking as often as it takes. A cancellation in Temporal is a decision like a person's, and no end by itself."""
        life = asyncio.create_task(self._live(video))
        while True:
            try:
                return await asyncio.shield(life)
            except asyncio.CancelledError:
                if life.done():
                    raise
                if not self._status.ended and not self._out and self._cancelled is None:
                    self._cancelled = Decision(by=NOBODY, reason="cancelled in Temporal")
                    self._stop_work()

    async def _live(self, video: VideoInput) -> VideoOutcome:
        story.begin(video)
        if self._economy:
            self._go_economy()
        outcome: VideoOutcome | None = None
        while outcome is None:
            self._restart = self._resume = False
            self._production.forget_missing()
            self._work = asyncio.create_task(self._make())
            try:
                outcome = await self._work
            except StepParked as stop:
                outcome = await self._park(stop.parked)
            except ProviderFailed as failed:  # in a step that has no other provider
                outcome = await self._park(parked_for(failed.failure, self._step, workflow.now()))
            except BaseException as error:
                if not is_cancelled_exception(error):
                    raise
                if not self._restart or self._cancelled is not None:
                    outcome = await self._end_cancelled()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return outcome

    async def _make(self) -> VideoOutcome:
        make = self._production
        self._enter(VideoStatus.SCRIPTING, Step.SCRIPT)
        make.choice = await self._choose()
        script = await make.script()
        self._title = self._asked.request.title or script.title
        self._record(title=self._title)
        await make.moderate(script)
        await self._ask_verdict(Step.VOICE, Step.FOOTAGE, Step.THUMBNAIL)

        self._enter(VideoStatus.PRODUCING, Step.VOICE)
        speech, takes, (thumbnail, webp) = await side_by_side(make.voice(script), make.footage(script), make.thumbnail(script))
        self._record(artifacts=(thumbnail, webp))
        captions = await make.captions(script, speech)
        await self._ask_verdict()

        self._enter(VideoStatus.RENDERING, Step.RENDER)
        planned = await make.plan(script, speech, takes, captions, economy=bool(self._economy))
        self._film = film = await make.render(planned)
        self._forget_decisions_on_another(film)
        self._record(artifacts=(film.film,), seconds=film.seconds, encoder=film.encoder)

        self._enter(VideoStatus.CHECKING, Step.QUALITY)
        report = await make.check(film, planned, captions, script)
        self._record(quality=report)
        if not report.passed and Step.QUALITY not in self._skipped and not (self._out and workflow.patched("out-passes")):
            raise StepParked(story.refused_film(report))
        metadata = await make.metadata(script, takes, planned)
        self._demand_wanted()

        if self._asked.request.publish and not self._asked.request.auto_publish and not await self._approved():
            reason = self._rejected.reason if self._rejected else ""
            return await self._end(VideoStatus.REJECTED, reason or "rejected by a person")
        if not self._asked.request.publish:
            return await self._end(VideoStatus.COMPLETED, "made, not to be published")

        return await self._publish(make.upload_task(film, thumbnail, captions, metadata))

    async def _publish(self, task: UploadTask) -> VideoOutcome:
        self._demand_wanted()
        self._enter(VideoStatus.PUBLISHING, Step.UPLOAD)
        uploaded, confirmed = await self._production.upload(task, self._is_out, self._is_scheduled)
        youtube = {"youtube_id": uploaded.external_id} if task.provider == "youtube" else {}
        self._record(location=uploaded.location, published_at=workflow.now(), **youtube)
        if confirmed.state is Visibility.REJECTED:
            return await self._end(VideoStatus.FAILED, f"rejected after publishing: {confirmed.detail}", error=confirmed.detail)
        return await self._end(VideoStatus.PUBLISHED, uploaded.location, location=uploaded.location)

    @property
    def _out(self) -> bool:
        """Whether its film is out, by this run or by one before it."""
        return self._uploaded is not None or bool(self._asked.carried.location)

    def _is_out(self, uploaded: Uploaded) -> None:
        """From here on nobody calls it back, and everybody may know where it is."""
        self._uploaded, self._cancelled = uploaded, None
        if workflow.patched("told-when-out"):
            self._record(location=uploaded.location)

    def _is_scheduled(self, seen: Confirmation) -> None:
        if self._status is not VideoStatus.SCHEDULED and workflow.patched("told-when-scheduled"):
            self._enter(VideoStatus.SCHEDULED, Step.UPLOAD, detail=f"{seen.detail}.")

    # --- between the steps --------------------------------------------------------------------------------------------

    def _demand_wanted(self) -> None:
        """Stop the work where a person called it off.

        Cancelling the task alone does not do it: when an activity ends in the same moment, the SDK hands out its result instead.

        Raises:
            asyncio.CancelledError: a decision, or a cancellation in Temporal, came before the publishing began.
        """
        in_temporal = workflow.cancellation_reason() is not None and not self._out  # what is out stays out
        called_off = self._cancelled is not None or self._restart or in_temporal
        if called_off and self._status not in TOO_LATE and workflow.patched("called-off-is-final"):
            raise asyncio.CancelledError

    async def _choose(self) -> Choice:
        self._demand_wanted()
        choice: Choice = await self._steps.run(
            policies.CHOOSE, ChoiceActivity.choose_providers, self._production.video, Choice, summary="which providers can serve"
        )
        return choice

    async def _ask_verdict(self, *to_come: Step) -> None:
        """Go on, go on cheaper, or wait: the ledger knows. `to_come` are the steps that may still cost."""
        self._demand_wanted()
        task = VerdictTask(video=self._production.video, remaining=self._production.choice.estimate(*to_come))
        verdict: Verdict = await self._steps.run(
            policies.VERDICT, BudgetActivity.budget_verdict, task, Verdict, step=self._step, summary="may it go on?"
        )
        self._spent = verdict.spent
        if verdict.decision is Money.ECONOMY and not self._economy:
            self._economy = verdict.reason
            self._go_economy()
            self._production.choice = await self._choose()
        elif verdict.decision in (Money.STOP, Money.PAUSE):
            raise StepParked(story.out_of_money(verdict, self._step, workflow.now()))

    def _go_economy(self) -> None:
        request = self._asked.request.model_copy(update={"level": Level.ECONOMY})
        self._production.video = self._asked.model_copy(update={"request": request})

    async def _approved(self) -> bool:
        if self._approval is None:
            self._enter(VideoStatus.AWAITING_APPROVAL, Step.APPROVAL)
            await workflow.wait_condition(lambda: self._approval is not None, timeout_summary="a person's approval")
        return bool(self._approval)

    @property
    def _digest(self) -> str:
        """Of the film that people can see now."""
        return self._film.film.digest if self._film else ""

    def _forget_decisions_on_another(self, film: FilmMade) -> None:
        """An approval, or a skipped check, is for the film that was seen; what is out already is asked about no more."""
        if not self._seen or self._seen == film.film.digest or self._out or not workflow.patched("decided-on-this-film"):
            return
        self._seen, self._approval = "", None
        self._skipped.discard(Step.QUALITY)

    async def _park(self, parked: Parked) -> VideoOutcome | None:
        """Wait as told. None: go on; an outcome: it ended while it waited."""
        if parked.until is not None and parked.reason in GROWING:
            self._parks += 1
        wait = pause_of(parked, self._parks, workflow.now())
        if parked.until is not None:
            parked = parked.model_copy(update={"until": workflow.now() + wait})
        self._parked = parked
        self._enter(VideoStatus.PARKED, parked.step, detail=parked.detail, parked=parked)
        try:
            await workflow.wait_condition(
                lambda: self._resume or self._restart or self._cancelled is not None,
                timeout=wait,
                timeout_summary=f"parked: {parked.reason}",
            )
        except asyncio.TimeoutError:  # noqa: UP041 - the name that the SDK documents
            if parked.until is None:
                late = f"nobody decided within {policies.PERSON_WAIT.days} days: {parked.detail}"
                return await self._end(VideoStatus.FAILED, late, error=parked.detail)
        self._parked = None
        if self._cancelled is None and workflow.info().get_current_history_length() > policies.LONG_HISTORY:
            await self._recorder.written()
            await workflow.wait_condition(workflow.all_handlers_finished)
            self._production.forget_missing()
            if self._cancelled is None:  # nobody called it off meanwhile
                workflow.continue_as_new(self._carry())
        return await self._end_cancelled() if self._cancelled is not None else None

    def _carry(self) -> VideoInput:
        carried = Carried(
            approved=bool(self._approval), seen=self._seen, economy=self._economy, skipped=tuple(sorted(self._skipped)),
            parks=self._parks, made=self._production.kept, providers=self._providers, spent=self._spent,
            location=self._uploaded.location if self._uploaded is not None else self._asked.carried.location,
        )  # fmt: skip
        return self._asked.model_copy(update={"carried": carried})

    def _enter(self, status: VideoStatus, step: Step | None, *, detail: str = "", parked: Parked | None = None) -> None:
        self._recorder.demand_accepted()
        self._status, self._step = status, step
        story.tell(self.state())
        self._recorder.status(status_record(self._asked.video_id, status, step, detail, parked))

    async def _end_cancelled(self) -> VideoOutcome:
        return await self._end(VideoStatus.CANCELLED, self._cancelled.reason if self._cancelled else "cancelled in Temporal")

    async def _end(self, status: VideoStatus, detail: str, *, location: str = "", error: str = "") -> VideoOutcome:
        self._status, self._step, self._parked = status, None, None
        story.tell(self.state())
        self._recorder.status(StatusRecord(video_id=self._asked.video_id, status=status, detail=detail, error=error))
        await self._recorder.written()
        return VideoOutcome(video_id=self._asked.video_id, status=status, detail=detail, location=location)

    def _record(self, **what: object) -> None:
        self._recorder.result(ResultRecord.model_validate({"video_id": self._asked.video_id, **what}))

    def _report(self, step: Step, provided: Provided) -> None:
        self._providers[step] = provided
        # What the ledger said may be more: it counts tries that served nobody.
        self._spent = max(self._spent, sum((each.cost for each in self._providers.values()), start=ZERO))
        story.tell(self.state())

    @property
    def _standing(self) -> Standing:
        called_off = self._cancelled is not None
        return Standing(self._status, self._parked, self._approval, self._out, called_off, self._restart, self._spent)

    # --- what people ask and decide -----------------------------------------------------------------------------------

    @workflow.query
    def state(self) -> VideoState:
        """What the run knows of itself."""
        return VideoState(
            status=self._status,
            step=self._step,
            title=self._title,
            spent=self._spent,
            economy=self._economy,
            parked=self._parked,
            providers=dict(self._providers),
            film=self._film.film if self._film else None,
        )

    @workflow.update
    async def approve(self, decision: Decision) -> VideoState:
        """Publish it."""
        del decision
        self._approval, self._seen = True, self._digest
        return self.state()

    @workflow.update
    async def reject(self, decision: Decision) -> VideoState:
        """Never publish it; it ends as rejected."""
        self._rejected, self._approval = decision, False
        return self.state()

    @approve.validator
    def _may_approve(self, decision: Decision) -> None:
        self._standing.demand_awaiting_approval()

    @reject.validator
    def _may_reject(self, decision: Decision) -> None:
        self._standing.demand_awaiting_approval()

    @workflow.update
    async def retry(self, decision: Decision) -> VideoState:
        """Go on now with the step it is parked at."""
        del decision
        self._resume = True
        return self.state()

    @retry.validator
    def _may_retry(self, decision: Decision) -> None:
        self._standing.demand_parked()

    @workflow.update
    async def skip(self, skipped: SkipStep) -> VideoState:
        """Go on without this optional step."""
        self._skipped.add(skipped.step)
        self._seen = self._digest
        self._resume = True
        return self.state()

    @skip.validator
    def _may_skip(self, skipped: SkipStep) -> None:
        self._standing.demand_skippable(skipped.step)

    @workflow.update
    async def edit_script(self, edit: ScriptEdit) -> VideoState:
        """Make the film from this script; scenes that stay the same are not made again."""
        request = self._asked.request.model_copy(update={"script": edit.script})
        self._asked = self._asked.model_copy(update={"request": request})
        self._production.video = self._asked
        if self._economy:
            self._go_economy()
        self._skipped.discard(Step.QUALITY)
        self._approval, self._seen = None, ""
        self._restart = True
        self._stop_work()
        return self.state()

    @edit_script.validator
    def _may_edit(self, edit: ScriptEdit) -> None:
        self._standing.demand_early("changed")

    @workflow.update
    async def raise_budget(self, budget: BudgetRaise) -> VideoState:
        """A higher cap for this video; a run that is parked for money goes on."""
        task = CapRaise(scope="video", subject=str(self._asked.video_id), cap=budget.cap, by=budget.by, reason=budget.reason)
        try:
            await self._steps.run(policies.RECORD, BudgetActivity.raise_cap, task, None, summary=f"budget raised to ${budget.cap}")
        except StepParked as refused:
            raise ApplicationError(refused.parked.detail, type="CapRefused", non_retryable=True) from refused
        if self._parked is not None and self._parked.reason is ParkReason.BUDGET:
            self._resume = True
        return self.state()

    @raise_budget.validator
    def _may_raise(self, budget: BudgetRaise) -> None:
        self._standing.demand_budget(budget.cap)

    @workflow.update
    async def cancel(self, decision: Decision) -> VideoState:
        """Stop making it; what was made is kept."""
        self._cancelled = decision
        self._stop_work()
        return self.state()

    @cancel.validator
    def _may_cancel(self, decision: Decision) -> None:
        self._standing.demand_early("cancelled")

    def _stop_work(self) -> None:
        if self._work is not None and not self._work.done():
            self._work.cancel()
