"""What people may tell a running video: the arguments of the workflow's updates, and the state that its query answers.

Updates of `VideoWorkflow`, each refused by its validator with words for people when it does not fit the present state:
`approve(Decision)`, `reject(Decision)`, `retry(Decision)`, `cancel(Decision)`, `skip(SkipStep)`, `edit_script(ScriptEdit)`,
`raise_budget(BudgetRaise)`. Query: `state() -> VideoState`.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from models.money import ZERO, Money
from models.videos.contracts import ArtifactRef, Contract, Provided
from models.videos.status import ParkReason, Step, VideoStatus


class Decision(Contract):
    """Who decided, and why."""

    by: UUID
    reason: str = Field(default="", max_length=1000)


class SkipStep(Decision):
    """Go on in spite of a refused quality check."""

    step: Step


class ScriptEdit(Decision):
    """Make the film from this script instead: an artifact of kind `source-script` (Markdown)."""

    script: ArtifactRef


class BudgetRaise(Decision):
    """A new cap for this video, in dollars."""

    cap: Money


class Parked(Contract):
    """Why a video waits, until when (None: until a person decides), and what a person can do."""

    reason: ParkReason
    detail: str
    hint: str = ""
    step: Step | None = None
    until: datetime | None = None


class VideoState(Contract):
    """What a run knows of itself."""

    status: VideoStatus
    step: Step | None = None
    title: str = ""
    spent: Money = ZERO
    economy: str = Field(default="", description="why the economy way was chosen; empty: it was not")
    parked: Parked | None = None
    providers: dict[str, Provided] = Field(default_factory=dict)
    thumbnail: ArtifactRef | None = None
    film: ArtifactRef | None = None
