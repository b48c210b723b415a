"""Videos on the wire."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Discriminator, Field, StringConstraints
from pydantic import Tag as PydanticTag

from api.pagination import PageQuery
from api.schemas.base import LINE, NUMBER, SPOKEN, TEXT, WORDS, Answer, Body, Digest, Dollars, Flag, Language, Line, Moment, Whole
from models.money import Money
from models.videos.contracts import Level, VideoFormat
from models.videos.decoding import without_controls
from models.videos.status import ParkReason, Step, VideoStatus

Topic = Annotated[str, StringConstraints(pattern=WORDS, min_length=1, max_length=500)]
LONGEST_SCRIPT = 200_000


def _script(text: str) -> str:
    if len(text) > LONGEST_SCRIPT:
        raise ValueError(f"A script has at most {LONGEST_SCRIPT:,} characters.")
    return without_controls(text)


ScriptText = Annotated[str, StringConstraints(pattern=SPOKEN), AfterValidator(_script)]
"""Its length stands in no schema: generators of examples choke on a pattern that may be repeated so often."""
FileName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f/\\]+$", max_length=120)]
Tag = Annotated[str, StringConstraints(pattern=WORDS, min_length=1, max_length=60)]
Reason = Annotated[str, StringConstraints(pattern=TEXT, max_length=1000)]


class ArtifactKind(StrEnum):
    """What people may fetch of what was made."""

    FILM = "film"
    THUMBNAIL = "thumbnail"
    THUMBNAIL_WEBP = "thumbnail-webp"
    SRT = "srt"
    VTT = "vtt"
    METADATA = "metadata"
    SCRIPT = "script"
    SOURCE_SCRIPT = "source-script"
    CAPTIONS = "captions"
    QUALITY = "quality"


class MediaRef(Body):
    """A file of your own, as `POST /media` answered it."""

    kind: Literal["media"] = "media"
    digest: Digest
    media_type: Line = ""
    size: int = Field(0, ge=0)


class _Asked(Body):
    """What can be said of every video that is asked for."""

    title: Annotated[str, StringConstraints(pattern=LINE, max_length=100)] = Field("", description="empty: the script's own")
    format: VideoFormat = VideoFormat.STANDARD
    level: Level = Level.STANDARD
    language: Language = "en"
    voice: Line = Field("", description="name of a voice; empty: the language's own")
    niche: Annotated[str, StringConstraints(pattern=WORDS, min_length=1, max_length=50)] = "general"
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    seconds: Annotated[int, Field(ge=5, le=1200), NUMBER] | None = Field(None, description="wished length; null: the format's own")
    auto_publish: Flag = Field(True, description="false: a person approves it first")
    publish: Flag = Field(True, description="false: the film is made and kept")
    publish_at: Moment | None = Field(
        None, description="when YouTube makes it public; null: at once. In a folder it is at once, for uploading by hand"
    )
    priority: Whole = Field(3, ge=1, le=5, description="1 is first")
    channel_id: UUID | None = Field(None, description="null: your only channel")
    media: Annotated[dict[FileName, MediaRef], Field(max_length=100)] = Field(
        {}, description="files of your own by the name that scenes use"
    )

    @property
    def leading_topic(self) -> str:
        """What it is about; empty for a script."""
        return ""

    @property
    def leading_script(self) -> str:
        """The operator's own text; empty for a topic."""
        return ""


class TopicRequest(_Asked):
    """A video about a topic."""

    model_config = {"json_schema_extra": {"examples": [{"topic": "Why the sky is blue", "format": "short", "tags": ["science"]}]}}

    topic: Topic = Field(description="what the video is about")

    @property
    def leading_topic(self) -> str:
        """The topic."""
        return self.topic


class ScriptRequest(_Asked):
    """A video of a script of your own."""

    model_config = {"json_schema_extra": {"examples": [{"script": "# Why the sky is blue\n\nSunlight holds every colour."}]}}

    script: ScriptText = Field(
        description="Markdown: a heading or paragraph a scene; front matter for title, tags, language; at most 200,000 characters"
    )

    @property
    def leading_script(self) -> str:
        """The text."""
        return self.script


def _kind(value: Any) -> str:
    given = "script" in value if isinstance(value, dict) else isinstance(value, ScriptRequest)
    return "with-script" if given else "with-topic"


GenerateRequest = Annotated[
    Annotated[TopicRequest, PydanticTag("with-topic")] | Annotated[ScriptRequest, PydanticTag("with-script")], Discriminator(_kind)
]
"""What to make: a `topic`, or a `script`; never both."""


