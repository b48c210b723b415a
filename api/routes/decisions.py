"""People's decisions about a video: each goes to its workflow, which takes it or says why not."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.accepting import Accepting
from api.deps import AnyServices, VideosWriter, audit
from api.idempotency import Once, OnceOnly
from api.problems import declared
from api.routes.videos import mine
from api.schemas.videos import BudgetBody, Decided, DecisionBody, ScriptBody, SkipBody
from api.services import Services
from api.showing import links_of
from api.temporal import WorkflowGone
from models.errors import ComponentDown, Conflict
from models.users.callers import Known
from models.videos.decisions import BudgetRaise, Decision, ScriptEdit, SkipStep
from models.videos.fates import ASK_ANEW, RunState
from models.videos.status import Step, VideoStatus

router = APIRouter(prefix="/videos/{video_id:uuid}", tags=["decisions"])

_ANSWERS: dict[str, Any] = {"response_model": Decided, "responses": declared(401, 403, 404, 409, 422)}


class _Deciding:
    """One decision of one caller about one video."""

    def __init__(self, request: Request, caller: Known, parts: Services, once: Once) -> None:
        self._request, self._caller, self._parts, self._once = request, caller, parts, once

    async def send(self, video_id: UUID, update: str, decision: Decision) -> Response:
        async def work(operation: UUID) -> Decided:
            record = await mine(self._parts, self._caller, video_id)
            if VideoStatus(record.status).ended and not self._once.may_be_repeat:
                raise await self._gone(video_id)
            try:  # Temporal knows a decision that it took before, though the video has ended by it and the answer was lost
                await self._parts.temporal.decide(video_id, update, decision, operation)
            except (WorkflowGone, ComponentDown) as error:
                raise await self._gone(video_id, error) from error
            if isinstance(decision, ScriptEdit):  # should Temporal lose the run, it is made from this script all the same
                await self._parts.stores.runs.keep_script(video_id, decision.script)
            audit(self._request, self._caller, f"video.{update}", "video", video_id, reason=decision.reason)
            return Decided(id=video_id, decision=update, links=links_of(self._parts, record))

        return await self._once.answer(self._caller.user_id, 200, work)

    async def _gone(self, video_id: UUID, error: Exception | None = None) -> Exception:
        """Why nobody takes the decision: the video has ended, or its run has, is lost, was not started yet, or does not answer."""
        record = await mine(self._parts, self._caller, video_id)
        if VideoStatus(record.status).ended:
            return Conflict(f"The video has ended as {record.status}.", hint=ASK_ANEW)
        if isinstance(error, ComponentDown):
            return error
        fate = await self._parts.temporal.fate(video_id)
        if fate.state is RunState.COMPLETED:
            return ComponentDown("The video's run has just ended.", hint="GET the video in a moment to see how.")
        if fate.ended:
            ends = "The video ends by that within a few minutes, and takes no decisions any more."
            return Conflict(f"{fate.told} {ends}", hint=ASK_ANEW)
        if fate.state is RunState.LOST and not await self._parts.stores.runs.awaits_start(video_id):
            again = "It is started again by itself within a few minutes, from what was made."
            return ComponentDown(f"Temporal has lost the run of this video. {again}", hint="Decide again then.")
        return ComponentDown("The video is accepted but its workflow has not been started yet.", hint="Decide again in a moment.")


@router.post("/approve", summary="Publish it", operation_id="approveVideo", **_ANSWERS)
async def approve(
    video_id: UUID, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly, body: DecisionBody | None = None
) -> Response:
    """For a video that awaits approval: publish it."""
    return await _Deciding(request, caller, parts, once).send(video_id, "approve", _decision(caller, body))


@router.post("/reject", summary="Never publish it", operation_id="rejectVideo", **_ANSWERS)
async def reject(
    video_id: UUID, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly, body: DecisionBody | None = None
) -> Response:
    """For a video that awaits approval: it ends as rejected; what was made is kept."""
    return await _Deciding(request, caller, parts, once).send(video_id, "reject", _decision(caller, body))


@router.post("/retry", summary="Go on now", operation_id="retryVideo", **_ANSWERS)
async def retry(
    video_id: UUID, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly, body: DecisionBody | None = None
) -> Response:
    """For a parked video: try the step again that it is parked at, without waiting. Nothing that was made is made again."""
    return await _Deciding(request, caller, parts, once).send(video_id, "retry", _decision(caller, body))


@router.post("/cancel", summary="Stop making it", operation_id="cancelVideo", **_ANSWERS)
async def cancel(
    video_id: UUID, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly, body: DecisionBody | None = None
) -> Response:
    """It ends as cancelled, until it is being published; what was made is kept."""
    return await _Deciding(request, caller, parts, once).send(video_id, "cancel", _decision(caller, body))


@router.post("/skip", summary="Publish it in spite of its check", operation_id="skipVideoStep", **_ANSWERS)
async def skip(
    video_id: UUID, body: SkipBody, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly
) -> Response:
    """For a video parked at a refused quality check: it goes on with the film as it is. An edit of the script undoes it."""
    decision = SkipStep(by=caller.user_id, reason=body.reason, step=Step(body.step))
    return await _Deciding(request, caller, parts, once).send(video_id, "skip", decision)


@router.post("/budget", summary="Raise the budget", operation_id="raiseVideoBudget", **_ANSWERS)
async def budget(
    video_id: UUID, body: BudgetBody, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly
) -> Response:
    """A new cap for this video; one that is parked for money goes on."""
    decision = BudgetRaise(by=caller.user_id, reason=body.reason, cap=body.cap)
    return await _Deciding(request, caller, parts, once).send(video_id, "raise_budget", decision)


@router.post("/script", summary="Change the script", operation_id="editVideoScript", **_ANSWERS)
async def edit_script(
    video_id: UUID, body: ScriptBody, request: Request, caller: VideosWriter, parts: AnyServices, once: OnceOnly
) -> Response:
    """Make the film from this script (Markdown) instead; scenes that stay the same are not made again."""
    await mine(parts, caller, video_id)
    script, _ = await Accepting(parts, caller).read_script(body.script)
    decision = ScriptEdit(by=caller.user_id, reason=body.reason, script=script)
    return await _Deciding(request, caller, parts, once).send(video_id, "edit_script", decision)


def _decision(caller: Known, body: DecisionBody | None) -> Decision:
    return Decision(by=caller.user_id, reason=body.reason if body else "")
