"""What became of a video's run in Temporal, and how a video ends whose run ended without writing its end. Pure rules.

Who ends a run by hand calls the video off: `cancelled`, as when it is cancelled in Temporal. A run that ended by itself, through a
fault, has `failed`. Whatever the run was told, a film that is out already is told as published.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from models.videos.contracts import Contract, VideoOutcome
from models.videos.publishing import Visibility
from models.videos.status import VideoStatus

ASK_ANEW = "Ask for the video anew: what comes out the same is found and not made or paid for again."
"""What a person can do about a video that has ended."""
SENDING = "Its film was being sent to YouTube at that time: see in YouTube Studio whether a video came of it."


class RunState(StrEnum):
    """Where the newest run of a video is. All but the first two are ends."""

    RUNNING = "running"
    LOST = "lost"
    """Temporal knows no run of the video: it was never started, or Temporal has lost it."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    TERMINATED = "terminated"
    FAILED = "failed"
    TIMED_OUT = "timed_out"


class Fate(Contract):
    """What became of the newest run. `by` and `why` as far as Temporal knows; `outcome`, what a completed run answered."""

    state: RunState
    run_id: str = ""
    closed_at: datetime | None = None
    by: str = ""
    why: str = ""
    by_server: bool = False
    """Temporal itself ended it, for a limit of its own."""
    outcome: VideoOutcome | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens in it."""
        return self.state not in (RunState.RUNNING, RunState.LOST)

    @property
    def status(self) -> VideoStatus:
        """How a video ends by it that is not out."""
        if self.outcome is not None:
            return VideoStatus(self.outcome.status)
        by_hand = self.state is RunState.CANCELLED or (self.state is RunState.TERMINATED and not self.by_server)
        return VideoStatus.CANCELLED if by_hand else VideoStatus.FAILED

    @property
    def told(self) -> str:
        """What happened to the run, in a sentence for the video's owner: who of the platform's people did it stays in the log."""
        words = {RunState.TERMINATED: "was terminated", RunState.CANCELLED: "was cancelled", RunState.TIMED_OUT: "ran out of time"}
        why = f": {self.why}" if self.why else ""
        return f"Its run {words.get(self.state, 'has ' + self.state.value)} in Temporal{why}".rstrip(".") + "."


class Out(Contract):
    """How far the film is out. `location` is empty where it is not; `sending`: it was on its way, and perhaps it arrived."""

    location: str = ""
    youtube_id: str | None = None
    at: datetime | None = None
    visibility: str = ""
    sending: bool = False


class End(Contract):
    """What is written of a video that ends."""

    status: VideoStatus
    detail: str
    error: str = ""
    location: str = ""
    youtube_id: str | None = None
    published_at: datetime | None = None


def end_of(fate: Fate, out: Out) -> End:
    """How a video ends whose run ended as `fate` and did not write it."""
    outcome = fate.outcome
    where = out.location or (outcome.location if outcome else "")
    known = {"location": where, "youtube_id": out.youtube_id}
    if outcome is not None:  # the database was set back after the run had written its end
        published_at = (out.at or fate.closed_at) if fate.status is VideoStatus.PUBLISHED else None
        error = outcome.detail if fate.status is VideoStatus.FAILED else ""
        return End(status=fate.status, detail=outcome.detail, error=error, published_at=published_at, **known)
    if where and out.visibility == Visibility.REJECTED:
        rejected = f"rejected after publishing: see {where}."
        return End(status=VideoStatus.FAILED, detail=f"{rejected} {fate.told}", error=rejected, **known)
    if where:
        watched = out.visibility in (Visibility.VISIBLE, Visibility.HIDDEN)
        unseen = "" if watched else " Nobody watched it become visible since: look at it there."
        return End(
            status=VideoStatus.PUBLISHED,
            detail=f"It is out: {where}. {fate.told}{unseen}",
            published_at=out.at or fate.closed_at,
            **known,
        )
    failed = fate.status is VideoStatus.FAILED
    parts = (fate.told, SENDING if out.sending else "", ASK_ANEW)
    return End(status=fate.status, detail=" ".join(part for part in parts if part), error=fate.told if failed else "")