class QueueRequest(Body):
    """Several videos at once: all of them are accepted, or none."""

    videos: Annotated[list[GenerateRequest], Field(min_length=1, max_length=50)]


class VideoLinks(Answer):
    """Where to go on from a video. Addresses of our own are paths."""

    self: str
    events: str = Field(description="live progress, server-sent events")
    cost: str
    console: str
    temporal: str = Field("", description="the run in the Temporal UI; empty where none is configured")


class Park(Answer):
    """Why a video waits."""

    reason: ParkReason
    until: datetime | None = Field(None, description="null: until a person decides")
    detail: str


class VideoSummary(Answer):
    """A video in a list."""

    id: UUID
    channel_id: UUID
    title: str
    topic: str
    status: VideoStatus
    step: Step | None = None
    detail: str = Field("", description="what is going on, in words")
    parked: Park | None = None
    error: str = ""
    format: VideoFormat
    level: Level
    language: str
    priority: int
    estimated_cost: Money
    total_cost: Money
    seconds: float = Field(0.0, description="length of the film, once known")
    location: str = Field("", description="where it was published: an address or a folder")
    youtube_id: str | None = None
    thumbnail: str = Field("", description="signed link of the thumbnail, once made; good for an hour")
    created_at: datetime
    scheduled_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    published_at: datetime | None = None
    links: VideoLinks


class Accepted(Answer):
    """The video is in the books and will be made, whatever happens from here on."""

    id: UUID
    status: VideoStatus
    title: str
    estimated_cost: Money
    started: bool = Field(description="false: Temporal is away just now; the video is started as soon as it is back")
    warnings: list[str] = Field([], description="what in the script will not do what it seems to")
    links: VideoLinks


class AcceptedBatch(Answer):
    """The videos of a batch, in its order."""

    videos: list[Accepted]


class StepAnswer(Answer):
    """What served a step, at what cost, and why others did not."""

    step: Step
    part: str = ""
    provider: str
    cost: Money
    passed_over: list[str]
    cached: bool
    seconds: float
    at: datetime


class ArtifactAnswer(Answer):
    """Something that was made on the way."""

    kind: str
    media_type: str
    size: int
    digest: str
    created_at: datetime
    url: str = Field(description="a signed link, good for an hour, with range requests")


class VideoDetail(VideoSummary):
    """A video with all that is known of it."""

    description: str
    tags: list[str]
    budget: Money
    quality_score: float | None = None
    quality: dict[str, Any] = {}
    encoder: str = ""
    workflow_id: str
    run_id: str
    steps: list[StepAnswer]
    artifacts: list[ArtifactAnswer] = Field(description="the newest of each kind")


class VideoCost(Answer):
    """What a video cost so far, as the ledger holds it: every paid call counts, also those that served nobody."""

    video_id: UUID
    estimated: Money
    total: Money
    budget: Money
    left: Money
    by_step: dict[str, Money]
    by_provider: dict[str, Money] = Field(description="by the account that bills")
    unknown: Money = Field(description="part of the total for calls of unknown outcome, counted at their upper estimate")


class VideoQuery(PageQuery):
    """Which videos, in which order."""

    status: Annotated[list[VideoStatus], Field(max_length=20)] = []
    channel_id: UUID | None = None
    search: Annotated[str, StringConstraints(pattern=LINE, max_length=100)] = Field("", description="part of the title")
    created_from: Moment | None = None
    created_to: Moment | None = None
    sort: Literal["newest", "oldest", "title", "cost", "priority"] = "newest"


class StreamedEvent(Answer):
    """One event of a stream."""

    id: str = Field(description="send it as `Last-Event-ID` to go on after it", examples=["17"])
    event: str = Field(description="its type", examples=["video.scripting"])
    data: str = Field(description="a JSON object with `video_id`, `type`, `at` and what the type brings")


class DecisionBody(Body):
    """Why; it is kept with the decision."""

    reason: Reason = Field("", examples=["The second scene names the wrong year."])


class BudgetBody(DecisionBody):
    """A new cap for this video."""

    cap: Dollars = Field(description="US dollars", examples=["5.00"])


class SkipBody(DecisionBody):
    """Publish it in spite of a refused quality check."""

    step: Literal["quality"] = Field(description="the check is the only step that a film can do without")


class ScriptBody(DecisionBody):
    """Make the film from this script instead; scenes that stay the same are not made again."""

    script: ScriptText


class Decided(Answer):
    """The video's workflow has taken the decision."""

    id: UUID
    decision: str
    links: VideoLinks


class MediaAnswer(Answer):
    """A file of your own: name it in `media` of a video."""

    kind: Literal["media"] = "media"
    digest: str
    media_type: str
    size: int
    name: str
