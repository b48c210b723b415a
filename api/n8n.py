"""What N8N is answered: whether a video goes on. The rules of money and quality are asked, not made, here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid5

from api.schemas.webhooks import N8nAnswer, N8nEvent
from api.services import Services
from api.showing import budget_of
from api.temporal import WorkflowGone
from models.errors import Conflict
from models.money import shown
from models.videos.decisions import Decision
from models.videos.status import VideoStatus
from models.videos.tables import VideoRecord

GOOD_SCORE = 70.0
LOST = frozenset({VideoStatus.FAILED, VideoStatus.CANCELLED, VideoStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Acting:
    """Who signed: the owner of an endpoint, or (None) the platform's own N8N."""

    owner: UUID | None
    endpoint: UUID | None

    @property
    def source(self) -> str:
        """Under which ids of events are told apart."""
        return f"n8n:{self.endpoint or 'platform'}"


async def answer_event(parts: Services, acting: Acting, kind: str, event: N8nEvent) -> N8nAnswer:
    """Handle an event once, and answer a repeat as the first time.

    Raises:
        NotFound: no such video, or not the signer's.
        Conflict: the same event is being handled just now.
    """
    store = parts.stores.webhooks
    if not await store.first_time(acting.source, event.event_id):
        before = await store.answer_of(acting.source, event.event_id)
        if before is None:
            raise Conflict("This event is being handled just now.", hint="Ask again in a moment.")
        return N8nAnswer.model_validate({**before, "repeated": True})
    try:
        answer = await _decide(parts, acting, kind, event)
    except BaseException:
        await store.forget(acting.source, event.event_id)
        raise
    await store.answered(acting.source, event.event_id, answer.model_dump(mode="json"))
    parts.log.audit(
        f"n8n.{kind}", actor=acting.owner, object_type="video", object_id=event.video_id, detail={"decision": answer.decision}
    )
    return answer


async def _decide(parts: Services, acting: Acting, kind: str, event: N8nEvent) -> N8nAnswer:
    async with parts.database.session() as session:
        record = await parts.stores.videos.get(session, event.video_id, user_id=acting.owner)
    reason = {"cost-alert": _cost_reason, "quality-check": _quality_reason, "video-complete": _ended_reason}[kind](
        parts, record, event
    )
    if kind == "quality-check":
        await _pass_on(parts, record, event, stopped=bool(reason))
    if kind == "cost-alert" and reason:
        payload = {"id": f"cost-{event.event_id}", "type": "cost.alert", "data": {"video_id": str(record.id), "reason": reason}}
        await parts.stores.webhooks.emit(record.user_id, f"cost-{event.event_id}", "cost.alert", payload)
    return N8nAnswer(
        decision="STOP" if reason else "CONTINUE",
        reason=reason,
        video_id=record.id,
        status=VideoStatus(record.status),
        total_cost=record.total_cost,
        budget=budget_of(parts, record),
    )


def _cost_reason(parts: Services, record: VideoRecord, event: N8nEvent) -> str:
    budget = budget_of(parts, record)
    spent = max(record.total_cost, event.cost or Decimal(0))
    if spent >= budget:
        return f"{shown(spent)} are spent, and the video's budget is {shown(budget)}."
    return _ended_reason(parts, record, event)


def _quality_reason(parts: Services, record: VideoRecord, event: N8nEvent) -> str:
    if event.passed is False:
        return event.note or "The check did not pass."
    stored = None if event.passed else record.quality_score  # a person may have gone on in spite of it
    score = event.score if event.score is not None else stored
    if score is not None and score < GOOD_SCORE:
        return f"The score is {score:.0f} of 100, and {GOOD_SCORE:.0f} are needed."
    return _ended_reason(parts, record, event)


def _ended_reason(_: Services, record: VideoRecord, __: N8nEvent) -> str:
    status = VideoStatus(record.status)
    return f"The video has ended as {status}: {record.error or record.detail}".rstrip(": ") if status in LOST else ""


async def _pass_on(parts: Services, record: VideoRecord, event: N8nEvent, *, stopped: bool) -> None:
    """A verdict on a film that awaits approval is the decision: `passed` false rejects it, true approves it if it may go on."""
    if record.status != VideoStatus.AWAITING_APPROVAL or event.passed is None or (event.passed and stopped):
        return
    decision = Decision(by=record.user_id, reason=event.note or "decided by N8N")
    with suppress(WorkflowGone, Conflict):  # somebody else was quicker
        update = "approve" if event.passed else "reject"
        await parts.temporal.decide(record.id, update, decision, uuid5(record.id, event.event_id))
